"""All there is to know of one run, as a page of text."""

from html import escape
from typing import Final

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QTextBrowser, QVBoxLayout, QWidget

from benchwright.core.events import CallStatistics, InstrumentStopped
from benchwright.core.script_problems import KILLED
from benchwright.core.values import shown
from benchwright.gui import theme
from benchwright.gui.panels.runs.row import RunRow
from benchwright.gui.panels.runs.table import state_colour
from benchwright.gui.widgets.named import named
from benchwright.gui.wording import duration, memory, outcome, result_text

_STOP_ROLES: Final = {"safe": "ok", "unknown": "warning"}
_ERROR_LINK: Final = "error:"
_MAX_CHARACTERS: Final = 400  # of a result or of parameters


class RunDetails(QWidget):
    """Shows a run: a line that changes all the time, and a page that is made anew only when it must be.

    The page is replaced in place, so that one that is read does not jump, and not while nobody sees it.
    """

    error_activated = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: RunRow | None = None
        self._shown = ""
        self._head = QLabel(self)
        self._head.setObjectName("runs.head")
        self._head.setTextFormat(Qt.TextFormat.RichText)
        self._head.setContentsMargins(5, 4, 5, 0)
        self._page = named(QTextBrowser(self), "runs.details", "Details of the run")
        self._page.setOpenLinks(False)
        self._page.setUndoRedoEnabled(False)
        self._page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self._page.anchorClicked.connect(self._on_link)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self._page, 1)

    def show_run(self, row: RunRow | None) -> None:
        """Show a run, or that none is selected."""
        if row is None or self._row is None or row.run_id != self._row.run_id:
            self._page.verticalScrollBar().setValue(0)
        self._row = row
        if self.isVisible():
            self._show()

    def text(self) -> str:
        """Return all that is shown, as plain text."""
        self._show()
        return self._page.toPlainText()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show(self) -> None:
        self._head.setText("" if self._row is None else head_of(self._row, theme.current()))
        page = "" if self._row is None else page_of(self._row, theme.current())
        if page != self._shown:
            self._shown = page
            bar = self._page.verticalScrollBar()
            at = bar.value()
            self._page.setHtml(page)
            bar.setValue(at)

    def _on_link(self, url: QUrl) -> None:
        if url.toString() == _ERROR_LINK:
            self.error_activated.emit()


def head_of(row: RunRow, colours: theme.Theme) -> str:
    """Return one line on a run as HTML: its state, and what it has used by now."""
    colour = state_colour(row.state, colours)
    return (
        f'<span style="color:{colour}">{row.sign} {outcome(row.state)}</span> '
        f'<b>{escape(row.script)}</b> <span style="color:{colours.muted}">{_amounts(row)}</span>'
    )


def page_of(row: RunRow, colours: theme.Theme) -> str:
    """Return what else there is to know of a run as HTML; every text of a script is escaped."""
    return "".join(part(row, colours) for part in (_error, _calls, _stopped, _facts))


def _amounts(row: RunRow) -> str:
    rows = f"{row.rows:,} {'row' if row.rows == 1 else 'rows'}" if row.rows else ""
    memory_used = memory(row.memory_bytes) if row.memory_bytes else ""
    processor = f"CPU {duration(row.cpu_s)}" if row.cpu_s else ""
    took = duration(row.elapsed_s) if row.is_over or row.running_since_s is not None else ""
    return " · ".join(part for part in (took, rows, memory_used, processor) if part)


def _error(row: RunRow, colours: theme.Theme) -> str:
    if row.error is None:
        return f'<p style="margin:0">{escape(row.reason)}</p>' if row.reason else ""
    text = escape(row.error.message)
    if row.error.line:
        text = f'<a href="{_ERROR_LINK}" style="color:{colours.error}">line {row.error.line}</a>: {text}'
    return f'<p style="margin:0; color:{colours.error}">{text}</p>'


def _facts(row: RunRow, colours: theme.Theme) -> str:
    facts = {"result": "" if row.result is None else result_text(row.result)}
    record = row.record
    given = row.parameters.items()
    facts["parameters"] = ", ".join(f"{name} = {shown(value)}" for name, value in given)
    if record is not None:
        facts["preset"] = str(record.preset)
        facts["timeout"] = duration(record.limits.max_execution_time_s)
        facts["schedule"] = record.schedule
        facts["ended"] = KILLED if record.was_killed else ""
        facts["permissions"] = ", ".join(record.permissions) or "none"
    facts["on stop"] = row.policy
    facts["started"] = f"{row.started.astimezone():%Y-%m-%d %H:%M:%S}"
    facts["run"] = row.run_id
    facts["on disk"] = f"{row.size_bytes / 1e6:,.2f} MB" if row.size_bytes else ""
    cells = [
        f'<tr><td style="color:{colours.muted}; padding-right:12px">{name}</td><td>{_cut(text)}</td></tr>'
        for name, text in facts.items()
        if text
    ]
    return f'<table cellspacing="0" cellpadding="1" style="margin-top:5px">{"".join(cells)}</table>'


def _cut(text: str) -> str:
    return escape(text if len(text) <= _MAX_CHARACTERS else text[:_MAX_CHARACTERS] + " …")


def _calls(row: RunRow, colours: theme.Theme) -> str:
    if not row.calls:
        return ""
    heads = ("Calls of instruments", "Count", "Failed", "Mean", "Longest", "Total")
    ordered = sorted(row.calls.items(), key=lambda item: -item[1].total_s)
    lines = "".join(_table_row((escape(name), *_figures(each, colours))) for name, each in ordered)
    return _table(heads, lines, colours)


def _figures(each: CallStatistics, colours: theme.Theme) -> tuple[str, ...]:
    failed = f'<span style="color:{colours.error}">{each.failed:,}</span>' if each.failed else "0"
    mean_s = each.total_s / each.count if each.count else 0.0
    return f"{each.count:,}", failed, _time(mean_s), _time(each.longest_s), _time(each.total_s)


def _stopped(row: RunRow, colours: theme.Theme) -> str:
    if not row.instruments:
        return ""
    lines = "".join(_table_row(_stop_cells(each, colours)) for each in row.instruments)
    return _table((f"After the stop ({escape(row.policy)})", "Outcome", "Time", ""), lines, colours)


def _stop_cells(each: InstrumentStopped, colours: theme.Theme) -> tuple[str, ...]:
    colour = getattr(colours, _STOP_ROLES.get(each.outcome, "error"))
    shown_outcome = f'<span style="color:{colour}">{escape(each.outcome)}</span>'
    return escape(each.name), shown_outcome, _time(each.duration_s), escape(each.message)


def _table(heads: tuple[str, ...], lines: str, colours: theme.Theme) -> str:
    titles = tuple(f'<span style="color:{colours.muted}">{head}</span>' for head in heads)
    rows = _table_row(titles) + lines
    return f'<table cellspacing="0" cellpadding="1" style="margin-top:5px">{rows}</table>'


def _table_row(cells: tuple[str, ...]) -> str:
    inner = "".join(
        f'<td align="{"right" if at else "left"}" style="padding-right:16px; white-space:nowrap">{cell}</td>'
        for at, cell in enumerate(cells)
    )
    return f"<tr>{inner}</tr>"


def _time(seconds: float) -> str:
    return duration(seconds) if seconds >= 1 else f"{seconds * 1000:.2f} ms"
