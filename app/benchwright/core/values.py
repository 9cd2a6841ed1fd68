"""What may cross between a script and the bench: plain values of bounded size and depth."""

from math import isclose, isinf, isnan
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    Value: TypeAlias = bool | int | float | str | list["Value"] | dict[str, "Value"] | None
else:
    Value = Any  # msgspec knows no recursive alias; what arrives is held to `check_value`

INTEGER_BOUND = 2**63
TEXT_BYTES = 64 * 1024
DEPTH = 8
RECORD_COLUMNS = 64
CELL_BYTES = TEXT_BYTES // RECORD_COLUMNS  # of a text in a row
COLUMN_NAME_CHARACTERS = CELL_BYTES // 4
_SHOWN = 60  # characters of a text in a message


def describe_type(value: object) -> str:
    """Name a value's type in words that fit Lua and Python alike."""
    if isinstance(value, (list, tuple)):
        return "list"
    if isinstance(value, dict):
        return "map"
    names = {type(None): "nothing", bool: "boolean", int: "integer", float: "number", str: "text"}
    return names.get(type(value), type(value).__name__)


def shown(value: object) -> str:
    """Show a value within a sentence: short, whatever its size and type."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, int):
        return str(value) if -INTEGER_BOUND <= value < INTEGER_BOUND else "a huge number"
    if isinstance(value, str):
        return repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r}..."
    return describe_type(value)


def check_value(value: object, depth: int = DEPTH) -> str | None:
    """Return why `value` cannot cross the channel, or None where it can."""
    if value is None or isinstance(value, (bool, float)):
        return None
    if isinstance(value, int):
        return None if -INTEGER_BOUND <= value < INTEGER_BOUND else "an integer beyond 64 bits"
    if isinstance(value, str):
        return _check_text(value)
    if depth == 0:
        return f"nested deeper than {DEPTH}"
    if isinstance(value, (list, tuple)):
        return next((why for item in value if (why := check_value(item, depth - 1))), None)
    if isinstance(value, dict):
        return next((why for pair in value.items() if (why := _check_pair(*pair, depth - 1))), None)
    return f"a value of type {describe_type(value)}"


def _check_text(text: str) -> str | None:
    if text.isascii():
        size = len(text)
    else:
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            return "a text with half a character (a lone surrogate)"
    return None if size <= TEXT_BYTES else f"a text longer than {TEXT_BYTES} bytes"


def _check_pair(key: object, value: object, depth: int) -> str | None:
    if not isinstance(key, str):
        return "a map whose keys are not text"
    return check_value(key, depth) or check_value(value, depth)


def is_finite(value: float) -> bool:
    """Tell whether a number is neither NaN nor infinite; integers of any size are finite."""
    return isinstance(value, int) or not (isnan(value) or isinf(value))


def is_same(wanted: Value, found: Value) -> bool:
    """Tell whether a setting is what it was set to; numbers within the resolution of a display."""
    if isinstance(wanted, (int, float)) and isinstance(found, (int, float)):
        return isclose(wanted, found, rel_tol=1e-3, abs_tol=1e-9)
    return wanted == found
