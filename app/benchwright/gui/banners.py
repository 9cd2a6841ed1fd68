"""Lines across the window that tell of something to be seen or decided, where a dialog would be too much."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from benchwright.gui.widgets.wrapped_label import WrappedLabel


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
        self,
        subject: str,
        text: str,
        choices: Sequence[Choice] = (),
        *,
        is_error: bool = False,
        detail: QWidget | None = None,
    ) -> None:
        """Show a line, with something below it where there is more to say.

        It replaces the one on the same subject.
        """
        self.dismiss(subject)
        frame = QFrame(self)
        frame.setObjectName(f"banner.{subject}")
        frame.setProperty("banner", "error" if is_error else "notice")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 6, 12, 6)
        label = WrappedLabel(text, frame)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(label)
        if detail is not None:
            texts.addWidget(detail)
        row.addLayout(texts, 1)
        for choice in choices:
            button = QPushButton(choice.text, frame)
            button.setObjectName(choice.object_name)
            button.clicked.connect(lambda _=False, chosen=choice.chosen: chosen())
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
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
        """Return what is said on a subject and below it, empty where nothing is."""
        frame = self._shown.get(subject)
        if frame is None:
            return ""
        details = [each.accessibleDescription() for each in frame.findChildren(QWidget)]
        labels = frame.findChildren(QLabel)
        return " ".join([labels[0].text(), *filter(None, details)])
