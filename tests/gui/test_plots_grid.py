"""Finding the grid that rows lie on: complete or not, in any order, with positions that scatter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.gui.panels.plots.columns import Numbers
from benchwright.gui.panels.plots.grid import Grid, GridFinder, edges, find_grid


def scan(xs: Numbers, ys: Numbers, serpentine: bool) -> tuple[Numbers, Numbers, Numbers]:
    """Rows of a scan line by line; z tells the place."""
    lines = [xs[::-1] if serpentine and i % 2 else xs for i in range(len(ys))]
    x, y = np.concatenate(lines), np.repeat(ys, len(xs))
    return x, y, 1000 * y + x


def check(grid: Grid | None, x: Numbers, y: Numbers, z: Numbers, scatter: float = 0.0) -> None:
    assert grid is not None
    at_x = np.abs(grid.xs[:, None] - x).argmin(0)
    at_y = np.abs(grid.ys[:, None] - y).argmin(0)
    np.testing.assert_allclose(grid.xs[at_x], x, atol=scatter)
    np.testing.assert_allclose(grid.ys[at_y], y, atol=scatter)
    np.testing.assert_equal(grid.z[at_y, at_x], z)
    np.testing.assert_equal(grid.rows[at_y, at_x], np.arange(len(x)))
    assert np.count_nonzero(grid.rows >= 0) == len(x)


levels = st.lists(st.integers(-1000, 1000), min_size=2, max_size=12, unique=True).map(
    lambda found: np.sort(np.array(found, dtype=float)) / 7
)


@given(levels, levels, st.booleans(), st.data())
def test_grid_is_found_at_every_moment_of_a_scan(
    xs: Numbers, ys: Numbers, serpentine: bool, data: st.DataObject
) -> None:
    x, y, z = scan(xs, ys, serpentine)
    count = data.draw(st.integers(1, len(x)))
    check(find_grid(x[:count], y[:count], z[:count]), x[:count], y[:count], z[:count])


@given(levels, levels, st.booleans(), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_grid_that_grows_is_the_one_of_all_rows(
    xs: Numbers, ys: Numbers, serpentine: bool, batches: list[int]
) -> None:
    x, y, z = scan(xs, ys, serpentine)
    finder, end = GridFinder(), 0
    for batch in batches:
        end = min(end + batch, len(x))
        finder.update(x[:end], y[:end], z[:end])
    check(finder.grid, x[:end], y[:end], z[:end])


@pytest.mark.parametrize("serpentine", [False, True])
def test_positions_that_scatter_are_one(serpentine: bool) -> None:
    chance = np.random.default_rng(1)
    x, y, z = scan(np.arange(20.0), np.arange(10.0), serpentine)
    x, y = x + chance.normal(0, 1e-3, len(x)), y + chance.normal(0, 1e-3, len(y))
    grid = find_grid(x, y, z)
    assert grid is not None
    assert grid.z.shape == (10, 20)
    check(grid, x, y, z, 0.01)


def test_steps_that_widen_tenfold_stay_apart() -> None:
    x, y, z = scan(np.array([1e-3, 1e-2, 0.1, 1.0, 10.0]), np.array([1.0, 2.0, 5.0]), serpentine=False)
    grid = find_grid(x, y, z)
    assert grid is not None
    assert grid.z.shape == (3, 5)


def test_sums_of_steps_meet_on_the_way_back() -> None:
    out = np.cumsum(np.full(10, 0.1))
    back = out[-1] - np.cumsum(np.full(9, 0.1))
    x = np.concatenate((out, back[::-1] * 0 + back))
    y = np.repeat([0.0, 1.0], [10, 9])
    grid = find_grid(x, y, x)
    assert grid is not None
    assert grid.z.shape == (2, 10)


def test_rows_of_no_grid_have_none() -> None:
    chance = np.random.default_rng(2)
    x, y = chance.uniform(size=(2, 500))
    assert find_grid(x, y, x) is None
    assert find_grid(np.full(3, np.nan), y[:3], x[:3]) is None


def test_later_value_of_a_place_counts() -> None:
    grid = find_grid(*(np.array(each) for each in ([1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [5.0, 6.0, 7.0])))
    assert grid is not None
    assert list(grid.z[0]) == [7.0, 6.0]
    assert list(grid.rows[0]) == [2, 1]
    assert grid.repeats == 1


def test_rows_without_a_place_are_passed_over() -> None:
    grid = find_grid(*(np.array(each) for each in ([np.nan, 1.0, 2.0], [0.0, 0.0, 0.0], [5.0, 6.0, np.nan])))
    assert grid is not None
    np.testing.assert_equal(grid.z[0], [6.0, np.nan])
    assert list(grid.rows[0]) == [1, 2]


def test_long_scan_is_filled_in_as_it_comes() -> None:
    x, y, z = scan(np.arange(300.0), np.arange(200.0), serpentine=True)
    finder = GridFinder()
    for end in range(1000, len(x) + 1, 1000):
        finder.update(x[:end], y[:end], z[:end])
    check(finder.grid, x, y, z)


def test_borders_lie_between_levels() -> None:
    assert list(edges(np.array([1.0, 2.0, 4.0]))) == [0.5, 1.5, 3.0, 5.0]
    assert list(edges(np.array([3.0]))) == [2.5, 3.5]
