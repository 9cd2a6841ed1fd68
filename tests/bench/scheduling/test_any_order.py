"""Whatever happens in whatever order, no time is run twice, and every run is of a time that was due."""

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.bench.scheduling.store import HISTORY
from benchwright.core.errors import GrantNeeded
from benchwright.core.scheduled_execution import Missed, OccurrenceState, Overlap
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, occurrences
from tests.bench.scheduling.year import CALM, Died, World, utc

START = utc(2026, 10, 24, 21)  # the clocks go back in the night
SCHEDULES: dict[str, ExecutionSchedule] = {
    "interval": Interval(start=START + timedelta(minutes=7), every_s=2400),
    "cron": Cron(expression="*/30 0-4 * * *", time_zone="Europe/Berlin"),
}


def advance(world: World) -> None:
    world.run_until(world.now + timedelta(minutes=50))


def sleep(world: World) -> None:
    world.sleep(timedelta(hours=3))


def end_runs(world: World) -> None:
    for run in world.active():
        world.end_run(run)
    world.tick()


def restart(world: World) -> None:
    world.crash()
    world.now += timedelta(seconds=5)
    world.boot()


def die_at_start(world: World) -> None:
    world.dies_at_submit = True
    try:
        advance(world)
    except Died:
        pass
    world.dies_at_submit = False
    restart(world)


def set_clock_back(world: World) -> None:
    world.now -= timedelta(minutes=45)


def press(world: World) -> None:
    world.press()
    end_runs(world)


def resume(world: World) -> None:
    world.reset()
    world.scheduler.resume()


def be_busy(world: World) -> None:
    world.load = CALM._replace(cpu_percent=95.0)


def be_calm(world: World) -> None:
    world.load = CALM


def change_script(world: World) -> None:
    world.refuses = {"cron": GrantNeeded("cron.lua")}


def allow_script(world: World) -> None:
    world.refuses = {}


def switch(world: World) -> None:
    execution = world.status("cron").execution
    world.book.enable(execution.id, not execution.enabled)


ACTS: list[Callable[[World], None]] = [
    advance, sleep, end_runs, restart, die_at_start, set_clock_back, press, resume, be_busy, be_calm,
    change_script, allow_script, switch,
]  # fmt: skip


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(ACTS), max_size=25),
    st.sampled_from(list(Overlap)),
    st.sampled_from(list(Missed)),
    st.booleans(),
)
def test_no_time_is_run_twice_and_none_is_made_up(
    acts: list[Callable[[World], None]], overlap: Overlap, missed: Missed, takes_long: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "schedules", START)
        world.run_takes = lambda name: takes_long
        for name, schedule in SCHEDULES.items():
            world.add(name, schedule, overlap=overlap, missed=missed)
        for act in acts:
            act(world)
            check(world)


def check(world: World) -> None:
    for name, schedule in SCHEDULES.items():
        status = world.status(name)
        assert len(status.history) < HISTORY
        started = [each for each in status.history if each.run_id]
        due = set(occurrences(schedule, START, max(world.now, START) + timedelta(days=1)))
        assert due.issuperset(each.planned for each in started)
        assert due.issuperset(status.waiting)
        times = Counter([*(each.planned for each in started), *status.waiting])
        assert max(times.values(), default=1) == 1
        assert {each.run_id for each in started} == {run.run_id for run in world.runs if run.name == name}
        assert sum(each.state is OccurrenceState.STARTED for each in started) <= 1
