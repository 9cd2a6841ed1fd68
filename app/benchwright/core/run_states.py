"""The states of a run and the one table of moves between them."""

from enum import StrEnum


class RunState(StrEnum):
    """Where a run is; the last eight are final (`interrupted` is what a killed bench leaves behind)."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    RESOURCE_LIMIT = "resource_limit"
    EMERGENCY_STOPPED = "emergency_stopped"
    CRASHED = "crashed"
    INTERRUPTED = "interrupted"


FINAL_STATES = frozenset(
    {
        RunState.COMPLETED,
        RunState.FAILED,
        RunState.TIMEOUT,
        RunState.CANCELLED,
        RunState.RESOURCE_LIMIT,
        RunState.EMERGENCY_STOPPED,
        RunState.CRASHED,
    }
)

# Nothing of such a run will change any more.
SETTLED_STATES = FINAL_STATES | {RunState.INTERRUPTED}

MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.STARTING, RunState.STOPPING}),
    RunState.STARTING: frozenset({RunState.RUNNING, RunState.STOPPING}),
    RunState.RUNNING: frozenset({RunState.PAUSED, RunState.STOPPING}),
    RunState.PAUSED: frozenset({RunState.RUNNING, RunState.STOPPING}),
    RunState.STOPPING: FINAL_STATES,
}


class StopPolicy(StrEnum):
    """What the bench does with the instruments after a run was stopped.

    ``safe``: their safe state; ``hold``: motion is halted, outputs stay as they are; ``return``: motion is
    halted and each instrument the run used goes back to the setpoints it had before.
    """

    SAFE = "safe"
    HOLD = "hold"
    RETURN = "return"
