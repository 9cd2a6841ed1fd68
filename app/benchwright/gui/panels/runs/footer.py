"""The line below the list of runs: how many are shown, what they take, and how far a search is."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from benchwright.gui import theme
from benchwright.gui.panels.runs.finder import RunFinder
from benchwright.gui.panels.runs.table import RunTable
from benchwright.gui.wording import memory


class Footer(QWidget):
    """Says it in one line; a search that goes on can be stopped there."""

    stop_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = QLabel(self)
        self.label.setObjectName("runs.count")
        self.stop = QPushButton("Stop", self)
        self.stop.setObjectName("runs.stop_search")
        self.stop.setToolTip("Look through no more scripts and logs")
        self.stop.clicked.connect(self.stop_wanted)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 2, 8, 2)
        line.addWidget(self.label, 1)
        line.addWidget(self.stop)
        self.stop.hide()

    def show_state(self, table: RunTable, finder: RunFinder) -> None:
        """Show what holds now."""
        colours = theme.current()
        palette = self.label.palette()
        role = colours.error if finder.problem else colours.muted
        palette.setColor(QPalette.ColorRole.WindowText, QColor(role))
        self.label.setPalette(palette)
        self.label.setText(f"{finder.problem[:1].upper()}{finder.problem[1:]}" or _amounts(table, finder))
        self.label.setToolTip(finder.problem)
        self.stop.setVisible(finder.is_searching)


def _amounts(table: RunTable, finder: RunFinder) -> str:
    total, shown = table.count(), table.rowCount()
    size = memory(sum(row.size_bytes for row in table.all_rows()))
    runs = f"{total:,} {'run' if total == 1 else 'runs'}"
    if not finder.text:
        return f"{runs} · {size} on disk"
    searching = f" · {finder.done:,} of {finder.total:,} scripts and logs" if finder.is_searching else ""
    return f"{shown:,} of {runs}{searching}"
