"""The emergency stop: latch, stop bytes, kill, confirm, report; latched until a person resets it."""

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchwright.bench.data_folder import LATCH_FILE
from benchwright.bench.event_bus import EventBus
from benchwright.bench.storage.files import write_atomic
from benchwright.core.errors import ErrorInfo, StorageError
from benchwright.core.events import EmergencyChanged, InstrumentStopped
from benchwright.core.run_states import StopPolicy
from benchwright.instruments.calls import Caller, current_scope
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import apply_policy, stop_all
from benchwright.instruments.stop_order import Report, StopOrder

_log = logging.getLogger(__name__)

_NOTING_TIMEOUT_S: Final = 1.0  # a disk that hangs holds up the report no longer
_AGAIN_DEADLINE_S: Final = 5.0  # who opened the link ends his exchange first


def is_latched(folder: Path) -> bool:
    """Tell whether the emergency stop of a data folder is latched."""
    return (folder / LATCH_FILE).exists()


def latch_file_content(source: str) -> bytes:
    """Return what the latch file holds: who pressed, and when."""
    return json.dumps({"source": source, "utc_s": time.time()}).encode()


class EmergencyStop:
    """The bench's emergency stop. Pressing it many times is the same as once; it never refuses.

    The instruments are stopped by threads of their own; what may have to wait (the processes of runs, the
    listeners of events, the log, the disk) is dealt with beside them.

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
        self._order = StopOrder(latch)
        self._source = ""  # who pressed last
        latch.active = is_latched(folder)

    @property
    def active(self) -> bool:
        """Whether the stop is latched."""
        return self._latch.active

    def latch(self) -> None:
        """Let nothing act any more; waits for nothing. `press` does the rest."""
        self._order.latch()

    def press(self, source: str, *, keep_latch: bool = True) -> Report:
        """Stop everything and return the report per instrument; while a stop goes on, that one's.

        Args:
            source: who pressed, for the log and the report.
            keep_latch: whether the latch survives the end of this bench.
        """
        return self._order.press(lambda: self._stop_everything(source, keep_latch))

    def _stop_everything(self, source: str, keep_latch: bool) -> Report:
        beside = threading.Thread(
            target=self._end_runs_and_note, args=(source, keep_latch), name="emergency notes", daemon=True
        )
        report = stop_all(self._instruments, self._latch, cancel_calls=lambda: _start(beside))
        beside.join(_NOTING_TIMEOUT_S)
        self._source = source
        self._tell(report, report)
        return report

    def _end_runs_and_note(self, source: str, keep_latch: bool) -> None:
        try:
            self._kill_runs(ErrorInfo("emergency_stop", f"the emergency stop was pressed ({source})"))
        except Exception:  # noqa: BLE001 - the edge: the rest is done whatever a run's end comes to
            _log.exception("not all runs were ended by the emergency stop")
        finally:
            self._bus.publish(EmergencyChanged(latched=True, source=source))
            _log.warning("emergency stop: %s", source)
            if keep_latch:
                self._save(source)

    def _save(self, source: str) -> None:
        try:
            write_atomic(self._folder / LATCH_FILE, latch_file_content(source))
        except (OSError, StorageError):
            _log.exception("the emergency stop is latched, but only until this bench ends")

    def _tell(self, stopped_now: Report, report: Report) -> None:
        self._bus.publish(EmergencyChanged(latched=True, source=self._source, instruments=report))
        for stopped in stopped_now:
            _log.warning("emergency stop: %s %s %s", stopped.name, stopped.outcome, stopped.message)

    def on_link_opened(self, name: str) -> None:
        """Bring the safe state to an instrument that is reached while latched: it may have missed the stop.

        Called by whoever opened the link, with the port in his hands; returns at once.
        """
        if self.active and current_scope().caller is not Caller.SAFETY:
            _start(threading.Thread(target=self._stop_again, args=(name,), name="stop again", daemon=True))

    def _stop_again(self, name: str) -> None:
        def stop_it(report: Report) -> Report:
            instruments = {name: self._instruments.get(name)}
            stopped_now = apply_policy(StopPolicy.SAFE, instruments, {}, _AGAIN_DEADLINE_S)
            report = _renewed(report, stopped_now)
            self._tell(stopped_now, report)
            return report

        self._order.repeat(stop_it)

    def close(self) -> None:
        """Wait for a stop that goes on: the end of the bench must not cut it short."""
        self._order.wait()

    def reset(self, source: str) -> None:
        """Release the latch; nothing is started by it.

        Raises:
            EmergencyStopActive: it was pressed again meanwhile, and stays latched.
            StorageError: the next bench would be latched all the same, so this one stays it, too.
        """
        self._order.reset(self._forget)
        _log.warning("emergency stop reset: %s", source)
        self._bus.publish(EmergencyChanged(latched=False, source=source))

    def _forget(self) -> None:
        path = self._folder / LATCH_FILE
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot remove {path}: {error.strerror}") from error


def _start(thread: threading.Thread) -> None:
    """Start a thread, or do its work here where there is no room for another."""
    try:
        thread.start()
    except RuntimeError:
        thread.run()


def _renewed(report: Report, stopped_now: list[InstrumentStopped]) -> Report:
    """Return the report with what was stopped now in place of what stood there."""
    now = {stopped.name: stopped for stopped in stopped_now}
    return [now.pop(each.name, each) for each in report] + list(now.values())
