"""A scheduler on a clock that tests set, with runs that are over when tests say so."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.run import RunPlan
from benchwright.bench.scheduling import BenchView, ResourceMonitor, ScheduleStore, ScriptScheduler
from benchwright.bench.scheduling.resource_monitor import Load
from benchwright.core.errors import BenchwrightError, EmergencyStopActive
from benchwright.core.events import AnyEvent, EmergencyChanged, RunStateChanged, ScheduleChanged
from benchwright.core.run_states import RunState
from benchwright.core.scheduled_execution import ScheduledExecution, ScheduleStatus
from benchwright.core.schedules import ExecutionSchedule
from tests.bench.plans import plan

CALM = Load(cpu_percent=10.0, memory_percent=30.0, free_disk_bytes=10**12)


class Started:
    """A run that was started: by which schedule, when, and for which time."""

    def __init__(self, run_id: str, name: str, at: datetime, planned: datetime) -> None:
        self.run_id = run_id
        self.name = name
        self.at = at
        self.planned = planned
        self.outcome: RunState | None = None


class World:
    """What outlives a bench: the clock, the files, and the runs that were made."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.folder = folder
        self.now = now
        self.runs: list[Started] = []
        self.load = CALM
        self.is_latched = False
        self.run_takes: Callable[[str], bool] = lambda name: False  # whether a run goes on until it is ended
        self.refuses: dict[str, BenchwrightError] = {}
        self.dies_at_submit = False
        self.looks: list[datetime] = []  # when a scheduler looked at the clock, and lived to tell
        self.boot()

    def boot(self) -> None:
        """Start a bench on these files."""
        self.bus = EventBus()
        self.events: list[AnyEvent] = []
        self.bus.subscribe(self.events.append)
        self.is_hosted = True
        monitor = ResourceMonitor(lambda: self.load, lambda: len(self.active()), 10)
        view = BenchView(
            outcome_of=self.outcome_of,
            is_latched=lambda: self.is_latched,
            hosts_schedules=lambda: self.is_hosted,
        )
        self.scheduler = ScriptScheduler(
            ScheduleStore(self.folder), self.bus, self, self.plan, monitor, view, now=lambda: self.now
        )
        self.book = self.scheduler.book
        self.scheduler.load()

    def crash(self) -> None:
        """Let the bench die; what it ran is interrupted."""
        self.scheduler.end()
        for run in self.active():
            run.outcome = RunState.INTERRUPTED

    # --- what the scheduler is given ---

    def plan(self, execution: ScheduledExecution) -> RunPlan:
        if execution.name in self.refuses:
            raise self.refuses[execution.name]
        return plan(secrets.token_hex(6), script=execution.name)

    def submit(self, plan: RunPlan) -> str:
        if self.dies_at_submit:
            raise Died
        if self.is_latched:
            raise EmergencyStopActive
        run = Started(plan.run_id, plan.script, self.now, self.planned_of(plan.run_id))
        self.runs.append(run)
        if not self.run_takes(plan.script):
            self.end_run(run)
        return plan.run_id

    def planned_of(self, run_id: str) -> datetime:
        """Return the time that a run is of, which is written down before it is made."""
        history = (each for status in self.book.statuses() for each in status.history)
        return next(each.planned for each in history if each.run_id == run_id)

    def cancel(self, run_id: str, kill: bool = False) -> None:
        self.end_run(self.run(run_id), RunState.CANCELLED)

    def outcome_of(self, run_id: str) -> RunState | None:
        return next((run.outcome for run in self.runs if run.run_id == run_id), None)

    # --- what tests do ---

    def add(self, name: str, schedule: ExecutionSchedule, **changes: Any) -> str:
        return self.book.add(
            ScheduledExecution(name=name, script=f"/{name}.lua", schedule=schedule, **changes)
        )

    def tick(self) -> None:
        """Let the scheduler hear what happened and look at the clock, as its thread does."""
        self.scheduler.hear()
        self.scheduler.tick()
        self.scheduler.hear()
        self.looks.append(self.now)

    def next_due(self) -> datetime:
        """Return when something is due next."""
        return min(moment for each in self.book.statuses() if (moment := each.next_run) is not None)

    def run_until(self, end: datetime) -> None:
        """Let time pass; the scheduler looks when something is due, a little late as threads are."""
        while self.now < end:
            due = [moment for each in self.book.statuses() if (moment := each.next_run) is not None]
            coming = min((moment for moment in due if moment > self.now), default=end)
            self.now = min(coming + timedelta(milliseconds=3), end)
            self.tick()

    def sleep(self, duration: timedelta) -> None:
        """Let time pass while nobody looks."""
        self.now += duration
        self.tick()

    def press(self) -> None:
        self.is_latched = True
        self.bus.publish(EmergencyChanged(latched=True, source="the window"))
        self.tick()

    def reset(self) -> None:
        self.is_latched = False
        self.bus.publish(EmergencyChanged(latched=False))
        self.tick()

    def end_run(self, run: Started, outcome: RunState = RunState.COMPLETED) -> None:
        run.outcome = outcome
        self.bus.publish(RunStateChanged(run_id=run.run_id, state=outcome, script=run.name))

    def run(self, run_id: str) -> Started:
        return next(run for run in self.runs if run.run_id == run_id)

    def active(self) -> list[Started]:
        return [run for run in self.runs if run.outcome is None]

    def status(self, name: str) -> ScheduleStatus:
        return next(each for each in self.book.statuses() if each.execution.name == name)

    def planned(self, name: str) -> list[datetime]:
        """Return the times for which a schedule started runs, in order."""
        return [each.planned for each in reversed(self.status(name).history) if each.run_id]

    def changes(self) -> list[str]:
        return [event.change for event in self.events if isinstance(event, ScheduleChanged)]


class Died(Exception):
    """The bench was killed at this very place."""


def utc(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
