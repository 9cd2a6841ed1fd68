"""The calls that one client has under way: each can be stopped, and all of them are when it leaves."""

import threading
import time
from collections.abc import Callable

from benchwright.instruments.calls import Caller, CallScope, calling_as


class ClientCalls:
    """Makes the calls of a client in a thread each; what waits on its behalf ends with it."""

    def __init__(self) -> None:
        self._under_way: dict[threading.Thread, tuple[str, CallScope]] = {}
        self._lock = threading.Lock()

    def start(self, name: str, work: Callable[[], None]) -> bool:
        """Do `work` on behalf of an operator, in a thread of its own; return False where none is free."""
        scope = CallScope(Caller.OPERATOR, "operator")
        thread = threading.Thread(target=self._run, args=(scope, work), name="operator call", daemon=True)
        with self._lock:
            self._under_way[thread] = name, scope
        try:
            thread.start()
        except RuntimeError:
            with self._lock:
                del self._under_way[thread]
            return False
        return True

    def _run(self, scope: CallScope, work: Callable[[], None]) -> None:
        try:
            with calling_as(scope):
                work()
        finally:
            with self._lock:
                del self._under_way[threading.current_thread()]

    def cancel(self, name: str) -> None:
        """Stop the calls that go by this name; returns at once."""
        with self._lock:
            scopes = [scope for each, scope in self._under_way.values() if each == name]
        for scope in scopes:
            scope.cancel()

    def end(self, timeout_s: float) -> None:
        """Stop all calls and wait for their ends, which may have something to halt."""
        with self._lock:
            under_way = dict(self._under_way)
        for _, scope in under_way.values():
            scope.cancel()
        deadline_s = time.monotonic() + timeout_s
        for thread in under_way:
            thread.join(max(0.0, deadline_s - time.monotonic()))
