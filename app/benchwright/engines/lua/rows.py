"""Rows as `record` hands them over: their columns in the order in which the script's text names them."""

from collections.abc import Mapping
from typing import Any, Final

from benchwright.core.values import Value

_REMEMBERED_SHAPES: Final = 256


class RowMaker:
    """Makes rows of Lua's names and values; Lua itself keeps no order of a table's names."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._shapes: dict[tuple[bytes, ...], list[tuple[str, int]]] = {}

    def row(self, pairs: tuple[Any, ...]) -> dict[str, Value]:
        """Return the row of `pairs`, name and value by turns, texts as bytes of UTF-8."""
        names = pairs[::2]
        shape = self._shapes.get(names) or self._shape(names)
        row = {name: pairs[at] for name, at in shape}
        for name, value in row.items():
            if type(value) is bytes:
                row[name] = value.decode()
        return row

    def ordered(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return a row with its columns in order."""
        return {name: values[name] for name in sorted(values, key=self._place)}

    def _shape(self, names: tuple[bytes, ...]) -> list[tuple[str, int]]:
        places = [(name.decode(), index * 2 + 1) for index, name in enumerate(names)]
        shape = sorted(places, key=lambda place: self._place(place[0]))
        if len(self._shapes) >= _REMEMBERED_SHAPES:
            self._shapes.clear()
        self._shapes[names] = shape
        return shape

    def _place(self, name: str) -> tuple[int, str]:
        found = self._source.find(name)
        return (found if found >= 0 else len(self._source), name)
