"""What the process's exit code says."""

from enum import IntEnum

from benchwright.core.errors import (
    BenchwrightError,
    CallCancelled,
    EmergencyStopActive,
    InstrumentError,
    PermissionDenied,
    ResourceLimitExceeded,
    ScriptTimeout,
)
from benchwright.core.events import RunFinished
from benchwright.core.run_states import RunState


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILED = 1  # the script failed, diagnostics with errors, an instrument did not do it
    USAGE = 2  # the command line, a file or the configuration
    TIMEOUT = 3
    RESOURCE_LIMIT = 4
    PERMISSION = 5
    EMERGENCY_STOP = 6
    CANCELLED = 130


_BY_OUTCOME = {
    RunState.COMPLETED: ExitCode.OK,
    RunState.TIMEOUT: ExitCode.TIMEOUT,
    RunState.RESOURCE_LIMIT: ExitCode.RESOURCE_LIMIT,
    RunState.EMERGENCY_STOPPED: ExitCode.EMERGENCY_STOP,
    RunState.CANCELLED: ExitCode.CANCELLED,
}

_BY_ERROR: dict[type[BenchwrightError], ExitCode] = {
    PermissionDenied: ExitCode.PERMISSION,
    EmergencyStopActive: ExitCode.EMERGENCY_STOP,
    ScriptTimeout: ExitCode.TIMEOUT,
    ResourceLimitExceeded: ExitCode.RESOURCE_LIMIT,
    CallCancelled: ExitCode.CANCELLED,
    InstrumentError: ExitCode.FAILED,
}


def of_run(finished: RunFinished) -> ExitCode:
    """Return the exit code that tells how a run ended."""
    if finished.outcome is RunState.FAILED and finished.error is not None:
        codes = {
            PermissionDenied.code: ExitCode.PERMISSION,
            EmergencyStopActive.code: ExitCode.EMERGENCY_STOP,
        }
        return codes.get(finished.error.code, ExitCode.FAILED)
    return _BY_OUTCOME.get(finished.outcome, ExitCode.FAILED)


def of_error(error: BenchwrightError) -> ExitCode:
    """Return the exit code for an error that ended the command itself."""
    return next((code for kind, code in _BY_ERROR.items() if isinstance(error, kind)), ExitCode.USAGE)
