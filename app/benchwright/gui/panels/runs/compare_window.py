"""Two runs side by side: what differs, and the way to see their data over each other."""

from html import escape
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from benchwright.core.errors import BenchwrightError
from benchwright.core.run_record import RunRecord
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.panels.runs.diff_page import diff_html
from benchwright.gui.panels.runs.history import History
from benchwright.gui.panels.runs.table import state_colour
from benchwright.gui.widgets.named import named
from benchwright.gui.wording import duration, in_words, memory, outcome, result_text

if TYPE_CHECKING:
    from benchwright.bench.history import Difference, RunComparison

_TITLES: Final = {
    "name": "Script",
    "outcome": "Outcome",
    "amounts": "Amounts",
    "parameters": "Parameters",
    "settings": "Settings",
    "limits": "Limits",
    "columns": "Recorded columns",
    "versions": "Versions",
    "confinement": "Confinement",
}
_MAX_CHARACTERS: Final = 300  # of a value


class CompareWindow(QWidget):
    """What differs between an earlier and a later run.

    Args:
        history: has the runs.
        first: the earlier one.
        second: the later one.
        parent: what it belongs to.
    """

    plot_wanted = Signal(str, str)  # draw the first run behind the second

    def __init__(self, history: History, first: str, second: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("runs.compare")
        self.setWindowTitle("Compare runs")
        self._found: RunComparison | None = None
        self.page = named(QTextBrowser(self), "runs.comparison", "What differs between the runs")
        self.page.setOpenLinks(False)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(12)
        self._about = QLabel(self)
        self.plot = QPushButton("&Draw both", self)
        self.plot.setToolTip("Draw the later run, and the earlier one faintly behind it")
        self.plot.setEnabled(False)
        self.plot.clicked.connect(lambda: self.plot_wanted.emit(first, second))
        bottom = QHBoxLayout()
        bottom.setContentsMargins(12, 6, 12, 8)
        bottom.addWidget(self._about, 1)
        bottom.addWidget(self.plot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.page, 1)
        layout.addLayout(bottom)
        self.resize(self.fontMetrics().averageCharWidth() * 110, self.fontMetrics().height() * 34)
        theme.watcher.changed.connect(self._show)
        in_background(
            "comparison", lambda: history.compare(first, second), self._on_found, self._on_failure, self
        )

    def keyPressEvent(self, event: object) -> None:
        """Close on Escape."""
        if getattr(event, "key", lambda: None)() == Qt.Key.Key_Escape:
            self.close()

    def _on_found(self, found: "RunComparison") -> None:
        self._found = found
        self.plot.setEnabled(found.first.rows > 0 and found.second.rows > 0)
        if not self.plot.isEnabled():
            self._about.setText("There is nothing to draw: one of them recorded no rows.")
        self._show()

    def _on_failure(self, error: BenchwrightError) -> None:
        self._about.setText(error.message)

    def _show(self, _: object = None) -> None:
        if self._found is not None:
            self.page.setHtml(comparison_html(self._found, theme.current()))


def comparison_html(found: "RunComparison", colours: theme.Theme) -> str:
    """Return what differs as HTML; every text of a script is escaped."""
    muted = f'style="color:{colours.muted}"'
    cell = "padding: 2px 18px 2px 0"
    heads = "".join(f'<td style="{cell}">{_head(run, colours)}</td>' for run in (found.first, found.second))
    lines = [f"<tr><td></td>{heads}</tr>"]
    topic = ""
    for each in found.differences:
        if each.topic != topic:
            topic = each.topic
            lines.append(f'<tr><td colspan="3" style="padding-top:8px"><b>{_TITLES[topic]}</b></td></tr>')
        values = "".join(f'<td style="{cell}">{_shown(each.name, v)}</td>' for v in (each.first, each.second))
        lines.append(f'<tr><td {muted[:-1]}; {cell}">{escape(_name(each))}</td>{values}</tr>')
    page = f'<table cellspacing="0">{"".join(lines)}</table>'
    if found.same:
        page += f"<p {muted}>The same in both: {escape(in_words(found.same))}.</p>"
    for text in found.texts:
        page += f'<p style="margin-bottom:4px"><b>{escape(text.name.capitalize())}</b></p>'
        page += diff_html(text.diff, colours)
    return page


def _head(run: RunRecord, colours: theme.Theme) -> str:
    colour = state_colour(run.state, colours)
    return (
        f"<b>{escape(run.script or 'unknown script')}</b><br>"
        f"{run.created.astimezone():%Y-%m-%d %H:%M:%S}<br>"
        f'<span style="color:{colour}">{outcome(run.state)}</span><br>'
        f'<span style="color:{colours.muted}">{run.run_id}</span>'
    )


def _name(each: "Difference") -> str:
    if each.topic in ("parameters", "columns", "versions"):  # the names of others stay as they are
        return each.name
    return each.name.removesuffix("_bytes").removesuffix("_s").replace("_", " ")


def _shown(name: str, value: Value) -> str:
    if value is None:
        return "–"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if name.endswith("_s"):
            return duration(value)
        if name.endswith("_bytes"):
            return memory(int(value))
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else result_text(value)
    text = value if isinstance(value, str) else text
    return escape(text if len(text) <= _MAX_CHARACTERS else text[:_MAX_CHARACTERS] + " …")
