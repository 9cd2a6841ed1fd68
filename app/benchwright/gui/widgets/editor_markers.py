"""Where a script is wrong and where it runs: margin signs, squiggles, notes; they move with the text."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pyside6_scintilla import Scintilla, ScintillaEdit

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.gui.widgets.editor_notes import InlineNotes
from benchwright.gui.widgets.text_spans import Span

_SIGNS = {
    Severity.ERROR: look.ERROR_SIGN,
    Severity.WARNING: look.WARNING_SIGN,
    Severity.INFO: look.INFO_SIGN,
}
_INDICATORS = {Severity.ERROR: look.ERROR, Severity.WARNING: look.WARNING, Severity.INFO: look.INFO}
_RANK = list(Severity)


def position_of(code: ScintillaEdit, line: int, column: int) -> int:
    """Return the position of a line and a column in characters, both 1-based and moved inside."""
    line = min(max(line, 1), code.lineCount())
    start = code.positionFromLine(line - 1)
    length = code.countCharacters(start, code.lineEndPosition(line - 1))
    return code.positionRelative(start, min(max(column, 1) - 1, length)) if column > 1 and length else start


def place_of(code: ScintillaEdit, position: int) -> tuple[int, int]:
    """Return line and column, 1-based, of a position."""
    line = code.lineFromPosition(position)
    return line + 1, code.countCharacters(code.positionFromLine(line), position) + 1


class _Mark(NamedTuple):
    """A finding and where its token is now."""

    finding: Diagnostic
    span: Span


class Markers:
    """The marks of one editor."""

    def __init__(self, code: ScintillaEdit) -> None:
        self._code = code
        self._marks: list[_Mark] = []  # the worst first
        self._notes = InlineNotes(code)
        self._running: int | None = None
        self._added: list[tuple[int, int]] = []  # since the run began: behind which 0-based line, how many
        code.modified.connect(self._on_modified)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is marked, the worst first."""
        return tuple(mark.finding for mark in self._marks)

    def set_diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Mark these findings and no others; those that are marked already stay where they moved to."""
        self._clear()
        known = {id(mark.finding): mark for mark in self._marks}
        worst_first = sorted(
            diagnostics, key=lambda each: (_RANK.index(each.severity), each.line, each.column)
        )
        self._marks = [known.get(id(each)) or _Mark(each, self._token(each)) for each in worst_first]
        for finding, span in reversed(self._marks):
            self._code.markerAdd(self._code.lineFromPosition(span.start), _SIGNS[finding.severity])
            self._code.setIndicatorCurrent(_INDICATORS[finding.severity])
            self._code.indicatorFillRange(span.start, span.end - span.start)
        self.fit_notes()

    def fit_notes(self) -> None:
        """Write the notes anew, for a view of another size."""
        on_lines: dict[int, list[Diagnostic]] = {}
        for mark in self._marks:
            on_lines.setdefault(self._line(mark), []).append(mark.finding)
        self._notes.show(on_lines)

    def hide_note(self, line: int) -> None:
        """Take the note of a 0-based line away until it is checked again."""
        self._notes.hide(line)

    def mark_running_line(self, line: int | None) -> None:
        """Show the 1-based line that is being executed, or none."""
        if line == self._running:
            return
        self._running = line
        if line is None:
            self._added.clear()
        place = -1 if line is None else self._place_now(line - 1)
        for marker in (look.RUNNING_LINE, look.RUNNING_SIGN):
            self._code.markerDeleteAll(marker)
            if 0 <= place < self._code.lineCount():
                self._code.markerAdd(place, marker)

    def place_now(self, line: int, column: int) -> tuple[int, int]:
        """Return where the finding of that place is now; the place itself where there is none."""
        for finding, span in self._marks:
            if (finding.line, finding.column) == (line, column):
                return place_of(self._code, span.start)
        return line, column

    def next_place(self, place: tuple[int, int], steps: int) -> tuple[int, int] | None:
        """Return where the next finding (1) or the one before (-1) is; after the last comes the first."""
        places = sorted({place_of(self._code, mark.span.start) for mark in self._marks})
        if not places:
            return None
        if steps > 0:
            return next((each for each in places if each > place), places[0])
        return next((each for each in reversed(places) if each < place), places[-1])

    def messages_at(self, position: int) -> str:
        """Return what is wrong with the token at a position, with hints; empty if nothing."""
        return _told(mark.finding for mark in self._marks if mark.span.start <= position < mark.span.end)

    def messages_on_line(self, line: int) -> str:
        """Return what is wrong with the 0-based line; empty if nothing."""
        return _told(mark.finding for mark in self._marks if self._line(mark) == line)

    def _line(self, mark: _Mark) -> int:
        return int(self._code.lineFromPosition(mark.span.start))

    def _token(self, diagnostic: Diagnostic) -> Span:
        """Return where the token is; one character at least, where there is one."""
        code = self._code
        start = position_of(code, diagnostic.line, diagnostic.column)
        line = code.lineFromPosition(start)
        if diagnostic.line > code.lineCount():  # behind the text
            start = code.lineEndPosition(line)
        end = max(position_of(code, diagnostic.line, diagnostic.end_column), start)
        if start < code.lineIndentPosition(line) < end:
            start = code.lineIndentPosition(line)  # of a whole line the blanks before it are no part
        if end <= code.positionAfter(start):  # only the place is known: the word that starts there
            is_start = code.wordStartPosition(start, True) == start
            end = max(end, code.wordEndPosition(start, True) if is_start else end)
        if end <= start:
            end = min(code.positionAfter(start), code.lineEndPosition(line))
        if end <= start and start > code.positionFromLine(line):  # behind the last character: mark that one
            start, end = code.positionBefore(start), start
        return Span(start, end)

    def _on_modified(self, kind: int, position: int, length: int, lines: int, *_: object) -> None:
        inserted = bool(kind & Scintilla.ModificationFlags.InsertText)
        if not inserted and not kind & Scintilla.ModificationFlags.DeleteText:
            return
        move = Span.after_insertion if inserted else Span.after_removal
        self._marks = [_Mark(mark.finding, move(mark.span, position, length)) for mark in self._marks]
        if lines and self._running is not None:
            at = self._code.lineFromPosition(position)
            starts_line = position == self._code.positionFromLine(at)
            self._added.append((at - 1 if starts_line and inserted else at, lines))

    def _place_now(self, line: int) -> int:
        for behind, count in self._added:
            if line > behind:
                line = max(line + count, behind)
        return line

    def _clear(self) -> None:
        for severity in Severity:
            self._code.markerDeleteAll(_SIGNS[severity])
            self._code.setIndicatorCurrent(_INDICATORS[severity])
            self._code.indicatorClearRange(0, self._code.length())


def _told(findings: Iterable[Diagnostic]) -> str:
    return "\n\n".join(each.message + (f"\n{each.hint}" if each.hint else "") for each in findings)
