"""The schedule panel on a window with a bench of its own, used as a person does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.script_file import read_script
from benchwright.bench.scripts.submission import RunOptions
from benchwright.core.events import RunStateChanged, ScheduleChanged
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.operator_messages import AddSchedule, CancelRun, RunScheduleNow, SubmitRun
from benchwright.core.resource_paths import resource_path
from benchwright.core.run_states import RunState
from benchwright.core.scheduled_execution import ScheduledExecution
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, Manual
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.schedule.form import ScheduleForm
from benchwright.gui.panels.schedule.panel import SchedulePanel
from benchwright.gui.panels.schedule.wording import when
from benchwright.gui.session import RunModel
from tests.gui.shell import shell, wait_until

NEVER_BUSY = "\n[schedules]\nmax_cpu_percent = 100\nmax_memory_percent = 100\n"
DAILY = Interval(start=datetime.now(UTC).replace(microsecond=0) + timedelta(days=1), every_s=86400)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "hello.lua"
    file.write_text('print("hello")')
    return file


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    folder = DataFolder.open(tmp_path / "data")
    folder.config_file.write_text(resource_path("demo_bench.toml").read_text("utf-8") + NEVER_BUSY)
    with shell(folder.path) as window:
        window.docks.raise_panel("schedule")
        yield window


@pytest.fixture
def panel(window: MainWindow) -> SchedulePanel:
    return window.docks.panel(SchedulePanel)


def cells(panel: SchedulePanel, row: int = 0) -> list[str]:
    return [panel.table.data(panel.table.index(row, column)) for column in range(panel.table.columnCount())]


def add(
    window: MainWindow, panel: SchedulePanel, script: Path, schedule: ExecutionSchedule = DAILY
) -> ScheduledExecution:
    """Add a schedule as another operator does, and select it."""
    window.engine.ask(AddSchedule(execution=scheduled(read_script(script), schedule, RunOptions())))
    before = panel.table.rowCount()
    wait_until(lambda: panel.table.rowCount() == before + 1)
    panel.view.selectRow(0)
    chosen = panel.selected()
    assert chosen is not None
    return chosen.execution


def coming(panel: SchedulePanel) -> str:
    """Return how the next run of the one schedule is worded, such as ``tomorrow 14:03``."""
    (status,) = panel.overview.schedules
    return when(status.next_run, datetime.now(UTC)) if status.next_run else "none"


def label(parent: QWidget, name: str) -> str:
    found = parent.findChild(QLabel, name)
    assert found is not None
    return found.text()


def press(parent: QWidget, name: str) -> None:
    wait_until(lambda: parent.findChild(QPushButton, name) is not None)
    parent.findChildren(QPushButton, name)[0].click()


def timeline(panel: SchedulePanel) -> list[tuple[str, ...]]:
    """Return the rows of the list: a title alone, or time, name and what became of it."""
    items = [panel.timeline.topLevelItem(row) for row in range(panel.timeline.topLevelItemCount())]
    return [
        tuple(item.text(column) for column in range(1, 4)) if item.text(1) else (item.text(0),)
        for item in items
        if item is not None
    ]


def wait_for_times(form: ScheduleForm) -> None:
    wait_until(form.save.isEnabled)


# --- what is shown ----------------------------------------------------------------------------------------


def test_an_empty_panel_says_what_to_do(panel: SchedulePanel) -> None:
    assert "New schedule runs a script at set times" in label(panel, "schedule.empty")
    assert not panel.remove_button.isEnabled()
    assert panel.new_button.isEnabled()


def test_a_schedule_shows_with_its_next_run_and_what_became_of_the_last(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    execution = add(window, panel, script)
    window.engine.ask(RunScheduleNow(schedule_id=execution.id))
    wait_until(lambda: "completed" in cells(panel)[4])
    (status,) = panel.overview.schedules
    ran = f"{when(status.history[0].planned, datetime.now(UTC))}  completed"
    assert cells(panel) == ["hello", "hello.lua", "every 1 d", coming(panel), ran]
    shown = timeline(panel)
    assert [row[0] for row in (shown[0], shown[9])] == ["Coming up", "Ran"]
    assert shown[1][0] == coming(panel)
    assert shown[10][1:] == ("hello", "completed")
    assert "benchwright serve" in label(panel, "schedule.where")
    assert window.docks.docks["schedule"].windowTitle() == "Schedule 1"


# --- the form ---------------------------------------------------------------------------------------------


def test_a_schedule_is_made_in_the_form(window: MainWindow, panel: SchedulePanel, script: Path) -> None:
    panel.new_button.click()
    form = panel.form
    assert form.isVisibleTo(panel)
    QTest.keyClicks(form.script, str(script))
    form.times.kind.setCurrentIndex(1)
    form.times.zone.setEditText("Asia/Tokyo")
    form.times.expression.setText("0 9 * * *")
    wait_until(lambda: "09:00 in Asia/Tokyo" in form.coming.text())
    assert form.coming.text().count("<br>") == 4
    assert "Saving allows hello.lua, as it is now, to " in form.grant.text()
    assert form.name.placeholderText() == "hello"
    QTest.keyClick(form.times.expression, Qt.Key.Key_Return)
    wait_until(lambda: panel.table.rowCount() == 1)
    assert not form.isVisibleTo(panel)
    wait_until(lambda: panel.selected() is not None)
    execution = panel.overview.schedules[0].execution
    assert execution.schedule == Cron(expression="0 9 * * *", time_zone="Asia/Tokyo")
    assert cells(panel)[:3] == ["hello", "hello.lua", "0 9 * * * (Asia/Tokyo)"]


def test_what_is_wrong_is_said_while_typing_and_not_saved(panel: SchedulePanel, script: Path) -> None:
    panel.schedule_script(str(script))
    form = panel.form
    wait_for_times(form)
    form.times.every.setText("soon")
    wait_until(lambda: "an interval is a number and a unit" in form.problem.text())
    assert not form.save.isEnabled()
    QTest.keyClick(form.times.every, Qt.Key.Key_Return)
    form.times.every.setText("1 h")
    wait_for_times(form)
    form.script.setText(str(script.with_name("gone.lua")))
    wait_until(lambda: "there is no file" in form.problem.text())
    form.script.setText("no such script")
    wait_until(lambda: "there is no script 'no such script' in the library" in form.problem.text())
    assert panel.overview.schedules == ()
    form.cancel.click()
    assert not form.isVisibleTo(panel)


def test_parameters_are_those_that_the_script_declares(window: MainWindow, panel: SchedulePanel) -> None:
    panel.schedule_script(str(resource_path("examples", "malus_scan.lua")))
    form = panel.form
    wait_until(lambda: "stop" in form._fields)
    form._fields["stop"].set_entry("9e9")
    form._on_change()
    wait_until(lambda: "Last angle must be" in form.problem.text())
    form._fields["stop"].set_entry("90")
    form._on_change()
    wait_for_times(form)
    form.save.click()
    wait_until(lambda: panel.table.rowCount() == 1)
    assert panel.overview.schedules[0].execution.parameters == {"stop": 90.0}
    panel.view.selectRow(0)
    panel.edit()
    wait_until(lambda: "stop" in form._fields)
    assert form._fields["stop"].value() == 90.0


def test_a_schedule_is_changed_in_the_form(window: MainWindow, panel: SchedulePanel, script: Path) -> None:
    execution = add(window, panel, script)
    QTest.keyClick(panel.view, Qt.Key.Key_F2)
    form = panel.form
    wait_for_times(form)
    assert form.times.every.text() == "1 d"
    assert form.name.text() == "hello"
    assert "hello.lua may " in form.grant.text()
    form.name.setText("greeting")
    form.times.every.setText("2 h")
    form.save.click()
    wait_until(lambda: cells(panel)[0] == "greeting")
    changed = panel.overview.schedules[0].execution
    assert changed.id == execution.id
    assert changed.schedule == Interval(start=DAILY.start, every_s=7200)


def test_a_refusal_of_the_bench_is_told_in_the_form(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    panel.schedule_script(str(script))
    wait_for_times(panel.form)
    script.unlink()
    panel.form.wanted.emit(scheduled_by_hand(script))
    wait_until(lambda: "there is no file" in panel.form.problem.text())
    assert panel.form.isVisibleTo(panel)


def scheduled_by_hand(script: Path) -> ScheduledExecution:
    return ScheduledExecution(name="gone", script=str(script), schedule=Manual())


def test_the_script_in_the_editor_is_scheduled_from_the_menu(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    window.actions_by_id["action.schedule"].trigger()  # the example was never saved
    assert "Save the script first" in window.status._message.text()
    window.editor.open_file(script)
    wait_until(lambda: str(script) in [str(each.path) for each in window.editor.buffers()])
    window.actions_by_id["action.schedule"].trigger()
    assert panel.form.script.text() == str(script)


# --- what is done with a schedule -------------------------------------------------------------------------


def test_a_switch_is_turned_by_mouse_and_keyboard(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    add(window, panel, script)
    cell = panel.view.visualRect(panel.table.index(0, 0))
    place = QPoint(cell.left() + panel.fontMetrics().averageCharWidth() + 4, cell.center().y())
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    wait_until(lambda: cells(panel)[3] == "off")
    panel.view.setCurrentIndex(panel.table.index(0, 3))
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    wait_until(lambda: cells(panel)[3] == coming(panel))


def test_run_now_runs_it_and_the_panel_shows_it_running(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    script.write_text("while true do sleep(1) end")
    add(window, panel, script, Manual())
    assert cells(panel)[3] == "by hand"
    panel.run_button.click()
    wait_until(lambda: cells(panel)[3] == "running")
    panel.run_button.click()
    wait_until(lambda: panel.notices.text("schedule.error") == "hello runs already")
    window.engine.ask(CancelRun(run_id=panel.overview.schedules[0].run_id))
    wait_until(lambda: "cancelled" in cells(panel)[4])


def test_what_is_removed_comes_back_with_undo(window: MainWindow, panel: SchedulePanel, script: Path) -> None:
    execution = add(window, panel, script)
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    wait_until(lambda: panel.table.rowCount() == 0)
    assert panel.notices.text("schedule.removed") == "Removed hello."
    press(panel, "schedule.undo")
    wait_until(lambda: panel.table.rowCount() == 1)
    back = panel.overview.schedules[0].execution
    assert (back.name, back.schedule) == (execution.name, execution.schedule)
    assert not panel.notices.text("schedule.removed")


def test_what_cannot_run_any_more_comes_back_switched_off(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    add(window, panel, script)
    script.unlink()
    panel.remove_button.click()
    press(panel, "schedule.undo")
    wait_until(lambda: panel.table.rowCount() == 1 and cells(panel)[3] == "off")
    assert "hello is back and switched off: there is no file" in panel.notices.text("schedule.error")
    panel.view.setCurrentIndex(panel.table.index(0, 0))
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    wait_until(lambda: panel.notices.text("schedule.error").startswith("there is no file"))
    assert cells(panel)[3] == "off"


def test_a_changed_script_waits_until_it_is_allowed(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    soon = Interval(start=datetime.now(UTC) + timedelta(seconds=0.2), every_s=1.0)
    execution = scheduled(read_script(script), soon, RunOptions())
    script.write_text('print("changed")')
    window.engine.ask(AddSchedule(execution=execution))
    wait_until(lambda: "hello.lua changed since it was scheduled" in panel.notices.text("schedule.changed"))
    assert cells(panel)[3] == "waits: script changed"
    press(panel, "schedule.allow")
    wait_until(lambda: "Saving allows hello.lua, as it is now" in panel.form.grant.text())
    assert "It is due since today " in panel.form.grant.text()
    panel.form.save.click()
    wait_until(lambda: "completed" in cells(panel)[4])
    wait_until(lambda: not panel.notices.text("schedule.changed"))


def test_after_an_emergency_stop_a_person_resumes(
    window: MainWindow, panel: SchedulePanel, script: Path
) -> None:
    add(window, panel, script)
    window.emergency_stop()
    wait_until(
        lambda: "Suspended by the emergency stop (the window)" in panel.notices.text("schedule.suspended")
    )
    wait_until(lambda: window.model.emergency.latched)
    wait_until(lambda: panel.notices.text("schedule.suspended").endswith("Reset it first."))
    assert cells(panel)[3] == f"suspended ({coming(panel)})"
    wait_until(lambda: window.model.emergency.instruments)
    window.stopper.reset()
    press(panel, "schedule.resume")
    wait_until(lambda: not panel.notices.text("schedule.suspended"))
    assert cells(panel)[3] == coming(panel)


def test_everything_has_a_name_for_those_who_do_not_see_it(panel: SchedulePanel) -> None:
    named = [panel.view, panel.timeline, panel.form.script, panel.form.name, panel.form.overlap]
    named += [panel.form.missed, panel.form.timeout, panel.form.times.kind, panel.form.times.zone]
    assert all(widget.accessibleName() for widget in named)
    assert panel.objectName() == "schedule.panel"
    assert panel.view.objectName() == "schedule.view"


def test_a_scheduled_run_is_not_taken_for_the_one_that_was_submitted() -> None:
    model = RunModel()
    request = SubmitRun(name="scan.lua", language="lua", source="", grant=[])
    model.submitting(request, "/scan.lua", ScriptMetadata())
    model.happened(ScheduleChanged(run_id="1", schedule_id="a", name="scan", change="started"))
    model.happened(RunStateChanged(run_id="1", state=RunState.STARTING, script="scan.lua"))
    assert model.run.run_id == ""
    model.happened(RunStateChanged(run_id="2", state=RunState.STARTING, script="scan.lua"))
    assert model.run.run_id == "2"
