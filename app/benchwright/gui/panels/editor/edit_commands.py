"""What the Edit menu does to the script that is shown."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from pyside6_scintilla import Scintilla, ScintillaEdit

from benchwright.gui.widgets.code_editor import CodeEditor
from benchwright.gui.widgets.editor_cursors import add_cursor


class EditCommands:
    """One method an action; without a script each does nothing."""

    def __init__(self, editor: Callable[[], CodeEditor | None]) -> None:
        self._editor = editor

    def undo(self) -> None:
        self._with_code(lambda code: code.undo())

    def redo(self) -> None:
        self._with_code(lambda code: code.redo())

    def cut(self) -> None:
        self._with_code(_cut)

    def copy(self) -> None:
        self._with_code(lambda code: code.copyAllowLine())

    def paste(self) -> None:
        offered: QMimeData | None = QGuiApplication.clipboard().mimeData()
        if offered is not None and offered.hasText():  # Scintilla takes for granted that there is something
            self._with_code(lambda code: code.paste())

    def select_all(self) -> None:
        self._with_code(lambda code: code.selectAll())

    def find(self) -> None:
        self._with_editor(lambda editor: editor.find_bar.open_bar(replace=False))

    def replace(self) -> None:
        self._with_editor(lambda editor: editor.find_bar.open_bar(replace=True))

    def find_next(self) -> None:
        self._with_editor(lambda editor: editor.find_bar.find_next())

    def find_previous(self) -> None:
        self._with_editor(lambda editor: editor.find_bar.find_previous())

    def go_to_line(self) -> None:
        self._with_editor(lambda editor: editor.ask_line())

    def complete(self) -> None:
        self._with_editor(lambda editor: editor.help.complete())

    def comment(self) -> None:
        self._with_editor(lambda editor: editor.toggle_comment())

    def indent(self) -> None:
        self._with_editor(lambda editor: editor.shift_lines(1))

    def unindent(self) -> None:
        self._with_editor(lambda editor: editor.shift_lines(-1))

    def duplicate(self) -> None:
        self._with_code(lambda code: code.selectionDuplicate())

    def delete_line(self) -> None:
        self._with_code(lambda code: code.lineDelete())

    def move_up(self) -> None:
        self._with_code(lambda code: code.moveSelectedLinesUp())

    def move_down(self) -> None:
        self._with_code(lambda code: code.moveSelectedLinesDown())

    def select_next(self) -> None:
        self._with_editor(lambda editor: editor.select_next_occurrence())

    def select_every(self) -> None:
        self._with_editor(lambda editor: editor.select_every_occurrence())

    def cursor_above(self) -> None:
        self._with_code(lambda code: add_cursor(code, -1))

    def cursor_below(self) -> None:
        self._with_code(lambda code: add_cursor(code, 1))

    def fold_all(self) -> None:
        self._with_code(lambda code: code.foldAll(Scintilla.FoldAction.Contract))

    def unfold_all(self) -> None:
        self._with_code(lambda code: code.foldAll(Scintilla.FoldAction.Expand))

    def next_problem(self) -> None:
        self._with_editor(lambda editor: editor.step_problem(1))

    def previous_problem(self) -> None:
        self._with_editor(lambda editor: editor.step_problem(-1))

    def _with_editor(self, do: Callable[[CodeEditor], object]) -> None:
        editor = self._editor()
        if editor is not None:
            do(editor)

    def _with_code(self, do: Callable[[ScintillaEdit], object]) -> None:
        self._with_editor(lambda editor: do(editor.code))


def _cut(code: ScintillaEdit) -> None:
    """Cut what is selected, else the whole line."""
    if code.selectionEmpty():
        code.copyAllowLine()
        code.lineDelete()
    else:
        code.cut()
