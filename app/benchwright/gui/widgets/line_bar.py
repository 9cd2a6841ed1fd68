"""The slim bar below a script that goes to a line."""

import re
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from benchwright.gui.widgets.named import named

_PLACE: Final = re.compile(r"\s*(\d+)\s*(?:[:,.]\s*(\d+)\s*)?$")


class LineBar(QWidget):
    """Takes a line, or line and column as ``12:5``; the script shows it while it is typed."""

    wanted = Signal(int, int)  # line and column to show
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._start = (1, 1)
        self.field = named(QLineEdit(self), "editor.line", "Go to line")
        self.field.setMaximumWidth(self.fontMetrics().averageCharWidth() * 24)
        self.field.textEdited.connect(self._on_edited)
        self.field.installEventFilter(self)
        self._label = QLabel("Go to line", self)
        self._range = QLabel(self)
        self._range.setEnabled(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        for widget in (self._label, self.field, self._range):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.hide()

    def open_bar(self, place: tuple[int, int], lines: int) -> None:
        """Ask for a line of so many; Escape leads back to `place`."""
        self._start = place
        self._range.setText(f"1 to {lines:,}; line:column works, too")
        self.field.setText(str(place[0]))
        self.field.selectAll()
        self.show()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter stays there, Escape goes back."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.wanted.emit(*self._start)
                self._close()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_edited(self.field.text())
                self._close()
                return True
        return super().eventFilter(watched, event)

    def _on_edited(self, text: str) -> None:
        found = _PLACE.match(text)
        if found is not None:
            longest = 9  # digits: no script has more lines
            self.wanted.emit(int(found[1][:longest]), int((found[2] or "1")[:longest]))

    def _close(self) -> None:
        self.hide()
        self.closed.emit()
