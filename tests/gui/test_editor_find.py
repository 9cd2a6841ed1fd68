"""Finding and replacing: every match, one step to undo, and no expression holds up the window."""

import time
from collections.abc import Iterator

import pytest

pytest.importorskip("pyside6_scintilla")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchwright.gui.application import make_application
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.gui.widgets import text_search
from benchwright.gui.widgets.code_editor import CodeEditor
from benchwright.gui.widgets.find_bar import FindBar
from benchwright.gui.widgets.text_search import Query, search
from tests.gui.shell import wait_until


@pytest.fixture
def editor() -> Iterator[CodeEditor]:
    make_application()
    made = CodeEditor("lua")
    made.resize(700, 400)
    made.show()
    yield made
    made.find_bar.close_bar()
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def find(editor: CodeEditor, pattern: str, *toggles: str, new: str | None = None) -> FindBar:
    """Open the bar, type into it and wait for what it finds."""
    bar = editor.find_bar
    bar.open_bar(replace=new is not None)
    for name in toggles:
        getattr(bar, name).setChecked(True)
    if new is not None:
        bar.replace_field.setText(new)
    bar.find_field.setText(pattern)
    settle(bar)
    return bar


def settle(bar: FindBar) -> None:
    wait_until(lambda: not bar._rest.isActive() and not bar._searcher.is_busy)


def selected(editor: CodeEditor) -> str:
    return bytes(editor.code.getSelText().data()).decode()


def test_matches_are_counted_marked_and_gone_through(editor: CodeEditor) -> None:
    editor.set_text("°a = 1\nba = 22\n")
    bar = find(editor, "A =")
    assert bar.count.text() == "1 of 2"  # typing goes to the first
    bar.find_next()
    assert bar.count.text() == "2 of 2"
    assert editor.code.selectionStart() == len("°a = 1\nb".encode())
    bar.find_next()
    assert bar.count.text() == "1 of 2"
    bar.find_previous()
    assert bar.count.text() == "2 of 2"
    marked = [at for at in range(editor.code.length()) if editor.code.indicatorValueAt(look.FOUND, at)]
    assert len(marked) == 6
    QTest.keyClick(bar.find_field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert not any(editor.code.indicatorValueAt(look.FOUND, at) for at in range(editor.code.length()))


@pytest.mark.parametrize(
    ("toggles", "count"),
    [((), "1 of 4"), (("case",), "1 of 3"), (("word",), "1 of 3"), (("case", "word"), "1 of 2")],
)
def test_case_and_whole_words(editor: CodeEditor, toggles: tuple[str, ...], count: str) -> None:
    editor.set_text("pos Pos position pos")
    assert find(editor, "pos", *toggles).count.text() == count


def test_whole_words_that_are_no_letters(editor: CodeEditor) -> None:
    editor.set_text("x = -1 --1")
    assert find(editor, "=", "word").count.text() == "1 of 1"


def test_replace_all_with_groups_is_one_step_to_undo(editor: CodeEditor) -> None:
    editor.set_text("°a = 1\nba = 22\n")
    bar = find(editor, r"(\w*a) = (\d+)", "regex", new=r"\2 = \1µ")
    bar.replace_all()
    settle(bar)
    assert editor.text() == "°1 = aµ\n22 = baµ\n"
    assert "2 replaced" in bar.count.text() or bar.count.text() == "No match"
    editor.code.undo()
    assert editor.text() == "°a = 1\nba = 22\n"


def test_replace_one_at_a_time(editor: CodeEditor) -> None:
    editor.set_text("aXbXc")
    bar = find(editor, "x", new="µµ")
    bar.replace_one()
    assert editor.text() == "aµµbXc"
    assert selected(editor) == "X"
    bar.replace_one()
    assert editor.text() == "aµµbµµc"
    bar.replace_one()
    assert editor.text() == "aµµbµµc"


def test_what_is_put_in_is_not_found_again(editor: CodeEditor) -> None:
    editor.set_text("x x")
    bar = find(editor, "x", new="xx")
    bar.replace_one()
    bar.replace_one()
    assert editor.text() == "xx xx"


def test_empty_matches_can_be_replaced(editor: CodeEditor) -> None:
    editor.set_text("a\nb")
    bar = find(editor, "^", "regex", new="-- ")
    bar.replace_all()
    assert editor.text() == "-- a\n-- b"


def test_in_the_selection_only(editor: CodeEditor) -> None:
    editor.set_text("x\nµx\nx\nx\n")
    editor.code.setSel(2, 7)  # the lines in the middle
    bar = find(editor, "x", new="y")
    assert bar.selection.isChecked()
    assert bar.count.text() == "1 of 2"
    bar.replace_all()
    assert editor.text() == "x\nµy\ny\nx\n"
    bar.close_bar()
    assert not bar.selection.isChecked()


def test_a_bad_expression_says_what_is_wrong(editor: CodeEditor) -> None:
    editor.set_text("abc")
    assert find(editor, "(", "regex").count.text() == "missing ), unterminated subpattern (character 1)"
    assert "group" in find(editor, "a", "regex", new=r"\7").count.text()
    editor.find_bar.replace_all()
    assert editor.text() == "abc"


def test_no_expression_holds_up_the_window(editor: CodeEditor) -> None:
    editor.set_text("a" * 40 + "!")
    bar = editor.find_bar
    bar.open_bar(replace=False)
    bar.regex.setChecked(True)
    longest, last = 0.0, time.perf_counter()
    bar.find_field.setText("(a+)+b")
    while bar._rest.isActive() or bar._searcher.is_busy:
        QApplication.processEvents()
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        time.sleep(0.001)
    assert "takes longer than" in bar.count.text()
    assert longest < 0.5  # a quarter of the time that the expression was given
    bar.find_field.setText("a!")
    settle(bar)
    assert bar.count.text() == "1 of 1"


def test_typing_in_the_text_searches_anew(editor: CodeEditor) -> None:
    editor.set_text("x")
    bar = find(editor, "x")
    editor.insert("x x")
    settle(bar)
    assert bar.count.text().startswith("2")


def test_a_text_that_changes_behind_another_tab_is_searched_anew(editor: CodeEditor) -> None:
    editor.set_text("needle " * 100)
    bar = find(editor, "needle", "regex", new="x")
    editor.hide()  # as behind another tab
    bar.find_field.setText("n..dle")
    bar.replace_all()  # its search is under way
    editor.set_text("a needle")
    editor.show()
    settle(bar)
    assert editor.text() in ("a x", "a needle")
    settle(bar)


def test_a_large_text_is_searched_elsewhere(editor: CodeEditor) -> None:
    editor.set_text("local x = 1 -- µ\n" * 30_000 + "needle")
    bar = editor.find_bar
    bar.open_bar(replace=False)
    bar.find_field.setText("needle")
    assert bar._searcher.is_busy
    settle(bar)
    assert bar.count.text() == "1 of 1"
    assert selected(editor) == "needle"


def test_search_alone() -> None:
    assert search(Query(pattern="b", start=2), "abab").spans == [(3, 4)]
    assert search(Query(pattern="b", end=3), "abab").spans == [(1, 2)]
    assert search(Query(pattern="°"), "°°").spans == [(0, 2), (2, 4)]
    assert text_search.SEARCH_SWITCH == "--search-process"
