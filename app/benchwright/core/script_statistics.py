"""How a library script stands, and what its runs were like."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from benchwright.core.diagnostics import SYNTAX, Diagnostic
from benchwright.core.run_states import RunState
from benchwright.core.script_problems import ScriptProblem


class ScriptStatus(StrEnum):
    """How a script stands: how it was checked, or what became of its last run."""

    LOADED = "loaded"
    COMPILED = "compiled"
    COMPILATION_ERROR = "compilation_error"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


STATUS_OF_RUN = {
    RunState.COMPLETED: ScriptStatus.COMPLETED,
    RunState.TIMEOUT: ScriptStatus.TIMEOUT,
    RunState.CANCELLED: ScriptStatus.CANCELLED,
    RunState.EMERGENCY_STOPPED: ScriptStatus.CANCELLED,
    RunState.FAILED: ScriptStatus.FAILED,
    RunState.RESOURCE_LIMIT: ScriptStatus.FAILED,
    RunState.CRASHED: ScriptStatus.FAILED,
    RunState.INTERRUPTED: ScriptStatus.FAILED,
}  # all other states are of a run that is not over


def status_of_check(found: Iterable[Diagnostic]) -> ScriptStatus:
    """Return how a script stands that was checked and not run since."""
    is_broken = any(each.code == SYNTAX for each in found)
    return ScriptStatus.COMPILATION_ERROR if is_broken else ScriptStatus.COMPILED


class ScriptExecutionStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of one script were like; times in seconds, of runs that are over.

    ``last_state`` is how the newest run stands; ``failed`` counts the ends that were nobody's wish: errors,
    limits, timeouts, crashes. ``problems`` are what several runs tell of the script.
    """

    total: int = 0
    successful: int = 0
    failed: int = 0
    average_s: float = 0.0
    last_s: float = 0.0
    last_run: datetime | None = None
    last_run_id: str = ""
    last_state: RunState | None = None
    last_error: str = ""
    is_last_uncompiled: bool = False  # the newest run ended before it began, by a syntax error
    peak_memory_bytes: int = 0
    problems: tuple[ScriptProblem, ...] = ()

    @property
    def success_rate(self) -> float | None:
        """The share of runs that completed, None before the first one is over."""
        return self.successful / self.total if self.total else None

    @property
    def status(self) -> ScriptStatus:
        """How the script stands by its last run alone."""
        if self.last_state is None:
            return ScriptStatus.LOADED
        if self.is_last_uncompiled:
            return ScriptStatus.COMPILATION_ERROR
        return STATUS_OF_RUN.get(self.last_state, ScriptStatus.RUNNING)
