"""A bench that is killed while it runs schedules: no time is run twice, none is forgotten."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.scheduling import ScheduleRecord, ScheduleStore
from benchwright.bench.scheduling.store import HISTORY
from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.script_file import read_script
from benchwright.bench.scripts.submission import RunOptions
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.operator_messages import AddSchedule
from benchwright.core.resource_paths import resource_path
from benchwright.core.scheduled_execution import Missed, OccurrenceState
from benchwright.core.schedules import Interval, occurrences
from tests.helpers.cli import started_cli

NEVER_BUSY = "\n[schedules]\nmax_cpu_percent = 100\nmax_memory_percent = 100\n"
SCHEDULES = 4


def serve_and_kill(folder: DataFolder, after_s: float) -> None:
    """Serve the folder and kill the bench some time later, whatever it does then."""
    with started_cli("serve", "--data-dir", folder.path, "--json") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        time.sleep(after_s)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def add_schedules(folder: DataFolder, script: Path) -> tuple[datetime, datetime]:
    """Return when the first of them begins, and when all were there."""
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    with started_cli("serve", "--data-dir", folder.path, "--json") as process:
        assert process.stdout is not None
        process.stdout.readline()
        with BenchClient.connect(folder) as client:
            for number in range(SCHEDULES):
                schedule = Interval(start=start + timedelta(seconds=number / SCHEDULES), every_s=1.0)
                execution = scheduled(
                    read_script(script), schedule, RunOptions(), name=str(number), missed=Missed.RUN_ONCE
                )
                client.request(AddSchedule(execution=execution))
            added = datetime.now(UTC)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return start, added


@pytest.mark.parametrize(
    "rounds", [4, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])]
)
def test_killed_at_any_moment_nothing_runs_twice_and_nothing_is_forgotten(
    tmp_path: Path, rounds: int
) -> None:
    folder = DataFolder.open(tmp_path / "data")
    folder.config_file.write_text(resource_path("demo_bench.toml").read_text("utf-8") + NEVER_BUSY)
    script = tmp_path / "hello.lua"
    script.write_text('print("hello")')
    start, added = add_schedules(folder, script)
    random = Random(rounds)
    for _ in range(rounds):
        serve_and_kill(folder, random.uniform(0.0, 1.5))
    with started_cli("serve", "--data-dir", folder.path, "--json") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.wait()
    found, _, problems = ScheduleStore(folder.schedules).load()
    assert (len(found), problems) == (SCHEDULES, [])
    runs = {record.run_id for record in RunStore(folder.path).list()}
    told = [each.run_id for record in found for each in record.history if each.run_id]
    assert len(told) == len(set(told))
    assert set(told) >= {run_id for run_id in runs if rounds < 50}  # history is bounded
    for record in found:
        check_times(record, start, added)


def check_times(record: ScheduleRecord, start: datetime, added: datetime) -> None:
    """Each time is on the raster, was run once at most, and is told of."""
    ran = [each.planned for each in record.history if each.run_id]
    offset = timedelta(seconds=int(record.execution.name) / SCHEDULES)
    assert all((planned - start - offset) % timedelta(seconds=1) == timedelta(0) for planned in ran)
    assert len(ran) == len(set(ran))
    if len(record.history) < HISTORY:
        schedule, told = record.execution.schedule, sum(each.count for each in record.history)
        most, least = (
            len(list(occurrences(schedule, moment, record.decided_until)))
            for moment in (start - timedelta(seconds=1), added)
        )
        assert least <= told + len(record.waiting) <= most
        assert ran
    states = {each.state for each in record.history}
    assert states <= {
        OccurrenceState.STARTED,
        OccurrenceState.FINISHED,
        OccurrenceState.MISSED,
        OccurrenceState.SKIPPED,
    }
