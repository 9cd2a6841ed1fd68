"""The emergency stop: latch, stop bytes, kill, confirm, report; latched until a person resets it."""

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchwright.bench.data_folder import LATCH_FILE
from benchwright.bench.event_bus import EventBus
from benchwright.bench.storage.files import write_atomic
from benchwright.core.errors import ErrorInfo, StorageError
from benchwright.core.events import EmergencyChanged, InstrumentStopped
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import stop_all

_log = logging.getLogger(__name__)


def is_latched(folder: Path) -> bool:
    """Tell whether the emergency stop of a data folder is latched."""
    return (folder / LATCH_FILE).exists()


def latch_file_content(source: str) -> bytes:
    """Return what the latch file holds: who pressed, and when."""
    return json.dumps({"source": source, "utc_s": time.time()}).encode()


class EmergencyStop:
    """The bench's emergency stop. Pressing it many times is the same as once; it never refuses.

    Args:
        kill_runs: ends the processes of all runs at once; returns before they are gone.
        folder: the data folder, where the latch survives the bench.
    """

    def __init__(
        self,
        instruments: InstrumentSet,
        latch: SafetyLatch,
        bus: EventBus,
        folder: Path,
        kill_runs: Callable[[ErrorInfo], None],
    ) -> None:
        self._instruments = instruments
        self._latch = latch
        self._bus = bus
        self._folder = folder
        self._kill_runs = kill_runs
        self._pressing = threading.Lock()
        self._report: list[InstrumentStopped] | None = None
        latch.active = is_latched(folder)

    @property
    def active(self) -> bool:
        """Whether the stop is latched."""
        return self._latch.active

    def latch(self) -> None:
        """Let nothing act any more; waits for nothing. `press` does the rest."""
        self._latch.active = True

    def press(self, source: str, *, keep_latch: bool = True) -> list[InstrumentStopped]:
        """Stop everything and return the report per instrument; a second press waits for the first one's.

        Args:
            source: who pressed, for the log and the report.
            keep_latch: whether the latch survives the end of this bench.
        """
        self.latch()
        with self._pressing:
            if self._report is None:
                self._report = self._stop_everything(source, keep_latch)
            return self._report

    def _stop_everything(self, source: str, keep_latch: bool) -> list[InstrumentStopped]:
        _log.warning("emergency stop: %s", source)
        self._bus.publish(EmergencyChanged(latched=True, source=source))

        def while_they_stop() -> None:
            self._kill_runs(ErrorInfo("emergency_stop", f"the emergency stop was pressed ({source})"))
            if keep_latch:
                self._save(source)

        report = stop_all(self._instruments, self._latch, cancel_calls=while_they_stop)
        for stopped in report:
            _log.warning("emergency stop: %s %s %s", stopped.name, stopped.outcome, stopped.message)
        self._bus.publish(EmergencyChanged(latched=True, source=source, instruments=report))
        return report

    def _save(self, source: str) -> None:
        try:
            write_atomic(self._folder / LATCH_FILE, latch_file_content(source))
        except (OSError, StorageError):
            _log.exception("the emergency stop is latched, but only until this bench ends")

    def reset(self, source: str) -> None:
        """Release the latch; nothing is started by it."""
        with self._pressing:
            (self._folder / LATCH_FILE).unlink(missing_ok=True)
            self._report = None
            self._latch.active = False
        _log.warning("emergency stop reset: %s", source)
        self._bus.publish(EmergencyChanged(latched=False, source=source))
