"""What scripts print and log, and what the bench says, as it comes."""

from collections import deque
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from benchwright.core.events import LinesPrinted, LogWritten, RunFinished, RunStateChanged
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.session import Controls, RunModel
from benchwright.gui.wording import duration, outcome_sentence, result_text

MAX_LINES: Final = 10_000
_INTERVAL_MS: Final = 40
_LINES_AT_A_TIME: Final = 500
_MAX_CHARACTERS: Final = 4_000  # of a line; the data file has the whole of it


class ConsolePanel(QWidget):
    """A bounded log: lines wait in a buffer, and one timer shows them, however many come."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._waiting: deque[tuple[str, str, str]] = deque(maxlen=MAX_LINES)  # time, kind, text
        self._view = QPlainTextEdit(self)
        self._view.setObjectName("console.view")
        self._view.setAccessibleName("Output of the script")
        self._view.setReadOnly(True)
        self._view.setUndoRedoEnabled(False)
        self._view.setMaximumBlockCount(MAX_LINES)
        self._view.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._view.setFont(theme.fixed_font())
        self._view.setPlaceholderText("What scripts print appears here. F5 runs the script in the editor.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._show_waiting)
        model.lines_arrived.connect(self._on_lines)
        model.run_seen.connect(self._on_run)
        model.refused.connect(lambda error: self._add("", "error", error.message))

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

    def save_state(self) -> dict[str, Any]:
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        pass

    # --- lines come ---

    def _on_lines(self, event: LinesPrinted | LogWritten) -> None:
        time = f"{event.utc.astimezone():%H:%M:%S.%f}"[:-3]
        if isinstance(event, LogWritten):
            self._add(time, event.level, event.text)
            return
        kind = "error" if event.stream == "stderr" else "output"
        self._waiting.extend((time, kind, line) for line in event.lines[-MAX_LINES:])
        self._wake()

    def _on_run(self, event: RunStateChanged | RunFinished) -> None:
        if event.run_id != self._model.run.run_id:
            return
        time = f"{event.utc.astimezone():%H:%M:%S.%f}"[:-3]
        if isinstance(event, RunFinished):
            bad = event.outcome not in (RunState.COMPLETED, RunState.CANCELLED)
            if event.result is not None:
                self._add(time, "muted", f"result: {result_text(event.result)}")
            self._add(time, "error" if bad else "muted", outcome_sentence(event))
        elif event.state is RunState.STARTING:
            self._add(time, "muted", f"{event.script or self._model.run.script} starts")
        elif event.state is RunState.PAUSED:
            self._add(time, "muted", f"paused after {duration(self._model.run.elapsed_s)}")

    def _add(self, time: str, kind: str, text: str) -> None:
        self._waiting.extend((time, kind, line) for line in text.split("\n"))
        self._wake()

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    # --- lines are shown ---

    def _show_waiting(self) -> None:
        if not self._waiting:
            self._timer.stop()
            return
        while len(self._waiting) > MAX_LINES // 2:  # more than anybody sees: the newest count
            self._waiting.popleft()
        bar = self._view.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self._view.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for _ in range(min(_LINES_AT_A_TIME, len(self._waiting))):
            self._insert(cursor, *self._waiting.popleft())
        cursor.endEditBlock()
        if follows:
            bar.setValue(bar.maximum())

    def _insert(self, cursor: QTextCursor, time: str, kind: str, text: str) -> None:
        colours = theme.current()
        if not self._view.document().isEmpty():
            cursor.insertBlock()
        if time:
            cursor.insertText(f"{time}  ", _format(colours.muted))
        colour = {"error": colours.error, "warning": colours.warning, "muted": colours.muted}.get(kind)
        cursor.insertText(text[:_MAX_CHARACTERS], _format(colour))


def _format(colour: str | None) -> QTextCharFormat:
    text_format = QTextCharFormat()
    if colour is not None:  # else the palette's, which follows the theme
        text_format.setForeground(QColor(colour))
    return text_format
