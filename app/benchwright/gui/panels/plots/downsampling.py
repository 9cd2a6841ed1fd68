"""Thins a long curve to what a screen can show, keeping every peak."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchwright.gui.panels.plots.columns import BLOCK, Column, Numbers

_RAW_POINTS: Final = 200_000  # searched directly; beyond, by the extremes of blocks


def visible_curve(x: Column, y: Column, low: float, high: float, points: int) -> tuple[Numbers, Numbers]:
    """Return the part of a curve between `low` and `high` of x, in some `points` points at most four times.

    Where x rises, each group of rows becomes its smallest and largest y; elsewhere (a loop, a scan down)
    the rows of a group that hold them are kept, each with its own x.
    """
    if not x.is_rising:
        return _path(*_within(x.values, y.values, low, high), points)
    first = max(int(np.searchsorted(x.values, low, "left")) - 1, 0)
    last = min(int(np.searchsorted(x.values, high, "right")) + 1, x.count)
    if last - first <= 2 * points:
        return x.values[first:last], y.values[first:last]
    if last - first <= _RAW_POINTS:
        return _peaks(x.values[first:last], y.values[first:last], y.values[first:last], points)
    return _block_peaks(x, y, first, last, points)


def _block_peaks(x: Column, y: Column, first: int, last: int, points: int) -> tuple[Numbers, Numbers]:
    lows, highs = y.extremes
    begin, end = first // BLOCK, last // BLOCK
    tail = slice(end * BLOCK, last)
    xs, ys = _peaks(x.values[begin * BLOCK : end * BLOCK : BLOCK], lows[begin:end], highs[begin:end], points)
    return np.concatenate((xs, x.values[tail])), np.concatenate((ys, y.values[tail]))


def _group_size(count: int, points: int) -> int:
    """Return a power of two, so that the groups stay the same while a run grows."""
    size = 1
    while count > size * points:
        size *= 2
    return size


def _peaks(x: Numbers, lows: Numbers, highs: Numbers, points: int) -> tuple[Numbers, Numbers]:
    size = _group_size(len(x), points)
    groups = len(x) // size
    full = groups * size
    xs = np.repeat(x[:full:size], 2)
    ys = np.empty(2 * groups)
    ys[0::2] = np.fmin.reduce(lows[:full].reshape(groups, size), axis=1)
    ys[1::2] = np.fmax.reduce(highs[:full].reshape(groups, size), axis=1)
    if full == len(x):
        return xs, ys
    rest = (np.fmin.reduce(lows[full:]), np.fmax.reduce(highs[full:]))
    return np.concatenate((xs, (x[full], x[-1]))), np.concatenate((ys, rest))


def _within(x: Numbers, y: Numbers, low: float, high: float) -> tuple[Numbers, Numbers]:
    """Return the rows between `low` and `high` of x and their neighbours, with gaps for what lies between."""
    if np.isneginf(low) and np.isposinf(high):
        return x, y
    inside = (x >= low) & (x <= high)
    near = inside.copy()
    near[1:] |= inside[:-1]
    near[:-1] |= inside[1:]
    rows = np.flatnonzero(near)
    breaks = np.flatnonzero(np.diff(rows) > 1) + 1
    return np.insert(x[rows], breaks, np.nan), np.insert(y[rows], breaks, np.nan)


def nearest(x: Column, value: float) -> int | None:
    """Return the row whose x is nearest to a value, where x rises; None where there is no row."""
    after = int(np.searchsorted(x.values, value))
    near = [row for row in (after - 1, after) if 0 <= row < x.count]
    return min(near, key=lambda row: abs(x.values[row] - value), default=None)


def nearest_point(
    x: Column, ys: Sequence[Column], place: tuple[float, float], scale: tuple[float, float]
) -> int | None:
    """Return the row that has a point nearest to a place, distances measured in `scale`; None without any."""
    across = ((x.values - place[0]) / (scale[0] or 1)) ** 2
    best: tuple[float, int] | None = None
    for y in ys:
        distance = across + ((y.values - place[1]) / (scale[1] or 1)) ** 2
        if not np.isnan(distance).all():
            row = int(np.nanargmin(distance))
            if best is None or distance[row] < best[0]:
                best = float(distance[row]), row
    return None if best is None else best[1]


def _path(x: Numbers, y: Numbers, points: int) -> tuple[Numbers, Numbers]:
    size = _group_size(len(x), points)
    if size <= 4:
        return x, y
    groups = len(x) // size
    full = groups * size
    starts = np.arange(groups) * size
    lowest, highest = _lowest_and_highest(y[:full].reshape(groups, size))
    kept = [starts, starts + lowest, starts + highest]
    if full < len(x):
        rest = _lowest_and_highest(y[full:].reshape(1, -1))
        kept += [full + rest[0], full + rest[1], np.array([full, len(x) - 1])]
    rows = np.sort(np.concatenate(kept))
    return x[rows], y[rows]


def _lowest_and_highest(groups: Numbers) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where in each group its smallest and its largest number is."""
    if not np.isnan(groups.min(initial=0.0)):  # quicker than a look at each
        return groups.argmin(1), groups.argmax(1)
    gaps = np.isnan(groups)
    return np.where(gaps, np.inf, groups).argmin(1), np.where(gaps, -np.inf, groups).argmax(1)
