"""The emergency stop as a button: large, red, and with another look while the stop is latched."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget


class EStopButton(QPushButton):
    """Red and raised while it can be pressed, sunk in while the stop is latched; it never goes grey.

    Pressing it again while it is latched stops again: a person in need does not read labels first.
    """

    def __init__(self, stop: str, on_stop: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_latched = False
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Emergency stop")
        font = QFont(self.font())
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        self.setFont(font)
        self.set_colours(stop, on_stop)
        self.set_latched(False)

    @property
    def is_latched(self) -> bool:
        """Whether it shows a latched stop."""
        return self._is_latched

    def set_colours(self, stop: str, on_stop: str) -> None:
        """Take the colours of a theme: the red, and what is readable on it."""
        self.setStyleSheet(
            f"""
            QPushButton {{ background: {stop}; color: {on_stop}; border: 2px solid {stop};
                border-radius: 6px; }}
            QPushButton:hover {{ border-color: {on_stop}; }}
            QPushButton:focus {{ border-color: {on_stop}; }}
            QPushButton:pressed {{ padding-top: 2px; }}
            QPushButton[latched="true"] {{ background: {on_stop}; color: {stop}; border: 4px solid {stop}; }}
            """
        )

    def set_latched(self, is_latched: bool) -> None:
        """Show whether the stop is latched."""
        self._is_latched = is_latched
        self.setProperty("latched", is_latched)
        self.setText("STOPPED" if is_latched else "EMERGENCY STOP")
        self.setToolTip(
            "The emergency stop is latched: no command is accepted until it is reset (Run menu)"
            if is_latched
            else "Stop every instrument and every run at once (Pause or Ctrl+Shift+Space)"
        )
        self.style().unpolish(self)
        self.style().polish(self)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            metrics.horizontalAdvance("EMERGENCY STOP") + 4 * metrics.averageCharWidth(), metrics.height() * 2
        )
