"""The recorded rows of a run as growing numeric columns, ready to be drawn at any zoom."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchwright.core.events import RowsRecorded
from benchwright.core.values import Value
from benchwright.gui.panels.plots.choice import ROW, TIME

Numbers = NDArray[np.float64]

BLOCK: Final = 64  # rows whose extremes are kept, so that a long run need not be searched at each repaint
MAX_CELLS: Final = 16_000_000  # numbers of a run kept in memory; the data file has them all
_FIRST_CAPACITY: Final = 1024
_GROWTH: Final = 8  # what is not filled yet costs no memory, and a copy of all columns at once is a stall


class Column:
    """Numbers that grow in count; NaN where a row has none.

    ``is_rising`` tells whether no number is smaller than the one before, so that it can be searched;
    ``infinite`` and ``not_positive`` count what cannot be drawn, or not on a logarithmic axis.
    """

    def __init__(self) -> None:
        self.count = 0
        self.is_rising = True
        self.infinite = 0
        self.not_positive = 0
        self._values: Numbers = np.empty(_FIRST_CAPACITY)
        self._low: Numbers = np.empty(_FIRST_CAPACITY // BLOCK)
        self._high: Numbers = np.empty(_FIRST_CAPACITY // BLOCK)
        self._blocks = 0

    @property
    def values(self) -> Numbers:
        """All numbers, shape (count,); a view that stays valid until `drop`."""
        return self._values[: self.count]

    @property
    def extremes(self) -> tuple[Numbers, Numbers]:
        """The smallest and the largest number of each full block, each of shape (count // BLOCK,)."""
        return self._low[: self._blocks], self._high[: self._blocks]

    def append(self, numbers: Numbers) -> None:
        """Add numbers at the end; infinite ones become NaN, for no axis holds them."""
        start, self.count = self.count, self.count + len(numbers)
        self._values = _grown(self._values, start, self.count)
        fresh = self._values[start : self.count]
        fresh[:] = numbers
        if not np.isfinite(fresh).all():
            endless = np.isinf(fresh)
            self.infinite += int(np.count_nonzero(endless))
            fresh[endless] = np.nan
            self.is_rising = False
        self.not_positive += int(np.count_nonzero(fresh <= 0))
        if self.is_rising:
            joined = self._values[max(start - 1, 0) : self.count]
            self.is_rising = bool((joined[1:] >= joined[:-1]).all())
        self._find_extremes()

    def drop(self, blocks: int) -> None:
        """Let the oldest blocks go; what stays is moved within the buffers."""
        count = blocks * BLOCK
        self.count -= count
        self._blocks -= blocks
        self._values[: self.count] = self._values[count : count + self.count]
        for buffer in (self._low, self._high):
            buffer[: self._blocks] = buffer[blocks : blocks + self._blocks]

    def _find_extremes(self) -> None:
        first, self._blocks = self._blocks, self.count // BLOCK
        if first == self._blocks:
            return
        self._low = _grown(self._low, first, self._blocks)
        self._high = _grown(self._high, first, self._blocks)
        fresh = self._values[first * BLOCK : self._blocks * BLOCK].reshape(-1, BLOCK)
        np.fmin.reduce(fresh, axis=1, out=self._low[first : self._blocks])
        np.fmax.reduce(fresh, axis=1, out=self._high[first : self._blocks])


def _grown(buffer: Numbers, used: int, needed: int) -> Numbers:
    if needed <= len(buffer):
        return buffer
    larger: Numbers = np.empty(max(_GROWTH * len(buffer), needed))
    larger[:used] = buffer[:used]
    return larger


class RunColumns:
    """What one run has recorded: columns that hold numbers, the time and the number of each row.

    ``dropped`` counts the oldest rows, let go to bound the memory; ``unread`` those at the end of a stored
    run that were not read; ``others`` are the recorded names that never held a number.
    """

    def __init__(self, run_id: str, title: str = "") -> None:
        self.run_id = run_id
        self.title = title
        self.count = 0
        self.dropped = 0
        self.unread = 0
        self.others: dict[str, None] = {}
        self._columns = {TIME: Column(), ROW: Column()}

    def names(self) -> list[str]:
        """Return the recorded names that hold numbers, in order of appearance."""
        return [name for name in self._columns if name not in (TIME, ROW)]

    @property
    def cells(self) -> int:
        """How many numbers it holds."""
        return self.count * len(self._columns)

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def append(self, rows: RowsRecorded) -> None:
        """Add rows; a name has no column before it held a number."""
        fresh = len(rows.times_s)
        self._columns[TIME].append(np.asarray(rows.times_s, dtype=float))
        self._columns[ROW].append(np.arange(rows.first + 1, rows.first + 1 + fresh, dtype=float))
        for name, values in rows.columns.items():
            numbers = as_numbers(values)
            if name not in self._columns:
                if np.isnan(numbers).all():
                    self.others[name] = None
                    continue
                self._columns[name] = _filled(self.count)
                self.others.pop(name, None)
            self._columns[name].append(numbers)
        self.count += fresh
        for column in self._columns.values():
            if column.count < self.count:
                column.append(np.full(self.count - column.count, np.nan))
        if self.cells > MAX_CELLS:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        blocks = self.count // BLOCK // 2
        for column in self._columns.values():
            column.drop(blocks)
        self.count -= blocks * BLOCK
        self.dropped += blocks * BLOCK


def _filled(count: int) -> Column:
    column = Column()
    column.append(np.full(count, np.nan))
    return column


def as_numbers(values: Sequence[Value]) -> Numbers:
    """Return recorded values as numbers, NaN for what is none; shape (n,)."""
    try:
        numbers = np.asarray(values)
        if numbers.dtype.kind in "fiub" and numbers.ndim == 1:
            return numbers.astype(float)
    except ValueError:  # lists of several lengths
        pass
    return np.array([float(v) if isinstance(v, (bool, int, float)) else np.nan for v in values], dtype=float)
