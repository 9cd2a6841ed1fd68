"""One run: its state, who may do what in it, and how it is asked to stop."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from benchwright.bench.event_bus import EventBus
from benchwright.core.errors import BenchwrightError, ErrorInfo
from benchwright.core.events import CallStatistics, LineReached, QuestionAsked, RunStateChanged, RunUsage
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.permissions import Permission
from benchwright.core.rates import RateSettings, TokenBucket
from benchwright.core.run_record import ActiveRun
from benchwright.core.run_states import FINAL_STATES, MOVES, RunState, StopPolicy
from benchwright.core.values import Value
from benchwright.instruments.calls import Caller, CallScope

MAX_LINE = 2**31 - 1


def believable_line(line: int | None) -> int | None:
    """Return a line or column that a script tells, None where no text has it."""
    return line if line is not None and 0 < line <= MAX_LINE else None


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What a run is to do and within which bounds; settled before it starts."""

    run_id: str
    script: str
    path: str
    language: str
    source: str
    source_sha256: str
    metadata: ScriptMetadata
    metadata_text: str
    parameters: Mapping[str, Value]
    permissions: frozenset[Permission]
    limits: ScriptResourceLimits
    preset: str
    rate: RateSettings
    on_stop: StopPolicy
    dependencies: Mapping[str, str]
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schedule: str = ""  # the name of the schedule that started it
    from_window: bool = False


@dataclass(frozen=True)
class Ending:
    """How a run ended or is to end, and how fast; the first request decides the outcome."""

    outcome: RunState
    error: ErrorInfo | None = None
    at_once: bool = False
    result: Value = None


@dataclass
class MethodTimes:
    """Calls of one method so far."""

    count: int = 0
    failed: int = 0
    timed_out: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0

    def add(self, duration_s: float, failed: bool, timed_out: bool) -> None:
        """Count one call."""
        self.count += 1
        self.failed += failed
        self.timed_out += timed_out
        self.total_s += duration_s
        self.longest_s = max(self.longest_s, duration_s)

    def statistics(self) -> CallStatistics:
        """Return the numbers as a frozen value."""
        return CallStatistics(
            count=self.count,
            failed=self.failed,
            timed_out=self.timed_out,
            total_s=self.total_s,
            longest_s=self.longest_s,
        )


@dataclass
class Pause:
    """The wish to hold a run at its next checkpoint."""

    go: threading.Event = field(default_factory=threading.Event)
    total_s: float = 0.0

    def __post_init__(self) -> None:
        self.go.set()


class Run:
    """A run from its queue to its end.

    `scope` is closed by the first stop request, in the thread that asks: from then on no call is accepted.
    """

    def __init__(self, plan: RunPlan, bus: EventBus, clock: Callable[[], float] = time.monotonic) -> None:
        self.plan = plan
        self.scope = CallScope(Caller.SCRIPT, plan.run_id)
        self.bucket = TokenBucket(plan.rate, clock)
        self.pause = Pause()
        self.calls: dict[str, MethodTimes] = {}
        self.snapshots: dict[str, dict[str, Value]] = {}  # by instrument used, filled for on_stop = return
        self.line = 0  # where the script says that it is; believed no further than a mark in its text
        self.rows = 0
        self.progress = (0.0, 0.0)  # steps done, and in all
        self.memory_bytes = 0  # beyond its start
        self.cpu_s = 0.0
        self.question: QuestionAsked | None = None  # that waits for its answer
        self.stopped = threading.Event()
        self.over = threading.Event()
        self._bus = bus
        self._lock = threading.RLock()
        self._state = RunState.QUEUED
        self._stop: Ending | None = None
        self._on_stop: Callable[[], None] = lambda: None
        self._line_told = 0
        self._clock = clock
        self._started_s: float | None = None

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.plan.run_id

    @property
    def state(self) -> RunState:
        """Where the run is."""
        return self._state

    def move(self, state: RunState, reason: str = "") -> bool:
        """Move to another state and publish it; return False where the table has no such move."""
        with self._lock:
            if state not in MOVES.get(self._state, frozenset()):
                return False
            self._state = state
            if state is RunState.RUNNING and self._started_s is None:
                self._started_s = self._clock()
            self._bus.publish(
                RunStateChanged(run_id=self.run_id, state=state, script=self.plan.script, reason=reason)
            )
            if state in FINAL_STATES:
                self.over.set()
            return True

    def announce_queued(self, reason: str) -> None:
        """Publish that the run waits, and for what."""
        self._bus.publish(
            RunStateChanged(run_id=self.run_id, state=self._state, script=self.plan.script, reason=reason)
        )

    # --- stopping ---

    @property
    def stop_request(self) -> Ending | None:
        """The first stop request, or the first one made harder."""
        return self._stop

    def when_stopped(self, wake: Callable[[], None]) -> None:
        """Call `wake` at each stop request from now on, and now if there was one."""
        self._on_stop = wake
        if self._stop is not None:
            wake()

    def request_stop(
        self, outcome: RunState, error: ErrorInfo | None = None, *, at_once: bool = False
    ) -> None:
        """Close the run and ask its keeper to end it; a second request ends its process at once."""
        with self._lock:
            if self._state in FINAL_STATES:
                return
            if self._stop is None:
                self._stop = Ending(outcome, error, at_once)
            else:
                self._stop = Ending(self._stop.outcome, self._stop.error, at_once=True)
        self.scope.cancel()
        self.pause.go.set()
        self.stopped.set()
        self._on_stop()

    # --- pausing ---

    def request_pause(self) -> bool:
        """Hold the run at its next checkpoint; return False where it cannot be paused."""
        with self._lock:
            if self._state not in (RunState.RUNNING, RunState.STARTING):
                return False
            self.pause.go.clear()
            return True

    def resume(self) -> bool:
        """Let a paused run go on; return False where it was not paused."""
        was_paused = not self.pause.go.is_set()
        self.pause.go.set()
        return was_paused

    def checkpoint(self) -> None:
        """Wait here while the run is to be paused."""
        if self.pause.go.is_set():
            return
        began_s = time.monotonic()
        if self.move(RunState.PAUSED):
            self.pause.go.wait()
            self.pause.total_s += time.monotonic() - began_s
            if not self.scope.cancelled:
                self.move(RunState.RUNNING)
        self.scope.check()

    # --- what is seen of it from outside ---

    def tell_line(self) -> None:
        """Publish where the script is, if it is elsewhere than the last time."""
        line = self.known_line
        if line is not None and line != self._line_told:
            self._line_told = line
            self._bus.publish(LineReached(run_id=self.run_id, line=line))

    @property
    def known_line(self) -> int | None:
        """The line that the script said it is at; None where it said none that there may be."""
        return believable_line(self.line)

    def ended_by(self, error: BenchwrightError) -> ErrorInfo:
        """Return what ends the run as a value, with the line that the script was at where it has none."""
        info = error.info()
        return info if info.line else msgspec.structs.replace(info, line=self.known_line)

    def listed(self) -> ActiveRun:
        """Return what a desk that comes later needs to show the run."""
        plan = self.plan
        return ActiveRun(
            run_id=plan.run_id,
            script=plan.script,
            path=plan.path,
            language=plan.language,
            state=self._state,
            elapsed_s=0.0 if self._started_s is None else self._clock() - self._started_s,
            line=self.known_line or 0,
            done=self.progress[0],
            total=self.progress[1],
            metadata=plan.metadata_text,
            from_window=plan.from_window,
            question=self.question,
        )

    def usage(self) -> RunUsage:
        """Return what the run has used so far."""
        calls = {name: times.statistics() for name, times in list(self.calls.items())}
        return RunUsage(memory_bytes=self.memory_bytes, cpu_s=self.cpu_s, rows=self.rows, calls=calls)

    def count_call(self, call: str, duration_s: float, failed: bool, timed_out: bool = False) -> None:
        """Count one instrument call."""
        times = self.calls.get(call)
        if times is None:
            times = self.calls.setdefault(call, MethodTimes())
        times.add(duration_s, failed, timed_out)
