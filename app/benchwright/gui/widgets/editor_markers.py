"""Where a script is wrong and where it runs: margin signs, squiggles, the sentence behind the line."""

from collections.abc import Sequence

from pyside6_scintilla import Scintilla, ScintillaEdit

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui.widgets import editor_highlighting as look

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


def _sentence(diagnostic: Diagnostic) -> str:
    message = diagnostic.message.split(" (there is: ")[0]  # all of it is shown on hover
    return message + (f" – {diagnostic.hint}" if diagnostic.hint else "")


class Markers:
    """The marks of one editor."""

    def __init__(self, code: ScintillaEdit) -> None:
        self._code = code
        self._diagnostics: tuple[Diagnostic, ...] = ()
        self._noted_line = -1
        self._running: int | None = None
        self._added: list[tuple[int, int]] = []  # since the run began: behind which 0-based line, how many
        code.eOLAnnotationSetVisible(Scintilla.EOLAnnotationVisible.Standard)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is marked."""
        return self._diagnostics

    def set_diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Mark these findings and no others."""
        self._clear()
        self._diagnostics = tuple(sorted(diagnostics, key=lambda each: -_RANK.index(each.severity)))
        for each in self._diagnostics:
            line = min(max(each.line, 1), self._code.lineCount()) - 1
            self._code.markerAdd(line, _SIGNS[each.severity])
            start, end = self._range(each)
            self._code.setIndicatorCurrent(_INDICATORS[each.severity])
            self._code.indicatorFillRange(start, max(end - start, 0))
        self.note_line(self._code.lineFromPosition(self._code.currentPos()))

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

    def lines_were_added(self, behind: int, count: int) -> None:
        """Take note that the text has other lines than the one that runs: `count` behind a 0-based line."""
        if self._running is not None:
            self._added.append((behind, count))

    def _place_now(self, line: int) -> int:
        for behind, count in self._added:
            if line > behind:
                line = max(line + count, behind)
        return line

    def note_line(self, line: int) -> None:
        """Write behind the 0-based line what is wrong with it; no other line has a note."""
        sign = next((s for s in Severity if self._code.markerGet(line) & 1 << _SIGNS[s]), None)
        self._code.eOLAnnotationClearAll()
        self._code.setScrollWidth(1)  # grows again to what is there
        self._noted_line = line
        if sign is None:
            return
        found = self._on_line(line)
        if found is not None:
            self._code.eOLAnnotationSetText(line, f" {_sentence(found)} ".replace("\n", " "))
            style = look.ERROR_NOTE if found.severity is Severity.ERROR else look.WARNING_NOTE
            self._code.eOLAnnotationSetStyle(line, style)

    def next_place(self, place: tuple[int, int], steps: int) -> tuple[int, int] | None:
        """Return where the next finding (1) or the one before (-1) is; after the last comes the first."""
        places = sorted({(each.line, each.column) for each in self._diagnostics})
        if not places:
            return None
        if steps > 0:
            return next((each for each in places if each > place), places[0])
        return next((each for each in reversed(places) if each < place), places[-1])

    def messages_at(self, position: int) -> str:
        """Return what is wrong with the token at a position, with hints; empty if nothing."""
        parts = []
        for each in reversed(self._diagnostics):
            indicator = _INDICATORS[each.severity]
            start, end = self._range(each)
            marked = self._code.indicatorValueAt(indicator, position) and start <= position < end
            if marked:
                parts.append(each.message + (f"\n{each.hint}" if each.hint else ""))
        return "\n\n".join(parts)

    def messages_on_line(self, line: int) -> str:
        """Return what is wrong with the 0-based line; empty if nothing."""
        found = [each for each in reversed(self._diagnostics) if each.line - 1 == line]
        return "\n\n".join(each.message + (f"\n{each.hint}" if each.hint else "") for each in found)

    def _on_line(self, line: int) -> Diagnostic | None:
        """Return the worst finding on the 0-based line."""
        last = self._code.lineCount()
        return next((d for d in reversed(self._diagnostics) if min(d.line, last) - 1 == line), None)

    def _range(self, diagnostic: Diagnostic) -> tuple[int, int]:
        """Return start and end positions of the token; one character at least, where there is one."""
        code = self._code
        start = position_of(code, diagnostic.line, diagnostic.column)
        end = position_of(code, diagnostic.line, diagnostic.end_column)
        line = code.lineFromPosition(start)
        if end <= start:
            end = min(code.positionAfter(start), code.lineEndPosition(line))
        if end <= start and start > code.positionFromLine(line):  # behind the last character: mark that one
            start, end = code.positionBefore(start), start
        return start, end

    def _clear(self) -> None:
        for severity in Severity:
            self._code.markerDeleteAll(_SIGNS[severity])
            self._code.setIndicatorCurrent(_INDICATORS[severity])
            self._code.indicatorClearRange(0, self._code.length())
