"""Everything that the menus offer for the editor, on the real window."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pyside6_scintilla")

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from benchwright.gui import actions
from benchwright.gui.main_window import MainWindow
from tests.gui.shell import current_script, shell


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    with shell(tmp_path_factory.mktemp("data")) as opened:
        yield opened


def trigger(window: MainWindow, name: str) -> None:
    window.actions_by_id[f"action.{name}"].trigger()


def text_after(window: MainWindow, text: str, selected: tuple[int, int], *names: str) -> str:
    buffer = window.editor.new_script(text)
    buffer.editor.code.setSel(*selected)
    for name in names:
        trigger(window, name)
    return buffer.text


@pytest.mark.parametrize(
    ("name", "selected", "expected"),
    [
        ("cut", (0, 0), "b\nc\n"),
        ("cut", (0, 2), "b\nc\n"),
        ("duplicate", (0, 0), "a\na\nb\nc\n"),
        ("delete_line", (2, 2), "a\nc\n"),
        ("move_down", (0, 0), "b\na\nc\n"),
        ("move_up", (2, 2), "b\na\nc\n"),
        ("move_up", (0, 3), "a\nb\nc\n"),
        ("move_down", (0, 4), "c\na\nb\n"),
        ("move_down", (0, 6), "\na\nb\nc"),
        ("indent", (0, 3), "  a\n  b\nc\n"),
        ("comment", (0, 3), "-- a\n-- b\nc\n"),
    ],
)
def test_lines(window: MainWindow, name: str, selected: tuple[int, int], expected: str) -> None:
    assert text_after(window, "a\nb\nc\n", selected, name) == expected
    trigger(window, "undo")
    assert current_script(window).text == "a\nb\nc\n"
    trigger(window, "redo")
    assert current_script(window).text == expected


def test_a_selection_moves_with_its_lines(window: MainWindow) -> None:
    assert text_after(window, "a\r\nµb\r\nc", (0, 6), "move_down", "move_down") == "c\r\na\r\nµb"
    code = current_script(window).editor.code
    assert bytes(code.getSelText().data()).decode().startswith("a\r\nµb")


def test_nothing_is_pasted_where_there_is_nothing(window: MainWindow) -> None:
    QApplication.clipboard().clear()
    assert text_after(window, "a", (0, 0), "paste") == "a"


def test_unindent_stops_at_the_margin(window: MainWindow) -> None:
    assert text_after(window, "   a\n b\n", (0, 6), "unindent") == "a\nb\n"


def test_copied_lines_are_pasted_as_lines(window: MainWindow) -> None:
    assert text_after(window, "a\nb\n", (2, 2), "copy", "paste") == "a\nb\nb\n"


def test_cursors_above_below_and_at_every_occurrence(window: MainWindow) -> None:
    buffer = window.editor.new_script("ab ab\nab\n")
    for name in ("select_next", "select_every"):
        trigger(window, name)
    assert buffer.editor.code.selections() == 3
    buffer.editor.code.setEmptySelection(0)
    trigger(window, "cursor_below")
    QTest.keyClicks(buffer.editor.code, "x")
    assert buffer.text == "xab ab\nxab\n"


def test_every_occurrence_of_nothing_is_none(window: MainWindow) -> None:
    buffer = window.editor.new_script("  \n  \n")
    trigger(window, "select_every")
    code = buffer.editor.code
    code.setRectangularSelectionAnchor(1)
    code.setRectangularSelectionCaret(4)
    trigger(window, "select_every")
    assert buffer.text == "  \n  \n"


def test_folding(window: MainWindow) -> None:
    buffer = window.editor.new_script("if x then\n  y()\nend\nz()\n")
    QApplication.processEvents()
    trigger(window, "fold_all")
    assert not buffer.editor.code.lineVisible(1)
    trigger(window, "unfold_all")
    assert buffer.editor.code.lineVisible(1)


def test_zoom_is_that_of_all_scripts_and_remembered(window: MainWindow) -> None:
    first, second = window.editor.new_script("a"), window.editor.new_script("b")
    trigger(window, "zoom_in")
    trigger(window, "zoom_in")
    trigger(window, "zoom_out")
    assert (first.editor.code.zoom(), second.editor.code.zoom()) == (1, 1)
    second.editor.code.zoomIn()  # as the wheel does
    QApplication.processEvents()
    assert first.editor.code.zoom() == 2
    assert window.editor.save_state()["view"]["zoom"] == 2
    assert window.editor.new_script("c").editor.code.zoom() == 2
    trigger(window, "zoom_reset")
    assert first.editor.code.zoom() == 0


def test_wrap_and_blanks(window: MainWindow) -> None:
    code = window.editor.new_script("a" * 5000).editor.code
    trigger(window, "wrap")
    trigger(window, "blanks")
    assert code.wrapMode()
    assert code.viewWS()
    trigger(window, "wrap")
    trigger(window, "blanks")
    assert not code.wrapMode()
    assert not code.viewWS()


def test_tabs_by_key_and_closed_ones_again(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("x = 1\ny = 2\n")
    window.editor.open_file(tmp_path / "a.lua")
    window.editor.go_to(tmp_path / "a.lua", 2, 3)
    window.editor.new_script("other")
    trigger(window, "previous_tab")
    assert current_script(window).title == "a.lua"
    QApplication.processEvents()
    trigger(window, "close_tab")
    assert all(buffer.title != "a.lua" for buffer in window.editor.buffers())
    trigger(window, "reopen")
    assert current_script(window).title == "a.lua"
    QApplication.processEvents()
    assert current_script(window).editor.place == (2, 3)


def test_what_was_never_saved_can_be_reopened_too(window: MainWindow) -> None:
    window.editor.new_script("", title="idea.py", language="python", metadata_text="tags = []").editor.insert(
        "x"
    )
    buffer = current_script(window)
    buffer.editor.mark_saved()
    trigger(window, "close_tab")
    trigger(window, "reopen")
    again = current_script(window)
    assert (again.title, again.text, again.language, again.metadata_text) == (
        "idea.py",
        "x",
        "python",
        "tags = []",
    )
    assert again.is_modified


def test_recent_files_are_in_the_menu(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "b & c.lua").write_text("")
    window.editor.open_file(tmp_path / "b & c.lua")
    trigger(window, "close_tab")
    menu = window.findChild(QMenu, "menu.recent")
    assert menu is not None
    menu.aboutToShow.emit()
    assert menu.actions()[0].text() == "&1 b && c.lua"
    menu.actions()[0].trigger()
    assert current_script(window).path == tmp_path / "b & c.lua"


def test_keys_are_given_once_and_leave_the_debugger_its_own() -> None:
    keys = [QKeySequence(key).toString() for row in actions.ACTIONS for key in row.shortcuts]
    assert len(keys) == len(set(keys))
    assert not {"F9", "F10", "F11", "F12"} & set(keys)


def test_editing_keys_mean_something_else_outside_the_editor(window: MainWindow) -> None:
    window.show()
    window.activateWindow()
    buffer = window.editor.new_script("text")
    timeout = window.run_controls.timeout
    timeout.setFocus()
    QApplication.processEvents()
    QTest.keyClick(
        timeout, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert buffer.text == "text"
    buffer.editor.setFocus()
    QApplication.processEvents()
    QTest.keyClick(
        buffer.editor.code,
        Qt.Key.Key_D,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert buffer.text == "text\ntext"
