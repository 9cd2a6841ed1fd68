"""Keeps a script's signal handlers out of our own work: one that comes amid it runs right after."""

import sys
from _thread import get_ident
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


class Quiet:
    """Work that no signal handler of the script may interrupt: ``with quiet: ...``.

    Python runs a handler between any two steps of the main thread. There it could find a lock taken by the
    very thread that it interrupts, and wait for ever; or raise, and half of a frame were sent.

    Args:
        on_handler: told, in the main thread, before the script gets a handler.
    """

    def __init__(self, on_handler: Callable[[], None]) -> None:
        self._on_handler = on_handler
        self._main_thread = get_ident()
        self._depth = 0  # of the main thread, which alone runs handlers
        self._late: list[Callable[[], Any]] = []

    def watch(self) -> None:
        """Take charge of the handlers that are set from now on, in a process that runs one script only."""
        underlying: Any = sys.modules["_signal"]  # what `signal` itself calls
        set_handler, get_handler = underlying.signal, underlying.getsignal

        def set_quiet(number: int, handler: Any) -> Any:
            if callable(handler):
                self._on_handler()
                handler = _Postponed(handler, self)
            return _own(set_handler(number, handler))

        underlying.signal = set_quiet
        underlying.getsignal = lambda number: _own(get_handler(number))

    def __enter__(self) -> None:
        if get_ident() == self._main_thread:
            self._depth += 1

    def __exit__(self, *_: object) -> None:
        if get_ident() == self._main_thread:
            self._depth -= 1
            self._run_late()

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """Let handlers run within this part of quiet work: it waits, and holds nothing."""
        if get_ident() != self._main_thread:
            yield
            return
        depth, self._depth = self._depth, 0
        try:
            self._run_late()
            yield
        finally:
            self._depth = depth

    def run(self, handler: Callable[[], Any]) -> None:
        """Run a handler, now or as soon as it is not quiet."""
        if self._depth:
            self._late.append(handler)
        else:
            handler()

    def _run_late(self) -> None:
        while self._late and not self._depth:
            self._late.pop(0)()


class _Postponed:
    """A handler of the script as Python calls it."""

    def __init__(self, handler: Handler, quiet: Quiet) -> None:
        self.handler = handler
        self._quiet = quiet

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._quiet.run(lambda: self.handler(number, frame))


def _own(handler: Any) -> Any:
    return handler.handler if isinstance(handler, _Postponed) else handler
