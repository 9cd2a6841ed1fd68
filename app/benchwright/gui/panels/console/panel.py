"""What scripts print and log, and what the bench says, as it comes."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout

from benchwright.core.events import LinesPrinted, LogWritten, RunFinished, RunStateChanged
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.controls import Controls
from benchwright.gui.panel import Panel
from benchwright.gui.panels.console.find_row import FindRow
from benchwright.gui.panels.console.view import ConsoleView
from benchwright.gui.panels.console.waiting import ERROR, INFO, MUTED, OUTPUT, WARNING, WaitingLines
from benchwright.gui.session import RunModel
from benchwright.gui.wording import duration, outcome_sentence, result_text, way_to_error

MAX_LINES: Final = 10_000
_INTERVAL_MS: Final = 40
_LEVELS: Final = {"info": INFO, "warning": WARNING, "error": ERROR}


class ConsolePanel(Panel):
    """A bounded log: lines wait in a bounded queue, and one timer shows them, however many come."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._waiting = WaitingLines()
        self._view = ConsoleView(MAX_LINES, self)
        self._find = FindRow(self._view, self)
        self._find.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._view)
        layout.addWidget(self._find)
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._show_waiting)
        self._view.find_wanted.connect(self._find.begin)
        self._view.clear_wanted.connect(self.clear)
        self._find.closed.connect(self._end_find)
        theme.watcher.changed.connect(self._take_theme)
        model.lines_arrived.connect(self._on_lines)
        model.run_seen.connect(self._on_run)
        model.refused.connect(lambda error: self._add("", ERROR, error.message))

    def text(self) -> str:
        """Return all that is shown."""
        return self._view.toPlainText()

    def use_font(self, font: QFont) -> None:
        """Write in this font."""
        self._view.setFont(font)

    def keep_lines(self, count: int) -> None:
        """Keep that many lines; the oldest go first."""
        self._view.setMaximumBlockCount(count)

    def clear(self) -> None:
        """Forget all lines."""
        self._waiting.clear()
        self._view.clear()

    def _end_find(self) -> None:
        self._find.hide()
        self._view.setFocus()

    def _take_theme(self, _: object) -> None:
        self._waiting.put_back(self._view.taken_lines())
        self._view.take_theme()
        self._wake()

    # --- lines come ---

    def _on_lines(self, event: LinesPrinted | LogWritten) -> None:
        if isinstance(event, LogWritten):
            self._add(_clock(event.utc), _LEVELS.get(event.level, INFO), f"[{event.level}] {event.text}")
            return
        self._waiting.add(_clock(event.utc), ERROR if event.stream == "stderr" else OUTPUT, event.lines)
        self._wake()

    def _on_run(self, event: RunStateChanged | RunFinished) -> None:
        if event.run_id != self._model.run.run_id:
            return
        time = _clock(event.utc)
        if isinstance(event, RunFinished):
            bad = event.outcome not in (RunState.COMPLETED, RunState.CANCELLED)
            if event.result is not None:
                self._add(time, MUTED, f"result: {result_text(event.result)}")
            self._add(time, ERROR if bad else MUTED, outcome_sentence(event))
            for line in way_to_error(event) if event.outcome is RunState.FAILED else ():
                self._add(time, MUTED, line)
            self._show_waiting()  # who sees that a run is over finds what it said last
        elif event.state is RunState.STARTING:
            self._add(time, MUTED, f"{event.script or self._model.run.script} starts")
        elif event.state is RunState.PAUSED:
            self._add(time, MUTED, f"paused after {duration(self._model.run.elapsed_s)}")

    def _add(self, time: str, kind: int, text: str) -> None:
        self._waiting.add(time, kind, text.split("\n"))
        self._wake()

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    # --- lines are shown ---

    def _show_waiting(self) -> None:
        if self._waiting:
            self._view.add(self._waiting.take(self._view.batch))
        else:
            self._timer.stop()


def _clock(utc: datetime) -> str:
    return f"{utc.astimezone():%H:%M:%S.%f}"[:-3]
