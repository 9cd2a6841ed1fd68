"""Pages beside the details of a run that are read from its folder when they are looked at."""

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from benchwright.core.errors import BenchwrightError
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.panels.runs.diff_page import diff_html
from benchwright.gui.panels.runs.history import History
from benchwright.gui.panels.runs.row import RunRow
from benchwright.gui.widgets.named import named

if TYPE_CHECKING:
    from benchwright.bench.storage.run_data import LogLine

_State: TypeAlias = tuple[str, RunState | None, float]  # run id, its state, and a clock while it goes on
_LIVE_S: Final = 2  # a run that goes on is read again so often


class ReadPage(QWidget):
    """A page of text that is read in the background; while nobody sees it nothing is read.

    Args:
        name: what the page is called to tests, and in messages.
        about: what it is called to those who do not see it.
        read: returns what there is of a run; it may take a while.
        html: makes a page of it.
        parent: what it belongs to.
    """

    def __init__(
        self,
        name: str,
        about: str,
        read: Callable[[str], Any],
        html: Callable[[Any, theme.Theme], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._html = html
        self._row: RunRow | None = None
        self._wanted: _State = ("", None, 0)  # what of which run is read, or was
        self._content: Any = None
        self._error = ""
        self.page = named(QTextBrowser(self), name, about)
        self.page.setOpenLinks(False)
        self.page.setUndoRedoEnabled(False)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.page)
        theme.watcher.changed.connect(self._show)

    def show_run(self, row: RunRow | None) -> None:
        """Show a run, or that none is selected."""
        self._row = row
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wanted = ("", None, 0)  # the script may have changed meanwhile
        self._refresh()

    def _refresh(self) -> None:
        row = self._row
        live = 0 if row is None or row.is_over else row.elapsed_s // _LIVE_S
        state: _State = ("", None, 0) if row is None else (row.run_id, row.state, live)
        if state == self._wanted:
            return
        if state[0] != self._wanted[0]:
            self._content, self._error = None, ""
            self._show()
        self._wanted = state
        if row is not None:
            run_id = row.run_id
            in_background(
                self.page.objectName(),
                lambda: self._read(run_id),
                lambda content: self._on_read(state, content),
                lambda error: self._on_failure(state, error),
                self,
            )

    def _on_read(self, state: _State, content: Any) -> None:
        if state == self._wanted:
            self._content, self._error = content, ""
            self._show()

    def _on_failure(self, state: _State, error: BenchwrightError) -> None:
        if state == self._wanted:
            self._content, self._error = None, error.message
            self._show()

    def _show(self, _: object = None) -> None:
        colours = theme.current()
        page = _note(f"{self._error[:1].upper()}{self._error[1:]}.", colours) if self._error else ""
        if self._content is not None:
            page = self._html(self._content, colours)
        bar = self.page.verticalScrollBar()
        at, is_at_end = bar.value(), bar.value() == bar.maximum()
        self.page.setHtml(page)
        bar.setValue(bar.maximum() if is_at_end and self._row is not None and not self._row.is_over else at)


def log_page(history: History, parent: QWidget) -> ReadPage:
    """Return the page with what a run printed and logged."""
    return ReadPage("runs.log", "Log of the run", history.log, log_html, parent)


def changes_page(history: History, parent: QWidget) -> ReadPage:
    """Return the page with what changed in the script since the run."""
    return ReadPage("runs.changes", "What changed in the script since", history.changes, changes_html, parent)


def log_html(log: "tuple[list[LogLine], int]", colours: theme.Theme) -> str:
    """Return the lines of a log as HTML; every text of a script is escaped."""
    lines, before = log
    if not lines:
        return _note("It printed and logged nothing.", colours)
    roles = {"error": colours.error, "stderr": colours.error, "warning": colours.warning}
    shown = "\n".join(
        f'<span style="color:{colours.muted}">{line.utc.astimezone():%H:%M:%S}</span>  '
        f'<span style="color:{roles.get(line.kind, colours.text)}">'
        f"{_level(line.kind)}{escape(line.text)}</span>"
        for line in lines
    )
    left_out = f"{before:,} lines before these are in the run's data file" if before else ""
    return f'{_note(left_out, colours) if left_out else ""}<pre style="margin:0">{shown}</pre>'


def changes_html(diff: str, colours: theme.Theme) -> str:
    """Return a diff between the script as it was run and as it is today as HTML."""
    if not diff:
        return _note("The script and its metadata are today as they were run.", colours)
    return _note("− as it was run, + as it is today", colours) + diff_html(diff, colours)


def _level(kind: str) -> str:
    return f"{kind}: " if kind in ("info", "warning", "error") else ""


def _note(text: str, colours: theme.Theme) -> str:
    return f'<p style="margin:0 0 4px 0; color:{colours.muted}">{escape(text)}</p>'
