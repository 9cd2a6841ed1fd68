"""How the schedule panel words times, states and what became of a run."""

from datetime import datetime, timedelta
from typing import Final

from benchwright.core.run_states import RunState
from benchwright.core.scheduled_execution import Occurrence, OccurrenceState, ScheduleStatus
from benchwright.core.schedules import Manual
from benchwright.gui.wording import outcome

_WORDS: Final = {
    OccurrenceState.STARTED: "running",
    OccurrenceState.SKIPPED: "left out",
    OccurrenceState.MISSED: "missed",
    OccurrenceState.REFUSED: "could not run",
}

_PLAIN: Final = frozenset({RunState.CANCELLED, RunState.EMERGENCY_STOPPED})  # no reason is needed


def when(moment: datetime, now: datetime) -> str:
    """Return a time of the computer's clock: ``today 14:03:20``, ``Mon 2026-11-23 09:00``."""
    here, today = moment.astimezone(), now.astimezone().date()
    days = {today - timedelta(days=1): "yesterday", today: "today", today + timedelta(days=1): "tomorrow"}
    return f"{days.get(here.date(), f'{here:%a %Y-%m-%d}')} {when_in_day(moment)}"


def when_in_day(moment: datetime) -> str:
    """Return the time of day on the computer's clock, with seconds where there are any."""
    here = moment.astimezone()
    return f"{here:%H:%M:%S}" if here.second else f"{here:%H:%M}"


def became(occurrence: Occurrence) -> str:
    """Return what became of a time at which a run was due."""
    if occurrence.state is OccurrenceState.FINISHED and occurrence.outcome is not None:
        text = outcome(occurrence.outcome)
    else:
        text = _WORDS.get(occurrence.state, str(occurrence.state))
    if occurrence.count > 1:
        text += f" {occurrence.count:,} times"
    if occurrence.reason and occurrence.outcome not in _PLAIN:
        text += f": {occurrence.reason}"
    return text


def colour_of(occurrence: Occurrence | None) -> str:
    """Return the theme's role for what became of a run."""
    if occurrence is None or occurrence.state is OccurrenceState.STARTED:
        return "text"
    if occurrence.state is OccurrenceState.REFUSED:
        return "error"
    if occurrence.state is not OccurrenceState.FINISHED:
        return "muted"
    if occurrence.outcome is RunState.COMPLETED:
        return "ok"
    return "muted" if occurrence.outcome is RunState.CANCELLED else "error"


def next_text(status: ScheduleStatus, now: datetime, suspended: str) -> str:
    """Return what is next with a schedule: that it runs, why it does not, or when it will."""
    if status.needs_grant:
        return "waits: script changed"
    if status.held:
        return f"held back: {status.held}"
    if status.run_id:
        return "running"
    if not status.execution.enabled:
        return "off"
    if status.waiting:
        return f"due since {when(status.waiting[0], now)}"
    if isinstance(status.execution.schedule, Manual):
        return "by hand"
    if status.next_run is None:
        return "done"
    return f"suspended ({when(status.next_run, now)})" if suspended else when(status.next_run, now)
