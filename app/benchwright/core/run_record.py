"""What is kept of one run beside its rows: the content of its run.json."""

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec

from benchwright.core.errors import ErrorInfo
from benchwright.core.events import CallStatistics, InstrumentStopped, QuestionAsked
from benchwright.core.limits import Preset, ScriptResourceLimits
from benchwright.core.run_states import RunState, StopPolicy
from benchwright.core.values import Value

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]  # one without time zone cannot be put in order


class BenchProcess(msgspec.Struct, frozen=True):
    """The bench that a run belongs to; `identity` tells it from a later process of the same number."""

    pid: int
    identity: str


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run: what was run, with what, how it went; times are UTC, durations in seconds.

    ``script_file`` is the name of the script's copy in the run's folder, ``dependencies`` are the texts of
    the library scripts it needs by name, ``requires`` names those that each may require (``""`` is the script
    itself, one that is not there may require all), ``fences`` says which confinement held, ``calls`` counts
    by ``instrument.method``, ``instruments`` is what the stop policy did, ``result`` is the script's last
    value (JSON knows neither NaN nor infinities: they become None here).
    ``schedule`` is the name of the schedule that started the run, if one did.
    ``memory_course`` is its memory in bytes beyond its start, as the operating system tells it: at the start,
    after each quarter of the run, and at the end. A run ``was_killed`` where its process did not leave when
    asked.
    """

    run_id: str
    script: str
    path: str = ""
    language: str
    script_file: str
    source_sha256: str
    state: RunState
    reason: str = ""
    created: Moment
    started: Moment | None = None
    ended: Moment | None = None
    duration_s: float = 0.0
    preset: Preset = Preset.STANDARD
    limits: ScriptResourceLimits = ScriptResourceLimits()
    permissions: tuple[str, ...] = ()
    parameters: dict[str, Value] = {}
    on_stop: StopPolicy = StopPolicy.SAFE
    schedule: str = ""
    metadata: str = ""
    dependencies: dict[str, str] = {}
    requires: dict[str, tuple[str, ...]] = {}
    config: str = ""
    config_sha256: str = ""
    versions: dict[str, str] = {}
    fences: dict[str, str] = {}
    rows: int = 0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    memory_course: tuple[int, ...] = ()
    was_killed: bool = False
    calls: dict[str, CallStatistics] = {}
    result: Value = None
    error: ErrorInfo | None = None
    instruments: tuple[InstrumentStopped, ...] = ()
    bench: BenchProcess | None = None


class RunSummary(msgspec.Struct, frozen=True, array_like=True):
    """What lists and searches need of a run: the small part of its record, and what it takes on disk.

    ``call_count`` is how often it called instruments; ``timed_out`` are the methods whose calls did;
    ``not_safe`` are instruments with what a stop made of them, such as ``esp300 (failed)``; ``size_bytes`` is
    what its folder held when it was read.
    """

    run_id: str
    script: str
    path: str
    language: str
    state: RunState
    reason: str
    created: Moment
    started: Moment | None
    ended: Moment | None
    duration_s: float
    parameters: dict[str, Value]
    schedule: str
    source_sha256: str
    rows: int
    cpu_s: float
    peak_memory_bytes: int
    memory_course: tuple[int, ...]
    was_killed: bool
    error: ErrorInfo | None
    call_count: int
    timed_out: tuple[str, ...]
    not_safe: tuple[str, ...]
    size_bytes: int


_COPIED = tuple(name for name in RunSummary.__struct_fields__ if name in RunRecord.__struct_fields__)


def summary_of(record: RunRecord, size_bytes: int) -> RunSummary:
    """Return a record in short."""
    stopped = record.instruments
    return RunSummary(
        **{name: getattr(record, name) for name in _COPIED},
        call_count=sum(each.count for each in record.calls.values()),
        timed_out=tuple(name for name, calls in record.calls.items() if calls.timed_out),
        not_safe=tuple(f"{each.name} ({each.outcome})" for each in stopped if each.outcome != "safe"),
        size_bytes=size_bytes,
    )


class ActiveRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is not over, as the bench lists it for a desk that comes later.

    ``elapsed_s`` counts from the script's start, ``line`` is where it is (0: unknown), it did ``done`` of
    ``total`` steps (0: it tells none), ``question`` what it
    asked and nobody answered yet, ``from_window`` whether a window started it, not a command or a schedule.
    """

    run_id: str
    script: str
    path: str
    language: str
    state: RunState
    elapsed_s: float = 0.0
    line: int = 0
    done: float = 0.0
    total: float = 0.0
    metadata: str = ""
    from_window: bool = False
    question: QuestionAsked | None = None


_decoder = msgspec.json.Decoder(RunRecord)


def encode_record(record: RunRecord) -> bytes:
    """Return a record as the text of run.json, indented for people."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def decode_record(data: bytes) -> RunRecord:
    """Return the record that `encode_record` wrote.

    Raises:
        msgspec.DecodeError: it is no such text.
    """
    return _decoder.decode(data)
