"""The row below the console that finds a text in it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QToolButton, QWidget

from benchwright.gui.widgets.named import named


class FindRow(QWidget):
    """Finds from the newest line upwards; Enter goes on to older ones, Shift+Enter back, Escape closes."""

    closed = Signal()

    def __init__(self, view: QPlainTextEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self.field = named(QLineEdit(self), "console.find", "Find in the output")
        self.field.setPlaceholderText("Find in the output")
        self.field.setClearButtonEnabled(True)
        self.told = QLabel("", self)
        layout = QHBoxLayout(self)
        space = self.fontMetrics().height() // 4
        layout.setContentsMargins(space, space, space, space)
        layout.addWidget(self.field)
        layout.addWidget(self._button("↑", "Older match (Enter)", self.find_older))
        layout.addWidget(self._button("↓", "Newer match (Shift+Enter)", self.find_newer))
        layout.addWidget(self.told, 1)
        layout.addWidget(self._button("✕", "Close (Escape)", self.closed.emit))
        self.field.textChanged.connect(self._find_first)

    def begin(self) -> None:
        """Show the row with what is selected in the output."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self.field.setText(selected)
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def find_older(self) -> bool:
        """Select the match before the one that is selected, from the end again after the oldest."""
        return self._find(QTextDocument.FindFlag.FindBackward, QTextCursor.MoveOperation.End)

    def find_newer(self) -> bool:
        """Select the match after the one that is selected, from the start again after the newest."""
        return self._find(QTextDocument.FindFlag(0), QTextCursor.MoveOperation.Start)

    def _find_first(self) -> None:
        self._view.moveCursor(QTextCursor.MoveOperation.End)
        self.find_older()

    def _find(self, flag: QTextDocument.FindFlag, restart: QTextCursor.MoveOperation) -> bool:
        text = self.field.text()
        if not text:
            self.told.clear()
            return False
        found = self._view.find(text, flag)
        if not found:
            before = self._view.textCursor()
            self._view.moveCursor(restart)
            found = self._view.find(text, flag)
            if not found:
                self._view.setTextCursor(before)
        self.told.setText("" if found else "not found")
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            (self.find_newer if shifted else self.find_older)()
        else:
            super().keyPressEvent(event)

    def _button(self, text: str, tip: str, act: object) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.clicked.connect(act)
        return button
