"""The line above a script that something is to be said of."""

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class Notice(QFrame):
    """Says one sentence and offers what can be done."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("editor.notice")
        self.setAccessibleName("Notice about the script")
        self.setProperty("banner", "notice")
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._buttons: list[QPushButton] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(8, 4, 8, 4)
        self._layout.addWidget(self._text, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty while nothing is."""
        return "" if self.isHidden() else self._text.text()

    def tell(self, text: str, choices: Mapping[str, Callable[[], object]]) -> None:
        """Show a sentence with a button for each choice; an empty one hides the line."""
        for button in self._buttons:
            button.deleteLater()
        self._buttons = [self._button(title, do) for title, do in choices.items()]
        self._text.setText(text)
        self.setVisible(bool(text))

    def _button(self, title: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(title, self)
        button.clicked.connect(lambda _: do())
        self._layout.addWidget(button)
        return button
