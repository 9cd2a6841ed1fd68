"""The frames between an operator (desk, command line, Python API) and the bench, one struct per request."""

from typing import TypeAlias

import msgspec

from benchwright.core.errors import ErrorInfo
from benchwright.core.events import AnyEvent
from benchwright.core.limits import Preset
from benchwright.core.run_states import StopPolicy
from benchwright.core.scheduled_execution import ScheduledExecution
from benchwright.core.values import Value

MAX_OPERATOR_FRAME_BYTES = 64 * 1024 * 1024


class _Request(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every request has: an id that its answer repeats."""

    id: int = 0


class SubmitRun(_Request, frozen=True, kw_only=True, tag="submit"):
    """Run a script; the answer is its run id. Values that are None are the script's or the bench's own.

    ``parameters`` are plain values by name, texts from a command line are converted to the declared type.
    ``grant`` is the exact set of permissions; ``metadata`` is the text of the script's TOML file.
    ``dependencies`` are the texts of the library scripts by name; ``requires`` names those that each may
    require, the script itself as ``""``; one that is not in it may require all.
    """

    name: str
    path: str = ""
    language: str
    source: str
    metadata: str = ""
    parameters: dict[str, Value] = {}
    grant: list[str]
    preset: Preset | None = None  # None: the script's own
    limits: dict[str, int | float] = {}  # whole numbers stay whole
    on_stop: StopPolicy | None = None
    dependencies: dict[str, str] = {}
    requires: dict[str, tuple[str, ...]] = {}
    from_window: bool = False


class CancelRun(_Request, frozen=True, kw_only=True, tag="cancel"):
    """Stop a run; a second request, or `kill`, ends its process at once."""

    run_id: str
    kill: bool = False


class PauseRun(_Request, frozen=True, kw_only=True, tag="pause"):
    """Hold a run at its next checkpoint."""

    run_id: str


class ResumeRun(_Request, frozen=True, kw_only=True, tag="resume"):
    """Let a paused run go on."""

    run_id: str


class AnswerQuestion(_Request, frozen=True, kw_only=True, tag="answer"):
    """Answer what a script asked."""

    run_id: str
    question_id: int
    answer: str


class ListActiveRuns(_Request, frozen=True, kw_only=True, tag="active_runs"):
    """List runs that are not over, as `ActiveRun`."""


class Subscribe(_Request, frozen=True, kw_only=True, tag="subscribe"):
    """Send events from now on: those of one run, or all; with or without telemetry.

    Only who `watches` is told the line that a run is at and what is used of this computer.
    A bench that a desk started runs schedules while somebody watches.
    """

    run_id: str = ""
    telemetry: bool = False
    watches: bool = False


class DescribeInstruments(_Request, frozen=True, kw_only=True, tag="instruments"):
    """List the instruments: descriptor, link, state of each."""


class CallInstrument(_Request, frozen=True, kw_only=True, tag="call"):
    """Call a method of an instrument, as the operator; `call` is a name for it that `CancelCall` takes."""

    name: str
    method: str
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    call: str = ""


class ConnectInstrument(_Request, frozen=True, kw_only=True, tag="connect"):
    """Open, close or reopen the link to an instrument; `action` is connect, disconnect or reconnect."""

    name: str
    action: str = "connect"


class CancelCall(_Request, frozen=True, kw_only=True, tag="cancel_call"):
    """Stop the calls of this client that go by a name; the motion that such a call waits for is halted."""

    call: str


class MakeSafe(_Request, frozen=True, kw_only=True, tag="make_safe"):
    """Bring one instrument in its safe state; the answer is what became of it."""

    name: str


class SendRaw(_Request, frozen=True, kw_only=True, tag="raw"):
    r"""Send a text to an instrument as it is, past its driver and the soft limits; the answer is its reply.

    It is ASCII, with ``\r``, ``\n``, ``\t``, ``\\`` and ``\xNN`` for what cannot be typed; the link's
    terminator is added. Where `expects_reply` is None, a text with a question mark expects one.
    """

    name: str
    text: str
    expects_reply: bool | None = None


class WatchTraffic(_Request, frozen=True, kw_only=True, tag="watch_traffic"):
    """Send the exchanges of these instruments as events from now on, and those of no others."""

    names: list[str] = []


class AskIdentity(_Request, frozen=True, kw_only=True, tag="ask_identity"):
    """Open a link that no instrument of the bench has, ask ``*IDN?``, close it; the answer is the reply."""

    link: str
    usb: str = ""
    visa_library: str = "@py"
    timeout_s: float = 2.0


class ListSchedules(_Request, frozen=True, kw_only=True, tag="schedules"):
    """Tell all schedules and how they are: a `ScheduleOverview`."""


class AddSchedule(_Request, frozen=True, kw_only=True, tag="add_schedule"):
    """Keep a new schedule; the answer is its id. An id that is given is not heeded."""

    execution: ScheduledExecution


class ChangeSchedule(_Request, frozen=True, kw_only=True, tag="change_schedule"):
    """Put another content in the place of the schedule with the same id."""

    execution: ScheduledExecution


class EnableSchedule(_Request, frozen=True, kw_only=True, tag="enable_schedule"):
    """Let a schedule run from now on, or no more."""

    schedule_id: str
    enabled: bool = True


class RemoveSchedule(_Request, frozen=True, kw_only=True, tag="remove_schedule"):
    """Forget a schedule; a run of it that is active goes on. The answer is what was forgotten."""

    schedule_id: str


class RunScheduleNow(_Request, frozen=True, kw_only=True, tag="run_schedule"):
    """Run what a schedule runs, at once; the answer is the run id."""

    schedule_id: str


class PreviewSchedules(_Request, frozen=True, kw_only=True, tag="preview_schedules"):
    """Tell the next runs of all schedules or of one, each a `PlannedRun`."""

    schedule_id: str = ""
    count: int = 10


class ResumeSchedules(_Request, frozen=True, kw_only=True, tag="resume_schedules"):
    """Let schedules run again that an emergency stop suspended; nothing starts by it."""


class BenchStatus(_Request, frozen=True, kw_only=True, tag="status"):
    """Tell name, process, configuration, latch and counts of the bench."""


class Farewell(_Request, frozen=True, kw_only=True, tag="farewell"):
    """The operator leaves on purpose: nothing is stopped on its account."""


class Shutdown(_Request, frozen=True, kw_only=True, tag="shutdown"):
    """End the bench: runs are cancelled, instruments closed."""


OperatorRequest: TypeAlias = (
    SubmitRun
    | CancelRun
    | PauseRun
    | ResumeRun
    | AnswerQuestion
    | ListActiveRuns
    | Subscribe
    | DescribeInstruments
    | CallInstrument
    | ConnectInstrument
    | CancelCall
    | MakeSafe
    | SendRaw
    | WatchTraffic
    | AskIdentity
    | ListSchedules
    | AddSchedule
    | ChangeSchedule
    | EnableSchedule
    | RemoveSchedule
    | RunScheduleNow
    | PreviewSchedules
    | ResumeSchedules
    | BenchStatus
    | Farewell
    | Shutdown
)


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """What a request brought: a value, or why there is none."""

    id: int
    value: Value = None
    error: ErrorInfo | None = None


class Happened(msgspec.Struct, frozen=True, kw_only=True, tag="happened"):
    """An event, pushed to a client that subscribed."""

    event: AnyEvent


OperatorMessage: TypeAlias = Answer | Happened
