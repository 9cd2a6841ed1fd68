"""What there is to say of the selected script: title, description, problem, and how its runs went."""

from datetime import UTC, datetime
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from benchwright.core.script_statistics import ScriptExecutionStats, ScriptStatus
from benchwright.gui import theme
from benchwright.gui.panels.library.shelf import ShelfItem
from benchwright.gui.panels.library.wording import WARNING, brief, last_run, numbers, problems


class Details(QFrame):
    """A few lines of text below the tree."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("library.details")
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setAccessibleName("About the selected script")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.addWidget(self._text)
        self.hide()

    def show_script(self, item: ShelfItem, status: ScriptStatus, statistics: ScriptExecutionStats) -> None:
        """Tell of a script."""
        entry, colours = item.entry, theme.current()
        about = " · ".join(filter(None, [entry.version and f"version {entry.version}", entry.author]))
        running = "Running" if status is ScriptStatus.RUNNING else ""
        lines = [
            f"<b>{escape(entry.name)}</b>",
            _coloured(about, colours.muted),
            escape(brief(entry.description)),
            *(_coloured(f"{WARNING} {text}", colours.warning) for text in problems(item, statistics)),
            _coloured(running, colours.accent)
            or escape(last_run(statistics, datetime.now(UTC))).capitalize(),
            _coloured(numbers(statistics), colours.muted),
            _coloured(" ".join(f"#{tag}" for tag in entry.tags), colours.muted),
        ]
        self._text.setText("<br>".join(filter(None, lines)))
        self.setStyleSheet(f"QFrame#library\\.details {{ border-top: 1px solid {colours.border}; }}")
        self.show()

    def text(self) -> str:
        """Return what is said."""
        return self._text.text()


def _coloured(text: str, colour: str) -> str:
    return f'<span style="color:{colour}">{escape(text)}</span>' if text else ""
