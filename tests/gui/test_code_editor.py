"""The editor of scripts: marks at characters, typing help, completion, finding, large texts."""

import time
from collections.abc import Iterator

import pytest

pytest.importorskip("pyside6_scintilla")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.gui.widgets.code_editor import CodeEditor
from benchwright.gui.widgets.completion import ScriptCompletion
from benchwright.gui.widgets.editor_markers import place_of, position_of
from benchwright.gui.widgets.editor_typing import line_text
from benchwright.instruments.config import Config

LUA = """local motor = instruments.get("esp300")
local s = "µm°" .. motor:move_absolut(3)
"""


@pytest.fixture
def app() -> QApplication:
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication([])


@pytest.fixture
def editor(app: QApplication) -> Iterator[CodeEditor]:
    editor = CodeEditor("lua")
    descriptors = Config.demo().describe()
    editor.set_completion(ScriptCompletion(lambda: descriptors))
    editor.resize(700, 400)
    editor.show()
    yield editor
    editor.close()
    editor.deleteLater()
    app.processEvents()


def finding(line: int, column: int, end: int, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic(
        severity=severity,
        message="no such method",
        line=line,
        column=column,
        end_column=end,
        code="x",
        hint="look",
    )


def marked(editor: CodeEditor, indicator: int = look.ERROR) -> str:
    """Return the characters that carry an indicator."""
    code = editor.code
    data = editor.text().encode()
    return bytes(byte for at, byte in enumerate(data) if code.indicatorValueAt(indicator, at)).decode()


def test_text_comes_back_as_it_went_in(editor: CodeEditor) -> None:
    for text in ("", "a\r\nb\nc\r", "größe = '°😀'\n", "\t x"):
        editor.set_text(text)
        assert editor.text() == text
        assert not editor.is_modified
        assert not editor.code.canUndo()


def test_squiggle_is_under_the_token_behind_wide_characters(editor: CodeEditor) -> None:
    editor.set_text(LUA)
    column = LUA.splitlines()[1].index("move_absolut") + 1
    editor.set_diagnostics([finding(2, column, column + len("move_absolut"))])
    assert marked(editor) == "move_absolut"
    assert editor.code.markerGet(1) & 1 << look.ERROR_SIGN
    assert not editor.code.markerGet(0) & 1 << look.ERROR_SIGN
    position = position_of(editor.code, 2, column)
    assert place_of(editor.code, position) == (2, column)
    assert editor.markers.messages_at(position) == "no such method\nlook"
    assert editor.markers.messages_at(position - 1) == ""
    editor.set_diagnostics([])
    assert marked(editor) == ""
    assert not editor.code.markerGet(1) & 1 << look.ERROR_SIGN


def test_places_outside_the_text_are_moved_inside(editor: CodeEditor) -> None:
    editor.set_text("ab\ncd")
    editor.set_diagnostics([finding(2, 3, 4)])
    assert marked(editor) == "d"
    editor.set_diagnostics([finding(99, 99, 120)])
    assert marked(editor) == "d"
    editor.go_to(99, 99)
    assert editor.place == (2, 3) or place_of(editor.code, editor.code.currentPos()) == (2, 3)


def note(editor: CodeEditor, line: int) -> tuple[str, str]:
    """Return what is written behind and what beneath a 0-based line."""
    code = editor.code
    return bytes(code.eOLAnnotationText(line).data()).decode(), bytes(
        code.annotationText(line).data()
    ).decode()


def test_a_finding_is_told_behind_its_line_where_there_is_room(app: QApplication, editor: CodeEditor) -> None:
    editor.set_text("a\nb\n")
    editor.set_diagnostics([finding(2, 1, 2)])
    assert note(editor, 0) == ("", "")
    assert note(editor, 1) == (" no such method – look ", "")
    editor.resize(120, 400)
    app.processEvents()
    behind, beneath = note(editor, 1)
    assert behind == ""
    assert beneath.split() == ["no", "such", "method", "–", "look"]
    editor.set_diagnostics([])
    assert note(editor, 1) == ("", "")


def test_several_findings_of_a_line_are_told_beneath_it(editor: CodeEditor) -> None:
    editor.set_text("a b c d e\n")
    editor.set_diagnostics([finding(1, column, column + 1) for column in (1, 3, 5, 7, 9)])
    behind, beneath = note(editor, 0)
    assert behind == ""
    assert beneath.count("no such method") == 3
    assert beneath.endswith("and 2 more")
    assert editor.markers.messages_on_line(0).count("no such method") == 5


def test_marks_move_with_the_text(editor: CodeEditor) -> None:
    editor.set_text("a\nfoo()\n")
    found = finding(2, 1, 4)
    editor.set_diagnostics([found])
    editor.code.insertText(0, "-- µ\n")
    assert marked(editor) == "foo"
    assert editor.markers.messages_on_line(2) == "no such method\nlook"
    assert editor.markers.place_now(2, 1) == (3, 1)
    editor.set_diagnostics([found])  # nothing new was found
    assert marked(editor) == "foo"
    assert editor.code.markerGet(2) & 1 << look.ERROR_SIGN
    editor.step_problem(1)
    assert place_of(editor.code, editor.code.currentPos()) == (3, 1)
    editor.code.deleteRange(editor.code.positionFromLine(2), 3)
    assert marked(editor) == ""
    assert editor.markers.messages_at(editor.code.positionFromLine(2)) == ""


def test_a_place_alone_marks_the_word_and_a_line_alone_all_of_it(editor: CodeEditor) -> None:
    editor.set_text("  motor:move(1)\n")
    editor.set_diagnostics([finding(1, 9, 10)])
    assert marked(editor) == "move"
    editor.set_diagnostics([finding(1, 1, 100_000)])
    assert marked(editor) == "motor:move(1)"
    editor.set_diagnostics([finding(1, 10, 11)])
    assert marked(editor) == "o"


def test_running_line(editor: CodeEditor) -> None:
    editor.set_text("a\nb\n")
    editor.mark_running_line(2)
    assert editor.code.markerGet(1) & 1 << look.RUNNING_LINE
    editor.mark_running_line(None)
    assert not editor.code.markerGet(1) & 1 << look.RUNNING_LINE


def test_new_lines_are_indented_and_closing_words_move_out(editor: CodeEditor) -> None:
    QTest.keyClicks(editor.code, "for i = 1, 2 do")
    QTest.keyClick(editor.code, Qt.Key.Key_Return)
    assert line_text(editor.code, 1) == "  "
    QTest.keyClicks(editor.code, "f()")
    editor.code.autoCCancel()
    QTest.keyClick(editor.code, Qt.Key.Key_Return)
    QTest.keyClicks(editor.code, "end")
    editor.code.autoCCancel()
    assert editor.text() == "for i = 1, 2 do\n  f()\nend"


def test_comments_come_and_go_in_one_step(editor: CodeEditor) -> None:
    text = "if x then\n  y()\n\nend\n"
    editor.set_text(text)
    editor.code.selectAll()
    editor.toggle_comment()
    assert editor.text() == "-- if x then\n--   y()\n\n-- end\n"
    editor.toggle_comment()
    assert editor.text() == text
    editor.code.undo()
    editor.code.undo()
    assert editor.text() == text


def test_brackets_and_their_partners_show(app: QApplication, editor: CodeEditor) -> None:
    editor.set_text("f(µ[1]é)\n")
    for at, partner in ((1, 9), (4, 6)):
        editor.code.gotoPos(at)
        app.processEvents()
        assert editor.code.braceMatch(at, 0) == partner
    for column in range(1, 10):  # beside letters beyond ASCII, too
        editor.go_to(1, column)
        app.processEvents()
        assert editor.place == (1, column)


def test_go_to_line(app: QApplication, editor: CodeEditor) -> None:
    editor.set_text("a\nbcd\ne\n")
    editor.go_to(3)
    app.processEvents()
    editor.ask_line()
    field = editor.line_bar.field
    QTest.keyClicks(field, "2:3")
    app.processEvents()
    assert editor.place == (2, 3)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    app.processEvents()
    assert editor.place == (3, 1)
    assert not field.isVisible()
    editor.ask_line()
    QTest.keyClicks(field, "99999999999999")
    QTest.keyClick(field, Qt.Key.Key_Return)
    app.processEvents()
    assert editor.place == (4, 1)
    editor.ask_line()
    QTest.keyClicks(field, "x")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert place_of(editor.code, editor.code.currentPos()) == (4, 1)


def test_several_cursors(editor: CodeEditor) -> None:
    editor.set_text("foo = foo + 1")
    editor.code.setSel(0, 3)
    editor.select_next_occurrence()
    assert editor.code.selections() == 2
    QTest.keyClicks(editor.code, "x")
    assert editor.text() == "x = x + 1"


def test_ten_megabytes_open_without_a_stall(app: QApplication, editor: CodeEditor) -> None:
    text = "local x = 1 -- µ comment\n" * 400_000
    best = 1.0
    for _ in range(2):
        start = time.process_time()  # of this process alone: others are busy, too
        editor.set_text(text)
        app.processEvents()
        best = min(best, time.process_time() - start)
    assert best < 0.2
    assert editor.code.property("fold") in ("0", b"0") or editor.code.marginWidthN(look.FOLDS) == 0
