"""The command palette finds by a few letters, runs what can be run, and stands in the way of no stop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from benchwright.core.run_states import RunState
from benchwright.gui import actions
from benchwright.gui.main_window import MainWindow
from benchwright.gui.widgets.fuzzy import score
from tests.gui.shell import current_script, run_text, shell, wait_until


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def shown(window: MainWindow) -> list[tuple[str, str]]:
    tree = window.finder.list
    items = [tree.topLevelItem(index) for index in range(tree.topLevelItemCount())]
    return [(item.text(0), item.text(1)) for item in items if item is not None]


@pytest.mark.parametrize(
    ("wanted", "better", "worse"),
    [
        ("rl", "Run: Run the last again", "File: Close tab real"),
        ("save", "File: Save", "File: Save all"),
        ("malus", "malus_scan.lua", "my_alu_s.lua"),
        ("ms", "malus_scan.lua", "demos.lua"),
    ],
)
def test_letters_at_starts_of_words_and_in_a_row_count_most(wanted: str, better: str, worse: str) -> None:
    good, bad = score(wanted, better), score(wanted, worse)
    assert good is not None
    assert bad is None or good >= bad


@given(st.text(max_size=30), st.text(max_size=5))
def test_a_text_is_found_by_itself_and_not_by_letters_it_lacks(text: str, wanted: str) -> None:
    assert score(text, text) is not None
    letters = [letter for letter in wanted.casefold() if not letter.isspace()]
    left = iter(text.casefold())
    is_there = all(letter in left for letter in letters)
    assert (score(wanted, text) is not None) is is_there


def test_no_two_actions_share_keys() -> None:
    keys = [(QKeySequence(keys).toString(), row.panel) for row in actions.ACTIONS for keys in row.shortcuts]
    assert len(keys) == len(set(keys))
    free = {f"F{number}" for number in range(9, 13)}
    assert not free & {text for text, _ in keys}, "F9 to F12 are the debugger's"


def test_every_action_can_be_found_with_its_keys_or_why_not(window: MainWindow) -> None:
    QTest.keyClick(
        window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert window.finder.isVisible()
    listed = dict(shown(window))
    assert len(listed) >= len(actions.ACTIONS) - 1
    assert listed["Run: Run"] == "F5"
    assert listed["Run: Cancel"] == "nothing is running"
    assert listed["Run: Emergency stop"] == "Pause, Ctrl+Shift+Space"
    QTest.keyClick(window.finder.line, Qt.Key.Key_Escape)
    assert not window.finder.isVisible()


def test_enter_runs_the_best_and_a_greyed_one_does_nothing(window: MainWindow) -> None:
    window.editor.new_script("return 1", title="one.lua")
    window.finder.show_commands()
    QTest.keyClicks(window.finder.line, "cancel")
    QTest.keyClick(window.finder.line, Qt.Key.Key_Return)
    assert window.finder.isVisible()
    window.finder.line.setText(">newscript")
    QTest.keyClick(window.finder.line, Qt.Key.Key_Return)
    assert not window.finder.isVisible()
    assert current_script(window).title.startswith("untitled")


def test_files_are_opened_by_name_and_arrow_keys_choose(window: MainWindow, tmp_path: Path) -> None:
    for name in ("alpha.lua", "alphabet.lua"):
        (tmp_path / name).write_text("return 1")
        window.editor.open_file(tmp_path / name)
    window.editor.closing.close_current()
    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(window.finder.line, "alpha")
    names = [text for text, _ in shown(window)]
    assert names[:2] == ["alpha.lua", "alphabet.lua"]
    QTest.keyClick(window.finder.line, Qt.Key.Key_Down)
    QTest.keyClick(window.finder.line, Qt.Key.Key_Return)
    assert current_script(window).title == "alphabet.lua"
    wait_until(window.library.script_paths)
    window.finder.show_files()
    QTest.keyClicks(window.finder.line, "supply_sweep.py")
    QTest.keyClick(window.finder.line, Qt.Key.Key_Return)
    assert current_script(window).title == "supply_sweep.py"


def test_the_emergency_keys_work_while_it_is_open(window: MainWindow) -> None:
    run_text(window, "while true do sleep(0.05) end")
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    window.finder.show_commands()
    QTest.keyClick(window.finder.line, Qt.Key.Key_Pause)
    wait_until(lambda: window.model.emergency.instruments and window.model.run.finished is not None)
    assert window.model.run.state is RunState.EMERGENCY_STOPPED
