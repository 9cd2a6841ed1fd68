"""The emergency stop of the window: its thread, and the keys that work from anywhere."""

import logging
import threading
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety import estop, safety_line
from benchwright.core.errors import BenchwrightError

_log = logging.getLogger(__name__)
SOURCE = "the window"


class EmergencyStopper(QObject):
    """Presses and resets the emergency stop in a thread of its own, past everything that may hang."""

    acknowledged = Signal()  # the bench has heard: it is latched
    reported = Signal(object)  # SafetyReply
    was_reset = Signal()
    failed = Signal(str)

    def __init__(
        self, data_dir: Path | None, config_file: Path | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._folder = DataFolder.at(data_dir)
        self._config_file = config_file
        self._pressing: threading.Thread | None = None

    @property
    def is_pressing(self) -> bool:
        """Whether a stop is being carried out."""
        return self._pressing is not None and self._pressing.is_alive()

    def use_config(self, config_file: Path) -> None:
        """Stop the instruments of this configuration where there is no bench to do it."""
        self._config_file = config_file

    def press(self) -> None:
        """Stop everything; returns at once."""
        if self.is_pressing:
            return
        self._pressing = threading.Thread(target=self._press, name="emergency stop", daemon=True)
        try:
            self._pressing.start()
        except RuntimeError:  # no room for a thread: a window that waits is the lesser evil
            self._press()

    def reset(self) -> None:
        """Release the latch; returns at once."""
        threading.Thread(target=self._reset, name="emergency reset", daemon=True).start()

    def wait(self, timeout_s: float) -> None:
        """Wait for a stop that is being carried out: who closes the window must not cut it short."""
        if self._pressing is not None:
            self._pressing.join(timeout_s)

    def _press(self) -> None:
        try:
            reply = estop.emergency_stop(self._folder, self._config_file, SOURCE, self.acknowledged.emit)
        except BenchwrightError as error:
            self.failed.emit(error.message)
        except safety_line.BenchSilent:
            self.failed.emit("the bench heard the emergency stop and did not report on it")
        except Exception as error:  # noqa: BLE001 - whatever happens here, the person has to see it
            _log.exception("the emergency stop failed")
            self.failed.emit(f"{type(error).__name__}: {error}")
        else:
            self.reported.emit(reply)

    def _reset(self) -> None:
        try:
            estop.reset(self._folder, SOURCE)
        except safety_line.BenchSilent:
            self.failed.emit("the bench does not answer; the emergency stop stays latched")
        except BenchwrightError as error:
            self.failed.emit(error.message)
        else:
            self.was_reset.emit()


class EmergencyKeys(QObject):
    """An event filter for the whole application: Pause or Ctrl+Shift+Space, also in a modal dialog."""

    pressed = Signal()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if not _is_stop(event):
            return False
        if not event.isAutoRepeat():
            self.pressed.emit()
        return True


def _is_stop(event: QKeyEvent) -> bool:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    if event.key() == Qt.Key.Key_Pause:
        return True
    return event.key() == Qt.Key.Key_Space and event.modifiers() & both == both
