"""Lines across the window that tell of something to be seen or decided, where a dialog would be too much."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget


class Choice(NamedTuple):
    """A button of a banner: what it says, what it does, its objectName."""

    text: str
    chosen: Callable[[], object]
    object_name: str = ""


class Banners(QWidget):
    """A stack of lines, one for each subject; newest last."""

    filled = Signal(bool)  # whether there is any line

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: dict[str, QFrame] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    def tell(
        self, subject: str, text: str, choices: Sequence[Choice] = (), *, is_error: bool = False
    ) -> None:
        """Show a line; it replaces the one on the same subject."""
        self.dismiss(subject)
        frame = QFrame(self)
        frame.setObjectName(f"banner.{subject}")
        frame.setProperty("banner", "error" if is_error else "notice")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 6, 12, 6)
        label = QLabel(text, frame)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(label, 1)
        for choice in choices:
            button = QPushButton(choice.text, frame)
            button.setObjectName(choice.object_name)
            button.clicked.connect(lambda _=False, chosen=choice.chosen: chosen())
            row.addWidget(button)
        self._shown[subject] = frame
        self._layout.addWidget(frame)
        self.filled.emit(True)

    def dismiss(self, subject: str) -> None:
        """Take the line on a subject away."""
        frame = self._shown.pop(subject, None)
        if frame is not None:
            frame.hide()
            self._layout.removeWidget(frame)
            frame.deleteLater()
        self.filled.emit(bool(self._shown))

    def text(self, subject: str) -> str:
        """Return what is said on a subject, empty where nothing is."""
        frame = self._shown.get(subject)
        label = frame.findChild(QLabel) if frame is not None else None
        return label.text() if label is not None else ""
