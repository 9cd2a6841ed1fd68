"""How an instrument describes itself: the one source of proxies, completion, checks, panels and docs."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import msgspec

from benchwright.core.errors import ArgumentError, UnknownNameError, listed
from benchwright.core.permissions import Permission
from benchwright.core.values import INTEGER_BOUND, Value, check_value, describe_type, is_finite, shown


class MethodKind(StrEnum):
    """A query reads; a command acts."""

    QUERY = "query"
    COMMAND = "command"


class ParameterDescriptor(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter: `type` is float, integer, boolean, text, list, map or any; the range is inclusive."""

    name: str
    type: str = "float"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str | int | float, ...] = ()
    required: bool = True
    default: Value = None
    help: str = ""
    limit: str = ""  # name of the soft limit that narrows minimum and maximum

    def __post_init__(self) -> None:
        if self.type not in _TYPE_WORDS:
            raise ValueError(f"{self.name}: unknown type {self.type!r}; known: {listed(_TYPE_WORDS)}")

    def check(self, value: object, call: str) -> Value:
        """Return `value` as the driver wants it.

        Raises:
            ArgumentError: wrong type, not finite, outside the range or not among the choices.
        """
        if value is None and not self.required:
            return self.default
        checked = _CONVERTERS[self.type](value)
        if checked is None:
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            found = shown(value) if is_number else describe_type(value)
            raise ArgumentError(f"{call}: {self.name} must be {self.allowed()}, found {found}")
        if self.choices and checked not in self.choices:
            raise ArgumentError(f"{call}: {self.name} must be {self.allowed()}, found {shown(value)}")
        if isinstance(checked, (int, float)) and not isinstance(checked, bool):
            self._check_range(checked, call)
        return checked

    def _check_range(self, value: float, call: str) -> None:
        below = self.minimum is not None and value < self.minimum
        above = self.maximum is not None and value > self.maximum
        beyond = isinstance(value, int) and not -INTEGER_BOUND <= value < INTEGER_BOUND
        if below or above or beyond or not is_finite(value):
            raise ArgumentError(f"{call}: {self.name} must be {self.allowed()}, found {shown(value)}")

    def allowed(self) -> str:
        """Say in words what the parameter takes, such as ``a number from 0 to 180 deg``."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        words = _TYPE_WORDS[self.type]
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is not None and self.maximum is not None:
            return f"{words} from {self.minimum:.15g} to {self.maximum:.15g}{unit}"
        if self.minimum is not None:
            return f"{words} of at least {self.minimum:.15g}{unit}"
        if self.maximum is not None:
            return f"{words} of at most {self.maximum:.15g}{unit}"
        return words + (f" in {self.unit}" if self.unit else "")


_TYPE_WORDS: Final = {
    "float": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "text": "a text",
    "list": "a list",
    "map": "a map",
    "any": "a value",
}


def _as_float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if isinstance(value, float) or abs(value) < 2**1000 else float("inf")


def _as_integer(value: object) -> int | None:
    if isinstance(value, float) and is_finite(value) and value == int(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _as_boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _as_list(value: object) -> list[Value] | None:
    return list(value) if isinstance(value, (list, tuple)) else None


def _as_map(value: object) -> dict[str, Value] | None:
    return value if isinstance(value, dict) else None


def _as_any(value: Any) -> Value:
    plain: Value = None if check_value(value) else value
    return plain


_CONVERTERS: Final[dict[str, Callable[[object], Value]]] = {
    "float": _as_float,
    "integer": _as_integer,
    "boolean": _as_boolean,
    "text": _as_text,
    "list": _as_list,
    "map": _as_map,
    "any": _as_any,
}


class MethodDescriptor(msgspec.Struct, frozen=True, kw_only=True):
    """One method of an instrument: what it takes, gives, needs and does."""

    name: str
    kind: MethodKind
    permission: Permission
    parameters: tuple[ParameterDescriptor, ...] = ()
    result: str = ""  # float, integer, boolean, text, list, map, any, or empty for nothing
    unit: str = ""  # of the result
    help: str = ""
    waits: bool = False  # may take longer than one exchange, such as a move
    telemetry: str = ""  # channel that this query feeds, such as "position"

    def bind(self, call: str, args: list[Value], kwargs: dict[str, Value]) -> list[Value]:
        """Return one checked value per parameter, in order.

        Raises:
            ArgumentError: too many, missing, unknown or ill-fitting arguments.
        """
        parameters = self.parameters
        if len(args) > len(parameters):
            found = f"{len(args)} argument{'s' if len(args) > 1 else ''}"
            raise ArgumentError(f"{call} takes {self._takes()}, found {found}")
        if kwargs:
            self._check_names(call, args, kwargs)
        bound: list[Value] = []
        for index, parameter in enumerate(parameters):
            if index < len(args):
                bound.append(parameter.check(args[index], call))
            elif parameter.name in kwargs:
                bound.append(parameter.check(kwargs[parameter.name], call))
            elif parameter.required:
                raise ArgumentError(f"{call}: {parameter.name} is missing; it must be {parameter.allowed()}")
            else:
                bound.append(parameter.default)
        return bound

    def _check_names(self, call: str, args: list[Value], kwargs: dict[str, Value]) -> None:
        known = [parameter.name for parameter in self.parameters]
        for name in kwargs:
            if name not in known:
                raise ArgumentError(f"{call} has no parameter {name!r}; it takes {listed(known)}")
            if name in known[: len(args)]:
                raise ArgumentError(f"{call}: {name} is given twice")

    def _takes(self) -> str:
        count = len(self.parameters)
        return "no argument" if not count else f"{count} argument{'s' if count > 1 else ''}"


class InstrumentDescriptor(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument of the bench: its name there, its driver and all it can do."""

    name: str
    driver: str
    maker: str = ""
    model: str = ""
    help: str = ""
    methods: tuple[MethodDescriptor, ...] = ()

    def method(self, name: str) -> MethodDescriptor:
        """Return the method of that name.

        Raises:
            UnknownNameError: there is none.
        """
        for method in self.methods:
            if method.name == name:
                return method
        raise UnknownNameError("method", name, (m.name for m in self.methods), f" of {self.name}")
