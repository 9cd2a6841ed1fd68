"""Ctrl-C and SIGTERM while a run is on: the first asks it to stop, the second kills it, the third leaves."""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Counts interrupts; while there is a run they are handed on instead of ending the command.

    They are handed on from a thread, because a signal handler must not wait for a lock. Those that come
    between `hold` and `send_to` are kept for the receiver.
    """

    def __init__(self) -> None:
        self.count = 0
        self._holding = False
        self._receiver: Callable[[int], None] | None = None
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for each in _SIGNALS:
            self._previous[each] = signal.signal(each, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for each, previous in self._previous.items():
            signal.signal(each, previous)

    def hold(self) -> None:
        """Let no interrupt end the command from now on."""
        self._holding = True

    def send_to(self, receiver: Callable[[int], None]) -> None:
        """Call `receiver` with 1 at the first interrupt and with 2 at the second; the third leaves."""
        self._receiver = receiver
        if self.count:
            self._hand_on(self.count)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if not self._holding or self.count > 2:
            raise KeyboardInterrupt
        if self._receiver is not None:
            self._hand_on(self.count)

    def _hand_on(self, count: int) -> None:
        assert self._receiver is not None
        threading.Thread(target=self._receiver, args=(count,), name="interrupt", daemon=True).start()
