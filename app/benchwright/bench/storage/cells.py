"""How a recorded value is kept in a cell of the data file, and read back as it was.

Texts, floats and integers are themselves, booleans are the integers 1 and 0, no value is NULL. A blob is JSON
text, for what SQLite has no cell of its own for: ``NaN`` (it would store NULL) and, in a column that holds
both integers and booleans, those of the kind that came second (``true``, ``17``).
"""

import json
from collections.abc import Iterable, Sequence
from math import isnan
from typing import Final, TypeAlias, cast

from benchwright.core.values import Value

Cell: TypeAlias = float | int | str | bytes | None

BOOLEAN, INTEGER, FLOAT, TEXT = "boolean", "integer", "float", "text"
_KINDS: Final[dict[type, str]] = {bool: BOOLEAN, int: INTEGER, float: FLOAT, str: TEXT}


class ColumnKinds:
    """Which kinds of values a column has held, in order of appearance; that settles what its cells mean."""

    def __init__(self, kinds: Iterable[str] = ()) -> None:
        self.kinds: list[str] = list(kinds)

    @property
    def has_booleans_as_integers(self) -> bool:
        """Whether integer cells stand for booleans, because those came first."""
        return next((kind for kind in self.kinds if kind in (BOOLEAN, INTEGER)), "") == BOOLEAN

    def encode(self, values: Sequence[Value]) -> tuple[Sequence[Cell], bool]:
        """Return the cells of some values, and whether a kind among them is new to the column.

        Raises:
            KeyError: a value is neither boolean, integer, float, text nor None.
        """
        types = dict.fromkeys(map(type, values))  # ordered, unlike a set
        new = [kind for kind in (_KINDS[t] for t in types if t is not type(None)) if kind not in self.kinds]
        self.kinds.extend(new)
        if str in types:
            values = _encodable(values)
        in_blobs = int if self.has_booleans_as_integers else bool
        if in_blobs in types or (
            float in types and (len(types) > 1 or isnan(sum(cast(list[float], values))))
        ):
            return [_cell(value, in_blobs) for value in values], bool(new)
        return cast(Sequence[Cell], values), bool(new)

    def decode(self, cells: Sequence[Cell]) -> Sequence[Value]:
        """Return the values that `encode` was given."""
        types = set(map(type, cells))
        if self.has_booleans_as_integers and int in types:
            cells = [bool(cell) if type(cell) is int else cell for cell in cells]
        if bytes in types:
            return [json.loads(cell) if type(cell) is bytes else cast(Value, cell) for cell in cells]
        return cast(Sequence[Value], cells)


def clean_text(text: str) -> str:
    """Return a text that UTF-8 can hold: a question mark stands for each half of a surrogate pair."""
    return text.encode(errors="replace").decode()


def _cell(value: Value, in_blobs: type) -> Cell:
    if type(value) is in_blobs or (type(value) is float and isnan(value)):
        return json.dumps(value).encode()
    return cast(Cell, value)


def _encodable(values: Sequence[Value]) -> Sequence[Value]:
    try:
        "".join([value for value in values if type(value) is str]).encode()
    except UnicodeEncodeError:
        return [clean_text(value) if type(value) is str else value for value in values]
    return values
