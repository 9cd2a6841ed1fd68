"""The slim bar below a script that finds and replaces."""

import re
from itertools import islice
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget
from pyside6_scintilla import ScintillaEdit

from benchwright.gui import theme
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.gui.widgets.editor_typing import text_of

MAX_FOUND: Final = 50_000
MAX_SHOWN: Final = 2_000  # matches that are highlighted


class FindBar(QWidget):
    """Finds plain text or regular expressions in one editor; Enter goes on, Escape closes."""

    closed = Signal()

    def __init__(self, code: ScintillaEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self._code = code
        self._matches: list[tuple[int, int]] = []  # start and end in bytes
        self._pattern: re.Pattern[str] | None = None
        self.find_field = self._field("editor.find", "Find")
        self.replace_field = self._field("editor.replace", "Replace with")
        self.case = self._toggle("Aa", "Match case")
        self.word = self._toggle("W", "Whole words")
        self.regex = self._toggle(".*", "Regular expression")
        self.count = QLabel("", self)
        self.count.setMinimumWidth(self.fontMetrics().horizontalAdvance("No match at all"))
        self._previous = self._button("↑", "Previous match (Shift+F3)", self.find_previous)
        self._next = self._button("↓", "Next match (F3)", self.find_next)
        self._one = self._button("Replace", "Replace this match and go on", self.replace_one)
        self._all = self._button("All", "Replace all matches", self.replace_all)
        self._close = self._button("✕", "Close (Escape)", self.close_bar)
        self._lay_out()
        self.find_field.textChanged.connect(self._on_pattern)
        for toggle in (self.case, self.word, self.regex):
            toggle.toggled.connect(self._on_pattern)
        self.hide()

    def open_bar(self, replace: bool) -> None:
        """Show the bar with the selected text, if that is part of one line."""
        start, end = self._code.selectionStart(), self._code.selectionEnd()
        if start < end and self._code.lineFromPosition(start) == self._code.lineFromPosition(end):
            selected = text_of(self._code, start, end)
            self.find_field.setText(re.escape(selected) if self.regex.isChecked() else selected)
        for widget in (self.replace_field, self._one, self._all):
            widget.setVisible(replace)
        self.show()
        self.find_field.selectAll()
        self.find_field.setFocus()
        self._on_pattern()

    def close_bar(self) -> None:
        """Hide the bar and go back to the text."""
        self.hide()
        self._matches = []
        self._clear_marks()
        self.closed.emit()

    def text_was_changed(self) -> None:
        """Find anew, where the bar is open."""
        if self.isVisible():
            self._search()

    def find_next(self) -> None:
        """Select the next match; after the last comes the first."""
        self._step(forward=True)

    def find_previous(self) -> None:
        """Select the match before; before the first comes the last."""
        self._step(forward=False)

    def replace_one(self) -> None:
        """Replace the selected match and select the next; without a selected match only the latter."""
        selected = (self._code.selectionStart(), self._code.selectionEnd())
        if selected in self._matches:
            found = self._found_at(selected)
            if found is not None:
                new = self._replacement(found)
                if new is None:
                    return
                self._code.setTargetRange(*selected)
                self._code.replaceTarget(len(new.encode()), new)
                self._code.gotoPos(selected[0] + len(new.encode()))
        self._search()
        self._step(forward=True)

    def replace_all(self) -> int:
        """Replace every match, as one step to undo; return how many there were."""
        if self._pattern is None:
            return 0
        text = self._text()
        founds = list(self._pattern.finditer(text))
        news = [self._replacement(found) for found in founds]
        if not founds or any(new is None for new in news):
            return 0
        offsets = _byte_offsets(text, [edge for found in founds for edge in found.span()])
        self._code.beginUndoAction()
        for index in range(len(founds) - 1, -1, -1):
            new = news[index] or ""
            self._code.setTargetRange(offsets[2 * index], offsets[2 * index + 1])
            self._code.replaceTarget(len(new.encode()), new)
        self._code.endUndoAction()
        self._search()
        self.count.setText(f"{len(founds)} replaced")
        return len(founds)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Escape and F3 in the two fields."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F3):
                if watched is self.replace_field and event.key() != Qt.Key.Key_F3:
                    self.replace_one()
                else:
                    self._step(forward=not back)
                return True
        return super().eventFilter(watched, event)

    # --- the parts ---

    def _field(self, name: str, title: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setPlaceholderText(title)
        field.setClearButtonEnabled(True)
        field.setMinimumWidth(self.fontMetrics().averageCharWidth() * 16)
        field.installEventFilter(self)
        return field

    def _toggle(self, text: str, title: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(title)
        button.setAccessibleName(title)
        button.setCheckable(True)
        button.setAutoRaise(True)
        return button

    def _button(self, text: str, title: str, slot: object) -> QToolButton:
        button = self._toggle(text, title)
        button.setCheckable(False)
        button.clicked.connect(slot)
        return button

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.find_field, 0, 0)
        grid.addWidget(self.replace_field, 1, 0)
        grid.setColumnStretch(0, 1)
        for row, widgets in enumerate(
            (
                (self.case, self.word, self.regex, self._previous, self._next, self.count, self._close),
                (self._one, self._all),
            )
        ):
            line = QHBoxLayout()
            line.setSpacing(2)
            for widget in widgets:
                line.addWidget(widget)
            if row:
                line.addStretch(1)
            grid.addLayout(line, row, 1)

    # --- finding ---

    def _text(self) -> str:
        return text_of(self._code, 0, self._code.length())

    def _on_pattern(self) -> None:
        wanted = self.find_field.text()
        self._pattern = None
        if wanted:
            source = wanted if self.regex.isChecked() else re.escape(wanted)
            source = rf"\b(?:{source})\b" if self.word.isChecked() else source
            flags = re.MULTILINE | (re.NOFLAG if self.case.isChecked() else re.IGNORECASE)
            try:
                self._pattern = re.compile(source, flags)
            except re.error as error:
                self._matches = []
                self._clear_marks()
                self._tell(f"{error.msg}", wrong=True)
                return
        self._search()

    def _search(self) -> None:
        self._clear_marks()
        self._matches = []
        if self._pattern is None:
            self._tell("")
            return
        text = self._text()
        founds = islice(self._pattern.finditer(text), MAX_FOUND)
        spans = [found.span() for found in founds if found.end() > found.start()]
        offsets = _byte_offsets(text, [edge for span in spans for edge in span])
        self._matches = list(zip(offsets[::2], offsets[1::2], strict=True))
        self._code.setIndicatorCurrent(look.FOUND)
        for start, end in self._matches[:MAX_SHOWN]:
            self._code.indicatorFillRange(start, end - start)
        self._show_count()

    def _step(self, forward: bool) -> None:
        if not self._matches:
            return
        if forward:
            position = self._code.selectionEnd()
            index = next((n for n, (start, _) in enumerate(self._matches) if start >= position), 0)
        else:
            position = self._code.selectionStart()
            before = [n for n, (_, end) in enumerate(self._matches) if end <= position]
            index = before[-1] if before else -1
        start, end = self._matches[index]
        line = self._code.lineFromPosition(start)
        self._code.ensureVisibleEnforcePolicy(line)
        self._code.setSel(start, end)
        self._code.scrollRange(end, start)
        self._show_count()

    def _show_count(self) -> None:
        total = len(self._matches)
        if not total:
            self._tell("No match" if self.find_field.text() else "", wrong=True)
            return
        selected = (self._code.selectionStart(), self._code.selectionEnd())
        here = f"{self._matches.index(selected) + 1} of " if selected in self._matches else ""
        self._tell(f"{here}{total}" if here else f"{total} match{'es' if total > 1 else ''}")

    def _tell(self, text: str, wrong: bool = False) -> None:
        colours = theme.current()
        self.count.setText(text)
        self.count.setStyleSheet(f"color: {colours.error if wrong else colours.muted}")

    def _found_at(self, selected: tuple[int, int]) -> re.Match[str] | None:
        text = self._text()
        start = len(text_of(self._code, 0, selected[0]))
        return self._pattern.match(text, start) if self._pattern else None

    def _replacement(self, found: re.Match[str]) -> str | None:
        template = self.replace_field.text()
        if not self.regex.isChecked():
            return template
        try:
            return found.expand(template)
        except (re.error, IndexError) as error:
            self._tell(str(error), wrong=True)
            return None

    def _clear_marks(self) -> None:
        self._code.setIndicatorCurrent(look.FOUND)
        self._code.indicatorClearRange(0, self._code.length())


def _byte_offsets(text: str, offsets: list[int]) -> list[int]:
    """Turn ascending offsets in characters into offsets in UTF-8."""
    if text.isascii():
        return offsets
    result, last, position = [], 0, 0
    for offset in offsets:
        position += len(text[last:offset].encode())
        last = offset
        result.append(position)
    return result
