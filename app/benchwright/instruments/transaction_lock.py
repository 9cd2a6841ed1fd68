"""Whose turn it is at an instrument: one caller at a time, and an emergency stop before all others."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchwright.core.errors import EmergencyStopActive
from benchwright.instruments.calls import Caller, CallScope, current_scope


class TransactionLock:
    """Keeps the exchanges of a port whole, and yields to emergency stops.

    A thread that has it may take it again, for an exchange within its transaction.

    Args:
        interrupt: ends what an exchange waits for.
    """

    SLICE_S = 0.02  # how long a caller waits before it looks again whether it was stopped

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._lock = threading.RLock()
        self._depth = 0  # how often its owner holds the lock
        self._owner = 0  # the thread that does
        self._stops = 0  # emergency stops that are under way here
        self._counting = threading.Lock()  # of them
        self._holder: tuple[CallScope, int] | None = None  # who is in an exchange: scope and thread

    @property
    def is_stopping(self) -> bool:
        """Whether an emergency stop is under way here."""
        return self._stops > 0

    @property
    def is_busy(self) -> bool:
        """Whether another thread is in an exchange or a transaction."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
            return False
        return True

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep several exchanges together, undisturbed by other callers.

        Raises:
            CallCancelled: the caller was stopped while it waited.
            EmergencyStopActive: an emergency stop is under way, and this thread has a transaction already.
        """
        self._acquire(current_scope())
        try:
            yield
        finally:
            self._release()

    @contextmanager
    def exchange(self, scope: CallScope) -> Iterator[None]:
        """Be in an exchange, which an emergency stop ends; raises as `transaction` does."""
        thread = threading.get_ident()
        self._acquire(scope)
        if self._holder is None:
            scope.settle(thread)  # an interruption that came after the exchange it was for
        before, self._holder = self._holder, (scope, thread)
        try:
            yield
        finally:
            self._holder = before
            scope.settle(thread)
            self._release()

    @contextmanager
    def unused(self, timeout_s: float) -> Iterator[bool]:
        """Keep everybody out; yields whether nobody was in after `timeout_s` at the latest."""
        if not self._lock.acquire(timeout=timeout_s):
            yield False
            return
        try:
            yield True
        finally:
            self._lock.release()

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """While inside, an emergency stop has the port for itself.

        Whoever holds it is interrupted, again and again if need be; whoever wants it waits until the stop is
        over; a transaction that was begun before is refused its next exchange.
        """
        with self._counting:
            self._stops += 1
        try:
            self._preempt()
            yield
        finally:
            with self._counting:
                self._stops -= 1

    def _preempt(self) -> None:
        """End the exchange under way, whoever makes it; that of an emergency stop goes on."""
        holder = self._holder
        if holder is not None and holder[0].caller is not Caller.SAFETY:
            holder[0].interrupt(holder[1])
            self._interrupt()

    def _acquire(self, scope: CallScope) -> None:
        """Wait for the other callers' exchanges; a caller that is stopped meanwhile waits no longer."""
        while not self._try_acquire(scope):
            scope.check()
        self._depth += 1
        self._owner = threading.get_ident()

    def _try_acquire(self, scope: CallScope) -> bool:
        """Wait for the lock for a slice; return whether it is ours."""
        if not self._stops:
            return self._lock.acquire(timeout=self.SLICE_S)
        if scope.caller is Caller.SAFETY:
            if self._lock.acquire(timeout=self.SLICE_S):
                return True
            self._preempt()  # who was interrupted too early to notice, or came in between
        elif self._owner == threading.get_ident():
            raise EmergencyStopActive
        else:
            time.sleep(self.SLICE_S)
        return False

    def _release(self) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = 0
        self._lock.release()
