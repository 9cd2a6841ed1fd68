"""A year on a clock of the test: exactly the runs that the preview listed, none twice."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import pytest

from benchwright.bench.scheduling.decisions import NOT_RUN_THEN
from benchwright.core.scheduled_execution import Missed, OccurrenceState
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, Once
from tests.bench.scheduling.year import World, utc

START, END = utc(2026), utc(2027)
SCHEDULES: dict[str, ExecutionSchedule] = {
    "night": Cron(expression="30 2 * * *", time_zone="Europe/Berlin"),
    "shift": Cron(expression="0 6,14,22 * * mon-fri", time_zone="America/New_York"),
    "drift": Interval(start=utc(2026, 1, 1, 5), every_s=31 * 3600),
    "once": Once(at=utc(2026, 3, 29, 1)),
}


def previewed(world: World, until: datetime) -> list[tuple[datetime, str]]:
    """Return what the preview lists, page by page as it allows."""
    found: list[tuple[datetime, str]] = []
    for name in SCHEDULES:
        runs = world.book.preview(world.status(name).execution.id, count=1000)
        found += [(run.planned, run.name) for run in runs if run.planned <= until]
    return sorted(found)


def started(world: World) -> list[tuple[datetime, str]]:
    return sorted((run.at.replace(microsecond=0), run.name) for run in world.runs)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "schedules", START)
    for name, schedule in SCHEDULES.items():
        world.add(name, schedule)
    return world


def test_a_year_is_as_the_preview_said(world: World) -> None:
    promised = previewed(world, END)
    assert len(promised) == 365 + 783 + 283 + 1
    world.run_until(END)
    assert started(world) == promised
    night = [moment for moment, name in promised if name == "night"]
    steps = {(after - before) / timedelta(hours=1) for before, after in pairwise(night)}
    assert steps == {23.5, 24.0, 25.0}  # 23.5 before and after the skipped 02:30


def test_restarts_at_any_moment_change_nothing(world: World) -> None:
    promised = previewed(world, utc(2026, 5))
    random = Random(7)
    while world.now < utc(2026, 5):
        world.run_until(min(world.now + timedelta(hours=random.uniform(0, 200)), utc(2026, 5)))
        world.crash()
        world.now += timedelta(milliseconds=random.choice([0, 0, 1, 3]))
        world.boot()
        world.tick()
    assert started(world) == promised


@pytest.mark.parametrize("missed", list(Missed))
def test_what_was_due_while_the_computer_slept_is_one_run_or_none(world: World, missed: Missed) -> None:
    for name in SCHEDULES:
        execution = world.status(name).execution
        world.book.change(msgspec.structs.replace(execution, missed=missed))
    world.run_until(utc(2026, 3, 27, 12))
    world.runs.clear()
    world.sleep(timedelta(days=4))  # across the clock change and the one moment of "once"
    names = sorted(run.name for run in world.runs)
    assert names == (["drift", "night", "once", "shift"] if missed is Missed.RUN_ONCE else [])
    night = world.status("night").history
    left_out = [each for each in night if each.state is OccurrenceState.MISSED]
    assert sum(each.count for each in left_out) == (3 if missed is Missed.RUN_ONCE else 4)
    assert {each.reason for each in left_out} == {NOT_RUN_THEN}
    world.runs.clear()
    promised = previewed(world, utc(2026, 5))
    world.run_until(utc(2026, 5))
    assert started(world) == promised


def test_a_clock_that_is_set_back_runs_nothing_twice(world: World) -> None:
    world.run_until(utc(2026, 2))
    before = len(world.runs)
    world.now -= timedelta(days=2)
    world.run_until(utc(2026, 2))
    assert len(world.runs) == before
    world.run_until(utc(2026, 2, 3))
    assert len(world.runs) > before
