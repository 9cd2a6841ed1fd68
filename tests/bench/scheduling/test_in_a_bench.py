"""Schedules on a whole bench: a script runs when it is due, and what it may is what a person granted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.scripts.grants import GrantStore
from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.script_file import read_script
from benchwright.bench.scripts.submission import RunOptions
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import (
    EmergencyStopActive,
    GrantNeeded,
    InvalidSchedule,
    MetadataError,
    ScriptNotFound,
)
from benchwright.core.events import ScheduleChanged
from benchwright.core.operator_messages import (
    AddSchedule,
    ChangeSchedule,
    ListSchedules,
    ResumeSchedules,
    RunScheduleNow,
)
from benchwright.core.scheduled_execution import OccurrenceState, Overlap, ScheduleOverview
from benchwright.core.schedules import Interval, Manual
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import ScheduleSettings
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
    schedule_id = client.request(
        every_second(script, overlap=Overlap.QUEUE)
    )  # a busy computer takes its time
    for _ in range(2):
        started = operator.wait_for(ScheduleChanged, lambda event: event.change == "started")
        assert operator.finished_among(started.run_id).outcome == "completed"
        operator.wait_for(ScheduleChanged, lambda event: event.change == "finished")
    (status,) = overview(client).schedules
    assert status.execution.id == schedule_id
    second, first = [each for each in status.history if each.state is OccurrenceState.FINISHED][-2:]
    assert {first.outcome, second.outcome} == {"completed"}
    assert second.planned - first.planned == timedelta(seconds=1)
    assert operator.lines()[:2] == ["hello", "hello"]


def test_a_run_has_what_was_granted_and_a_changed_script_waits_for_a_person(
    client: BenchClient, operator: Operator, tmp_path: Path
) -> None:
    script = tmp_path / "move.lua"
    script.write_text('print(instruments.get("esp300"):move_absolute(1))')
    execution = scheduled(read_script(script), Manual(), RunOptions(grant=frozenset()))
    schedule_id = str(client.request(AddSchedule(execution=execution)))
    run_id = str(client.request(RunScheduleNow(schedule_id=schedule_id)))
    finished = operator.finished(run_id)
    assert finished.error is not None
    assert "needs the permission device:control" in finished.error.message
    operator.wait_for(ScheduleChanged, lambda event: event.change == "finished")

    script.write_text('print("changed")')
    with pytest.raises(GrantNeeded, match=r"move.lua changed since it was scheduled"):
        client.request(RunScheduleNow(schedule_id=schedule_id))
    allowed = scheduled(read_script(script), Manual(), RunOptions())
    client.request(ChangeSchedule(execution=msgspec.structs.replace(allowed, id=schedule_id)))
    assert (
        operator.finished(str(client.request(RunScheduleNow(schedule_id=schedule_id)))).outcome == "completed"
    )


def test_a_script_that_was_granted_elsewhere_runs_as_it_is_now(
    client: BenchClient, operator: Operator, folder: DataFolder, tmp_path: Path
) -> None:
    script = tmp_path / "scan.lua"
    script.write_text("print(1)")
    schedule_id = str(client.request(every_second(script, schedule=Manual())))
    script.write_text("print(2)")
    changed = read_script(script)
    GrantStore(folder.grants_file).remember(changed.content_hash, "scan.lua", changed.wanted_permissions)
    assert (
        operator.finished(str(client.request(RunScheduleNow(schedule_id=schedule_id)))).outcome == "completed"
    )
    assert "2" in operator.lines()


def test_a_run_tells_which_schedule_started_it(
    client: BenchClient, operator: Operator, folder: DataFolder, tmp_path: Path
) -> None:
    script = tmp_path / "scan.lua"
    script.write_text("print(1)")
    schedule_id = str(client.request(every_second(script, schedule=Manual(), name="by night")))
    run_id = str(client.request(RunScheduleNow(schedule_id=schedule_id)))
    operator.finished(run_id)
    assert RunStore(folder.path).load(run_id).schedule == "by night"


def test_an_emergency_stop_ends_the_run_and_suspends_the_schedules(
    client: BenchClient,
    bench: BenchApplication,
    operator: Operator,
    allow_logs: Callable[[str], None],
    tmp_path: Path,
) -> None:
    allow_logs("emergency stop")
    script = tmp_path / "long.lua"
    script.write_text('print("on")\nwhile true do sleep(1) end')
    client.request(every_second(script))
    operator.wait_for_line("on")
    bench.emergency.press("a test")
    operator.wait_for(ScheduleChanged, lambda event: event.change == "suspended")
    operator.wait_for(ScheduleChanged, lambda event: event.change == "finished")
    with pytest.raises(EmergencyStopActive):
        client.request(ResumeSchedules())
    bench.emergency.reset("a test")
    operator.wait_for(ScheduleChanged, lambda event: event.change == "skipped")
    found = overview(client)
    assert found.suspended == "a test"
    assert [each.outcome for each in found.schedules[0].history if each.run_id] == ["emergency_stopped"]
    client.request(ResumeSchedules())
    operator.wait_for(ScheduleChanged, lambda event: event.change == "started")


def test_scheduled_runs_and_those_of_a_person_share_the_places(
    client: BenchClient, bench: BenchApplication, operator: Operator, tmp_path: Path
) -> None:
    places = bench.config.max_concurrent_runs
    by_hand = [operator.submit("while true do sleep(1) end") for _ in range(places)]
    script = tmp_path / "hello.lua"
    script.write_text('print("hello")')
    client.request(every_second(script))
    held = operator.wait_for(ScheduleChanged, lambda event: event.change == "held")
    assert held.reason == f"{places} scripts run"
    bench.supervisor.cancel(by_hand[0], kill=True)
    operator.wait_for_line("hello")


def test_a_script_is_refused_as_when_it_is_submitted(client: BenchClient, tmp_path: Path) -> None:
    script = tmp_path / "scan.lua"
    script.write_text("print(1)")
    with pytest.raises(MetadataError, match="no parameter 'stop'"):
        client.request(every_second(script, parameters={"stop": 1}))
    with pytest.raises(ScriptNotFound):
        client.request(every_second(script, script=str(tmp_path / "gone.lua")))
    with pytest.raises(InvalidSchedule):
        client.request(every_second(script, schedule=Interval(start=datetime.now(UTC), every_s=0.0)))
    assert overview(client).schedules == ()
