"""Turns what a Python script hands over into the plain values that may cross to the bench."""

import sys
from contextlib import suppress
from typing import cast

import msgspec

from benchwright.core.errors import ArgumentError
from benchwright.core.values import DEPTH, INTEGER_BOUND, Value, check_value

MAX_BYTES = 192 * 1024  # of one value; a frame of the channel holds it together with the rest of the call
MAX_ITEMS = MAX_BYTES  # each takes at least a byte

_encoder = msgspec.msgpack.Encoder()


def plain(value: object, what: str) -> Value:
    """Return `value` without the types of libraries: numpy's scalars and arrays, tuples, subclasses.

    Args:
        value: anything.
        what: what the value is, for the message.

    Raises:
        ArgumentError: there is no plain value for it, or it is too large.
    """
    kind = type(value)
    if kind is float or kind is bool or value is None:
        return cast(Value, value)
    if kind is int and -INTEGER_BOUND <= cast(int, value) < INTEGER_BOUND:
        return cast(int, value)
    copied: object = None
    why: str | None = f"larger than {MAX_BYTES // 1024} KB"
    with suppress(_TooManyItems):
        copied = _Copier().copy(value, DEPTH)
        is_small = type(copied) not in {list, dict}
        why = check_value(copied) or (None if is_small or len(_encoder.encode(copied)) <= MAX_BYTES else why)
    if why is not None:
        raise ArgumentError(f"{what} is no plain value: {why}")
    return cast(Value, copied)


class _TooManyItems(Exception):
    """A value has more items than a frame can hold."""


class _Copier:
    """Copies a value into plain types; what has none stays as it is, for `check_value` to name."""

    def __init__(self) -> None:
        self._room = MAX_ITEMS

    def copy(self, value: object, depth: int) -> object:
        kind = type(value)
        if kind in _PLAIN_TYPES:
            return value
        if kind is not list and kind is not dict and _is_of_numpy(kind):
            value = _without_numpy(value)
        if depth > 0 and isinstance(value, (list, tuple)):
            return self._list(value, depth)
        if depth > 0 and isinstance(value, dict):
            return self._map(value, depth)
        return _without_subclass(value)

    def _list(self, value: list[object] | tuple[object, ...], depth: int) -> object:
        self._room -= len(value)
        if self._room < 0:
            raise _TooManyItems
        return [self.copy(item, depth - 1) for item in value]

    def _map(self, value: dict[object, object], depth: int) -> object:
        self._room -= len(value)
        if self._room < 0:
            raise _TooManyItems
        return {self.copy(key, 0): self.copy(item, depth - 1) for key, item in value.items()}


_PLAIN_TYPES = frozenset({float, int, str, bool, type(None)})


def _without_subclass(value: object) -> object:
    """Return the plain number or text below an enumeration's member and the like."""
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return str.__str__(value) if isinstance(value, str) else value


def _is_of_numpy(kind: type) -> bool:
    """Tell whether a type is one of numpy's or made from one; numpy itself is never imported here."""
    if "numpy" not in sys.modules:
        return False
    return any(str(base.__module__).partition(".")[0] == "numpy" for base in kind.__mro__)


def _without_numpy(value: object) -> object:
    if getattr(value, "size", 0) > MAX_ITEMS:
        raise _TooManyItems
    convert = getattr(value, "tolist", None) or getattr(value, "item", None)
    converted: object = convert() if convert else value
    if type(converted) is not type(value):
        return converted
    try:
        return float(converted)  # type: ignore[arg-type]  # longer than a Python float
    except (TypeError, ValueError):
        return converted
