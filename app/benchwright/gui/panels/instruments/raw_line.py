"""A line for raw commands: sends what is typed, and has a history."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from benchwright.gui import theme

MAX_HISTORY: Final = 100


class RawLine(QLineEdit):
    """Up and down go through what was sent; `sent` carries a text."""

    sent = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history: list[str] = []
        self._place = 0
        self._draft = ""
        self.setObjectName("traffic.input")
        self.setAccessibleName("Raw command")
        self.setFont(theme.fixed_font())
        self.returnPressed.connect(self.send)

    def remember(self, texts: list[str]) -> None:
        """Take back a history."""
        self.history = texts[-MAX_HISTORY:]
        self._place = len(self.history)

    def send(self) -> None:
        """Send the text; it stays in the history only."""
        text = self.text()
        if not text:
            return
        self.remember([*(each for each in self.history if each != text), text])
        self.clear()
        self.sent.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        else:
            self._go(step)

    def _go(self, step: int) -> None:
        place = self._place + step
        if not 0 <= place <= len(self.history):
            return
        if self._place == len(self.history):
            self._draft = self.text()
        self._place = place
        self.setText(self._draft if place == len(self.history) else self.history[place])
