"""The one tree of errors, split by who must act: script author, operator, or we.

Each class builds its message from data, and carries the ``code`` by which it crosses a process boundary.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar, Final, Self

import msgspec


class ErrorInfo(msgspec.Struct, frozen=True):
    """An error as it crosses a process boundary: `code` names the class, `line` and `column` are 1-based."""

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    traceback: str | None = None


# What the other side is told of a mistake of ours, at the edges where one is caught.
INTERNAL_ERROR: Final = ErrorInfo("internal_error", "the bench made a mistake; see bench.log")

_PLACE = ("line", "column", "traceback")
_LONGEST_NAME = 60  # characters of a name in a message
_LONGEST_COMPARED = 200  # characters of a name that is looked for among similar ones


class BenchwrightError(Exception):
    """Anything that goes wrong in Benchwright and is not a programming mistake of ours."""

    code: ClassVar[str] = "error"

    @property
    def message(self) -> str:
        """One sentence for a person."""
        return str(self)

    def info(self) -> ErrorInfo:
        """This error as a value for the wire."""
        line, column, traceback = (getattr(self, name, None) for name in _PLACE)
        return ErrorInfo(self.code, self.message, line, column, traceback)

    @classmethod
    def from_message(cls, message: str) -> Self:
        """Rebuild an error whose sentence was made in another process."""
        error = cls.__new__(cls)
        Exception.__init__(error, message)
        return error


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean X?"`` for the closest known name, else an empty text."""
    if len(name) > _LONGEST_COMPARED:
        return ""  # comparing takes the longer the longer it is, and a script may send anything
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return the names as a person lists them, or ``none``."""
    return ", ".join(sorted(names)) or "none"


def _placed(message: str, file: str, line: int | None, key: str) -> str:
    place = file + (f":{line}" if line else "")
    return ": ".join(part for part in (place, key, message) if part)


# --- the script's author acts -----------------------------------------------------------------------------


class ScriptError(BenchwrightError):
    """The script's author must change the script or its metadata."""

    code = "script_error"


class CompilationError(ScriptError):
    """The script's text is not valid in its language, at a 1-based `line` and `column`, the end excluded."""

    code = "compilation_error"

    def __init__(self, message: str, line: int = 1, column: int = 1, end_column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.end_column = end_column or column + 1


class ExecutionError(ScriptError):
    """The script raised an error that it did not handle."""

    code = "execution_error"

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None, traceback: str | None = None
    ) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.traceback = traceback


class ArgumentError(ScriptError):
    """A call's arguments do not fit the descriptor: their number, type, range or choice."""

    code = "argument_error"


class UnknownNameError(ScriptError):
    """A script asked for an instrument, method, channel or module that there is not."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str], where: str = "") -> None:
        known = list(known)
        quoted = repr(name) if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]!r}..."
        super().__init__(f"no {kind} {quoted}{where}{did_you_mean(name, known)} (there is: {listed(known)})")


class PermissionDenied(ScriptError):
    """A call needs a permission that the run was not granted."""

    code = "permission_denied"
    permission = ""

    def __init__(self, permission: str, call: str) -> None:
        super().__init__(f"{call} needs the permission {permission}, which this run was not granted")
        self.permission = permission


class ResourceLimitExceeded(ScriptError):
    """The run went over one of its limits."""

    code = "resource_limit"
    limit = ""  # of one whose sentence was made in another process
    value = 0.0

    def __init__(self, limit: str, value: float, line: int | None = None) -> None:
        super().__init__(f"the run went over {limit} = {value:.15g}")
        self.limit = limit
        self.value = value
        self.line = line


class RateLimitExceeded(ScriptError):
    """The run made more operations per second than its preset allows."""

    code = "rate_limit"

    def __init__(self, operations_per_s: float, retry_after_s: float) -> None:
        super().__init__(
            f"more than {operations_per_s:g} operations per second; try again in {retry_after_s:.3g} s"
        )


class ScriptTimeout(ScriptError):
    """The run did not end within its time limit."""

    code = "timeout"

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"the script did not end within {timeout_s:g} s")


class MetadataError(ScriptError):
    """A script's TOML metadata is not valid, or a parameter given to it does not fit."""

    code = "metadata_error"
    file = ""  # the TOML file
    file_line: int | None = None  # of that file, not of the script

    def __init__(self, message: str, file: str = "", line: int | None = None, key: str = "") -> None:
        super().__init__(_placed(message, file, line, key))
        self.file = file
        self.file_line = line


class InvalidSchedule(ScriptError):
    """A schedule can never fire or contradicts itself."""

    code = "invalid_schedule"


# --- the operator acts ------------------------------------------------------------------------------------


class OperatorError(BenchwrightError):
    """The person at the bench must act: configuration, hardware, permissions, files."""

    code = "operator_error"


class ConfigurationError(OperatorError):
    """The configuration is not valid; names file, line and key where they are known."""

    code = "configuration_error"
    file_line: int | None = None

    def __init__(self, message: str, file: str = "", line: int | None = None, key: str = "") -> None:
        super().__init__(_placed(message, file, line, key))
        self.file_line = line


class ScriptNotFound(OperatorError):
    """There is no script of that name, or its file cannot be read."""

    code = "script_not_found"


class ImportRefused(OperatorError):
    """An exported script was not taken into the library: it is damaged, changed, hostile or too new."""

    code = "import_refused"


class ScriptRunning(OperatorError):
    """What was asked cannot be done while the script runs."""

    code = "script_running"


class GrantNeeded(OperatorError):
    """A scheduled script changed, so what was granted to it does not hold any more."""

    code = "grant_needed"

    def __init__(self, script: str) -> None:
        super().__init__(f"{script} changed since it was scheduled; look at it and allow it again")


class ScheduleNotFound(OperatorError):
    """There is no schedule of that id or name."""

    code = "schedule_not_found"


class RunNotFound(OperatorError):
    """There is no run of that id."""

    code = "run_not_found"


class QueryError(OperatorError):
    """What was asked of the history of runs makes no sense, such as a date that is none."""

    code = "query_error"


class InstrumentError(OperatorError):
    """An instrument did not do what was asked: lost link, no answer, an answer that makes no sense."""

    code = "instrument_error"
    instrument = ""

    def __init__(self, instrument: str, message: str) -> None:
        super().__init__(f"{instrument}: {message}" if instrument else message)
        self.instrument = instrument


class LinkError(InstrumentError):
    """The link to an instrument could not be opened or was lost."""

    code = "link_error"


class InstrumentTimeout(InstrumentError):
    """An instrument did not answer in time."""

    code = "instrument_timeout"


class SenselessReply(InstrumentError):
    """An instrument's reply does not answer the question: nobody knows what state it is in."""

    code = "senseless_reply"


class EmergencyStopActive(OperatorError):
    """The emergency stop is latched: nothing acts on an instrument until a person resets it."""

    code = "emergency_stop"

    def __init__(self) -> None:
        super().__init__("the emergency stop is active; reset it with: benchwright estop --reset")


class BenchUnavailable(OperatorError):
    """The bench cannot be started or reached."""

    code = "bench_unavailable"


class WorkerStartError(OperatorError):
    """No process could be started for a run; the message says why."""

    code = "worker_start"


class StorageError(OperatorError):
    """A file or folder cannot be read or written."""

    code = "storage_error"


# --- nobody sees these unless something is broken or hostile -----------------------------------------------


class ProtocolError(BenchwrightError):
    """The other end of a channel broke the protocol; that client is ended, nothing else."""

    code = "protocol_error"


class CallCancelled(BenchwrightError):
    """A wait or an exchange was given up because its caller was stopped."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("the call was cancelled")


def _all_subclasses(cls: type[BenchwrightError]) -> Iterable[type[BenchwrightError]]:
    for child in cls.__subclasses__():
        yield child
        yield from _all_subclasses(child)


ERRORS_BY_CODE: dict[str, type[BenchwrightError]] = {e.code: e for e in _all_subclasses(BenchwrightError)}


def error_from_info(info: ErrorInfo) -> BenchwrightError:
    """Rebuild the error that `ErrorInfo` describes; an unknown code becomes a plain `BenchwrightError`."""
    error = ERRORS_BY_CODE.get(info.code, BenchwrightError).from_message(info.message)
    for name in _PLACE:
        setattr(error, name, getattr(info, name))
    return error
