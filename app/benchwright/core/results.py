"""What a script leaves as its last value: a tagged union that keeps integers, floats and nothing apart."""

from typing import TypeAlias

import msgspec

from benchwright.core.values import Value


class Nothing(msgspec.Struct, frozen=True, tag="nothing"):
    """The script returned no value."""

    @property
    def value(self) -> None:
        """None, so that every result has a value."""
        return None


class Boolean(msgspec.Struct, frozen=True, tag="boolean"):
    """A truth value."""

    value: bool


class Integer(msgspec.Struct, frozen=True, tag="integer"):
    """A whole number of 64 bits."""

    value: int


class Float(msgspec.Struct, frozen=True, tag="float"):
    """A floating point number, NaN and infinities included."""

    value: float


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A text."""

    value: str


class List(msgspec.Struct, frozen=True, tag="list"):
    """A sequence of values."""

    value: list[Value]


class Map(msgspec.Struct, frozen=True, tag="map"):
    """Values by name."""

    value: dict[str, Value]


ScriptResult: TypeAlias = Nothing | Boolean | Integer | Float | Text | List | Map


def script_result(value: Value) -> ScriptResult:
    """Tag a plain value."""
    match value:
        case None:
            return Nothing()
        case bool():
            return Boolean(value)
        case int():
            return Integer(value)
        case float():
            return Float(value)
        case str():
            return Text(value)
        case dict():
            return Map(value)
        case list():
            return List(value)
