"""Several cursors in one script."""

from pyside6_scintilla import Scintilla, ScintillaEdit


def add_cursor(code: ScintillaEdit, lines: int) -> None:
    """Add a cursor in the column of the last one, one line above (-1) or below (1) the outermost."""
    carets = [code.selectionNCaret(n) for n in range(code.selections())]
    outermost = max(carets) if lines > 0 else min(carets)
    line = code.lineFromPosition(outermost) + lines
    if not 0 <= line < code.lineCount():
        return
    position = code.findColumn(line, code.column(code.currentPos()))
    code.addSelection(position, position)
    code.scrollCaret()


def select_next_occurrence(code: ScintillaEdit) -> None:
    """Select the word, then add the next place where the selected text stands."""
    _prepare(code)
    code.multipleSelectAddNext()


def select_every_occurrence(code: ScintillaEdit) -> None:
    """Select every place where the selected text or word stands."""
    _prepare(code)
    if _is_empty(code):
        code.multipleSelectAddNext()  # the word
    if not _is_empty(code):  # Scintilla would look for nothing, for ever
        code.multipleSelectAddEach()


def _prepare(code: ScintillaEdit) -> None:
    if code.selectionIsRectangle():
        code.setEmptySelection(code.currentPos())
    code.targetWholeDocument()
    code.setSearchFlags(Scintilla.FindOption.MatchCase)


def _is_empty(code: ScintillaEdit) -> bool:
    main = code.mainSelection()
    return bool(code.selectionNStart(main) == code.selectionNEnd(main))
