"""Presses and resets of one emergency stop in order, whoever makes them at the same time."""

import threading
from collections.abc import Callable

from benchwright.core.errors import EmergencyStopActive
from benchwright.core.events import InstrumentStopped
from benchwright.instruments.port import SafetyLatch

Report = list[InstrumentStopped]


class StopOrder:
    """Lets one stop at a time be carried out, and a reset undo only what was pressed before it was asked for.

    A press that comes while a stop is carried out shares its report, as nothing can act meanwhile. One that
    comes later has everything stopped anew: a report is never older than the press that it answers.
    """

    def __init__(self, latch: SafetyLatch) -> None:
        self._latch = latch
        self._counting = threading.Lock()  # held for a moment only, as pressing waits for nothing
        self._presses = 0
        self._carrying_out = threading.Lock()
        self._stops = 0  # how many were carried out
        self._report: Report = []

    def latch(self) -> int:
        """Let nothing act any more; waits for nothing. Return how many stops were carried out before."""
        with self._counting:
            self._presses += 1
            self._latch.active = True
            return self._stops

    def press(self, carry_out: Callable[[], Report]) -> Report:
        """Latch, and return the report of a stop that ends after this press: of ours or the one under way."""
        before = self.latch()
        with self._carrying_out:
            if self._stops == before:
                self._report = carry_out()
                self._stops += 1
            return self._report

    def repeat(self, carry_out: Callable[[Report], Report]) -> None:
        """Carry out a part again, given the report so far, unless the stop was reset meanwhile."""
        with self._carrying_out:
            if self._latch.active:
                self._report = carry_out(self._report)

    def wait(self) -> None:
        """Wait for the stop that is carried out, if there is one."""
        with self._carrying_out:
            pass

    def reset(self, on_released: Callable[[], object] = lambda: None) -> None:
        """Release the latch once the stop that is carried out is over.

        Args:
            on_released: called before another stop is carried out; what it raises latches again.

        Raises:
            EmergencyStopActive: it was pressed again after the reset was asked for, and stays latched.
        """
        presses = self._presses
        with self._carrying_out:
            with self._counting:
                if self._presses != presses:
                    raise EmergencyStopActive.from_message(
                        "the emergency stop was pressed again and stays latched"
                    )
                self._latch.active = False
            try:
                on_released()
            except BaseException:
                self.latch()
                raise
