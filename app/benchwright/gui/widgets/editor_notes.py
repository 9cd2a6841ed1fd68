"""What is wrong with a line, written where it hides no code: behind the line, or beneath it."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from pyside6_scintilla import Scintilla, ScintillaEdit

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui.widgets import editor_highlighting as look

MOST_LINES: Final = 50  # of a script that have a note; all are in the list of problems
_MOST_ON_A_LINE: Final = 3
_LEAST_WIDTH: Final = 24  # characters
_STYLES: Final = {Severity.ERROR: look.ERROR_NOTE, Severity.WARNING: look.WARNING_NOTE}


def sentence(diagnostic: Diagnostic) -> str:
    """Return a finding in one line; what is known in all is left to the hover."""
    message = diagnostic.message.split(" (there is: ")[0]
    return " ".join((message + (f" – {diagnostic.hint}" if diagnostic.hint else "")).split())


class InlineNotes:
    """The notes of one editor; one that does not fit behind its line is wrapped beneath it."""

    def __init__(self, code: ScintillaEdit) -> None:
        self._code = code
        self._is_empty = True
        code.eOLAnnotationSetVisible(Scintilla.EOLAnnotationVisible.Standard)
        code.annotationSetVisible(Scintilla.AnnotationVisible.Standard)

    def show(self, findings: Mapping[int, Sequence[Diagnostic]]) -> None:
        """Write these and no other notes; `findings` by 0-based line, the worst of a line first."""
        code = self._code
        if not self._is_empty:
            code.eOLAnnotationClearAll()
            code.annotationClearAll()
            code.setScrollWidth(1)  # grows again to what is there
        self._is_empty = not findings
        for line in sorted(findings)[:MOST_LINES]:
            told = [each for each in findings[line] if each.severity in _STYLES]
            if len(told) == 1 and self._fits_behind(line, sentence(told[0])):
                code.eOLAnnotationSetText(line, f" {sentence(told[0])} ")
                code.eOLAnnotationSetStyle(line, _STYLES[told[0].severity])
            elif told:
                code.annotationSetText(line, self._beneath(told))
                code.annotationSetStyle(line, _STYLES[told[0].severity])

    def hide(self, line: int) -> None:
        """Take the note of a 0-based line away, which is being edited."""
        if not self._is_empty:
            self._code.eOLAnnotationSetText(line, "")
            self._code.annotationSetText(line, "")

    def _fits_behind(self, line: int, text: str) -> bool:
        code = self._code
        end = code.pointXFromPosition(code.lineEndPosition(line)) + code.xOffset()
        width = code.textWidth(look.ERROR_NOTE, f"   {text} ")
        return bool(end + width < ScintillaEdit.viewport(code).width())

    def _beneath(self, findings: Sequence[Diagnostic]) -> str:
        code = self._code
        margins = sum(code.marginWidthN(number) for number in range(3))
        room = (ScintillaEdit.viewport(code).width() - margins) // max(code.textWidth(0, "0"), 1) - 2
        lines: list[str] = []
        for each in findings[:_MOST_ON_A_LINE]:
            indent = " " * min(each.column - 1, max(room - 2 * _LEAST_WIDTH, 0))
            lines += textwrap.wrap(
                sentence(each), max(room, _LEAST_WIDTH), initial_indent=indent, subsequent_indent=indent
            )
        if len(findings) > _MOST_ON_A_LINE:
            lines.append(f"and {len(findings) - _MOST_ON_A_LINE} more")
        return "\n".join(lines)
