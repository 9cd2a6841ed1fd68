"""What a month holds, day by day: the runs that are to come, and what became of those of before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from benchwright.core.run_states import FINAL_STATES, RunState
from benchwright.core.scheduled_execution import (
    Occurrence,
    OccurrenceState,
    ScheduledExecution,
    ScheduleStatus,
)
from benchwright.core.schedules import occurrences
from benchwright.gui.panels.schedule.wording import became, colour_of, when_in_day
from benchwright.gui.wording import outcome

if TYPE_CHECKING:
    from benchwright.bench.scheduling.past_runs import PastRun

MOST_PLANNED: Final = 50  # of one schedule on one day; more are counted as such
_MICROSECOND: Final = timedelta(microseconds=1)


class Mark(StrEnum):
    """What there is to tell of a time in one sign; the order is that in which a day tells them."""

    BAD = "✖"
    COMPLETED = "✔"
    CANCELLED = "■"
    LEFT_OUT = "⊘"
    RUNNING = "▶"
    PLANNED = "○"


WORDS: Final = {
    Mark.BAD: "went wrong",
    Mark.COMPLETED: "completed",
    Mark.CANCELLED: "cancelled",
    Mark.LEFT_OUT: "left out",
    Mark.RUNNING: "running",
    Mark.PLANNED: "planned",
}
COLOURS: Final = {
    Mark.BAD: "error",
    Mark.COMPLETED: "ok",
    Mark.CANCELLED: "muted",
    Mark.LEFT_OUT: "muted",
    Mark.RUNNING: "accent",
    Mark.PLANNED: "text",
}  # roles of the theme
_MARKS: Final = {
    RunState.COMPLETED: Mark.COMPLETED,
    RunState.CANCELLED: Mark.CANCELLED,
}


@dataclass(frozen=True)
class Moment:
    """One time of one schedule: what is to come, or what became of it; `count` above 1 stands for several."""

    at: datetime
    name: str
    mark: Mark
    text: str
    colour: str
    schedule_id: str = ""
    run_id: str = ""
    count: int = 1
    is_more: bool = False  # there are more than `count`

    @property
    def clock(self) -> str:
        """The time of day, on the computer's clock."""
        return when_in_day(self.at)


class Day(NamedTuple):
    """What a day holds, in the order of time."""

    moments: tuple[Moment, ...] = ()

    def counts(self) -> list[tuple[Mark, str]]:
        """Return how many there are of each mark, such as ``50+``."""
        counted: Counter[Mark] = Counter()
        for moment in self.moments:
            counted[moment.mark] += moment.count
        more = {moment.mark for moment in self.moments if moment.is_more}
        return [(mark, f"{counted[mark]}{'+' if mark in more else ''}") for mark in Mark if counted[mark]]

    def words(self) -> str:
        """Return the counts in words, for those who do not see the signs."""
        return ", ".join(f"{count} {WORDS[mark]}" for mark, count in self.counts()) or "nothing"


def today() -> date:
    """Return this day on the computer's clock."""
    return datetime.now(UTC).astimezone().date()


def days_shown(month: date, first_weekday: int) -> list[date]:
    """Return the days of the weeks that a month touches; weekdays count from Monday as 0."""
    first = month.replace(day=1)
    start = first - timedelta(days=(first.weekday() - first_weekday) % 7)
    next_month = (first + timedelta(days=31)).replace(day=1)
    weeks = ((next_month - start).days + 6) // 7
    return [start + timedelta(days=at) for at in range(7 * weeks)]


def span(days: Sequence[date]) -> tuple[datetime, datetime]:
    """Return when the first of these days begins and the last one ends, on the computer's clock."""
    return _start_of(days[0]), _start_of(days[-1] + timedelta(days=1))


def fill(
    days: Sequence[date], statuses: Sequence[ScheduleStatus], runs: Iterable["PastRun"], now: datetime
) -> dict[date, Day]:
    """Return what these days hold; takes a while where schedules are due often.

    Args:
        runs: those that schedules started, whether or not the schedules remember them or are still there.
    """
    start, end = span(days)
    found = [each for each in _past(statuses, runs) if start <= each.at < end]
    found += _coming(days, statuses, now)
    by_day: dict[date, list[Moment]] = {}
    for moment in sorted(found, key=lambda each: (each.at, each.name)):
        by_day.setdefault(moment.at.astimezone().date(), []).append(moment)
    return {day: Day(tuple(moments)) for day, moments in by_day.items()}


def narrowed(days: Mapping[date, Day], name: str) -> dict[date, Day]:
    """Return the same days with the moments of the schedules of one name."""
    return {day: Day(tuple(each for each in held.moments if each.name == name)) for day, held in days.items()}


def planned_moment(execution: ScheduledExecution, at: datetime, *, is_more: bool = False) -> Moment:
    """Return the moment of a run that is to come."""
    text = "planned, and more on this day" if is_more else "planned"
    return Moment(at, execution.name, Mark.PLANNED, text, "muted", execution.id, is_more=is_more)


def past_moments(statuses: Iterable[ScheduleStatus]) -> Iterator[Moment]:
    """Give what schedules remember."""
    for status in statuses:
        execution = status.execution
        for each in status.history:
            yield Moment(
                each.planned,
                execution.name,
                _mark_of(each),
                became(each),
                colour_of(each),
                execution.id,
                each.run_id,
                each.count,
            )


def _past(statuses: Sequence[ScheduleStatus], runs: Iterable["PastRun"]) -> Iterator[Moment]:
    remembered = list(past_moments(statuses))
    yield from remembered
    told = {moment.run_id for moment in remembered}
    ids = {status.execution.name: status.execution.id for status in statuses}
    for run in runs:
        if run.run_id not in told:
            mark = _mark_of_state(run.state)
            yield Moment(
                run.created,
                run.schedule,
                mark,
                outcome(run.state),
                COLOURS[mark],
                ids.get(run.schedule, ""),
                run.run_id,
            )


def _coming(days: Sequence[date], statuses: Sequence[ScheduleStatus], now: datetime) -> Iterator[Moment]:
    last = days[-1] + timedelta(days=1)
    for status in statuses:
        execution = status.execution
        if not execution.enabled:
            continue
        for moment in status.waiting:
            yield Moment(moment, execution.name, Mark.PLANNED, "due", "warning", execution.id)
        day = max(days[0], now.astimezone().date())
        while day < last and status.next_run is not None:
            after = max(now, _start_of(day) - _MICROSECOND)
            until = _start_of(day + timedelta(days=1)) - _MICROSECOND
            times = list(islice(occurrences(execution.schedule, after, until), MOST_PLANNED + 1))
            for at, moment in enumerate(times[:MOST_PLANNED], start=1):
                yield planned_moment(execution, moment, is_more=at == MOST_PLANNED < len(times))
            day += timedelta(days=1)


def _mark_of(occurrence: Occurrence) -> Mark:
    if occurrence.state is OccurrenceState.STARTED:
        return Mark.RUNNING
    if occurrence.state is OccurrenceState.REFUSED:
        return Mark.BAD
    if occurrence.state is not OccurrenceState.FINISHED or occurrence.outcome is None:
        return Mark.LEFT_OUT
    return _mark_of_state(occurrence.outcome)


def _mark_of_state(state: RunState) -> Mark:
    is_over = state in FINAL_STATES or state is RunState.INTERRUPTED
    return _MARKS.get(state, Mark.BAD) if is_over else Mark.RUNNING


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone().astimezone(UTC)
