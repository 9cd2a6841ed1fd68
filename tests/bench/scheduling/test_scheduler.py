"""What the scheduler does with a due run: overlap, emergency stops, a busy computer, crashes, bad files."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from benchwright.bench.scheduling.decisions import REPLACED, STILL_BUSY
from benchwright.bench.scheduling.resource_monitor import Load, ResourceMonitor
from benchwright.core.errors import (
    ArgumentError,
    EmergencyStopActive,
    GrantNeeded,
    InvalidSchedule,
    MetadataError,
    ScheduleNotFound,
    ScriptRunning,
    StorageError,
)
from benchwright.core.run_states import RunState
from benchwright.core.scheduled_execution import Missed, OccurrenceState, Overlap, ScheduledExecution
from benchwright.core.schedules import Interval, Manual, Once
from tests.bench.scheduling.year import CALM, Died, World, utc

START = utc(2026, 6, 1, 8)
HOURLY = Interval(start=utc(2026, 6, 1, 9), every_s=3600)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "schedules", START)


def history(world: World, name: str = "scan") -> list[tuple[int, str, str]]:
    """Return hour, state and reason of what became of a schedule's times, oldest first."""
    found = reversed(world.status(name).history)
    return [(each.planned.hour, str(each.outcome or each.state), each.reason) for each in found]


def at(hour: int, minute: int = 0) -> datetime:
    return utc(2026, 6, 1, hour, minute)


# --- overlap ----------------------------------------------------------------------------------------------


def test_skip_leaves_out_what_is_due_while_the_run_before_goes_on(world: World) -> None:
    world.run_takes = lambda name: True
    world.add("scan", HOURLY)
    world.run_until(at(11, 30))
    assert history(world) == [(9, "started", ""), (11, "skipped", STILL_BUSY)]
    assert world.status("scan").history[0].count == 2  # 10 and 11
    world.end_run(world.runs[0])
    world.run_until(at(12, 30))
    assert [run.at.hour for run in world.runs] == [9, 12]


def test_queue_starts_it_after_the_one_before(world: World) -> None:
    world.run_takes = lambda name: True
    world.add("scan", HOURLY, overlap=Overlap.QUEUE)
    world.run_until(at(11, 30))
    assert [moment.hour for moment in world.status("scan").waiting] == [10, 11]
    for count in (2, 3):
        world.end_run(world.runs[-1])
        world.tick()
        assert len(world.runs) == count
    assert [moment.hour for moment in world.planned("scan")] == [9, 10, 11]
    assert [run.at.hour for run in world.runs] == [9, 11, 11]


def test_replace_cancels_the_one_before(world: World) -> None:
    world.run_takes = lambda name: True
    world.add("scan", HOURLY, overlap=Overlap.REPLACE)
    world.run_until(at(10, 30))
    assert [run.outcome for run in world.runs] == [RunState.CANCELLED, None]
    world.load = CALM._replace(cpu_percent=99.0)
    world.end_run(world.runs[-1])
    world.run_until(at(12, 30))
    assert [moment.hour for moment in world.status("scan").waiting] == [12]
    assert history(world)[-1] == (11, "skipped", REPLACED)


# --- a busy computer --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (CALM._replace(cpu_percent=92.4), "CPU 92 %"),
        (CALM._replace(memory_percent=81.0), "memory 81 %"),
        (CALM._replace(free_disk_bytes=5_000_000), "disk: 5 MB free"),
    ],
)
def test_a_busy_computer_holds_back_and_says_why(world: World, load: Load, reason: str) -> None:
    world.add("scan", HOURLY)
    world.load = load
    world.run_until(at(9, 30))
    assert not world.runs
    assert world.status("scan").held == reason
    assert world.changes().count("held") == 1
    world.load = CALM
    world.sleep(timedelta(seconds=1))
    assert [run.at for run in world.runs] == [at(9, 30) + timedelta(seconds=1)]
    assert world.planned("scan") == [at(9)]
    assert world.status("scan").held == ""


def test_too_many_runs_hold_back() -> None:
    monitor = ResourceMonitor(lambda: CALM, lambda: 3, 3)
    monitor.sample()
    assert monitor.why_hold() == "3 scripts run"
    assert ResourceMonitor(lambda: CALM, lambda: 2, 3).why_hold() == ""


# --- the emergency stop -----------------------------------------------------------------------------------


def test_an_emergency_stop_suspends_until_a_person_resumes(world: World) -> None:
    world.add("scan", HOURLY)
    world.run_until(at(9, 30))
    world.press()
    world.run_until(at(10, 30))
    with pytest.raises(EmergencyStopActive):
        world.scheduler.resume()
    world.reset()
    world.run_until(at(12, 30))
    assert len(world.runs) == 1
    assert world.scheduler.overview().suspended == "the window"
    world.scheduler.resume()
    world.tick()
    assert len(world.runs) == 1  # nothing starts by it
    world.run_until(at(14, 30))
    assert [run.at.hour for run in world.runs] == [9, 13, 14]
    assert history(world)[1] == (12, "skipped", "suspended by the emergency stop (the window)")


def test_what_waits_at_an_emergency_stop_never_starts(world: World) -> None:
    world.add("scan", HOURLY)
    world.load = CALM._replace(cpu_percent=99.0)
    world.run_until(at(9, 30))
    world.press()
    world.reset()
    world.scheduler.resume()
    world.load = CALM
    world.run_until(at(9, 45))
    assert not world.runs
    assert history(world) == [(9, "skipped", "suspended by the emergency stop (the window)")]


@pytest.mark.parametrize("is_latched", [True, False])
def test_schedules_stay_suspended_over_a_restart(world: World, is_latched: bool) -> None:
    world.add("scan", HOURLY)
    world.press()
    if not is_latched:
        world.reset()
    world.crash()
    world.boot()
    world.run_until(at(9, 30))
    assert not world.runs
    assert world.scheduler.overview().suspended == "the window"


def test_a_stop_pressed_without_a_bench_suspends_too(world: World) -> None:
    world.add("scan", HOURLY)
    world.crash()
    world.is_latched = True
    world.boot()
    world.is_latched = False
    world.run_until(at(9, 30))
    assert not world.runs


def test_a_latch_that_closes_between_decision_and_start_leaves_the_run_out(world: World) -> None:
    world.add("scan", HOURLY)
    world.is_latched = True  # its event is still on the way
    world.run_until(at(9, 30))
    assert history(world) == [(9, "skipped", EmergencyStopActive().message)]


def test_a_lost_desk_suspends_nothing(world: World) -> None:
    world.add("scan", HOURLY)
    world.scheduler.end()
    world.press()
    world.crash()
    world.is_latched = False
    world.boot()
    assert world.scheduler.overview().suspended == ""


# --- scripts that changed, are gone, are refused ----------------------------------------------------------


def test_a_script_that_changed_waits_with_the_reason(world: World) -> None:
    world.add("scan", HOURLY)
    world.refuses["scan"] = GrantNeeded("scan.lua")
    world.run_until(at(9, 30))
    held = "scan.lua changed since it was scheduled; look at it and allow it again"
    assert world.status("scan").held == held
    assert world.status("scan").waiting == (at(9),)
    del world.refuses["scan"]
    world.book.change(msgspec.structs.replace(world.status("scan").execution, content_sha256="new"))
    world.tick()
    assert world.planned("scan") == [at(9)]


def test_a_script_that_cannot_run_is_told_of_and_tried_again_next_time(world: World) -> None:
    world.add("scan", HOURLY)
    world.refuses["scan"] = MetadataError("no parameter 'x'")
    world.run_until(at(9, 30))
    del world.refuses["scan"]
    world.run_until(at(10, 30))
    assert history(world) == [(9, "refused", "no parameter 'x'"), (10, "completed", "")]


# --- crashes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missed", list(Missed))
def test_a_bench_killed_between_writing_down_and_starting_starts_it_after_all(
    world: World, missed: Missed
) -> None:
    world.add("scan", HOURLY, missed=missed)
    world.dies_at_submit = True
    with pytest.raises(Died):
        world.run_until(at(9, 30))
    world.dies_at_submit = False
    world.crash()
    world.now = at(9) + timedelta(seconds=20)
    world.boot()
    world.tick()
    assert world.planned("scan") == [at(9)]
    assert len(world.runs) == 1


@pytest.mark.parametrize(("missed", "count"), [(Missed.SKIP, 0), (Missed.RUN_ONCE, 1)])
def test_after_a_long_time_the_missed_run_policy_decides(world: World, missed: Missed, count: int) -> None:
    world.add("scan", HOURLY, missed=missed)
    world.dies_at_submit = True
    with pytest.raises(Died):
        world.run_until(at(9, 30))
    world.dies_at_submit = False
    world.crash()
    world.now = at(9, 40)
    world.boot()
    world.tick()
    assert len(world.runs) == count
    assert len(history(world)) == 1


def test_a_run_that_the_crash_ended_is_interrupted_and_not_repeated(world: World) -> None:
    world.run_takes = lambda name: True
    world.add("scan", HOURLY, missed=Missed.RUN_ONCE)
    world.run_until(at(9, 30))
    world.crash()
    world.boot()
    world.tick()
    assert history(world) == [(9, "interrupted", "")]
    assert len(world.runs) == 1


def test_what_is_kept_is_the_same_after_a_restart(world: World) -> None:
    world.add("scan", HOURLY, parameters={"stop": 90.0, "label": "a"}, timeout_s=5.0)
    world.add("once", Once(at=at(9)))
    world.add("hand", Manual(), enabled=False)
    world.run_until(at(12, 30))
    before = world.scheduler.overview()
    world.crash()
    world.boot()
    assert world.scheduler.overview() == before


# --- requests ---------------------------------------------------------------------------------------------


def test_by_hand(world: World) -> None:
    schedule_id = world.add("scan", Manual())
    world.run_takes = lambda name: True
    run_id = world.scheduler.run_now(schedule_id)
    with pytest.raises(ScriptRunning, match="scan runs already"):
        world.scheduler.run_now(schedule_id)
    world.end_run(world.run(run_id), RunState.FAILED)
    world.tick()
    assert history(world) == [(8, "failed", "")]
    world.press()
    with pytest.raises(EmergencyStopActive):
        world.scheduler.run_now(schedule_id)


def test_what_is_switched_off_does_not_run_and_goes_on_later_without_making_up(world: World) -> None:
    schedule_id = world.add("scan", HOURLY, missed=Missed.RUN_ONCE)
    world.book.enable(schedule_id, False)
    world.run_until(at(11, 30))
    assert world.status("scan").next_run is None
    assert world.book.preview() == []
    world.book.enable(schedule_id, True)
    world.run_until(at(12, 30))
    assert [run.at.hour for run in world.runs] == [12]


def test_what_is_removed_is_forgotten_and_can_be_added_again(world: World) -> None:
    schedule_id = world.add("scan", HOURLY)
    execution = world.book.remove(schedule_id)
    assert world.book.statuses() == ()
    assert not list(world.folder.glob("*.json"))
    assert world.book.add(execution) != schedule_id
    for use in (world.book.remove, world.book.preview, world.scheduler.run_now):
        with pytest.raises(ScheduleNotFound):
            use(schedule_id)


def test_a_desk_that_only_asks_runs_nothing(world: World) -> None:
    world.add("scan", HOURLY, missed=Missed.RUN_ONCE)
    world.is_hosted = False
    world.run_until(at(11, 30))
    assert not world.runs
    world.is_hosted = True
    world.tick()
    assert [run.at.hour for run in world.runs] == [11]


@pytest.mark.parametrize(
    ("name", "schedule", "message"),
    [
        ("", HOURLY, "needs a name"),
        ("x" * 101, HOURLY, "needs a name"),
        ("two\nlines", HOURLY, "needs a name"),
        ("scan", Once(at=utc(2020)), "its time is past"),
        ("scan", Interval(start=START, every_s=0), "must be from 1 s"),
    ],
)
def test_what_makes_no_sense_is_not_kept(world: World, name: str, schedule: Interval, message: str) -> None:
    with pytest.raises(InvalidSchedule, match=message):
        world.add(name, schedule)
    assert world.book.statuses() == ()
    assert not world.folder.exists()


def test_a_preview_is_of_a_sensible_length(world: World) -> None:
    world.add("scan", HOURLY)
    for count in (0, -1, 1001):
        with pytest.raises(ArgumentError, match="a preview has 1 to 1000 runs"):
            world.book.preview(count=count)


# --- bad files --------------------------------------------------------------------------------------------


def damage_json(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def damage_schema(path: Path) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "schema": 99}))


def damage_id(path: Path) -> None:
    path.rename(path.with_name("00000000.json"))


def damage_bytes(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\0\0" * 10)


def damage_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def damage_schedule(path: Path) -> None:
    content = json.loads(path.read_bytes())
    content["execution"]["schedule"]["every_s"] = 0
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "damage", [damage_json, damage_schema, damage_id, damage_bytes, damage_folder, damage_schedule]
)
def test_a_file_that_is_damaged_costs_no_other_schedule(
    world: World, damage: Callable[[Path], None], allow_logs: Callable[[str], None]
) -> None:
    allow_logs("the schedule")
    schedule_id = world.add("broken", HOURLY)
    world.add("scan", HOURLY)
    (world.folder / "notes.txt").write_text("of a person")
    damage(world.folder / f"{schedule_id}.json")
    world.crash()
    world.boot()
    (problem,) = world.scheduler.overview().problems
    assert str(world.folder) in problem
    world.run_until(at(9, 30))
    assert [run.name for run in world.runs] == ["scan"]


def test_what_cannot_be_written_down_does_not_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("scan", HOURLY)

    def full(*_: object) -> None:
        raise StorageError("cannot write: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("benchwright.bench.scheduling.store.write_atomic", full)
        world.run_until(at(9, 0) + timedelta(seconds=30))
        assert not world.runs
        assert "No space left" in world.status("scan").held
        with pytest.raises(StorageError):
            world.add("another", HOURLY)
        assert len(world.book.statuses()) == 1
    world.sleep(timedelta(seconds=1))
    assert world.planned("scan") == [at(9)]


def test_the_end_of_a_run_is_known_though_it_cannot_be_written_down(
    world: World, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("is not written down: .*No space left")
    world.run_takes = lambda name: True
    world.add("scan", HOURLY)
    world.run_until(at(9, 30))

    def full(*_: object) -> None:
        raise StorageError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("benchwright.bench.scheduling.store.write_atomic", full)
        world.end_run(world.runs[0])
        world.tick()
    world.run_until(at(10, 30))
    assert [run.at.hour for run in world.runs] == [9, 10]


def test_history_is_bounded(world: World) -> None:
    world.add("scan", Interval(start=at(9), every_s=60))
    world.run_until(at(12))
    assert len(world.runs) == 181
    assert len(world.status("scan").history) == 100
    assert world.status("scan").history[0].state is OccurrenceState.FINISHED


def test_two_of_the_same_name_are_two(world: World) -> None:
    execution = ScheduledExecution(name="scan", script="/scan.lua", schedule=HOURLY)
    assert len({world.book.add(execution) for _ in range(3)}) == 3
    world.run_until(at(9, 30))
    assert len(world.runs) == 3
