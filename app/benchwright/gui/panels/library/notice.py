"""The line at the bottom of the panel that tells what was done, and offers to undo it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from benchwright.gui.banners import Choice


class Notice(QFrame):
    """One message at a time, with what can be done about it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("library.notice")
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._buttons = QWidget(self)
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        dismiss = QToolButton(self)
        dismiss.setObjectName("library.notice.dismiss")
        dismiss.setText("✕")
        dismiss.setAccessibleName("Dismiss")
        dismiss.setToolTip("Dismiss")
        dismiss.setAutoRaise(True)
        dismiss.clicked.connect(self.hide)
        top = QHBoxLayout()
        top.addWidget(self._text, 1)
        top.addWidget(dismiss, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 6, 6)
        layout.addLayout(top)
        layout.addWidget(self._buttons)
        self.hide()

    def tell(self, text: str, choices: Sequence[Choice] = (), *, is_error: bool = False) -> None:
        """Say something in the place of what was said before; any choice takes it away."""
        self._text.setText(text)
        self.setProperty("banner", "error" if is_error else "notice")
        self.style().unpolish(self)
        self.style().polish(self)
        row = self._buttons.layout()
        assert isinstance(row, QHBoxLayout)
        while (item := row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        row.addStretch(1)
        for choice in choices:
            button = QPushButton(choice.text, self._buttons)
            button.setObjectName(choice.object_name)
            button.clicked.connect(self.hide)
            button.clicked.connect(lambda _=False, chosen=choice.chosen: chosen())
            row.addWidget(button)
        self._buttons.setVisible(bool(choices))
        self.show()

    def text(self) -> str:
        """Return what is said, empty where nothing is."""
        return "" if self.isHidden() else self._text.text()
