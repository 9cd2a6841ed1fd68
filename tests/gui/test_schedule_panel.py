"""The schedule panel on a window with a bench of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.scheduling import scheduled
from benchwright.bench.operators.script_file import read_script
from benchwright.bench.operators.submission import RunOptions
from benchwright.core.operator_messages import AddSchedule, RunScheduleNow
from benchwright.core.resource_paths import resource_path
from benchwright.core.schedules import Interval
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.schedule.panel import SchedulePanel
from tests.gui.shell import shell, wait_until

NEVER_BUSY = "\n[schedules]\nmax_cpu_percent = 100\nmax_memory_percent = 100\n"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder whose bench starts schedules on a busy computer, too."""
    folder = DataFolder.open(tmp_path / "data")
    folder.config_file.write_text(resource_path("demo_bench.toml").read_text("utf-8") + NEVER_BUSY)
    return folder.path


def panel_of(window: MainWindow) -> SchedulePanel:
    panel = window.docks.panels["schedule"]
    assert isinstance(panel, SchedulePanel)
    return panel


def cells(panel: SchedulePanel, row: int = 0) -> list[str]:
    return [panel.table.data(panel.table.index(row, column)) for column in range(panel.table.columnCount())]


def test_a_schedule_shows_with_its_next_run_and_what_became_of_the_last(
    tmp_path: Path, data_dir: Path
) -> None:
    script = tmp_path / "hello.lua"
    script.write_text('print("hello")')
    with shell(data_dir) as window:
        panel = panel_of(window)
        schedule = Interval(start=datetime.now(UTC) + timedelta(days=1), every_s=86400)
        execution = scheduled(read_script(script), schedule, RunOptions())
        window.engine.ask(AddSchedule(execution=execution))
        wait_until(lambda: panel.table.rowCount() == 1)
        schedule_id = panel.overview.schedules[0].execution.id
        window.engine.ask(RunScheduleNow(schedule_id=schedule_id))
        wait_until(lambda: "completed" in cells(panel)[4])
        name, file, times, coming, last, state = cells(panel)
        assert (name, file, state) == ("hello", "hello.lua", "")
        assert times.startswith("every 1 d from ")
        assert coming.startswith("tomorrow ")
        assert last.startswith("today ")
