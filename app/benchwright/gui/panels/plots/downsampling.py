"""Thins a long curve to what a screen can show, keeping every peak."""

from typing import Final

import numpy as np

from benchwright.gui.panels.plots.columns import BLOCK, Column, Numbers

_RAW_POINTS: Final = 200_000  # searched directly; beyond, by the extremes of blocks


def visible_curve(x: Column, y: Column, low: float, high: float, points: int) -> tuple[Numbers, Numbers]:
    """Return the part of a curve between `low` and `high` of x, in some `points` points at most four times.

    Where x rises, each group of rows becomes its smallest and largest y; elsewhere (a loop, a scan down)
    the rows of a group that hold them are kept, each with its own x.
    """
    if not x.is_rising:
        return _path(x.values, y.values, points)
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


def _path(x: Numbers, y: Numbers, points: int) -> tuple[Numbers, Numbers]:
    size = _group_size(len(x), points)
    if size <= 2:
        return x, y
    groups = len(x) // size
    full = groups * size
    shaped = y[:full].reshape(groups, size)
    starts = np.arange(groups) * size
    if np.isnan(y.min()):  # quicker than a look at each
        gaps = np.isnan(shaped)
        lowest, highest = np.where(gaps, np.inf, shaped).argmin(1), np.where(gaps, -np.inf, shaped).argmax(1)
    else:
        lowest, highest = shaped.argmin(1), shaped.argmax(1)
    kept = np.sort(np.concatenate((starts, starts + lowest, starts + highest, np.arange(full, len(x)))))
    return x[kept], y[kept]
