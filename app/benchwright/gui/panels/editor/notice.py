"""The line above a script whose file somebody else changed."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class OutsideNotice(QFrame):
    """Offers to read the file again or to keep what the editor has."""

    read_again = Signal()
    keep_mine = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("editor.notice")
        self.setProperty("banner", "notice")
        self._text = QLabel(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.addWidget(self._text, 1)
        for title, signal in (("Read again", self.read_again), ("Keep mine", self.keep_mine)):
            button = QPushButton(title, self)
            button.clicked.connect(signal)
            layout.addWidget(button)
        self.hide()

    def tell(self, title: str) -> None:
        """Show the line for the script of this title; an empty one hides it."""
        self._text.setText(f"{title} was changed by another program, and here too.")
        self.setVisible(bool(title))
