"""What is to run when, and what became of it: the values that the bench keeps and operators see."""

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from benchwright.core.errors import InvalidSchedule
from benchwright.core.limits import Preset
from benchwright.core.run_states import RunState, StopPolicy
from benchwright.core.schedules import ExecutionSchedule
from benchwright.core.values import Value

MAX_NAME = 100  # characters


class Overlap(StrEnum):
    """What happens when a run is due while the one before it still runs or waits.

    ``skip``: it is left out; ``queue``: it starts after it; ``replace``: the one before is cancelled.
    """

    SKIP = "skip"
    QUEUE = "queue"
    REPLACE = "replace"


class Missed(StrEnum):
    """What happens with runs that were due while nobody ran schedules.

    ``run_once``: one run makes up for all of them; ``skip``: they are left out.
    """

    RUN_ONCE = "run_once"
    SKIP = "skip"


class ScheduledExecution(msgspec.Struct, frozen=True, kw_only=True):
    """A script and when it is to run.

    ``script`` is the path of a file. ``permissions`` are what a person granted to the content whose SHA-256
    is ``content_sha256``: a script that changed since waits until somebody grants anew. A limit that is None
    is the script's own.
    """

    id: str = ""
    name: str
    script: str
    schedule: ExecutionSchedule
    parameters: dict[str, Value] = {}
    permissions: tuple[str, ...] = ()
    content_sha256: str = ""
    timeout_s: float | None = None
    preset: Preset | None = None
    on_stop: StopPolicy | None = None
    overlap: Overlap = Overlap.SKIP
    missed: Missed = Missed.SKIP
    enabled: bool = True

    def check(self) -> None:
        """Make sure that it can run at all, as far as that can be told without its script.

        Raises:
            InvalidSchedule: it cannot; one sentence.
        """
        if not self.name.strip() or len(self.name) > MAX_NAME or not self.name.isprintable():
            raise InvalidSchedule(f"a schedule needs a name of 1 to {MAX_NAME} printable characters")
        if not self.script:
            raise InvalidSchedule("a schedule needs a script")
        self.schedule.check()


class OccurrenceState(StrEnum):
    """What became of a time at which a run was due."""

    STARTED = "started"
    FINISHED = "finished"
    SKIPPED = "skipped"  # by the overlap policy or an emergency stop
    MISSED = "missed"  # nobody ran schedules then
    REFUSED = "refused"  # the bench did not take the run


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One time at which a run was due, and what became of it; times are UTC.

    ``count`` is above 1 where several times in a row are told of as one, ``planned`` being the last of them.
    """

    planned: datetime
    decided: datetime
    state: OccurrenceState
    run_id: str = ""
    outcome: RunState | None = None
    reason: str = ""
    count: int = 1


class ScheduleStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as it is now; ``held`` says why a run that is due waits; ``history`` is newest first.

    It ``needs_grant`` where it waits for a person to allow a script that changed.
    """

    execution: ScheduledExecution
    next_run: datetime | None = None
    waiting: tuple[datetime, ...] = ()
    held: str = ""
    needs_grant: bool = False
    run_id: str = ""  # of the run that is not over
    history: tuple[Occurrence, ...] = ()


class ScheduleOverview(msgspec.Struct, frozen=True, kw_only=True):
    """All schedules.

    ``suspended`` says which emergency stop suspended them, ``is_hosted`` whether this bench runs them: one
    that a command started for itself does not. ``problems`` are files that could not be read.
    """

    schedules: tuple[ScheduleStatus, ...] = ()
    suspended: str = ""
    is_hosted: bool = True
    ends_with_window: bool = False  # as a bench does that the window started
    problems: tuple[str, ...] = ()


class PlannedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is to come."""

    schedule_id: str
    name: str
    script: str
    planned: datetime


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
