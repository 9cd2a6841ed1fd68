"""A year on a clock of the test: exactly the runs that the preview listed, none twice."""

import os
from bisect import bisect_left
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import pytest

from benchwright.bench.scheduling.decisions import LATE_AFTER, NOT_RUN_THEN
from benchwright.core.scheduled_execution import Missed, OccurrenceState
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, Once
from tests.bench.scheduling.year import Died, World, utc

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


@pytest.fixture(autouse=True)
def without_waiting_for_the_drive(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about time, not about a power cut; a year writes thousands of files."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


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
    promised = previewed(world, END)
    random = Random(7)
    while world.now < END:
        world.run_until(min(world.now + timedelta(hours=random.uniform(0, 200)), END))
        restart(world, timedelta(milliseconds=random.choice([0, 0, 1, 3])))
    assert started(world) == promised


def restart(world: World, pause: timedelta) -> None:
    """Kill the bench, and start another on its files some time later."""
    world.crash()
    world.now += pause
    world.boot()
    world.tick()


def pause(random: Random) -> timedelta:
    """Return a time from a second to days, and often one of about a minute: that is what late means."""
    return timedelta(seconds=random.choice([10 ** random.uniform(0, 5.6), random.uniform(30, 150)]))


def sleep(world: World, random: Random) -> None:
    """Suspend the computer; the scheduler itself does not notice."""
    world.sleep(pause(random))


def stay_off(world: World, random: Random) -> None:
    restart(world, pause(random))


def die_at_a_start(world: World, random: Random) -> None:
    """Kill the bench after it wrote a start down and before it made it."""
    world.dies_at_submit = True
    with pytest.raises(Died):
        world.run_until(world.now + timedelta(days=7))
    world.dies_at_submit = False
    restart(world, timedelta(seconds=random.uniform(0, 150)))


def expected(
    promised: list[tuple[datetime, str]], looks: list[datetime], missed: Missed
) -> list[tuple[datetime, str]]:
    """Return what should run, told from the preview and from when somebody looked at the clock alone.

    Of what is due since the look before, the last is run where it is not late, or is to be made up for.
    """
    last_of: dict[tuple[str, datetime], datetime] = {}
    for moment, name in promised:
        look = looks[bisect_left(looks, moment)]
        last_of[name, look] = max(moment, last_of.get((name, look), moment))
    return sorted(
        (moment, name)
        for (name, look), moment in last_of.items()
        if missed is Missed.RUN_ONCE or look - moment <= LATE_AFTER
    )


@pytest.mark.parametrize("missed", list(Missed))
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 40))])
def test_a_year_of_sleep_restarts_and_crashes_at_random_moments(
    world: World, missed: Missed, seed: int
) -> None:
    for name in SCHEDULES:
        world.book.change(msgspec.structs.replace(world.status(name).execution, missed=missed))
    promised = previewed(world, END + timedelta(days=14))
    random = Random(seed)
    while world.now < END:
        world.run_until(world.now + timedelta(hours=random.uniform(0, 150)))
        if random.random() < 0.7:
            world.run_until(world.next_due() - timedelta(seconds=random.uniform(0, 30)))
        random.choice([sleep, stay_off, die_at_a_start])(world, random)
    due = [each for each in promised if each[0] <= world.now]
    ran = sorted((run.planned, run.name) for run in world.runs)
    assert len(due) > len(ran) > 1000
    assert ran == expected(due, world.looks, missed)


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
