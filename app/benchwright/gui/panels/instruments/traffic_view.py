"""Shows exchanges with instruments as lines: when, to whom, what went out, what came back and how fast."""

from collections import deque
from functools import lru_cache
from time import monotonic
from typing import Final, TypeAlias

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QGuiApplication, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from benchwright.core.events import Exchange, TrafficSeen
from benchwright.gui import theme

MAX_EXCHANGES: Final = 1_000
_INTERVAL_MS: Final = 50
_BUDGET_S: Final = 0.010  # of the GUI thread, each time
_NEAR: Final = 20  # items back, a count of what is missed is added to
_OUT, _IN, _FAILED = "→", "←", "✗"

Item: TypeAlias = tuple[str, Exchange | int]  # instrument, and an exchange or how many are not shown


class TrafficView(QPlainTextEdit):
    """A bounded list of exchanges, newest last; keeps what comes while it is paused."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shows_telemetry = False
        self._is_paused = False
        self._kept: deque[Item] = deque(maxlen=MAX_EXCHANGES)
        self._waiting: deque[Item] = deque(maxlen=MAX_EXCHANGES)
        self._name_width = 0
        self.setObjectName("traffic.view")
        self.setAccessibleName("Traffic with the instruments")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(2 * MAX_EXCHANGES)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setFont(theme.fixed_font())
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._show_waiting)
        theme.watcher.changed.connect(self.show_again)

    def take(self, event: TrafficSeen) -> None:
        """Show a batch, soon."""
        waiting: list[Item] = [(event.name, each) for each in event.exchanges]
        room = MAX_EXCHANGES - len(self._waiting)
        missed = event.missed + max(0, len(waiting) - room)  # more than can be shown, or than may wait
        self._waiting.extend(waiting[: max(0, room)])
        if missed:
            self._count_missed(event.name, missed)
        self._wake()

    def _count_missed(self, name: str, missed: int) -> None:
        for index in range(len(self._waiting) - 1, max(-1, len(self._waiting) - _NEAR), -1):
            other, item = self._waiting[index]
            if other == name and isinstance(item, int):
                self._waiting[index] = name, item + missed
                return
        self._waiting.append((name, missed))

    def pause(self, pauses: bool) -> None:
        """Let the list stand, or go on with what came meanwhile."""
        self._is_paused = pauses
        self._wake()

    def clear_all(self) -> None:
        """Forget all exchanges."""
        self._kept.clear()
        self._waiting.clear()
        self.clear()

    def copy_all(self) -> None:
        """Copy what is selected, else all that is shown."""
        if self.textCursor().hasSelection():
            self.copy()
        else:
            QGuiApplication.clipboard().setText(self.toPlainText())

    def show_again(self, _: object = None) -> None:
        """Show what is kept anew: the colours or the choice are others."""
        self.clear()
        self._waiting = deque([*self._kept, *self._waiting], maxlen=MAX_EXCHANGES)
        self._kept.clear()
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._is_paused and not self._timer.isActive():
            self._timer.start()

    def _show_waiting(self) -> None:
        if not self._waiting or self._is_paused:
            self._timer.stop()
            return
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        until_s = monotonic() + _BUDGET_S
        while self._waiting and monotonic() < until_s:
            item = self._waiting.popleft()
            self._kept.append(item)
            self._insert(cursor, item)
        cursor.endEditBlock()
        if follows:
            bar.setValue(bar.maximum())

    def _insert(self, cursor: QTextCursor, item: Item) -> None:
        name, seen = item
        self._name_width = max(self._name_width, len(name))
        colours = theme.current()
        if isinstance(seen, int):
            self._line(cursor, [(f"{name}: {seen:,} more exchanges are not shown", colours.muted)])
            return
        if seen.caller == "telemetry" and not self.shows_telemetry:
            return
        head = f"{seen.utc.astimezone():%H:%M:%S.%f}"[:-3] + f"  {name:{self._name_width}}  "
        is_own = seen.caller == "operator"
        colour = colours.accent if is_own else colours.muted if seen.caller == "telemetry" else colours.text
        by = "" if is_own else f"   {seen.caller}"
        self._line(cursor, [(head, colours.muted), (f"{_OUT} {seen.sent}", colour), (by, colours.muted)])
        blank = " " * len(head)
        took = f"   {_duration(seen.duration_s)}"
        if seen.received is not None:
            self._line(cursor, [(blank, ""), (f"{_IN} {seen.received}", colour), (took, colours.muted)])
        if seen.error:
            self._line(cursor, [(f"{blank}{_FAILED} {seen.error}", colours.error), (took, colours.muted)])

    def _line(self, cursor: QTextCursor, parts: list[tuple[str, str]]) -> None:
        if not self.document().isEmpty():
            cursor.insertBlock()
        for text, colour in parts:
            if text:
                cursor.insertText(text, _format(colour))


@lru_cache(maxsize=32)
def _format(colour: str) -> QTextCharFormat:
    text_format = QTextCharFormat()
    if colour:
        text_format.setForeground(QColor(colour))
    return text_format


def _duration(seconds: float) -> str:
    if seconds < 0.01:
        return f"{seconds * 1000:.2f} ms"
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
