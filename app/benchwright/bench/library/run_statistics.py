"""Counts the runs of each script; a run that is over is read once."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from benchwright.bench.library.script_manager import ScriptManager
from benchwright.bench.storage.record_parts import RecordParts
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import CompilationError, ErrorInfo
from benchwright.core.run_states import FINAL_STATES, RunState
from benchwright.core.script_problems import RECENT, RunFacts, find_problems
from benchwright.core.script_statistics import ScriptExecutionStats
from benchwright.core.values import Value

_SETTLED: Final = FINAL_STATES | {RunState.INTERRUPTED}


class _Calls(msgspec.Struct, frozen=True):
    timed_out: int = 0


class _Stopped(msgspec.Struct, frozen=True):
    name: str
    outcome: str


class _Run(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a run's record that counts."""

    path: str
    source_sha256: str = ""
    state: RunState
    created: datetime
    reason: str = ""
    duration_s: float = 0.0
    peak_memory_bytes: int = 0
    memory_course: tuple[int, ...] = ()
    was_killed: bool = False
    parameters: dict[str, Value] = {}
    calls: dict[str, _Calls] = {}
    instruments: tuple[_Stopped, ...] = ()
    error: ErrorInfo | None = None


class RunStatistics:
    """The statistics of all scripts that were ever run; safe to use from several threads.

    Args:
        runs: where the runs are kept.
        library: knows which of its scripts were called otherwise when they were run.
    """

    def __init__(self, runs: RunStore, library: ScriptManager) -> None:
        self._runs = runs
        self._library = library
        self._parts = RecordParts(runs, _Run)
        self._lock = threading.Lock()

    def by_file(self) -> Mapping[str, ScriptExecutionStats]:
        """Return the statistics by the path of the script's file, for library scripts the one of today.

        Raises:
            StorageError: the folder of the runs cannot be read.
        """
        with self._lock:
            current = self._parts.of(self._runs.ids())
        runs_of: dict[str, list[_Dated]] = {}
        for run_id, run in current.items():
            if run.path:
                path = self._library.file_now(run.path, run.created)
                runs_of.setdefault(path, []).append(_Dated(run.created, run_id, run))
        return {path: _summary(runs) for path, runs in runs_of.items()}


class _Dated(NamedTuple):
    """A run with what orders it."""

    created: datetime
    run_id: str
    run: _Run


def _summary(runs: Iterable[_Dated]) -> ScriptExecutionStats:
    newest_first = sorted(runs, key=lambda dated: dated[:2], reverse=True)
    newest = newest_first[0].run
    over = [each.run for each in newest_first if each.run.state in _SETTLED]
    of_this_text = [each for each in newest_first if each.run.source_sha256 == newest.source_sha256]
    recent = [_facts(each) for each in of_this_text if each.run.state in _SETTLED][:RECENT]
    successful = [run for run in over if run.state is RunState.COMPLETED]
    stopped = {RunState.COMPLETED, RunState.CANCELLED, RunState.EMERGENCY_STOPPED}
    return ScriptExecutionStats(
        total=len(over),
        successful=len(successful),
        failed=sum(run.state not in stopped for run in over),
        average_s=sum(run.duration_s for run in over) / len(over) if over else 0.0,
        last_s=over[0].duration_s if over else 0.0,
        last_run=newest.created,
        last_run_id=newest_first[0].run_id,
        last_state=newest.state,
        last_error=newest.error.message if newest.error else newest.reason,
        is_last_uncompiled=newest.error is not None and newest.error.code == CompilationError.code,
        peak_memory_bytes=max((run.peak_memory_bytes for run in over), default=0),
        problems=find_problems(recent),
    )


def _facts(dated: _Dated) -> RunFacts:
    run = dated.run
    return RunFacts(
        run_id=dated.run_id,
        duration_s=run.duration_s,
        parameters=run.parameters,
        has_completed=run.state is RunState.COMPLETED,
        peak_memory_bytes=run.peak_memory_bytes,
        memory_course=run.memory_course,
        was_killed=run.was_killed,
        not_safe=tuple(f"{each.name} ({each.outcome})" for each in run.instruments if each.outcome != "safe"),
        timed_out=tuple(name for name, calls in run.calls.items() if calls.timed_out),
    )
