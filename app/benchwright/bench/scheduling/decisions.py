"""Decides what becomes of the times at which a schedule is due: pure, from record to record."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from benchwright.bench.scheduling.store import ScheduleRecord
from benchwright.core.run_states import RunState
from benchwright.core.scheduled_execution import Missed, Occurrence, OccurrenceState, Overlap
from benchwright.core.schedules import latest, occurrences

LATE_AFTER: Final = timedelta(seconds=60)  # what is due longer than that was missed
MAX_QUEUE: Final = 100
_MAX_COUNTED: Final = 10_000

NOT_RUN_THEN: Final = "schedules did not run then"
STILL_BUSY: Final = "the run before it was not over"
REPLACED: Final = "a later one took its place"


class Decision(NamedTuple):
    """What became of what is due: the new record, what happened in a word and why, whom to cancel."""

    record: ScheduleRecord
    change: str = ""
    reason: str = ""
    cancels: bool = False


def decide(record: ScheduleRecord, now: datetime, suspended: str) -> Decision:
    """Decide all that is due by `now` and not decided yet: of several, only the last can still run.

    Args:
        suspended: why nothing may run; empty where it may.
    """
    execution = record.execution
    if not execution.enabled:
        return Decision(record)
    last = latest(execution.schedule, record.decided_until, now)
    if last is None:
        return Decision(record)
    record = _with_earlier(record, last, now, suspended)
    if suspended:
        return _left_out(record, last, now, OccurrenceState.SKIPPED, suspended)
    if now - last > LATE_AFTER:
        if execution.missed is Missed.SKIP or record.waiting:
            return _left_out(record, last, now, OccurrenceState.MISSED, NOT_RUN_THEN)
        return _waits(record, last)
    if record.waiting or record.run_id:
        return _overlapping(record, last, now)
    return _waits(record, last)


def _with_earlier(record: ScheduleRecord, last: datetime, now: datetime, suspended: str) -> ScheduleRecord:
    """Return the record, decided up to `last`, with what was due before it left out."""
    due = occurrences(record.execution.schedule, record.decided_until, last)
    earlier = [moment for moment in islice(due, _MAX_COUNTED) if moment < last]
    if earlier:
        note = Occurrence(
            planned=earlier[-1],
            decided=now,
            state=OccurrenceState.SKIPPED if suspended else OccurrenceState.MISSED,
            reason=suspended or NOT_RUN_THEN,
            count=len(earlier),
        )
        record = record.noted(note)
    return msgspec.structs.replace(record, decided_until=last)


def _overlapping(record: ScheduleRecord, last: datetime, now: datetime) -> Decision:
    overlap = record.execution.overlap
    if overlap is Overlap.REPLACE:
        for moment in record.waiting:
            record = _left_out(record, moment, now, OccurrenceState.SKIPPED, REPLACED).record
        record = msgspec.structs.replace(record, waiting=(last,))
        return Decision(record, "due", REPLACED, cancels=bool(record.run_id))
    if overlap is Overlap.QUEUE and len(record.waiting) < MAX_QUEUE:
        return _waits(record, last)
    return _left_out(record, last, now, OccurrenceState.SKIPPED, STILL_BUSY)


def _waits(record: ScheduleRecord, last: datetime) -> Decision:
    return Decision(msgspec.structs.replace(record, waiting=(*record.waiting, last)), "due")


def _left_out(
    record: ScheduleRecord, planned: datetime, now: datetime, state: OccurrenceState, reason: str
) -> Decision:
    note = Occurrence(planned=planned, decided=now, state=state, reason=reason)
    return Decision(record.noted(note), str(state), reason)


def drop_waiting(record: ScheduleRecord, now: datetime, reason: str) -> ScheduleRecord:
    """Return the record with what waits left out."""
    for planned in record.waiting:
        record = _left_out(record, planned, now, OccurrenceState.SKIPPED, reason).record
    return msgspec.structs.replace(record, waiting=())


def started(record: ScheduleRecord, planned: datetime, now: datetime, run_id: str) -> ScheduleRecord:
    """Return the record with what waits longest started as the run `run_id`."""
    note = Occurrence(planned=planned, decided=now, state=OccurrenceState.STARTED, run_id=run_id)
    waiting = tuple(moment for moment in record.waiting if moment != planned)
    return msgspec.structs.replace(record.noted(note), waiting=waiting)


def refused(record: ScheduleRecord, planned: datetime, now: datetime, reason: str) -> ScheduleRecord:
    """Return the record with what waits longest given up."""
    note = Occurrence(planned=planned, decided=now, state=OccurrenceState.REFUSED, reason=reason)
    waiting = tuple(moment for moment in record.waiting if moment != planned)
    return msgspec.structs.replace(record.noted(note), waiting=waiting)


def finished(record: ScheduleRecord, run_id: str, outcome: RunState, reason: str) -> ScheduleRecord:
    """Return the record with the outcome of a run."""
    return record.with_run(run_id, state=OccurrenceState.FINISHED, outcome=outcome, reason=reason)


def never_begun(record: ScheduleRecord, run_id: str) -> ScheduleRecord:
    """Return the record with a start that was written down and not made due again."""
    lost = next(each for each in record.history if each.run_id == run_id)
    history = tuple(each for each in record.history if each is not lost)
    return msgspec.structs.replace(record, history=history, waiting=(lost.planned, *record.waiting))


def after_restart(record: ScheduleRecord, now: datetime) -> ScheduleRecord:
    """Return the record with what waits since long before now given up, or made one run."""
    late = [moment for moment in record.waiting if now - moment > LATE_AFTER]
    given_up = late[:-1] if record.execution.missed is Missed.RUN_ONCE else late
    for planned in given_up:
        record = _left_out(record, planned, now, OccurrenceState.MISSED, NOT_RUN_THEN).record
    if given_up:
        waiting = tuple(moment for moment in record.waiting if moment not in given_up)
        record = msgspec.structs.replace(record, waiting=waiting)
    return record
