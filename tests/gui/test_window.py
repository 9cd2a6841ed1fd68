"""The window on a real bench: run, stop, emergency, and what happens when the bench is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QVBoxLayout, QWidget

from benchwright.core.run_states import RunState
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.console.panel import ConsolePanel
from benchwright.gui.widgets.editor_highlighting import RUNNING_SIGN
from tests.gui.shell import current_script, run_text, run_to_end, shell, wait_until

LOOP = "while true do sleep(0.05) end"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def action(window: MainWindow, object_name: str) -> QAction:
    found: QAction | None = window.findChild(QAction, object_name)
    assert found is not None
    return found


def console_text(window: MainWindow) -> str:
    return window.docks.panel(ConsolePanel).text()


def press_reset(window: MainWindow) -> None:
    action(window, "action.emergency_reset").trigger()
    box = window.findChild(QMessageBox, "dialog.emergency_reset")
    assert box is not None
    next(button for button in box.buttons() if button.text() == "Reset").click()


def test_everything_that_users_rely_on_has_its_name(window: MainWindow) -> None:
    names = ["run", "cancel", "pause", "emergency_stop", "emergency_reset", "validate", "save", "open", "new",
             "import", "export"]  # fmt: skip
    for name in names:
        assert window.findChild(QAction, f"action.{name}") is not None, name
    for name in ("editor.tabs", "editor.code", "toolbar.main", "toolbar.timeout", "library.panel",
                 "library.view", "library.search", "plots.panel", "instruments.panel", "console.panel",
                 "console.view", "problems.panel", "problems.view", "runs.panel", "runs.view",
                 "schedule.panel", "schedule.view", "status.run"):  # fmt: skip
        found = window.findChild(QWidget, name)
        assert found is not None, name
        assert found.accessibleName() or name == "toolbar.main", name


KEYS = {
    "action.run": ["F5"],
    "action.cancel": ["Shift+F5", "Ctrl+F2"],
    "action.run_last": ["F6"],
    "action.pause": ["F7"],
    "action.validate": ["Ctrl+Shift+F5"],
    "action.new": ["Ctrl+N"],
    "action.open": ["Ctrl+O"],
    "action.save": ["Ctrl+S"],
    "action.find": ["Ctrl+F"],
    "action.replace": ["Ctrl+H"],
    "action.go_to_line": ["Ctrl+G"],
    "action.comment": ["Ctrl+/"],
}


def test_keys_are_those_that_users_rely_on(window: MainWindow) -> None:
    found = {name: [each.toString() for each in action(window, name).shortcuts()] for name in KEYS}
    assert found == KEYS


def test_no_two_actions_share_a_key_and_the_debuggers_keys_stay_free(window: MainWindow) -> None:
    keys = [key.toString() for each in window.actions_by_id.values() for key in each.shortcuts()]
    assert len(keys) == len(set(keys))
    assert not {f"F{number}" for number in range(9, 13)} & set(keys)


def test_the_first_start_shows_an_example_that_f5_runs(window: MainWindow) -> None:
    assert "move_absolute" in current_script(window).text
    QTest.keyClick(window, Qt.Key.Key_F5)
    wait_until(lambda: window.model.run.rows >= 2)
    assert window.model.run.state is RunState.RUNNING


def test_a_script_runs_to_its_end(window: MainWindow) -> None:
    run_to_end(window, 'print("hello", 1 + 1)\nrecord{a = 1}\nreturn 7')
    finished = window.model.run.finished
    assert finished is not None
    assert (finished.outcome, finished.result, finished.rows) == (RunState.COMPLETED, 7, 1)
    wait_until(lambda: "hello\t2" in console_text(window) and "completed after" in console_text(window))
    status = window.findChild(QLabel, "status.run")
    assert status is not None
    assert status.text().startswith("completed after")


def test_an_error_is_listed_at_its_place(window: MainWindow) -> None:
    run_to_end(window, 'local motor = instruments.get("esp300")\nmotor:move_absolut(3)', "broken.lua")
    found = window.model.diagnostics["broken.lua", "run"].diagnostics
    assert [each.line for each in found] == [2]
    assert "move_absolute" in found[0].message
    assert window.docks.docks["problems"].windowTitle().startswith("Problems ")


def test_a_run_is_cancelled(window: MainWindow) -> None:
    run_text(window, LOOP)
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    assert not action(window, "action.run").isEnabled()
    action(window, "action.cancel").trigger()
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.state is RunState.CANCELLED
    assert action(window, "action.run").isEnabled()
    assert not action(window, "action.cancel").isEnabled()


def test_cancel_holds_also_before_the_bench_took_the_run(window: MainWindow) -> None:
    run_text(window, LOOP)
    wait_until(lambda: window.model.is_busy)
    window.cancel_run()
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.state is RunState.CANCELLED


def test_a_run_is_paused_and_goes_on(window: MainWindow) -> None:
    run_text(window, "for i = 1, 1000 do checkpoint() sleep(0.01) end")
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    pause = action(window, "action.pause")
    pause.trigger()
    wait_until(lambda: window.model.run.state is RunState.PAUSED)
    assert pause.iconText() == "Resume"
    pause.trigger()
    wait_until(lambda: window.model.run.state is RunState.RUNNING)


def test_the_timeout_box_ends_a_run(window: MainWindow) -> None:
    window.editor.new_script(LOOP, "lua", title="loop.lua")
    window.run_controls.timeout.setValue(0.3)
    action(window, "action.run").trigger()
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.state is RunState.TIMEOUT


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [
        (Qt.Key.Key_Pause, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier),
    ],
)
def test_the_emergency_keys_work_in_a_modal_dialog(
    window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier
) -> None:
    run_text(window, LOOP)
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    dialog = QDialog(window)
    dialog.setModal(True)
    field = QLineEdit(dialog)
    QVBoxLayout(dialog).addWidget(field)
    dialog.open()
    QTest.keyClick(field, key, modifiers)
    wait_until(lambda: window.model.emergency.instruments and window.model.run.finished is not None)
    dialog.close()
    assert field.text() == ""
    assert window.model.run.state is RunState.EMERGENCY_STOPPED
    assert {each.outcome for each in window.model.emergency.instruments} == {"safe"}
    assert window.estop.is_latched
    assert "esp300 safe" in window.banners.text("emergency")
    assert not action(window, "action.run").isEnabled()
    press_reset(window)
    wait_until(lambda: not window.model.emergency.latched)
    assert not window.estop.is_latched
    assert action(window, "action.run").isEnabled()


def test_the_emergency_button_is_visible_and_stops(window: MainWindow) -> None:
    assert window.estop.isVisible()
    QTest.mouseClick(window.estop, Qt.MouseButton.LeftButton)
    wait_until(lambda: window.model.emergency.instruments)
    assert window.estop.is_latched
    press_reset(window)
    wait_until(lambda: not window.model.emergency.latched)


def test_a_lost_bench_is_shown_and_another_one_started(
    window: MainWindow, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("")
    run_text(window, LOOP)
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    os.kill(window.model.bench.status["pid"], signal.SIGKILL)  # type: ignore[union-attr,arg-type]
    wait_until(lambda: not window.model.is_attached)
    assert window.model.run.state is RunState.INTERRUPTED
    assert "esp300 safe" in window.banners.text("bench")
    assert not action(window, "action.run").isEnabled()
    start = window.findChild(QPushButton, "banner.start_bench")
    assert start is not None
    start.click()
    wait_until(lambda: window.model.is_attached)
    assert window.banners.text("bench") == ""
    run_to_end(window, "return 1", "again.lua")
    assert window.model.run.reason == ""


def test_a_question_of_the_script_is_answered_in_the_window(window: MainWindow) -> None:
    run_text(window, 'return ask("Is the lid shut?", {"yes", "no"})', "asks.lua")
    wait_until(lambda: window.banners.text("question"))
    assert window.banners.text("question") == "Is the lid shut?"
    next(each for each in window.banners.findChildren(QPushButton) if each.text() == "yes").click()
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.finished is not None
    assert window.model.run.finished.result == "yes"


def test_a_script_with_wishes_asks_once_for_its_grants(window: MainWindow, tmp_path: Path) -> None:
    script = tmp_path / "moves.lua"
    script.write_text('instruments.get("esp300"):set_velocity(10.0)\nreturn 1')
    script.with_suffix(".toml").write_text('name = "moves"\npermissions = ["device:read", "device:write"]\n')
    window.editor.open_file(script)
    action(window, "action.run").trigger()
    wait_until(lambda: window.banners.text("grant"))
    assert "change instrument settings" in window.banners.text("grant")
    current_script(window).editor.insert("-- typed meanwhile\n")
    assert window.banners.text("grant") == ""  # it would have allowed a text that is no longer seen
    action(window, "action.run").trigger()
    wait_until(lambda: window.banners.text("grant"))
    allows = window.banners.findChildren(QPushButton, "banner.allow")
    next(each for each in allows if each.isVisible()).click()  # the first question's may not be deleted yet
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.state is RunState.COMPLETED
    action(window, "action.run").trigger()
    wait_until(lambda: window.model.is_busy)
    wait_until(lambda: window.model.run.finished is not None)
    assert window.banners.text("grant") == ""


def test_runs_of_before_are_listed_after_a_restart(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        run_to_end(window, "return 1", "first.lua")
    with shell(tmp_path / "data") as window:
        table = window.runs.table
        wait_until(lambda: table.rowCount() == 1)
        assert table.data(table.index(0, 1), Qt.ItemDataRole.DisplayRole) == "first.lua"


def marked(window: MainWindow) -> list[int]:
    """Return the 1-based lines that have the mark of the line that is executed."""
    code = current_script(window).editor.code
    return [line + 1 for line in range(code.lineCount()) if code.markerGet(line) & 1 << RUNNING_SIGN]


@pytest.mark.parametrize("language", ["lua", "python"])
def test_the_line_that_is_executed_is_marked(window: MainWindow, language: str) -> None:
    run_text(window, "checkpoint()\n\nsleep(5)\ncheckpoint()\n", f"sleeps.{language}", language)
    wait_until(lambda: marked(window) == [3])
    window.cancel_run()
    wait_until(lambda: not window.model.is_busy)
    assert marked(window) == []


def test_the_mark_stays_while_a_run_is_paused_and_follows_what_is_typed(window: MainWindow) -> None:
    run_text(window, "sleep(2)\ncheckpoint()\nsleep(5)\n", "pauses.lua")
    wait_until(lambda: window.model.is_busy and window.model.run.state is not RunState.QUEUED)
    window.pause_or_resume()
    wait_until(lambda: window.model.run.state is RunState.PAUSED and marked(window) == [2])
    current_script(window).editor.go_to(1, 1)
    current_script(window).editor.insert("-- a\n-- b\n")
    assert marked(window) == [4]
    window.pause_or_resume()
    wait_until(lambda: marked(window) == [5])


def test_the_theme_is_remembered(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        window.preferences.toggle_theme()
        dark = window.palette().window().color().lightness() < 128
    with shell(tmp_path / "data") as window:
        assert (window.palette().window().color().lightness() < 128) is dark


def test_rows_and_lines_in_turn_do_not_hold_up_the_window(window: MainWindow) -> None:
    arrived: list[int] = []
    window.model.rows_arrived.connect(lambda event: arrived.append(len(event.times_s)))
    run_to_end(window, "for i = 1, 5000 do print(i) record{i = i} end")
    assert sum(arrived) == 5000
    assert len(arrived) < 1000, "rows have to come in batches, whatever is printed between them"


def test_nothing_slow_is_imported_before_the_window_is_there(tmp_path: Path) -> None:
    source = (
        "import sys, pathlib\nfrom benchwright.gui import open_window\n"
        "from benchwright.gui.application import make_application\n"
        "app = make_application()\nwindow = open_window(data_dir=pathlib.Path(sys.argv[1]))\n"
        "print(sorted({'numpy', 'pyqtgraph', 'pyvisa', 'h5py', 'asyncio'} & set(sys.modules)))\n"
        "window.close()"
    )
    command = [sys.executable, "-c", source, str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "[]", done.stderr


def test_without_qt_the_program_says_what_is_missing() -> None:
    source = (
        "import sys\nsys.modules['PySide6'] = None\nfrom benchwright.__main__ import main\nsys.exit(main([]))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "benchwright[gui]" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_sent_to_the_editor_as_a_whole_are_typed(window: MainWindow) -> None:
    window.editor.new_script("")
    editor = window.findChild(QWidget, "editor.code")
    assert editor is not None
    QTest.keyClicks(editor, "return 42")
    QTest.keyClick(editor, Qt.Key.Key_Escape)  # the script has no use for it
    assert current_script(window).text == "return 42"


def test_a_window_at_rest_lays_nothing_out(window: MainWindow) -> None:
    class Counter(QObject):
        """Counts the layouts of the window."""

        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            self.count += event.type() is QEvent.Type.LayoutRequest
            return False

    wait_until(lambda: window.model.descriptors)
    counter = Counter()
    window.installEventFilter(counter)
    turns: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(counter.count))
    timer.start(5)
    wait_until(lambda: len(turns) > 60)
    timer.stop()
    assert turns[-1] - turns[-40] < 20  # a layout that asks for the next one makes hundreds
