"""The pace of repainting: steady, only when something came, and slower where a repaint takes long."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

REPAINT_MS: Final = 40
_SHARE: Final = 3  # a repaint may take one part in so many of the time


class Pace(QTimer):
    """Calls `draw` some time after `touch`; what is not visible is drawn when it is looked at.

    Args:
        widget: what is drawn.
        draw: draws it.
        painted_s: how long the painting that followed took in all, ever.
    """

    def __init__(self, widget: QWidget, draw: Callable[[], None], painted_s: Callable[[], float]) -> None:
        super().__init__(widget)
        self.is_waiting = False
        self._widget = widget
        self._draw = draw
        self._painted_s = painted_s
        self._painted_before_s = 0.0
        self._drawn_s = 0.0
        self.setSingleShot(True)
        self.setInterval(REPAINT_MS)
        self.timeout.connect(self.repaint_now)

    def touch(self) -> None:
        """Ask for a repaint; many requests make one."""
        self.is_waiting = True
        if self._widget.isVisible() and not self.isActive():
            painted_s = self._painted_s() - self._painted_before_s
            self.start(max(REPAINT_MS, int(_SHARE * (self._drawn_s + painted_s) * 1000)))

    def repaint_now(self) -> None:
        """Draw what came."""
        self._painted_before_s = self._painted_s()
        started_s = perf_counter()
        self.is_waiting = False
        self._draw()
        self._drawn_s = perf_counter() - started_s
