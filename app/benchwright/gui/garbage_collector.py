"""Collects garbage where Qt's objects may be destroyed."""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_COLLECT_MS: Final = 500


class GarbageCollector(QObject):
    """Collects garbage on the GUI thread only: a collection in another one may destroy a QObject there."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_COLLECT_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()

    def _collect(self) -> None:
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
