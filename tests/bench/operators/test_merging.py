"""Events that follow each other are joined, and nothing is lost by it."""

from benchwright.bench.operators.merging import merged
from benchwright.core.events import AnyEvent, LinesPrinted, LogWritten, ProgressMade, RowsRecorded


def rows(first: int, *names: str, run_id: str = "a") -> RowsRecorded:
    return RowsRecorded(
        run_id=run_id, first=first, times_s=[first * 1.0], columns={n: [first] for n in names}
    )


def test_rows_of_the_same_columns_become_one_event() -> None:
    (event,) = merged([rows(0, "x", "y"), rows(1, "x", "y"), rows(2, "x", "y")])
    assert isinstance(event, RowsRecorded)
    assert (event.first, event.times_s) == (0, [0.0, 1.0, 2.0])
    assert event.columns == {"x": [0, 1, 2], "y": [0, 1, 2]}


def test_what_differs_stays_apart_and_in_order() -> None:
    log = LogWritten(run_id="a", level="info", text="hello")
    events: list[AnyEvent] = [rows(0, "x"), rows(1, "y"), log, rows(2, "y"), rows(0, "y", run_id="b")]
    assert merged(events) == events


def test_lines_of_one_stream_are_joined() -> None:
    out = [LinesPrinted(run_id="a", stream="stdout", lines=[str(i)]) for i in range(3)]
    err = LinesPrinted(run_id="a", stream="stderr", lines=["e"])
    joined = merged([*out, err])
    assert [event.lines for event in joined if isinstance(event, LinesPrinted)] == [["0", "1", "2"], ["e"]]


def test_the_events_given_are_not_changed() -> None:
    first, second = rows(0, "x"), rows(1, "x")
    merged([first, second])
    assert (first.columns, second.columns) == ({"x": [0]}, {"x": [1]})


def test_only_the_latest_progress_is_kept() -> None:
    reports: list[AnyEvent] = [ProgressMade(run_id="a", done=i, total=3) for i in range(3)]
    other = ProgressMade(run_id="b", done=1, total=3)
    assert merged([*reports, other]) == [reports[-1], other]
