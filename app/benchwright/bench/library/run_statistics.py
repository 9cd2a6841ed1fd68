"""Counts the runs of each script."""

from collections.abc import Iterable, Mapping

from benchwright.bench.library.script_manager import ScriptManager
from benchwright.bench.storage.run_index import RunIndex
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import CompilationError
from benchwright.core.run_record import RunSummary
from benchwright.core.run_states import SETTLED_STATES, RunState
from benchwright.core.script_problems import RECENT, RunFacts, find_problems
from benchwright.core.script_statistics import ScriptExecutionStats


class RunStatistics:
    """The statistics of all scripts that were ever run; safe to use from several threads.

    Args:
        runs: where the runs are kept.
        library: knows which of its scripts were called otherwise when they were run.
    """

    def __init__(self, runs: RunStore, library: ScriptManager) -> None:
        self._index = RunIndex(runs)
        self._library = library

    def by_file(self) -> Mapping[str, ScriptExecutionStats]:
        """Return the statistics by the path of the script's file, for library scripts the one of today.

        Raises:
            StorageError: the folder of the runs cannot be read.
        """
        runs_of: dict[str, list[RunSummary]] = {}
        for run in self._index.summaries():
            if run.path:
                runs_of.setdefault(self._library.file_now(run.path, run.created), []).append(run)
        return {path: _summary(runs) for path, runs in runs_of.items()}


def _summary(runs: Iterable[RunSummary]) -> ScriptExecutionStats:
    newest_first = sorted(runs, key=lambda run: (run.created, run.run_id), reverse=True)
    newest = newest_first[0]
    over = [run for run in newest_first if run.state in SETTLED_STATES]
    recent = [_facts(run) for run in over if run.source_sha256 == newest.source_sha256][:RECENT]
    successful = [run for run in over if run.state is RunState.COMPLETED]
    stopped = {RunState.COMPLETED, RunState.CANCELLED, RunState.EMERGENCY_STOPPED}
    return ScriptExecutionStats(
        total=len(over),
        successful=len(successful),
        failed=sum(run.state not in stopped for run in over),
        average_s=sum(run.duration_s for run in over) / len(over) if over else 0.0,
        last_s=over[0].duration_s if over else 0.0,
        last_run=newest.created,
        last_run_id=newest.run_id,
        last_state=newest.state,
        last_error=newest.error.message if newest.error else newest.reason,
        is_last_uncompiled=newest.error is not None and newest.error.code == CompilationError.code,
        peak_memory_bytes=max((run.peak_memory_bytes for run in over), default=0),
        problems=find_problems(recent),
    )


def _facts(run: RunSummary) -> RunFacts:
    return RunFacts(
        run_id=run.run_id,
        duration_s=run.duration_s,
        parameters=run.parameters,
        has_completed=run.state is RunState.COMPLETED,
        peak_memory_bytes=run.peak_memory_bytes,
        memory_course=run.memory_course,
        was_killed=run.was_killed,
        not_safe=run.not_safe,
        timed_out=run.timed_out,
    )
