"""What happens on the bench, as frozen values; each kind is also one JSON object of the command line.

Every event carries ``monotonic_s`` (seconds of the bench's monotonic clock) and ``utc``.
"""

import time
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from benchwright.core.errors import ErrorInfo
from benchwright.core.run_states import RunState
from benchwright.core.values import Value


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """What every event has: when it happened, and the run it belongs to (empty for none)."""

    run_id: str = ""
    monotonic_s: float = msgspec.field(default_factory=time.monotonic)
    utc: datetime = msgspec.field(default_factory=_utc_now)


class RunStateChanged(Event, frozen=True, kw_only=True, tag="run_state"):
    """A run moved to another state; `reason` says why where that is not plain."""

    state: RunState
    script: str = ""
    reason: str = ""


class LogWritten(Event, frozen=True, kw_only=True, tag="log"):
    """A script or the bench logged a line; `level` is info, warning or error."""

    level: str
    text: str


class LinesPrinted(Event, frozen=True, kw_only=True, tag="lines"):
    """A script printed; `stream` is stdout or stderr, the lines have no line ends."""

    stream: str
    lines: list[str]


class RowsRecorded(Event, frozen=True, kw_only=True, tag="rows"):
    """Rows as columns of equal length; `first` is the index of the first row in the run.

    ``times_s`` are seconds since the script started. A row that lacks a column holds None there.
    """

    first: int
    times_s: list[float]
    columns: dict[str, list[Value]]


class ProgressMade(Event, frozen=True, kw_only=True, tag="progress"):
    """A script did `done` of `total` steps."""

    done: float
    total: float


class DiagnosticFound(Event, frozen=True, kw_only=True, tag="diagnostic"):
    """A finding in a script's text; line and columns are 1-based."""

    file: str
    line: int
    column: int
    end_column: int
    severity: str
    message: str
    code: str
    hint: str | None = None


class QuestionAsked(Event, frozen=True, kw_only=True, tag="question"):
    """A script asks the operator; it waits until the answer, one of `choices`, is given."""

    question_id: int
    question: str
    choices: list[str]


class InstrumentStateChanged(Event, frozen=True, kw_only=True, tag="instrument_state"):
    """The link to an instrument changed; `state` is closed, connecting, connected, lost or latched."""

    name: str
    state: str
    message: str = ""


class TelemetryRead(Event, frozen=True, kw_only=True, tag="telemetry"):
    """Values by channel, such as ``esp300.position``; None where the instrument did not answer."""

    values: dict[str, float | None]
    units: dict[str, str] = {}


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What went over an instrument's link and back; bytes that are not printable are escaped as in Python.

    Attributes:
        caller: on whose behalf: operator, script, telemetry or safety.
        received: None where nothing came.
        utc: when it was sent.
        duration_s: from then to its end.
        error: why it failed, empty where it did not.
    """

    caller: str
    sent: str
    received: str | None
    utc: datetime
    duration_s: float
    error: str = ""


class TrafficSeen(Event, frozen=True, kw_only=True, tag="traffic"):
    """Exchanges with an instrument that this client watches; `missed` more are not shown."""

    name: str
    exchanges: list[Exchange]
    missed: int = 0


class InstrumentStopped(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one instrument: `outcome` is safe, unknown or failed."""

    name: str
    outcome: str
    duration_s: float
    message: str = ""


class EmergencyChanged(Event, frozen=True, kw_only=True, tag="emergency"):
    """The emergency stop was pressed, reported on, or reset."""

    latched: bool
    source: str = ""
    instruments: list[InstrumentStopped] = []


class StopPolicyApplied(Event, frozen=True, kw_only=True, tag="stop_policy"):
    """What the bench did with the instruments after a run was stopped."""

    policy: str
    instruments: list[InstrumentStopped]


class CallStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one instrument method by a run; times in seconds."""

    count: int
    failed: int
    timed_out: int = 0  # of those that failed
    total_s: float
    longest_s: float


class RunUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What an active run has used so far: memory beyond its start in bytes, calls by `instrument.method`."""

    memory_bytes: int
    cpu_s: float
    rows: int
    calls: dict[str, CallStatistics]


class ResourcesUsed(Event, frozen=True, kw_only=True, tag="resources"):
    """What the bench and its workers use together, and each active run by its id; about once a second.

    ``cpu_percent`` is of one core, since the event before.
    """

    cpu_percent: float
    memory_bytes: int
    runs: dict[str, RunUsage]


class LineReached(Event, frozen=True, kw_only=True, tag="line"):
    """A run is at another line of its script, 1-based; told some 20 times a second at most."""

    line: int


class RunFinished(Event, frozen=True, kw_only=True, tag="run_finished"):
    """The last event of a run; `peak_memory_bytes` is the most that its process grew by since the start."""

    outcome: RunState
    result: Value = None
    duration_s: float
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    rows: int = 0
    data_path: str = ""
    calls: dict[str, CallStatistics] = {}
    instruments: list[InstrumentStopped] = []
    error: ErrorInfo | None = None


class ScheduleChanged(Event, frozen=True, kw_only=True, tag="schedule_changed"):
    """Something about a schedule is another, or about all (`schedule_id` is empty).

    `change` is added, changed, removed, due, held, started, finished, skipped, missed, refused, suspended
    or resumed; ``run_id`` is that of the schedule's run where there is one.
    """

    schedule_id: str = ""
    name: str = ""
    change: str
    reason: str = ""


AnyEvent: TypeAlias = (
    RunStateChanged
    | LogWritten
    | LinesPrinted
    | RowsRecorded
    | ProgressMade
    | DiagnosticFound
    | QuestionAsked
    | InstrumentStateChanged
    | TelemetryRead
    | TrafficSeen
    | EmergencyChanged
    | StopPolicyApplied
    | ResourcesUsed
    | LineReached
    | RunFinished
    | ScheduleChanged
)
