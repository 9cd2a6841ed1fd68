"""The text of the console: lines in the colours of their kinds, and a tail that is followed."""

import re
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QMenu, QPlainTextEdit, QPushButton, QWidget

from benchwright.gui import theme
from benchwright.gui.panels.console.waiting import KINDS, Line

_MAX_CHARACTERS: Final = 4_000  # of a line; the data file has the whole of it
_BUDGET_S: Final = 0.008  # for the lines that are added at once
_FEWEST, _MOST = 20, 1_000
_TIME_GAP: Final = " "
_TIMED: Final = re.compile(rf"(\d\d:\d\d:\d\d\.\d{{3}}){_TIME_GAP}")


class ConsoleView(QPlainTextEdit):
    """Shows lines, the newest last; scrolled up, it stays where it is and offers the way back."""

    find_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self, max_lines: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.batch = _FEWEST * 5  # how many lines can be added at once without holding up the window
        self._formats: list[QTextCharFormat] = []
        self.setObjectName("console.view")
        self.setAccessibleName("Output of the script")
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(max_lines)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setFont(theme.fixed_font())
        self.setPlaceholderText("What scripts print appears here. F5 runs the script in the editor.")
        self._newest = QPushButton("↓ Newest lines", self)
        self._newest.setObjectName("console.newest")
        self._newest.setToolTip("Show the newest lines, and follow them (Ctrl+End)")
        self._newest.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._newest.hide()
        self._newest.clicked.connect(self.follow)
        self.verticalScrollBar().valueChanged.connect(self._on_scroll)
        self.take_theme()

    # --- lines ---

    def add(self, lines: Sequence[Line]) -> None:
        """Add lines at the end; `batch` becomes what would have kept the window quick."""
        began_s = perf_counter()
        follows = self.is_following
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        is_first = self.document().isEmpty()
        muted = self._formats[KINDS.index("muted")]
        for time, kind, text in lines:
            if not is_first:
                cursor.insertBlock()
            is_first = False
            cursor.block().setUserState(kind)
            if time:
                cursor.insertText(time + _TIME_GAP, muted)
            cursor.insertText(text[:_MAX_CHARACTERS], self._formats[kind])
        cursor.endEditBlock()
        if follows:
            self.follow()
        elif not self._newest.isVisible():
            self._place_button()
            self._newest.show()
        took_s = max(perf_counter() - began_s, 1e-4)
        wished = int(len(lines) * _BUDGET_S / took_s)
        if took_s > _BUDGET_S or len(lines) >= self.batch:
            self.batch = min(max((self.batch + wished) // 2, _FEWEST), _MOST)

    def taken_lines(self) -> list[Line]:
        """Empty the view and return what it showed."""
        lines = []
        block = self.document().begin()
        while block.isValid() and not self.document().isEmpty():
            time, text = _parted(block.text())
            lines.append(Line(time, max(block.userState(), 0), text))
            block = block.next()
        self.clear()
        return lines

    def take_theme(self) -> None:
        """Write in the colours of the current theme from now on."""
        colours = theme.current()
        chosen = {"muted": colours.muted, "warning": colours.warning, "error": colours.error}
        self._formats = [_format(chosen.get(kind)) for kind in KINDS]

    # --- the tail ---

    @property
    def is_following(self) -> bool:
        """Whether the newest lines are kept in sight."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 2

    def follow(self) -> None:
        """Show the newest lines."""
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        self._newest.hide()

    def _on_scroll(self) -> None:
        if self._newest.isVisible() and self.is_following:
            self._newest.hide()

    def _place_button(self) -> None:
        area: QRect = self.viewport().geometry()
        size: QSize = self._newest.sizeHint()
        gap = self.fontMetrics().height() // 2
        self._newest.setGeometry(
            QRect(QPoint(area.right() - size.width() - gap, area.bottom() - size.height() - gap), size)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button in its corner."""
        super().resizeEvent(event)
        self._place_button()

    # --- keys and menu ---

    def event(self, event: QEvent) -> bool:
        """Claim the keys that mean something else in the editor."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.matches(QKeySequence.StandardKey.Find) or _clears(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.find_wanted.emit()
        elif _clears(event):
            self.clear_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.MoveToEndOfDocument):
            self.moveCursor(QTextCursor.MoveOperation.End)
            self.follow()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the lines."""
        menu = self.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def make_menu(self) -> QMenu:
        """Return the menu of the lines."""
        menu = QMenu(self)
        copy = menu.addAction("&Copy\tCtrl+C", self.copy)
        copy.setEnabled(self.textCursor().hasSelection())
        menu.addAction("Select &all\tCtrl+A", self.selectAll)
        menu.addSeparator()
        menu.addAction("&Find…\tCtrl+F", self.find_wanted.emit)
        clear = menu.addAction("C&lear\tCtrl+L", self.clear_wanted.emit)
        clear.setEnabled(not self.document().isEmpty())
        return menu


def _parted(line: str) -> tuple[str, str]:
    """Return the time and the text of a line as it is shown."""
    found = _TIMED.match(line)
    return ("", line) if found is None else (found[1], line[found.end() :])


def _clears(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_L and event.modifiers() == Qt.KeyboardModifier.ControlModifier


def _format(colour: str | None) -> QTextCharFormat:
    text_format = QTextCharFormat()
    if colour is not None:  # else the palette's, which follows the theme
        text_format.setForeground(QColor(colour))
    return text_format
