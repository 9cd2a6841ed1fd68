"""Values as bytes between Python and Lua: what `codec.lua` reads and writes.

Only texts and numbers cross the border of the Lua runtime; a list or map crosses as one text, so that Lua
itself makes its tables, where running out of memory is an ordinary Lua error. Each value is a tag and its
content, little-endian: ``n`` nothing, ``t`` true, ``f`` false, ``i`` int64, ``d`` float64, ``s`` u32 length
and UTF-8, ``l`` u32 count and values, ``D`` u32 count and float64s, ``m`` u32 count and pairs of an ``s``
without its tag and a value.
"""

import struct
from collections.abc import Callable
from typing import Final

from benchwright.core.values import INTEGER_BOUND, Value, describe_type

_I64: Final = struct.Struct("<q")
_F64: Final = struct.Struct("<d")
_U32: Final = struct.Struct("<I")


def fit_integer(value: int) -> int | float:
    """Return `value`, as a float where it is beyond Lua's 64 bits."""
    if -INTEGER_BOUND <= value < INTEGER_BOUND:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def encode(value: object) -> bytes:
    """Return a value as Lua reads it.

    Raises:
        TypeError: it is no plain value, or a map has keys that are not text.
    """
    out: list[bytes] = []
    _put(out.append, value)
    return b"".join(out)


def _put(write: Callable[[bytes], None], value: object) -> None:
    if value is None:
        write(b"n")
    elif isinstance(value, bool):
        write(b"t" if value else b"f")
    elif isinstance(value, int) and isinstance(fitted := fit_integer(value), int):
        write(b"i" + _I64.pack(fitted))
    elif isinstance(value, (int, float)):
        write(b"d" + _F64.pack(float(fitted if isinstance(value, int) else value)))
    elif isinstance(value, str):
        write(b"s" + _text(value))
    elif isinstance(value, (list, tuple)):
        _put_list(write, value)
    elif isinstance(value, dict):
        _put_map(write, value)
    else:
        raise TypeError(f"a {describe_type(value)} cannot be given to a script")


def _put_list(write: Callable[[bytes], None], items: list[object] | tuple[object, ...]) -> None:
    if items and all(type(item) is float for item in items):
        write(b"D" + struct.pack(f"<I{len(items)}d", len(items), *items))
        return
    write(b"l" + _U32.pack(len(items)))
    for item in items:
        _put(write, item)


def _put_map(write: Callable[[bytes], None], pairs: dict[object, object]) -> None:
    write(b"m" + _U32.pack(len(pairs)))
    for key, value in pairs.items():
        if not isinstance(key, str):
            raise TypeError("a map whose keys are not text cannot be given to a script")
        write(_text(key))
        _put(write, value)


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "replace")
    return _U32.pack(len(data)) + data


def decode(data: bytes) -> Value:
    """Return the value that Lua wrote."""
    return _get(data, 0)[0]


def _get(data: bytes, at: int) -> tuple[Value, int]:
    tag = data[at : at + 1]
    at += 1
    match tag:
        case b"i":
            return _I64.unpack_from(data, at)[0], at + 8
        case b"d":
            return _F64.unpack_from(data, at)[0], at + 8
        case b"s":
            return _get_text(data, at)
        case b"l":
            return _get_list(data, at)
        case b"m":
            return _get_map(data, at)
        case _:
            return {b"n": None, b"t": True, b"f": False}[tag], at


def _get_text(data: bytes, at: int) -> tuple[str, int]:
    start = at + 4
    end = start + _U32.unpack_from(data, at)[0]
    return data[start:end].decode(), end


def _get_list(data: bytes, at: int) -> tuple[list[Value], int]:
    items: list[Value] = []
    count = _U32.unpack_from(data, at)[0]
    at += 4
    for _ in range(count):
        item, at = _get(data, at)
        items.append(item)
    return items, at


def _get_map(data: bytes, at: int) -> tuple[dict[str, Value], int]:
    pairs: dict[str, Value] = {}
    count = _U32.unpack_from(data, at)[0]
    at += 4
    for _ in range(count):
        key, at = _get_text(data, at)
        pairs[key], at = _get(data, at)
    return pairs, at
