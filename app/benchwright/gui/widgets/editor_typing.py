"""What the editor does by itself while somebody types: indents, and turns lines into comments and back."""

import re
from typing import Final

from pyside6_scintilla import ScintillaEdit

from benchwright.gui.widgets.editor_highlighting import Language

_NEVER: Final = re.compile(r"(?!)")
_OPENS: Final = {
    "lua": re.compile(r"(\b(then|do|else|repeat)|\bfunction\b[^()]*\([^()]*\)|[({\[])\s*$"),
    "python": re.compile(r"[:(\[{]\s*$"),
}
_LEAVES: Final = {
    "lua": re.compile(r"^\s*(return|break)\b(?!.*\bend\b)"),
    "python": re.compile(r"^\s*(return|break|continue|pass|raise)\b"),
}
_CLOSES: Final = {
    "lua": re.compile(r"^\s*(end|else|elseif|until|[)}\]])$"),
    "python": re.compile(r"^\s*(else:|elif|except:?|finally:|[)\]}])$"),
}


def text_of(code: ScintillaEdit, start: int, end: int) -> str:
    """Return the text between two positions."""
    return bytes(code.get_text_range(start, end).data()).decode("utf-8", "replace")


def line_text(code: ScintillaEdit, line: int) -> str:
    """Return a 0-based line without its end."""
    return text_of(code, code.positionFromLine(line), code.lineEndPosition(line))


def indent_new_line(code: ScintillaEdit, language: Language) -> None:
    """Indent the line of the cursor, which was just begun, as the one above asks for."""
    line = code.lineFromPosition(code.currentPos())
    if line == 0 or code.selections() > 1:
        return
    above = line_text(code, line - 1)
    bare = above.split(language.comment)[0] if language.comment else above
    indent = code.lineIndentation(line - 1)
    if _OPENS.get(language.name, _NEVER).search(bare):
        indent += language.indent
    elif _LEAVES.get(language.name, _NEVER).match(bare) and language.name != "lua":
        indent -= language.indent
    if indent > 0 or code.lineIndentation(line):
        code.setLineIndentation(line, max(indent, 0))
        code.gotoPos(code.lineIndentPosition(line))


def dedent_closing_word(code: ScintillaEdit, language: Language) -> None:
    """Move a line out by one step when what was just typed closes a block and stands alone on it."""
    position = code.currentPos()
    line = code.lineFromPosition(position)
    if line == 0 or position != code.lineEndPosition(line) or code.selections() > 1:
        return
    if not _CLOSES.get(language.name, _NEVER).match(line_text(code, line)):
        return
    above = next((n for n in range(line - 1, max(line - 200, -1), -1) if line_text(code, n).strip()), None)
    if above is None:
        return
    deepest = code.lineIndentation(above)
    if _OPENS.get(language.name, _NEVER).search(line_text(code, above)):
        deepest += language.indent
    indent = code.lineIndentation(line)
    if indent and indent == deepest:
        code.setLineIndentation(line, max(indent - language.indent, 0))


def toggle_comment(code: ScintillaEdit, language: Language) -> None:
    """Make the selected lines comments; if all are, make them code again. One step to undo."""
    if not language.comment:
        return
    first, last = _selected_lines(code)
    lines = [n for n in range(first, last + 1) if line_text(code, n).strip()] or [first]
    remove = all(line_text(code, n).lstrip().startswith(language.comment) for n in lines)
    column = min(len(line_text(code, n)) - len(line_text(code, n).lstrip()) for n in lines)
    code.beginUndoAction()
    for line in lines:
        if remove:
            start = code.lineIndentPosition(line)
            mark = text_of(code, start, min(start + len(language.comment) + 1, code.lineEndPosition(line)))
            code.deleteRange(start, len(mark) if mark.endswith(" ") else len(language.comment))
        else:
            code.insertText(code.positionFromLine(line) + column, f"{language.comment} ")
    code.endUndoAction()
    if last > first:
        code.setSel(code.positionFromLine(first), code.positionFromLine(last + 1))


def shift_lines(code: ScintillaEdit, language: Language, steps: int) -> None:
    """Indent the selected lines by one step, or (-1) unindent them. One step to undo."""
    first, last = _selected_lines(code)
    code.beginUndoAction()
    for line in range(first, last + 1):
        if line_text(code, line).strip() or first == last:
            indent = code.lineIndentation(line) // language.indent + steps
            code.setLineIndentation(line, max(indent, 0) * language.indent)
    code.endUndoAction()


def _selected_lines(code: ScintillaEdit) -> tuple[int, int]:
    """Return the first and the last line in which something is selected."""
    first = code.lineFromPosition(code.selectionStart())
    last = code.lineFromPosition(code.selectionEnd())
    if last > first and code.selectionEnd() == code.positionFromLine(last):
        last -= 1
    return first, last
