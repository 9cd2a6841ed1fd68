"""Recorded rows as columns, and long curves thinned to what a screen shows."""

import math
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.events import RowsRecorded
from benchwright.core.values import Value
from benchwright.gui.panels.plots.choice import ROW
from benchwright.gui.panels.plots.columns import BLOCK, Column, Numbers, RunColumns, as_numbers
from benchwright.gui.panels.plots.downsampling import nearest, nearest_point, visible_curve


def column_of(values: Numbers, parts: int = 7) -> Column:
    column = Column()
    for part in np.array_split(values, parts):
        column.append(part)
    return column


# --- columns ------------------------------------------------------------------------------------------------


def test_columns_that_come_late_or_pause_have_gaps() -> None:
    run = RunColumns("r")
    run.append(RowsRecorded(first=0, times_s=[0, 1], columns={"a": [1, None]}))
    run.append(RowsRecorded(first=2, times_s=[2], columns={"b": [5.0], "note": ["text"]}))
    np.testing.assert_equal(run["a"].values, [1, np.nan, np.nan])
    np.testing.assert_equal(run["b"].values, [np.nan, np.nan, 5])
    np.testing.assert_equal(run[ROW].values, [1, 2, 3])
    assert run.names() == ["a", "b"]
    assert list(run.others) == ["note"]


def test_text_that_becomes_a_number_gets_a_column() -> None:
    run = RunColumns("r")
    run.append(RowsRecorded(first=0, times_s=[0], columns={"a": ["none yet"]}))
    run.append(RowsRecorded(first=1, times_s=[1], columns={"a": [2.0]}))
    assert (run.names(), list(run.others)) == (["a"], [])
    np.testing.assert_equal(run["a"].values, [np.nan, 2])


def test_values_that_are_no_numbers_are_gaps() -> None:
    np.testing.assert_equal(
        as_numbers([1, True, "2", None, [1, 2], 2.5]), [1, 1, np.nan, np.nan, np.nan, 2.5]
    )
    np.testing.assert_equal(as_numbers(["1.5", "2"]), [np.nan, np.nan])
    np.testing.assert_equal(as_numbers([[1.0], [2.0]]), [np.nan, np.nan])


def test_infinite_values_are_gaps_and_counted() -> None:
    column = column_of(np.array([1.0, np.inf, -np.inf, 0.0, -2.0]), 2)
    np.testing.assert_equal(column.values, [1, np.nan, np.nan, 0, -2])
    assert (column.infinite, column.not_positive, column.is_rising) == (2, 2, False)


def test_column_knows_whether_it_rises_across_batches() -> None:
    column = Column()
    column.append(np.array([1.0, 2.0]))
    assert column.is_rising
    column.append(np.array([1.5]))
    assert not column.is_rising


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchwright.gui.panels.plots.columns.MAX_CELLS", 3000)
    run = RunColumns("r")
    for first in range(0, 5000, 100):
        rows: list[Value] = [float(first + i) for i in range(100)]
        run.append(RowsRecorded(first=first, times_s=[0.0] * 100, columns={"a": rows}))
    assert run.count <= 1000
    assert run.dropped + run.count == 5000
    np.testing.assert_equal(run["a"].values, np.arange(5000 - run.count, 5000))
    lows, highs = run["a"].extremes
    np.testing.assert_equal(lows, run["a"].values[: len(lows) * BLOCK : BLOCK])
    np.testing.assert_equal(highs, run["a"].values[BLOCK - 1 : len(lows) * BLOCK : BLOCK])


# --- long curves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [5_000, 300_000])
def test_long_curve_keeps_every_peak_and_its_ends(count: int) -> None:
    y = np.zeros(count)
    y[[1, BLOCK * 40 + 5, count // 2, count - 2]] = [3.0, -7.0, 11.0, 5.0]
    x, thin = visible_curve(column_of(np.arange(count, dtype=float)), column_of(y), -np.inf, np.inf, 500)
    assert len(x) == len(thin) <= 2000
    assert {3.0, -7.0, 11.0, 5.0} <= set(thin)
    assert x[0] == 0
    assert x[-1] == pytest.approx(count - 1, abs=BLOCK)
    assert list(x) == sorted(x)


@given(
    st.lists(st.floats(-1e9, 1e9) | st.just(math.nan), min_size=1, max_size=3000),
    st.integers(1, 40),
    st.booleans(),
)
def test_peaks_survive_and_order_is_kept(values: list[float], points: int, rises: bool) -> None:
    y = np.array(values)
    x = np.arange(len(y), dtype=float) if rises else np.cos(np.arange(len(y), dtype=float))
    thin_x, thin_y = visible_curve(column_of(x), column_of(y), -np.inf, np.inf, points)
    assert len(thin_x) == len(thin_y) <= 4 * points + 4
    if not np.isnan(y).all():
        assert np.nanmin(thin_y) == np.nanmin(y)
        assert np.nanmax(thin_y) == np.nanmax(y)
    if rises:
        assert (np.diff(thin_x) >= 0).all()
    else:  # a point is one that was recorded, in its order
        rows = [int(np.flatnonzero(x == each)[0]) for each in thin_x]
        assert rows == sorted(rows)


def test_zoomed_curve_has_each_row_and_its_neighbours() -> None:
    x = column_of(np.arange(300_000, dtype=float))
    seen, values = visible_curve(x, x, 1000.5, 1003.5, 500)
    assert list(seen) == list(values) == [1000, 1001, 1002, 1003, 1004]


def test_long_loop_keeps_pairs_and_peaks_beside_gaps() -> None:
    angle = np.linspace(0, 40 * math.pi, 100_000)
    x, y = np.cos(angle), np.sin(angle)
    y[500], y[777] = np.nan, 9.0
    thin_x, thin_y = visible_curve(column_of(x), column_of(y), -np.inf, np.inf, 500)
    assert len(thin_x) < 3000
    assert 9.0 in thin_y
    kept = ~np.isnan(thin_y) & (thin_y != 9.0)
    np.testing.assert_allclose(thin_x[kept] ** 2 + thin_y[kept] ** 2, 1)


def test_zoomed_loop_shows_its_rows_and_gaps_where_it_is_out_of_view() -> None:
    x = column_of(np.concatenate((np.arange(1000.0), np.arange(1000.0)[::-1])))
    y = column_of(np.arange(2000.0))
    seen, values = visible_curve(x, y, 9.5, 11.5, 500)
    np.testing.assert_equal(seen, [9, 10, 11, 12, np.nan, 12, 11, 10, 9])
    np.testing.assert_equal(values, [9, 10, 11, 12, np.nan, 1987, 1988, 1989, 1990])


# --- the nearest row ----------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.floats(-2e6, 2e6))
def test_nearest_row_of_rising_numbers(values: list[float], wanted: float) -> None:
    column = column_of(np.sort(np.array(values)), 1)
    row = nearest(column, wanted)
    assert row is not None
    assert abs(column.values[row] - wanted) == min(abs(column.values - wanted))


def test_nearest_point_of_a_loop_is_by_both_axes() -> None:
    x, y = column_of(np.array([0.0, 1.0, 0.0]), 1), column_of(np.array([0.0, 5.0, 10.0]), 1)
    assert nearest_point(x, [y], (0.1, 9.0), (1.0, 10.0)) == 2
    assert nearest_point(x, [y], (0.1, 1.0), (1.0, 10.0)) == 0
    assert nearest_point(x, [column_of(np.full(3, np.nan), 1)], (0.1, 1.0), (1.0, 10.0)) is None
    assert nearest(Column(), 1.0) is None


# --- the figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rises", [True, False])
def test_million_rows_are_thinned_between_two_frames(rises: bool) -> None:
    count = 1_000_000
    x = column_of(
        np.arange(count, dtype=float) if rises else np.cos(np.arange(count, dtype=float) / 1e4), 100
    )
    y = column_of(np.sin(np.arange(count, dtype=float)), 100)
    taken_s = []
    for _ in range(5):
        started_s = perf_counter()
        visible_curve(x, y, -np.inf, np.inf, 600)
        taken_s.append(perf_counter() - started_s)
    assert min(taken_s) < 0.02  # ten times what it takes
