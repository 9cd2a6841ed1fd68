"""Converts what classes of PyMeasure give into values that scripts can take."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum, Flag
from typing import Any, Final

from benchwright.core.values import Value, check_value, is_finite

_OVERLOAD: Final = 9.9e37  # stands for infinity or for no number: SCPI-1999 volume 1, 7.2.1.4


class Senseless(Exception):
    """A value that is none; the message says what it is not."""


def plain(value: Any) -> Value:
    """Return a value as scripts know it.

    Raises:
        Senseless: there is nothing like it.
    """
    if hasattr(value, "magnitude"):
        value = value.magnitude  # of a quantity with unit
    elif hasattr(value, "to_dict"):
        value = value.to_dict("list")  # a table of pandas
    elif hasattr(value, "tolist"):
        value = value.tolist()  # numpy
    converted: Value = _converted(value)
    if why := check_value(converted):
        raise Senseless(f"what scripts can take ({why})")
    return converted


def _converted(value: Any) -> Any:
    if isinstance(value, Flag):
        return value.value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, Exception):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return value


def checked(value: Value, result: str) -> Value:
    """Return a value of the type that a method declares; a list of numbers may stand for a number.

    Raises:
        Senseless: it is of another type, not finite, or says that there was none in range.
    """
    if result in ("float", "integer") and isinstance(value, list) and value:
        return [checked(each, result) for each in value]
    match result:
        case "float" | "integer":
            return _number(value, result)
        case "boolean":
            if value not in (0, 1):
                raise Senseless("true or false")
            return bool(value)
        case "text":
            return value if isinstance(value, str) else str(value)
    return value


def _number(value: Value, result: str) -> Value:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_finite(value):
        raise Senseless("a number")
    if abs(value) >= _OVERLOAD:
        raise Senseless("a number within its range (overload)")
    if result == "float":
        return float(value)
    if value != int(value):
        raise Senseless("a whole number")
    return int(value)
