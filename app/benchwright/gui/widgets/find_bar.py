"""The slim bar below a script that finds and replaces."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget
from pyside6_scintilla import Scintilla, ScintillaEdit

from benchwright.gui import theme
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.gui.widgets.editor_typing import text_of
from benchwright.gui.widgets.named import named
from benchwright.gui.widgets.searcher import Searcher
from benchwright.gui.widgets.text_search import Found, Query
from benchwright.gui.widgets.text_spans import Span

MOST_MARKED: Final = 10_000
_REST_MS: Final = 120  # after a key, before the text is searched anew
_NOTHING: Final = Found()


def _do_nothing() -> None:
    """What is to be done after most searches."""


class FindBar(QWidget):
    """Finds plain text or regular expressions in one editor; Enter goes on, Escape closes."""

    closed = Signal()

    def __init__(self, code: ScintillaEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self._code = code
        self._found = _NOTHING
        self._scope: Span | None = None  # in bytes: what is searched, None for all
        self._anchor = 0  # where the search that is being typed begins
        self._then: Callable[[], object] = _do_nothing  # once the search has found something
        self._is_replacing = False
        self._searcher = Searcher(self)
        self._searcher.done.connect(self._on_found)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._search)
        self.find_field = self._field("editor.find", "Find")
        self.replace_field = self._field("editor.replace", "Replace with")
        self.case = self._toggle("Aa", "Match case")
        self.word = self._toggle("W", "Whole words")
        self.regex = self._toggle(".*", "Regular expression; \\1 in the replacement is its first group")
        self.selection = self._toggle("Selection", "Find in the selected text only")
        self.count = QLabel("", self)
        self.count.setObjectName("editor.find.count")
        self.count.setMinimumWidth(self.fontMetrics().horizontalAdvance("10,000 matches"))
        self._previous = self._button("↑", "Previous match (Shift+F3)", self.find_previous)
        self._next = self._button("↓", "Next match (F3)", self.find_next)
        self._one = self._button("Replace", "Replace this match and go on (Enter)", self.replace_one)
        self._all = self._button("Replace all", "Replace all matches (Ctrl+Enter)", self.replace_all)
        self._close = self._button("✕", "Close (Escape)", self.close_bar)
        self._lay_out()
        self.find_field.textChanged.connect(self._on_typed)
        self.replace_field.textChanged.connect(self._on_template)
        for toggle in (self.case, self.word, self.regex):
            toggle.toggled.connect(self._on_typed)
        self.selection.toggled.connect(self._on_selection)
        code.modified.connect(self._on_modified)
        theme.watcher.changed.connect(self._show_count)
        self.hide()

    def open_bar(self, replace: bool) -> None:
        """Show the bar with the selected text, if that is part of one line."""
        start, end = self._code.selectionStart(), self._code.selectionEnd()
        self._anchor = start
        if start < end and self._code.lineFromPosition(start) == self._code.lineFromPosition(end):
            if not self.regex.isChecked():
                self.find_field.setText(text_of(self._code, start, end))
        elif start < end:
            self.selection.setChecked(False)
            self.selection.setChecked(True)
        for widget in (self.replace_field, self._one, self._all):
            widget.setVisible(replace)
        self.show()
        self.find_field.selectAll()
        self.find_field.setFocus()
        self._search()

    def close_bar(self) -> None:
        """Hide the bar and go back to the text."""
        self.hide()
        self._rest.stop()
        self._searcher.cancel()
        self._then = _do_nothing
        self.selection.setChecked(False)
        self._found = _NOTHING
        self._clear_marks()
        self.closed.emit()

    def find_next(self) -> None:
        """Select the next match; after the last comes the first."""
        self._after_search(lambda: self._step(forward=True))

    def find_previous(self) -> None:
        """Select the match before; before the first comes the last."""
        self._after_search(lambda: self._step(forward=False))

    def replace_one(self) -> None:
        """Replace the selected match and select the next; without a selected match only the latter."""
        self._after_search(self._replace_selected)

    def replace_all(self) -> None:
        """Replace every match, as one step to undo."""
        self._after_search(self._replace_all)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Escape and F3 in the two fields."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if watched is self.find_field:
                    self._after_search(lambda: self._step(forward=not back))
                elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                    self.replace_all()
                else:
                    self.replace_one()
                return True
        return super().eventFilter(watched, event)

    # --- the parts ---

    def _field(self, name: str, title: str) -> QLineEdit:
        field = named(QLineEdit(self), name, title)
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
        finding = (self._previous, self._next, self.case, self.word, self.regex, self.selection)
        for row, widgets in enumerate(((*finding, self.count, self._close), (self._one, self._all))):
            line = QHBoxLayout()
            line.setSpacing(2)
            for widget in widgets:
                line.addWidget(widget)
            if row:
                line.addStretch(1)
            grid.addLayout(line, row, 1)

    # --- searching ---

    def _on_typed(self) -> None:
        self._then = self._show_first
        if self.regex.isChecked():
            self._rest.start()
        else:
            self._search()

    def _on_template(self) -> None:
        self._rest.start()

    def _on_selection(self, is_on: bool) -> None:
        start, end = self._code.selectionStart(), self._code.selectionEnd()
        self._scope = Span(start, end) if is_on and start < end else None
        self._anchor = start
        if is_on and self._scope is None:
            self.selection.setChecked(False)
            self._tell("Nothing is selected", wrong=True)
        elif self.isVisible():
            self._search()

    def _on_modified(self, kind: int, position: int, length: int, *_: object) -> None:
        if kind & (Scintilla.ModificationFlags.InsertText | Scintilla.ModificationFlags.DeleteText):
            if self._scope is not None:
                inserted = kind & Scintilla.ModificationFlags.InsertText
                move = Span.after_insertion if inserted else Span.after_removal
                self._scope = move(self._scope, position, length)
            if not self.isHidden() and not self._is_replacing:  # it may be open in a tab behind
                self._searcher.cancel()  # what it would find is elsewhere now
                self._rest.start()

    def _search(self) -> None:
        self._rest.stop()
        if not self.find_field.text():
            self._on_found(_NOTHING)
            return
        text = text_of(self._code, 0, self._code.length())
        start, end = (0, -1) if self._scope is None else self._in_characters(self._scope)
        query = Query(
            pattern=self.find_field.text(),
            is_regex=self.regex.isChecked(),
            matches_case=self.case.isChecked(),
            whole_words=self.word.isChecked(),
            replacement=self.replace_field.text() if self.replace_field.isVisibleTo(self) else "",
            start=start,
            end=end,
        )
        self._searcher.start(query, text)
        if self._searcher.is_busy:
            self._tell("…")

    def _in_characters(self, span: Span) -> tuple[int, int]:
        start, end = (min(edge, self._code.length()) for edge in span)
        return len(text_of(self._code, 0, start)), len(text_of(self._code, 0, end))

    def _on_found(self, found: Found) -> None:
        self._found = found
        self._clear_marks()
        self._code.setIndicatorCurrent(look.FOUND)
        for start, end in found.spans[:MOST_MARKED]:
            self._code.indicatorFillRange(start, end - start)
        self._show_count()
        then, self._then = self._then, _do_nothing
        if found.spans:
            then()

    def _after_search(self, then: Callable[[], object]) -> None:
        if self._rest.isActive() or self._searcher.is_busy:
            self._then = then
            if not self._searcher.is_busy:
                self._search()
        elif self._found.spans:
            then()

    # --- going and replacing ---

    def _show_first(self) -> None:
        """Select the first match from where the search began."""
        self._select(next((n for n, span in enumerate(self._found.spans) if span[0] >= self._anchor), 0))

    def _step(self, forward: bool) -> None:
        spans = self._found.spans
        selected = (self._code.selectionStart(), self._code.selectionEnd())
        if selected in spans:
            self._select((spans.index(selected) + (1 if forward else -1)) % len(spans))
        elif forward:
            self._select(next((n for n, (start, _) in enumerate(spans) if start >= selected[1]), 0))
        else:
            self._select(max((n for n, (_, end) in enumerate(spans) if end <= selected[0]), default=-1))

    def _select(self, index: int) -> None:
        start, end = self._found.spans[index]
        self._code.ensureVisibleEnforcePolicy(self._code.lineFromPosition(start))
        self._code.setSel(start, end)
        self._code.scrollRange(end, start)
        self._anchor = start
        self._show_count()

    def _replacement(self, index: int) -> str:
        return self._found.replacements[index] if self._found.replacements else self.replace_field.text()

    def _replace_selected(self) -> None:
        """Replace the match that is selected; the next one is selected when it is found."""
        selected = (self._code.selectionStart(), self._code.selectionEnd())
        if selected not in self._found.spans:
            self._step(forward=True)
            return
        new = self._replacement(self._found.spans.index(selected))
        self._replace(Span(*selected), new)
        self._anchor = selected[0] + len(new.encode()) + (selected[0] == selected[1])
        self._then = self._show_first
        self._search()

    def _replace_all(self) -> None:
        spans = self._found.spans
        first, last = spans[0][0], spans[-1][1]
        parts, position, cursor = [], first, self._code.currentPos()
        moved = cursor
        for index, (start, end) in enumerate(spans):
            new = self._replacement(index)
            parts += [text_of(self._code, position, start), new]
            position = end
            if end <= cursor:
                moved += len(new.encode()) - (end - start)
        self._replace(Span(first, last), "".join(parts))  # one step to undo, and quick for many
        self._code.gotoPos(moved)
        self._search()
        self._tell(f"{len(spans):,} replaced")

    def _replace(self, span: Span, new: str) -> None:
        self._is_replacing = True
        self._code.setTargetRange(*span)
        self._code.replaceTarget(len(new.encode()), new)
        self._is_replacing = False

    def _show_count(self, _: object = None) -> None:
        spans = self._found.spans
        selected = (self._code.selectionStart(), self._code.selectionEnd())
        if self._found.problem:
            self._tell(self._found.problem, wrong=True)
        elif not spans:
            self._tell("No match" if self.find_field.text() else "", wrong=True)
        elif selected in spans:
            self._tell(f"{spans.index(selected) + 1:,} of {len(spans):,}")
        else:
            self._tell(f"{len(spans):,} match{'es' if len(spans) > 1 else ''}")

    def _tell(self, text: str, wrong: bool = False) -> None:
        colours = theme.current()
        self.count.setText(text)
        self.count.setStyleSheet(f"color: {colours.error if wrong else colours.muted}")

    def _clear_marks(self) -> None:
        self._code.setIndicatorCurrent(look.FOUND)
        self._code.indicatorClearRange(0, self._code.length())
