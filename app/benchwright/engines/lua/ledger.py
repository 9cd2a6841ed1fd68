"""What became of a script's calls: where it is, the errors it was given, and what ended it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

from benchwright.core.errors import BenchwrightError, ResourceLimitExceeded
from benchwright.core.limits import ScriptResourceLimits

Answer: TypeAlias = tuple[object, ...] | None
OnLimit: TypeAlias = Callable[[ResourceLimitExceeded], NoReturn]

MAX_MESSAGE_BYTES: Final = 4000  # below what the Lua half keeps of an error's text
MEMORY_SLACK_BYTES: Final = 64 * 1024
_REMEMBERED: Final = 32


@dataclass(frozen=True)
class RaisedError:
    """An error of the host that a script was given, the line of its call and the name it was called by."""

    error: BenchwrightError
    line: int
    culprit: str


class Ledger:
    """Keeps what a script's text alone does not show when it has failed."""

    def __init__(self, limits: ScriptResourceLimits, on_limit: OnLimit | None, runtime: Any) -> None:
        self.line = 0  # from which the script last called the host
        self.failure: BaseException | None = None  # what ended the run; no script can catch it
        self._raised: dict[str, RaisedError] = {}
        self._limits = limits
        self._on_limit = on_limit
        self._runtime = runtime
        self._memory_bytes = 0

    def at(self, line: int) -> int:
        """Note the line of a call, the one before where it is not known (0), and return it."""
        if line:
            self.line = line
        return self.line

    def refused(self, error: BaseException, culprit: str) -> Answer:
        """Answer a call that failed; only errors of Benchwright are for the script to catch."""
        if isinstance(error, ResourceLimitExceeded):
            self._ended_by_limit(error)
            return None
        if not isinstance(error, BenchwrightError):
            self.ended(error)
            return None
        data = str(error).encode("utf-8", "replace")[:MAX_MESSAGE_BYTES]
        while len(self._raised) >= _REMEMBERED:
            del self._raised[next(iter(self._raised))]
        self._raised[data.decode("utf-8", "replace")] = RaisedError(error, self.line, culprit)
        return (False, data) if self.has_room(len(data)) else None

    def raised(self, message: str) -> RaisedError | None:
        """Return the error of the host whose message this is."""
        return self._raised.get(message)

    def limit(self, name: bytes, line: int) -> None:
        """Take note that the script met a limit."""
        limit = name.decode()
        self._ended_by_limit(ResourceLimitExceeded(limit, getattr(self._limits, limit), line or None))

    def ended(self, failure: BaseException) -> None:
        """Take note of what ended the run."""
        self.failure = self.failure or failure

    def limit_memory(self) -> None:
        """Hold Lua to the limit from now on; what its environment takes is not counted."""
        limit = self._runtime.get_memory_used() + int(self._limits.max_memory_mb * 2**20)
        self._runtime.set_max_memory(limit)
        self._memory_bytes = limit - MEMORY_SLACK_BYTES

    def unlimit_memory(self) -> None:
        """Let go of the limit: from Python, Lua must not run out of memory."""
        self._runtime.set_max_memory(0)

    def has_room(self, size: int) -> bool:
        """Tell whether a text of `size` bytes fits into Lua's memory; where not, the run is over.

        Lua must not run out of memory while a text is handed over: that would leave the process wedged.
        """
        used = self._runtime.get_memory_used
        if used() + size > self._memory_bytes:
            self._runtime.gccollect()
            if used() + size > self._memory_bytes:
                self.limit(b"max_memory_mb", self.line)
                return False
        return True

    def _ended_by_limit(self, error: ResourceLimitExceeded) -> None:
        error.line = getattr(error, "line", None) or self.line or None
        self.ended(error)
        if self._on_limit is not None:
            try:
                self._on_limit(error)
            except BaseException as failure:  # noqa: BLE001 - nothing may be raised into Lua
                self.failure = failure
