"""Closing the window while a run is active, and what a window that is opened later shows of it."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QMessageBox, QPushButton

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.events import RowsRecorded
from benchwright.core.operator_messages import CancelRun, SubmitRun
from benchwright.core.run_record import ActiveRun
from benchwright.core.run_states import FINAL_STATES, RunState
from benchwright.gui import open_window
from benchwright.gui.application import make_application
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.console.panel import ConsolePanel
from benchwright.gui.widgets.editor_highlighting import RUNNING_SIGN
from tests.gui.shell import current_script, run_text, shell, wait_until
from tests.helpers.cli import run_cli

COUNTS = "print('begins')\nfor i = 1, 500 do\n  record{i = i}\n  sleep(0.02)\n  checkpoint()\nend\n"
ASKS = 'return ask("Is the lid shut?", {"yes", "no"})'

UNTIL_SWITCHED = """
local board = instruments.get("board")
while not board:get_digital_output(5) do sleep(0.05) end
record{ a = 1 }
return 9
"""


def empty_editor(window: MainWindow) -> None:
    """Have nothing unsaved, about which closing would ask."""
    buffer = window.editor.current()
    assert buffer is not None
    buffer.editor.set_text("")


def press(window: MainWindow, text: str) -> None:
    """Close the window and press the button of that text in the question that comes."""
    window.close()
    (box,) = (each for each in window.findChildren(QMessageBox, "dialog.leave") if each.isVisible())
    next(button for button in box.buttons() if button.text() == text).click()


def test_a_window_that_is_destroyed_without_being_closed_ends_its_threads(tmp_path: Path) -> None:
    """As programs do that test with it: closing is refused for unsaved text, and then it is deleted."""
    make_application()
    window = open_window(data_dir=tmp_path / "data")
    wait_until(lambda: window.model.is_attached)
    window.editor.new_script("", "lua", title="typed.lua")
    current_script(window).editor.insert("-- not saved\n")
    assert not window.close()
    engine = window.engine
    states: list[bool] = []
    engine.destroyed.connect(lambda: states.append(window._has_left))
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert states == [True]


def test_a_run_goes_on_and_the_next_window_shows_it(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        run_text(window, COUNTS, "counts.lua")
        wait_until(lambda: window.model.run.rows >= 5)
        run_id, pid = window.model.run.run_id, window.model.bench.status["pid"]  # type: ignore[union-attr]
        empty_editor(window)
        press(window, "Let it go on and close")
        wait_until(lambda: window._has_left)
        assert not window.isVisible()
    with shell(tmp_path / "data") as window:
        seen: list[RowsRecorded] = []
        window.model.rows_arrived.connect(seen.append)
        wait_until(lambda: window.model.run.run_id == run_id)
        assert window.model.bench.status["pid"] == pid  # type: ignore[union-attr]
        assert window.model.run.is_active
        assert window.model.run.elapsed_s > 0.05
        before = window.model.run.rows
        wait_until(lambda: window.model.run.rows > before + 20 and len(seen) > 3)
        rows = [value for event in seen for value in event.columns["i"]]
        assert rows == list(range(1, len(rows) + 1)), "no row is missing, none comes twice"
        console = window.docks.panel(ConsolePanel)
        wait_until(lambda: "begins" in console.text())
        window.pause_or_resume()
        wait_until(lambda: window.model.run.state is RunState.PAUSED)
        window.cancel_run()
        wait_until(lambda: window.model.run.finished is not None)
        assert window.model.run.state is RunState.CANCELLED


def test_a_run_that_nobody_watches_is_carried_out_and_its_bench_ends(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        run_text(window, UNTIL_SWITCHED, "alone.lua")
        wait_until(lambda: window.model.run.state is RunState.RUNNING)
        run_id = window.model.run.run_id
        press(window, "Let it go on and close")
        wait_until(lambda: window._has_left)
    store = RunStore(DataFolder.at(tmp_path / "data").path)
    assert store.load(run_id).state not in FINAL_STATES
    switch = ("instrument", "call", "board", "set_digital_output", "5", "true")
    assert run_cli(*switch, "--data-dir", tmp_path / "data").code == 0
    wait_until(lambda: DataFolder.at(tmp_path / "data").bench_pid() is None)
    record = store.load(run_id)
    assert (record.state, record.result, record.rows) == (RunState.COMPLETED, 9, 1)


def test_the_script_of_such_a_run_is_shown_at_its_line(tmp_path: Path) -> None:
    script = tmp_path / "sleeps.lua"
    script.write_text("progress(3, 4)\nsleep(9)\n")
    with shell(tmp_path / "data") as window:
        window.editor.open_file(script)
        window.actions_by_id["action.run"].trigger()
        wait_until(lambda: window.model.line == 2)
        press(window, "Let it go on and close")
        wait_until(lambda: window._has_left)
    with shell(tmp_path / "data") as window:
        wait_until(lambda: window.model.line == 2)
        buffer = window.editor.current()
        assert buffer is not None
        assert buffer.path == script
        assert buffer.editor.code.markerGet(1) & 1 << RUNNING_SIGN
        assert (window.model.run.done, window.model.run.total) == (3, 4)


def test_an_open_question_is_asked_again_in_the_next_window(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        run_text(window, ASKS, "asks.lua")
        wait_until(lambda: window.banners.text("question"))
        press(window, "Let it go on and close")
        wait_until(lambda: window._has_left)
    with shell(tmp_path / "data") as window:
        wait_until(lambda: window.banners.text("question") == "Is the lid shut?")
        next(each for each in window.banners.findChildren(QPushButton) if each.text() == "yes").click()
        wait_until(lambda: window.model.run.finished is not None)
        assert window.model.run.finished is not None
        assert window.model.run.finished.result == "yes"


def test_stop_and_close_stops_the_run(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        empty_editor(window)
        run_text(window, COUNTS, "counts.lua")
        wait_until(lambda: window.model.run.rows >= 1)
        press(window, "Keep open")
        assert window.isVisible()
        assert window.model.run.is_active
        press(window, "Stop and close")
        wait_until(lambda: window._has_left)
        assert window.model.run.state is RunState.CANCELLED


def test_what_a_command_runs_is_not_taken_over(tmp_path: Path) -> None:
    folder = DataFolder.at(tmp_path / "data")
    with shell(folder.path) as window, BenchClient.connect(folder) as client:
        run_id = client.request(SubmitRun(name="other", language="lua", source="sleep(9)", grant=[]))
        listed: list[list[ActiveRun]] = []
        window.model.runs_listed.connect(listed.append)
        window._on_bench()
        wait_until(lambda: any(listed))
        assert [run.run_id for run in listed[-1]] == [run_id]
        assert not window.model.is_busy
        client.request(CancelRun(run_id=str(run_id), kill=True))
