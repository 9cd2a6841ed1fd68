"""One run as the panel shows it, whether its bench tells of it or its record does."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from benchwright.core.errors import ErrorInfo
from benchwright.core.events import (
    CallStatistics,
    InstrumentStopped,
    RunFinished,
    RunStateChanged,
    RunUsage,
    StopPolicyApplied,
)
from benchwright.core.run_record import ActiveRun, RunRecord, RunSummary
from benchwright.core.run_states import SETTLED_STATES, RunState
from benchwright.core.values import Value

SIGNS: Final = {
    RunState.QUEUED: "○",
    RunState.STARTING: "◐",
    RunState.RUNNING: "▶",
    RunState.PAUSED: "‖",
    RunState.STOPPING: "◐",
    RunState.COMPLETED: "✔",
    RunState.CANCELLED: "■",
}
BAD_SIGN: Final = "✖"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """A run; memory in bytes, `running_since_s` in seconds of this process's monotonic clock."""

    run_id: str
    started: datetime
    script: str = ""
    path: str = ""
    language: str = ""
    state: RunState = RunState.QUEUED
    reason: str = ""
    duration_s: float = 0.0
    running_since_s: float | None = None
    rows: int = 0
    memory_bytes: int = 0
    cpu_s: float = 0.0
    calls: Mapping[str, CallStatistics] = field(default_factory=dict)
    error: ErrorInfo | None = None
    result: Value = None
    policy: str = ""
    instruments: tuple[InstrumentStopped, ...] = ()
    parameters: Mapping[str, Value] = field(default_factory=dict)
    schedule: str = ""
    source_sha256: str = ""
    size_bytes: int = 0  # on disk; 0 where nobody looked
    listed_calls: int = 0  # how many calls there were, of a run whose record was not read yet
    known: str = ""  # what a search finds without opening anything, put together beforehand
    record: RunRecord | None = None  # as it was read from disk: limits, permissions

    @property
    def created(self) -> datetime:
        """When it was made; what a search asks for."""
        return self.started

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.state in SETTLED_STATES

    @property
    def elapsed_s(self) -> float:
        """How long it took, or takes by now."""
        if self.is_over or self.running_since_s is None:
            return self.duration_s
        return time.monotonic() - self.running_since_s

    @property
    def sign(self) -> str:
        """The sign of its state."""
        return SIGNS.get(self.state, BAD_SIGN)

    @property
    def call_count(self) -> int:
        """How many calls of instruments it made."""
        return sum(each.count for each in self.calls.values()) if self.calls else self.listed_calls

    def with_state(self, event: RunStateChanged) -> "RunRow":
        """Return the row after a move to another state."""
        since = self.running_since_s
        if event.state is RunState.RUNNING and since is None:
            since = time.monotonic()
        return replace(
            self,
            script=event.script or self.script,
            state=event.state,
            reason=event.reason,
            running_since_s=since,
        )

    def with_active(self, run: ActiveRun) -> "RunRow":
        """Return the row with what the bench says of the run as it lists it."""
        row = row_of_active(run)
        return replace(
            self,
            state=row.state,
            path=row.path,
            language=row.language,
            running_since_s=row.running_since_s,
            reason="",
            started=min(row.started, datetime.now(UTC)),
        )

    def with_usage(self, usage: RunUsage) -> "RunRow":
        """Return the row with what the run has used by now."""
        return replace(
            self, memory_bytes=usage.memory_bytes, cpu_s=usage.cpu_s, rows=usage.rows, calls=usage.calls
        )

    def with_policy(self, event: StopPolicyApplied) -> "RunRow":
        """Return the row with what was done with the instruments after the run was stopped."""
        return replace(self, policy=event.policy, instruments=tuple(event.instruments))

    def with_end(self, event: RunFinished) -> "RunRow":
        """Return the row of the run that is over."""
        return replace(
            self,
            state=event.outcome,
            reason=event.error.message if event.error else "",
            duration_s=event.duration_s,
            rows=event.rows,
            memory_bytes=event.peak_memory_bytes,
            cpu_s=event.cpu_s,
            calls=event.calls,
            error=event.error,
            result=event.result,
            instruments=tuple(event.instruments),
        )

    def with_record(self, record: RunRecord) -> "RunRow":
        """Return the row with what only the record knows, and its end where that was missed."""
        if record.state in SETTLED_STATES:
            return replace(row_of_record(record), size_bytes=self.size_bytes)
        return replace(
            self,
            script=record.script,
            path=record.path,
            language=record.language,
            policy=record.on_stop,
            parameters=record.parameters,
            schedule=record.schedule,
            source_sha256=record.source_sha256,
            record=record,
        )


def row_of_summary(run: RunSummary, known: str) -> RunRow:
    """Return the row of a run as lists know it; the rest is read when it is looked at."""
    return RunRow(
        run_id=run.run_id,
        started=run.created,
        script=run.script,
        path=run.path,
        language=run.language,
        state=run.state,
        reason=run.error.message if run.error else run.reason,
        duration_s=run.duration_s,
        rows=run.rows,
        memory_bytes=run.peak_memory_bytes,
        cpu_s=run.cpu_s,
        error=run.error,
        parameters=run.parameters,
        schedule=run.schedule,
        source_sha256=run.source_sha256,
        size_bytes=run.size_bytes,
        listed_calls=run.call_count,
        known=known,
    )


def row_of_record(record: RunRecord) -> RunRow:
    """Return the row of a run that is kept on disk."""
    return RunRow(
        run_id=record.run_id,
        started=record.created,
        script=record.script,
        path=record.path,
        language=record.language,
        state=record.state,
        reason=record.error.message if record.error else record.reason,
        duration_s=record.duration_s,
        rows=record.rows,
        memory_bytes=record.peak_memory_bytes,
        cpu_s=record.cpu_s,
        calls=record.calls,
        error=record.error,
        result=record.result,
        policy=record.on_stop,
        instruments=record.instruments,
        parameters=record.parameters,
        schedule=record.schedule,
        source_sha256=record.source_sha256,
        record=record,
    )


def row_of_active(run: ActiveRun) -> RunRow:
    """Return the row of a run that the bench lists."""
    return RunRow(
        run_id=run.run_id,
        started=datetime.now(UTC) - timedelta(seconds=run.elapsed_s),
        script=run.script,
        path=run.path,
        language=run.language,
        state=run.state,
        running_since_s=None if run.state is RunState.QUEUED else time.monotonic() - run.elapsed_s,
    )
