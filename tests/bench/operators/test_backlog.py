"""What waits for a client that does not read is bounded, and nothing but bulk events is lost."""

from benchwright.bench.operators.backlog import MAX_WAITING_BYTES, Backlog, Outgoing
from benchwright.core.events import EmergencyChanged, LinesPrinted, LogWritten, RowsRecorded, RunStateChanged
from benchwright.core.operator_messages import Answer
from benchwright.core.run_states import RunState
from benchwright.core.values import Value

MEGABYTE = 1024 * 1024


def lines(size: int) -> LinesPrinted:
    return LinesPrinted(run_id="a", stream="stdout", lines=["x" * size])


def all_of(backlog: Backlog) -> list[Outgoing]:
    """Return all that waits; the end is put behind it."""
    backlog.put(None)
    taken: list[Outgoing] = []
    while not taken or taken[-1] is not None:
        taken += backlog.take()
    return taken[:-1]


def test_events_come_back_in_order() -> None:
    backlog = Backlog()
    for size in (1, 2, 3):
        backlog.offer(lines(size))
    assert [each.lines for each in all_of(backlog) if isinstance(each, LinesPrinted)] == [
        ["x"],
        ["xx"],
        ["xxx"],
    ]


def test_answers_and_the_emergency_stop_go_ahead_of_all_else() -> None:
    backlog = Backlog()
    backlog.offer(lines(1))
    backlog.put(Answer(id=1))
    emergency = EmergencyChanged(latched=True)
    backlog.offer(emergency)
    assert backlog.take() == [Answer(id=1), emergency]
    assert [type(each) for each in backlog.take()] == [LinesPrinted]


def test_bulk_comes_in_shares() -> None:
    backlog = Backlog()
    for _ in range(5):
        backlog.offer(lines(MEGABYTE))
    assert len(backlog.take()) == 1
    assert len(all_of(backlog)) == 4


def test_bulk_events_beyond_the_bound_are_counted_and_told() -> None:
    backlog = Backlog()
    fitting = MAX_WAITING_BYTES // MEGABYTE
    for _ in range(fitting + 10):
        backlog.offer(lines(MEGABYTE))
    assert len(all_of(backlog)) == fitting
    backlog.offer(lines(1))
    notice, event = all_of(backlog)
    assert isinstance(notice, LogWritten)
    assert notice.text == "10 events were not shown, because this client does not keep up"
    assert isinstance(event, LinesPrinted)


def test_a_change_of_state_is_never_lost() -> None:
    backlog = Backlog()
    for _ in range(2):
        backlog.offer(lines(MAX_WAITING_BYTES))
    backlog.offer(RunStateChanged(run_id="a", state=RunState.COMPLETED, script="s", reason=""))
    kinds = [type(each) for each in all_of(backlog)]
    assert kinds == [LinesPrinted, LogWritten, RunStateChanged]


def test_rows_count_with_their_texts() -> None:
    backlog = Backlog()
    columns: dict[str, list[Value]] = {"a": [None, "x" * MAX_WAITING_BYTES], "b": [1, 2.0]}
    backlog.offer(RowsRecorded(run_id="a", first=0, times_s=[0.0, 1.0], columns=columns))
    backlog.offer(lines(1))
    assert len(all_of(backlog)) == 1
