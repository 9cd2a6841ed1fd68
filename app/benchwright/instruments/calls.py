"""Who is calling an instrument, and the means to stop that call from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from benchwright.core.errors import CallCancelled


class Caller(StrEnum):
    """On whose behalf a call is made; only `SAFETY` acts while the emergency stop is latched."""

    OPERATOR = "operator"
    SCRIPT = "script"
    TELEMETRY = "telemetry"
    SAFETY = "safety"


class CallScope:
    """The calls of one caller: a run, an operator's client, the telemetry poller, the emergency stop.

    `cancel` ends every wait and interrupts the exchange that the caller is blocked in; from then on each
    further wait or exchange of this scope raises `CallCancelled`.
    """

    def __init__(self, caller: Caller, name: str = "") -> None:
        self.caller = caller
        self.name = name
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._interrupts: list[Callable[[], None]] = []
        self._interrupted: set[int] = set()  # threads that shall give up what they wait for

    @property
    def cancelled(self) -> bool:
        """Whether the caller was stopped."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise `CallCancelled` once the caller was stopped, and where this thread was interrupted."""
        if self._cancelled.is_set() or (self._interrupted and threading.get_ident() in self._interrupted):
            raise CallCancelled

    def cancel(self) -> None:
        """Stop the caller; safe from any thread, any number of times."""
        with self._lock:
            self._cancelled.set()
            interrupts = list(self._interrupts)
        for interrupt in interrupts:
            interrupt()

    def interrupt(self, thread_id: int) -> None:
        """Let the calls of one thread fail until `settle`; whoever wakes it does that after this."""
        self._interrupted.add(thread_id)

    def settle(self, thread_id: int) -> None:
        """Undo `interrupt`: the thread gave up what it was in."""
        self._interrupted.discard(thread_id)

    def wait(self, seconds: float) -> None:
        """Wait, or raise `CallCancelled` as soon as the caller is stopped."""
        if self._cancelled.wait(seconds):
            raise CallCancelled

    @contextmanager
    def interrupted_by(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While inside, `cancel` calls `interrupt`, which must free what this thread is blocked in."""
        with self._lock:
            self.check()
            self._interrupts.append(interrupt)
        try:
            yield
        finally:
            with self._lock:
                self._interrupts.remove(interrupt)


_local = threading.local()
_default = CallScope(Caller.OPERATOR, "this process")


def current_scope() -> CallScope:
    """Return the scope on whose behalf this thread works; an uncancelled operator's outside of any."""
    scope: CallScope = getattr(_local, "scope", _default)
    return scope


@contextmanager
def calling_as(scope: CallScope) -> Iterator[None]:
    """Work on behalf of `scope` while inside."""
    before = getattr(_local, "scope", _default)
    _local.scope = scope
    try:
        yield
    finally:
        _local.scope = before
