"""Schedules on a whole bench: a script runs when it is due, and what it may is what a person granted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.operators.scheduling import scheduled
from benchwright.bench.operators.script_file import read_script
from benchwright.bench.operators.submission import RunOptions
from benchwright.core.events import ScheduleChanged
from benchwright.core.operator_messages import AddSchedule, ListSchedules
from benchwright.core.scheduled_execution import OccurrenceState, ScheduleOverview
from benchwright.core.schedules import Interval
from benchwright.instruments.config import Config, ScheduleSettings
from tests.bench.operating import Operator

NEVER_BUSY = ScheduleSettings(max_cpu_percent=100.0, max_memory_percent=100.0)


@pytest.fixture
def bench(folder: DataFolder) -> Iterator[BenchApplication]:
    config = msgspec.structs.replace(Config.demo(), schedules=NEVER_BUSY)
    application = BenchApplication(folder, config)
    application.start()
    try:
        yield application
    finally:
        application.close()


@pytest.fixture
def client(bench: BenchApplication, folder: DataFolder) -> Iterator[BenchClient]:
    with BenchClient.connect(folder) as client:
        yield client


def every_second(path: Path, **changes: Any) -> AddSchedule:
    schedule = Interval(start=datetime.now(UTC) + timedelta(seconds=0.2), every_s=1.0)
    execution = scheduled(read_script(path), schedule, RunOptions())
    return AddSchedule(execution=msgspec.structs.replace(execution, **changes))


def overview(client: BenchClient) -> ScheduleOverview:
    return msgspec.convert(client.request(ListSchedules()), ScheduleOverview)


def test_a_script_runs_in_its_interval(client: BenchClient, operator: Operator, tmp_path: Path) -> None:
    script = tmp_path / "hello.lua"
    script.write_text('print("hello")')
    schedule_id = client.request(every_second(script))
    for _ in range(2):
        started = operator.wait_for(ScheduleChanged, lambda event: event.change == "started")
        assert operator.finished_among(started.run_id).outcome == "completed"
        operator.wait_for(ScheduleChanged, lambda event: event.change == "finished")
    (status,) = overview(client).schedules
    assert status.execution.id == schedule_id
    last, first = status.history[:2]
    assert {last.state, first.state} == {OccurrenceState.FINISHED}
    assert last.outcome == "completed"
    assert last.planned - first.planned == timedelta(seconds=1)
    assert operator.lines()[:2] == ["hello", "hello"]
