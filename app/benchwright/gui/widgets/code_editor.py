"""The editor of scripts: Scintilla behind lines and columns in characters, both counted from 1."""

from collections.abc import Sequence
from typing import Final, cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QToolTip, QVBoxLayout, QWidget
from pyside6_scintilla import Scintilla, ScintillaEdit, ScintillaEditBase

from benchwright.core.diagnostics import Diagnostic
from benchwright.gui import theme as themes
from benchwright.gui.theme import Theme
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.gui.widgets.completion import CompletionSource
from benchwright.gui.widgets.editor_completion import TypingHelp
from benchwright.gui.widgets.editor_cursors import select_every_occurrence, select_next_occurrence
from benchwright.gui.widgets.editor_markers import Markers, place_of, position_of
from benchwright.gui.widgets.editor_typing import (
    dedent_closing_word,
    indent_new_line,
    shift_lines,
    text_of,
    toggle_comment,
)
from benchwright.gui.widgets.find_bar import FindBar
from benchwright.gui.widgets.line_bar import LineBar
from benchwright.gui.widgets.text_format import TextFormat, format_of

_DWELL_MS: Final = 400
_LINE_ENDS: Final = {
    "LF": Scintilla.EndOfLine.Lf,
    "CRLF": Scintilla.EndOfLine.CrLf,
    "CR": Scintilla.EndOfLine.Cr,
}
_BRACKETS: Final = "()[]{}"


class CodeEditor(QWidget):
    """One script: its text, its colours and its marks."""

    text_changed = Signal()
    cursor_moved = Signal(int, int)  # line, column
    modified_changed = Signal(bool)  # the text differs from what was saved
    dropped = Signal(str)  # URLs of files
    zoomed = Signal(int)  # points above the normal size

    def __init__(self, language: str = "lua", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = look.LANGUAGES[language]
        self._indent = 0
        self._format = TextFormat()
        self._place = (1, 1)
        self._line_count = 1
        self._loading = False
        self._hands_on = False  # a key on its way to the script
        self._is_off = False  # the text is not the file's, whatever was typed or undone
        self._font = themes.fixed_font()
        self.code = ScintillaEdit(self)
        self.markers = Markers(self.code)
        self.help = TypingHelp(self.code, lambda: self.language)
        self.find_bar = FindBar(self.code, self)
        self.line_bar = LineBar(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.code, 1)
        layout.addWidget(self.find_bar)
        layout.addWidget(self.line_bar)
        QWidget.setFocusProxy(self, self.code)
        for widget in (self, self.code):
            QWidget.setAccessibleName(widget, "Script")
        self._set_up()
        self.use_theme(themes.current())
        self._connect()

    # --- the text ---

    @property
    def language(self) -> str:
        """The language of the script, such as ``lua``."""
        return self._language.name

    @language.setter
    def language(self, name: str) -> None:
        self._language = look.language(name, self._format.indent or self._indent, tabs=self._format.tabs)
        self.use_theme(themes.current())

    def use_indent(self, columns: int) -> None:
        """Indent by that many columns a step where the text does not show it; 0: as usual in the language."""
        if columns != self._indent:
            self._indent = columns
            self.language = self._language.name

    @property
    def format(self) -> TextFormat:
        """How the text was laid out when it was shown first."""
        return self._format

    def text(self) -> str:
        """Return the whole text, with the line ends that it has."""
        return text_of(self.code, 0, self.code.length())

    def set_text(self, text: str, *, undoable: bool = False) -> None:
        """Show another text; it counts as saved, and unless `undoable` nothing from before can be undone."""
        data = text.encode("utf-8", "replace")
        old, self._format = self._format, format_of(text)
        if old[2:] != self._format[2:]:
            self.language = self.language
        self._loading = True
        self.markers.set_diagnostics(())
        self.code.setUndoCollection(undoable)
        if (len(data) > look.HUGE_BYTES) != self._is_huge():
            look.use_language(self.code, self._language, len(data) > look.HUGE_BYTES)
        self.code.clearAll()
        self.code.setEOLMode(_LINE_ENDS[self._format.line_end])
        self.code.appendText(len(data), data.decode())  # this binding takes no bytes
        self.code.setUndoCollection(True)
        if not undoable:
            self.code.emptyUndoBuffer()
        self.mark_saved()
        self.code.gotoPos(0)
        self._loading = False
        self._on_change()

    def mark_saved(self) -> None:
        """Take note that the text is what the file has."""
        self._is_off = False
        self.code.setSavePoint()
        self.modified_changed.emit(False)

    def mark_unsaved(self) -> None:
        """Take note that the text is not what the file has, though nobody typed."""
        self._is_off = True
        self.modified_changed.emit(True)

    @property
    def is_modified(self) -> bool:
        """Whether the text differs from what was saved."""
        return self._is_off or bool(self.code.modify())

    @property
    def place(self) -> tuple[int, int]:
        """Line and column of the cursor."""
        return self._place

    def go_to(self, line: int, column: int = 1, *, take_focus: bool = True) -> None:
        """Put the cursor there, into the middle of the view, and give it the keyboard."""
        position = position_of(self.code, line, column)
        line = self.code.lineFromPosition(position)
        self.code.ensureVisibleEnforcePolicy(line)
        self.code.gotoPos(position)
        self.code.setFirstVisibleLine(
            max(self.code.visibleFromDocLine(line) - self.code.linesOnScreen() // 2, 0)
        )
        self.code.scrollCaret()
        if take_focus:
            QWidget.setFocus(self.code)

    def insert(self, text: str) -> None:
        """Write at the cursor in the place of what is selected."""
        self.code.replaceSel(text)

    # --- marks ---

    def set_diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Mark these findings and no others."""
        self.markers.set_diagnostics(diagnostics)

    def mark_running_line(self, line: int | None) -> None:
        """Show the line that is being executed, or none."""
        self.markers.mark_running_line(line)

    # --- what a menu offers ---

    def set_completion(self, source: CompletionSource | None) -> None:
        """Take what completes words and explains calls."""
        self.help.source = source

    def toggle_comment(self) -> None:
        """Make the selected lines comments, or code again."""
        toggle_comment(self.code, self._language)

    def ask_line(self) -> None:
        """Open the bar that goes to a line."""
        self.line_bar.open_bar(self._place, self.code.lineCount())

    def set_view(self, *, zoom: int, wraps: bool, shows_blanks: bool) -> None:
        """Take how all scripts are shown; `zoom` is in points above the normal size."""
        self.code.setZoom(zoom)
        self.code.setWrapMode(Scintilla.Wrap.WhiteSpace if wraps else Scintilla.Wrap.None_)
        self.code.setViewWS(
            Scintilla.WhiteSpace.VisibleAlways if shows_blanks else Scintilla.WhiteSpace.Invisible
        )

    def shift_lines(self, steps: int) -> None:
        """Indent the selected lines by one step, or (-1) unindent them."""
        shift_lines(self.code, self._language, steps)

    def select_next_occurrence(self) -> None:
        """Add the next place where the selected text stands to the selection: cursors in several places."""
        select_next_occurrence(self.code)

    def select_every_occurrence(self) -> None:
        """Select every place where the selected text stands."""
        select_every_occurrence(self.code)

    def step_problem(self, steps: int) -> None:
        """Go to the next finding (1) or the one before (-1); after the last comes the first."""
        place = self.markers.next_place(self._place, steps)
        if place is not None:
            self.go_to(*place)

    def use_font(self, font: QFont) -> None:
        """Write in this font."""
        if font != self._font:
            self._font = font
            self.use_theme(themes.current())

    def use_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.code.callTipCancel()  # they would keep their colours
        self.code.autoCCancel()
        look.use_theme(self.code, theme, self._language, self._font)
        look.use_language(self.code, self._language, self._is_huge())
        self._fit_line_numbers()

    # --- inside ---

    def _set_up(self) -> None:
        code = self.code
        code.setCodePage(65001)
        code.setModEventMask(Scintilla.ModificationFlags.InsertText | Scintilla.ModificationFlags.DeleteText)
        code.setScrollWidth(1)
        code.setScrollWidthTracking(True)
        code.setCaretLineVisibleAlways(True)
        code.setCaretWidth(2)
        code.setExtraAscent(1)
        code.setExtraDescent(1)
        code.setIndentationGuides(3)
        code.setTabIndents(True)
        code.setBackSpaceUnIndents(True)
        code.setPasteConvertEndings(True)
        code.setEOLMode(Scintilla.EndOfLine.Lf)
        code.setMultipleSelection(True)
        code.setAdditionalSelectionTyping(True)
        code.setMultiPaste(Scintilla.MultiPaste.Each)
        code.setMouseDwellTime(_DWELL_MS)
        code.setEndAtLastLine(True)
        QFrame.setFrameShape(code, QFrame.Shape.NoFrame)
        code.usePopUp(Scintilla.PopUp.All)

    def _connect(self) -> None:
        code = self.code
        code.notifyChange.connect(self._on_change)
        code.savePointChanged.connect(lambda dirty: self.modified_changed.emit(dirty or self._is_off))
        code.updateUi.connect(self._on_update)
        code.charAdded.connect(self._on_character)
        code.dwellStart.connect(self._on_dwell)
        code.dwellEnd.connect(lambda *_: QToolTip.hideText())
        code.uriDropped.connect(self.dropped)
        zoomed: SignalInstance = ScintillaEditBase.zoom.__get__(
            code, None
        )  # hidden by the method of that name
        zoomed.connect(self._on_zoom)
        QObject.installEventFilter(code, self)
        self.line_bar.wanted.connect(lambda line, column: self.go_to(line, column, take_focus=False))
        for bar in (self.find_bar, self.line_bar):
            bar.closed.connect(lambda: QWidget.setFocus(code))
        themes.watcher.changed.connect(self.use_theme)

    def _is_huge(self) -> bool:
        return int(self.code.length()) > look.HUGE_BYTES

    def _on_change(self) -> None:
        if self._loading:
            return
        if self.code.lineCount() != self._line_count:
            self._line_count = self.code.lineCount()
            self._fit_line_numbers()
        self.markers.hide_note(self.code.lineFromPosition(self.code.currentPos()))
        self.text_changed.emit()

    def _on_update(self, _: object = None) -> None:
        place = place_of(self.code, self.code.currentPos())
        self._match_brackets()
        if place != self._place:
            self._place = place
            self.help.follow()
            self.cursor_moved.emit(*place)

    def _match_brackets(self) -> None:
        if self._is_huge():
            return  # the partner may be far away
        position = self.code.currentPos()
        for each in (position - 1, position):
            if each >= 0 and chr(self.code.charAt(each) & 0xFF) in _BRACKETS:  # it is a signed byte
                partner = self.code.braceMatch(each, 0)
                if partner >= 0:
                    self.code.braceHighlight(each, partner)
                else:
                    self.code.braceBadLight(each)
                return
        self.code.braceHighlight(-1, -1)

    def _on_character(self, character: int) -> None:
        typed = chr(character) if character > 0 else ""
        if typed == "\n" or (typed == "\r" and self.code.eOLMode() == Scintilla.EndOfLine.Cr):
            indent_new_line(self.code, self._language)
            return
        dedent_closing_word(self.code, self._language)
        self.help.on_character(typed)

    def _on_dwell(self, x: int, y: int) -> None:
        position = self.code.positionFromPointClose(x, y)
        message = self.markers.messages_at(position) if position >= 0 else ""
        margins = sum(self.code.marginWidthN(n) for n in range(3))
        if not message and x < margins:
            line = self.code.lineFromPosition(self.code.positionFromPoint(x, y))
            message = self.markers.messages_on_line(line)
        if message:
            QToolTip.showText(QWidget.mapToGlobal(self.code, QPoint(x, y)), message, self.code)

    def _on_zoom(self, _: object = None) -> None:
        self._fit_line_numbers()
        self.markers.fit_notes()
        self.zoomed.emit(self.code.zoom())

    def _fit_line_numbers(self) -> None:
        digits = max(len(str(self.code.lineCount())), 3)
        width = self.code.textWidth(Scintilla.StylesCommon.LineNumber, "9" * (digits + 1))
        self.code.setMarginWidthN(look.LINE_NUMBERS, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.markers.fit_notes()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Type into the script what is sent to the whole, but not what the script has refused."""
        if self._hands_on:
            event.ignore()
            return
        self._hands_on = True
        QApplication.sendEvent(self.code, event)
        self._hands_on = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape closes the bar, once the text itself has nothing left to give up."""
        if event.type() == QEvent.Type.KeyPress and cast(QKeyEvent, event).key() == Qt.Key.Key_Escape:
            code = self.code
            is_free = not code.autoCActive() and not code.callTipActive() and code.selections() == 1
            if is_free and self.find_bar.isVisible():
                self.find_bar.close_bar()
                return True
        return super().eventFilter(watched, event)
