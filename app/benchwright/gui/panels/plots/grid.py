"""Finds the grid on which rows were measured, also while it is being scanned, and fills it in."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchwright.gui.panels.plots.columns import Numbers

Rows = NDArray[np.intp]

MAX_CELLS: Final = 4_000_000
_FULL_SEARCH_ROWS: Final = (
    20_000  # up to here all rows are looked at again; beyond, rows that fit are filled in
)
_LEAST_FILL: Final = 0.5  # a scan has visited at least half of the lines that it has begun
_JUMP: Final = 20.0  # how much wider a step is than the scatter of a position that is read back
_SCATTER: Final = 0.1  # of a step that positions of one level may lie apart


class Grid:
    """Values at the crossings of two rising lists of positions.

    ``z`` has shape (len(ys), len(xs)), NaN where nothing was measured; ``rows`` is the row that each value is
    of, -1 for none. Where a place was measured again the last value counts; ``repeats`` says how often.
    """

    def __init__(self, xs: Numbers, ys: Numbers, scatter: tuple[float, float] = (0.0, 0.0)) -> None:
        self.xs = xs
        self.ys = ys
        self.scatter = scatter  # how far from its level a position of either axis may lie
        self.z: Numbers = np.full((len(ys), len(xs)), np.nan)
        self.rows: Rows = np.full((len(ys), len(xs)), -1, dtype=np.intp)
        self.repeats = 0

    @property
    def fill(self) -> float:
        """The part of all places that was measured."""
        return float(np.count_nonzero(self.rows >= 0)) / self.rows.size

    def put(self, at_x: Rows, at_y: Rows, z: Numbers, first_row: int) -> None:
        """Fill in values at indices of positions."""
        known = int(np.count_nonzero(self.rows >= 0))
        self.z[at_y, at_x] = z
        self.rows[at_y, at_x] = np.arange(first_row, first_row + len(z))
        self.repeats += len(z) - (int(np.count_nonzero(self.rows >= 0)) - known)


def find_grid(x: Numbers, y: Numbers, z: Numbers) -> Grid | None:
    """Return the grid that rows lie on, in whatever order they were measured; None where there is none.

    Positions are taken as they are where that makes a grid, else those that lie much nearer to each other
    than to the next ones count as one, as a motor's readback has it.
    """
    there = np.isfinite(x) & np.isfinite(y)
    rows = np.flatnonzero(there)
    if not len(rows):
        return None
    exact_x, exact_y = _exact(x[rows]), _exact(y[rows])
    for across in (exact_x, _merged(x[rows], exact_x)):
        for along in (exact_y, _merged(y[rows], exact_y)):
            cells = len(across.levels) * len(along.levels)
            if cells > MAX_CELLS or cells * _LEAST_FILL > len(rows):
                continue
            grid = Grid(across.levels, along.levels, (across.scatter, along.scatter))
            grid.put(across.which, along.which, z[rows], 0)
            if grid.fill >= _LEAST_FILL:
                grid.rows[grid.rows >= 0] = rows[grid.rows[grid.rows >= 0]]
                return grid
    return None


class _Positions(NamedTuple):
    """The positions along an axis: rising levels, which of them each row has, how far off it may be."""

    levels: Numbers
    which: Rows
    scatter: float = 0.0


def _exact(values: Numbers) -> _Positions:
    levels, index = np.unique(values, return_inverse=True)
    if len(levels) > 1:  # steps such as 0.1 add up to something else on the way back
        apart = np.diff(levels) > 1e-9 * max(abs(levels[0]), abs(levels[-1]))
        group = np.concatenate(([0], np.cumsum(apart)))
        levels, index = levels[np.concatenate(([True], apart))], group[index]
    return _Positions(levels, index.reshape(-1).astype(np.intp))


def _merged(values: Numbers, exact: _Positions) -> _Positions:
    """Return levels that gather those which only scatter, where steps and scatter differ by far."""
    levels = exact.levels
    gaps = np.diff(levels)
    if len(gaps) < 2:
        return exact
    ordered = np.sort(gaps)
    jump = int(np.argmax(ordered[1:] / ordered[:-1]))
    if ordered[jump + 1] < _JUMP * ordered[jump]:
        return exact
    group = np.concatenate(([0], np.cumsum(gaps > ordered[jump])))
    count = int(group[-1]) + 1
    last = np.searchsorted(group, np.arange(count), "right") - 1
    first = np.searchsorted(group, np.arange(count), "left")
    scatter = _SCATTER * float(ordered[jump + 1])
    if np.max(levels[last] - levels[first]) > scatter:
        return exact
    index = group[exact.which].astype(np.intp)
    return _Positions(np.bincount(index, values) / np.bincount(index), index, scatter)


class GridFinder:
    """Keeps the grid of rows that keep coming."""

    def __init__(self) -> None:
        self.grid: Grid | None = None
        self._count = 0

    def update(self, x: Numbers, y: Numbers, z: Numbers) -> Grid | None:
        """Take all rows so far, and return their grid."""
        if len(x) < self._count:
            self.grid, self._count = None, 0
        if len(x) == self._count:
            return self.grid
        fresh = slice(self._count, len(x))
        fits = self.grid is not None and _extend(self.grid, x[fresh], y[fresh], z[fresh], self._count)
        if not fits or (self.grid is not None and self.grid.fill < _LEAST_FILL):
            if self.grid is None and len(x) > _FULL_SEARCH_ROWS and len(x) < 2 * self._count:
                return None  # looked for in vain, not long ago
            self.grid = find_grid(x, y, z)
        self._count = len(x)
        return self.grid


def _extend(grid: Grid, x: Numbers, y: Numbers, z: Numbers, first_row: int) -> bool:
    """Fill in further rows; return whether they lie at positions of the grid or add whole steps to it."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return False
    xs, ys = _with_new(grid.xs, x, grid.scatter[0]), _with_new(grid.ys, y, grid.scatter[1])
    if xs is None or ys is None or len(xs) * len(ys) > MAX_CELLS:
        return False
    if len(xs) > len(grid.xs) or len(ys) > len(grid.ys):
        place = np.ix_(np.searchsorted(ys, grid.ys), np.searchsorted(xs, grid.xs))
        larger = Grid(xs, ys)
        larger.z[place], larger.rows[place] = grid.z, grid.rows
        grid.xs, grid.ys, grid.z, grid.rows = xs, ys, larger.z, larger.rows
    grid.put(nearest_level(xs, x), nearest_level(ys, y), z, first_row)
    return True


def _with_new(levels: Numbers, values: Numbers, scatter: float) -> Numbers | None:
    """Return the levels with those of `values` that are new; None where it is not plain which are."""
    step = float(np.diff(levels).min()) if len(levels) > 1 else 0.0
    off = np.abs(levels[nearest_level(levels, values)] - values)
    same = off <= max(scatter, 1e-9 * max(abs(levels[0]), abs(levels[-1])))
    if same.all():
        return levels
    together = np.union1d(levels, _exact(values[~same]).levels)
    return None if step and np.diff(together).min() < 0.5 * step else together


def nearest_level(levels: Numbers, values: Numbers) -> Rows:
    """Return the index of the level that is nearest to each value; shape of `values`."""
    middles = (levels[1:] + levels[:-1]) / 2
    return np.searchsorted(middles, values).astype(np.intp)


def edges(levels: Numbers) -> Numbers:
    """Return the borders of the cells around levels, half-way between them; shape (n + 1,)."""
    if len(levels) == 1:
        return np.array([levels[0] - 0.5, levels[0] + 0.5])
    middles = (levels[1:] + levels[:-1]) / 2
    first, last = 2 * levels[0] - middles[0], 2 * levels[-1] - middles[-1]
    return np.concatenate(([first], middles, [last]))
