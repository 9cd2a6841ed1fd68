"""The month of the schedule panel: what each day holds, and the ways through it by mouse and keys."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.scheduling.past_runs import PastRun
from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.script_file import read_script
from benchwright.bench.scripts.submission import RunOptions
from benchwright.core.operator_messages import AddSchedule
from benchwright.core.run_states import RunState
from benchwright.core.scheduled_execution import (
    Occurrence,
    OccurrenceState,
    ScheduledExecution,
    ScheduleStatus,
)
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.schedule.month import MOST_PLANNED, Mark, days_shown, fill, narrowed, today
from benchwright.gui.panels.schedule.panel import SchedulePanel
from tests.gui.shell import shell, wait_until
from tests.helpers.records import keep_runs

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="sets the time zone of this process")

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAYS = days_shown(date(2026, 10, 1), 0)


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Days are those of the computer's clock: one that is set twice a year."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def status(schedule: ExecutionSchedule, *history: Occurrence, name: str = "scan") -> ScheduleStatus:
    execution = ScheduledExecution(id=f"of {name}", name=name, script="/scan.lua", schedule=schedule)
    return ScheduleStatus(execution=execution, next_run=schedule.next_after(NOW), history=history)


@pytest.mark.parametrize("first_weekday", [0, 6])
def test_a_month_is_shown_in_whole_weeks(first_weekday: int) -> None:
    for at in range(48):
        month = date(2024 + at // 12, at % 12 + 1, 1)
        days = days_shown(month.replace(day=17), first_weekday)
        assert days[0].weekday() == first_weekday
        assert len(days) in (28, 35, 42)
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
        inside = [day for day in days if day.month == month.month]
        assert (inside[0], (inside[-1] + timedelta(days=1)).day) == (month, 1)
        assert inside[0] in days[:7]
        assert inside[-1] in days[-7:]


def test_what_is_planned_is_on_its_day_of_the_wall_clock() -> None:
    daily = status(Cron(expression="30 0 * * *", time_zone="Europe/Berlin"))
    hourly = status(Interval(start=datetime(2026, 1, 1, tzinfo=UTC), every_s=3600), name="drift")
    held = fill(DAYS, [daily, hourly], [], NOW)
    assert date(2026, 10, 19) not in held  # it is past
    assert held[date(2026, 10, 20)].counts() == [(Mark.PLANNED, "9")]  # 15:00 to 23:00
    assert held[date(2026, 10, 24)].counts() == [(Mark.PLANNED, "25")]
    assert held[date(2026, 10, 25)].counts() == [(Mark.PLANNED, "26")]  # of 25 hours
    assert held[DAYS[-1]].moments[0].clock == "00:00"
    only = narrowed(held, "scan")[date(2026, 10, 25)]
    assert [(each.clock, each.schedule_id) for each in only.moments] == [("00:30", "of scan")]


def test_of_many_on_a_day_some_are_listed_and_the_rest_told_of() -> None:
    held = fill(DAYS, [status(Interval(start=NOW, every_s=1.0))], [], NOW)
    day = held[date(2026, 10, 21)]
    assert day.counts() == [(Mark.PLANNED, f"{MOST_PLANNED}+")]
    assert day.words() == f"{MOST_PLANNED}+ planned"
    assert day.moments[-1].text == "planned, and more on this day"


def test_what_was_is_told_once_also_of_schedules_that_are_gone() -> None:
    at = datetime(2026, 10, 5, 8, tzinfo=UTC)
    finished = Occurrence(
        planned=at, decided=at, state=OccurrenceState.FINISHED, outcome=RunState.FAILED, run_id="1"
    )
    missed = Occurrence(planned=at, decided=at, state=OccurrenceState.MISSED, reason="off", count=3)
    runs = [
        PastRun(run_id=run_id, schedule=name, created=at, state=state)
        for run_id, name, state in (
            ("1", "scan", RunState.FAILED),
            ("2", "scan", RunState.COMPLETED),
            ("3", "gone", RunState.CANCELLED),
        )
    ]
    schedule = Cron(expression="0 8 1 1 *")
    held = fill(DAYS, [status(schedule, finished, missed)], runs, NOW)[date(2026, 10, 5)]
    assert held.words() == "1 went wrong, 1 completed, 1 cancelled, 3 left out"
    assert sorted(each.run_id for each in held.moments) == ["", "1", "2", "3"]
    assert {each.run_id: each.schedule_id for each in held.moments}["3"] == ""


# --- in the window ----------------------------------------------------------------------------------------


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[SchedulePanel]:
    """The panel with a schedule for each noon, and a run of it that failed yesterday."""
    folder = DataFolder.open(tmp_path / "data")
    script = tmp_path / "scan.lua"
    script.write_text("return 1")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    keep_runs(folder.path, script, 1, created=yesterday, schedule="scan", state=RunState.FAILED)
    with shell(folder.path) as window:
        window.docks.raise_panel("schedule")
        noons = Cron(expression="0 12 * * *", time_zone="Europe/Berlin")
        window.engine.ask(AddSchedule(execution=scheduled(read_script(script), noons, RunOptions())))
        found = window.docks.panel(SchedulePanel)
        wait_until(lambda: found.table.rowCount() == 1)
        found.switch.setCurrentIndex(1)
        found.month.grid.setFocus()
        yield found


def words_of(panel: SchedulePanel, day: date) -> str:
    table = panel.month.grid.table
    return str(table.data(table.index_of(day), Qt.ItemDataRole.AccessibleTextRole))


def texts(panel: SchedulePanel) -> list[str]:
    found = panel.month.list
    items = [found.topLevelItem(at) for at in range(found.topLevelItemCount())]
    return [" ".join(item.text(column) for column in range(4)).strip() for item in items if item]


def press(panel: SchedulePanel, key: Qt.Key) -> None:
    QTest.keyClick(panel.month.grid, key)


def window_of(panel: SchedulePanel) -> MainWindow:
    window = panel.window()
    assert isinstance(window, MainWindow)
    return window


def test_keys_lead_from_a_day_to_the_run_that_failed(panel: SchedulePanel) -> None:
    day = today()
    press(panel, Qt.Key.Key_Left)
    yesterday = day - timedelta(days=1)
    wait_until(lambda: "1 went wrong" in words_of(panel, yesterday))
    wait_until(lambda: any("scan failed" in text for text in texts(panel)))
    assert texts(panel)[0] == f"{yesterday:%A %Y-%m-%d}"
    press(panel, Qt.Key.Key_Return)
    assert panel.month.list.hasFocus()
    QTest.keyClick(panel.month.list, Qt.Key.Key_Return)
    runs = window_of(panel).runs
    wait_until(lambda: runs.isVisible() and (row := runs.selected()) and row.state is RunState.FAILED)


def test_keys_turn_the_pages_and_lead_back_to_today(panel: SchedulePanel) -> None:
    grid, day = panel.month.grid, today()
    press(panel, Qt.Key.Key_PageDown)
    next_month = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    assert panel.month._title.text() == f"<b>{next_month:%B %Y}</b>"
    wait_until(lambda: words_of(panel, next_month).endswith(": 1 planned"))
    last = (next_month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    grid.choose(last)
    press(panel, Qt.Key.Key_Right)
    assert grid.table.day(grid.currentIndex()) == last + timedelta(days=1)
    assert grid.table.month.month == (last + timedelta(days=1)).month
    press(panel, Qt.Key.Key_Home)
    assert grid.table.day(grid.currentIndex()) == day
    assert ", today: " in words_of(panel, day)


def test_a_click_on_what_is_planned_leads_to_its_schedule(panel: SchedulePanel) -> None:
    panel.month.go_to(today() + timedelta(days=1))
    wait_until(lambda: any("12:00 scan planned" in text for text in texts(panel)))
    item = panel.month.list.topLevelItem(1)
    assert item is not None
    place = panel.month.list.visualItemRect(item).center()
    QTest.mouseClick(panel.month.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.switch.currentIndex() == 0
    chosen = panel.selected()
    assert chosen is not None
    assert chosen.execution.name == "scan"
    assert panel.view.hasFocus()


def test_the_month_is_remembered_and_everything_has_a_name(panel: SchedulePanel) -> None:
    state = panel.save_state()
    panel.switch.setCurrentIndex(0)
    panel.restore_state(state)
    assert panel.switch.currentIndex() == 1
    month = panel.month
    named = [panel.switch, month.grid, month.list, month._names, month._earlier, month._later]
    assert all(widget.accessibleName() for widget in named)
