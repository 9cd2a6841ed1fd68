"""The order of a run's rows: none is missing and none comes twice, read from disk or live."""

import pytest

from benchwright.core.events import RowsRecorded
from benchwright.gui.row_order import RowOrder


class Shown:
    """What was handed on."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self.order = RowOrder(self.take)

    def take(self, rows: RowsRecorded) -> None:
        assert rows.first == len(self.values), "rows are missing or twice"
        self.values += rows.columns["x"]


def rows(first: int, stop: int, run_id: str = "run-1") -> RowsRecorded:
    """Rows whose column x counts them."""
    values = range(first, stop)
    return RowsRecorded(
        run_id=run_id, first=first, times_s=[float(each) for each in values], columns={"x": list(values)}
    )


@pytest.fixture
def shown() -> Shown:
    """A new order."""
    return Shown()


def test_live_rows_wait_until_the_earlier_ones_are_read(shown: Shown) -> None:
    shown.order.hold()
    shown.order.take(rows(4, 6))
    assert shown.values == []
    assert shown.order.has_gap()
    shown.order.take_earlier(rows(0, 3))
    assert shown.order.has_gap()
    shown.order.take_earlier(rows(3, 5))
    assert not shown.order.has_gap()
    shown.order.release()
    shown.order.take(rows(6, 7))
    assert shown.values == [*range(7)]


def test_what_is_read_after_the_live_rows_were_let_through_is_passed_over(shown: Shown) -> None:
    shown.order.hold()
    shown.order.release()
    shown.order.take(rows(0, 2))
    shown.order.take_earlier(rows(2, 3))
    assert shown.values == [0, 1]


def test_another_run_begins_anew_and_what_waited_is_dropped(shown: Shown) -> None:
    shown.order.take(rows(0, 2))
    shown.order.hold()
    shown.order.take(rows(2, 3))
    shown.order.forget()
    shown.values.clear()
    shown.order.take(rows(0, 1, "run-2"))
    assert shown.values == [0]
