"""The frames between a worker and the bench: all that a worker can say, and all that it is told."""

from typing import TypeAlias

import msgspec

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.errors import ErrorInfo
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.results import ScriptResult
from benchwright.core.values import Value

MAX_FRAME_BYTES = 256 * 1024
MAX_START_FRAME_BYTES = 64 * 1024 * 1024
MAX_OUTSTANDING_CALLS = 8


class _Frame(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A frame is a short msgpack array that starts with its tag."""


# --- worker to bench --------------------------------------------------------------------------------------


class Ready(_Frame, frozen=True, tag="ready"):
    """The worker is confined; `fences` says which of them held."""

    fences: dict[str, str]


class Call(_Frame, frozen=True, tag="call"):
    """Call a method of an instrument, or a function of the bench where `target` is empty.

    A `concurrent` call does not wait for the ones before it. `line` is where the script is.
    """

    id: int
    target: str
    method: str
    args: list[Value]
    kwargs: dict[str, Value]
    line: int = 0
    concurrent: bool = False


class Rows(_Frame, frozen=True, tag="rows"):
    """Recorded rows as columns of equal length, with seconds since the script started."""

    times_s: list[float]
    columns: dict[str, list[Value]]


class Output(_Frame, frozen=True, tag="output"):
    """Printed lines of one stream, stdout or stderr, without line ends."""

    stream: str
    lines: list[str]


class Log(_Frame, frozen=True, tag="log"):
    """A line for the log at level info, warning or error."""

    level: str
    text: str


class Progress(_Frame, frozen=True, tag="progress"):
    """The script did `done` of `total` steps."""

    done: float
    total: float


class Line(_Frame, frozen=True, tag="line"):
    """The script is at this line."""

    line: int


class Finished(_Frame, frozen=True, tag="finished"):
    """The script ended by itself, with a result or an error; nothing follows."""

    result: ScriptResult
    error: ErrorInfo | None = None


class LimitReached(_Frame, frozen=True, tag="limit"):
    """The worker met a limit of its run; the bench ends it."""

    limit: str
    value: float
    line: int | None = None


WorkerMessage: TypeAlias = Ready | Call | Rows | Output | Log | Progress | Line | Finished | LimitReached


# --- bench to worker --------------------------------------------------------------------------------------


class Start(_Frame, frozen=True, tag="start"):
    """All that a worker needs to run one script; ``path`` is where it lies, empty where it lies nowhere."""

    language: str
    name: str
    source: str
    instruments: list[InstrumentDescriptor]
    params: dict[str, Value]
    limits: ScriptResourceLimits
    dependencies: dict[str, str] = {}
    requires: dict[str, tuple[str, ...]] = {}
    path: str = ""


class Go(_Frame, frozen=True, tag="go"):
    """The bench has made everything ready: the script may run."""


class Reply(_Frame, frozen=True, tag="reply"):
    """The value of a call."""

    id: int
    value: Value


class Refusal(_Frame, frozen=True, tag="refusal"):
    """Why a call has no value."""

    id: int
    error: ErrorInfo


class Stop(_Frame, frozen=True, tag="stop"):
    """Flush the rows and leave; no line of the script runs any more."""


BenchMessage: TypeAlias = Start | Go | Reply | Refusal | Stop
