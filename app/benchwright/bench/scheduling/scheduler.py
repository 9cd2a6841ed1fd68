"""Starts scripts when they are due: each time once, whatever happens to the bench."""

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec

from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.run import RunPlan
from benchwright.bench.scheduling import decisions
from benchwright.bench.scheduling.book import Entry, ScheduleBook
from benchwright.bench.scheduling.resource_monitor import ResourceMonitor
from benchwright.bench.scheduling.store import ScheduleStore, Suspension
from benchwright.core.errors import (
    BenchwrightError,
    EmergencyStopActive,
    GrantNeeded,
    ScriptRunning,
    StorageError,
)
from benchwright.core.events import AnyEvent, EmergencyChanged, RunStateChanged
from benchwright.core.run_states import FINAL_STATES, RunState
from benchwright.core.scheduled_execution import (
    OccurrenceState,
    ScheduledExecution,
    ScheduleOverview,
    utc_now,
)

_log = logging.getLogger(__name__)

NAP_S: Final = 1.0  # at most: a computer that slept, or whose clock was set, is noticed after it
_TOLD: Final = 40  # occurrences of each schedule that an overview has
_IDLE_S: Final = 3600.0
_GRANT_RETRY: Final = timedelta(seconds=5)


class Runs(Protocol):
    """Where runs are started and cancelled: the supervisor."""

    def submit(self, plan: RunPlan) -> str: ...
    def cancel(self, run_id: str, kill: bool = False) -> None: ...


class BenchView(NamedTuple):
    """What the scheduler has to know of its bench.

    Attributes:
        outcome_of: tells how a run of before ended; None where it was never begun.
        is_latched: whether the emergency stop is.
        hosts_schedules: whether schedules run on this bench now.
        ends_with_window: whether it is the child of a desk.
    """

    outcome_of: Callable[[str], RunState | None]
    is_latched: Callable[[], bool]
    hosts_schedules: Callable[[], bool] = lambda: True
    ends_with_window: bool = False


class _Over(NamedTuple):
    run_id: str
    outcome: RunState
    reason: str


class ScriptScheduler:
    """Decides in a thread of its own what is due, and starts it through the supervisor.

    A start is on disk before it is made, so a bench that is killed at any moment knows after its restart
    what ran. Requests come from other threads; what the bench publishes is only taken note of in them.

    Args:
        plan: makes the plan of a run; raises what the bench has against it.
        now: tells the time in UTC.
    """

    def __init__(
        self,
        store: ScheduleStore,
        bus: EventBus,
        runs: Runs,
        plan: Callable[[ScheduledExecution], RunPlan],
        monitor: ResourceMonitor,
        bench: BenchView,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.book = ScheduleBook(store, bus, self._check_script, now)
        self.book.when_changed = self._wake
        self._store = store
        self._bus = bus
        self._runs = runs
        self._plan = plan
        self._monitor = monitor
        self._bench = bench
        self._now = now
        self._problems: list[str] = []
        self._suspension: Suspension | None = None
        self._mail: queue.SimpleQueue[_Over | Suspension | None] = queue.SimpleQueue()
        self._closing = False
        self._unsubscribe: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    # --- life ---

    def load(self) -> None:
        """Read the schedules, settle what a bench left behind, and listen to this one."""
        records, self._suspension, self._problems = self._store.load()
        with self.book.lock:
            if self._bench.is_latched() and self._suspension is None:
                self._suspend(Suspension(source="before this bench started", utc=self._now()))
            for record in records:
                entry = self.book.entries[record.execution.id] = Entry(record)
                self._settle(entry)
        self._unsubscribe = self._bus.subscribe(self._listen)

    def start(self) -> None:
        """Start what is due from now on."""
        self._thread.start()

    def end(self) -> None:
        """Start nothing and heed nothing any more; returns at once."""
        self._closing = True
        self._unsubscribe()
        self._wake()

    def close(self) -> None:
        """End, and wait for the thread."""
        self.end()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            try:
                self.tick()
                self._take(self._mail.get(timeout=self.nap_s()))
            except queue.Empty:
                pass
            except Exception:  # noqa: BLE001 - the edge: a mistake of ours must not end all schedules
                _log.exception("the scheduler failed; it goes on")
                threading.Event().wait(NAP_S)

    def _wake(self) -> None:
        self._mail.put(None)

    def _listen(self, event: AnyEvent) -> None:
        """Take note of an event, in the thread that publishes it."""
        if isinstance(event, RunStateChanged) and event.state in FINAL_STATES:
            self._mail.put(_Over(event.run_id, event.state, event.reason))
        elif isinstance(event, EmergencyChanged) and event.latched and self._suspension is None:
            self._suspension = Suspension(source=event.source, utc=event.utc)  # holds from this moment
            self._mail.put(self._suspension)

    def hear(self) -> None:
        """Act on what was taken note of; waits for nothing."""
        while True:
            try:
                self._take(self._mail.get_nowait())
            except queue.Empty:
                return

    def _take(self, message: _Over | Suspension | None) -> None:
        with self.book.lock:
            if isinstance(message, Suspension):
                self._suspend(message)
            elif message is not None:
                self._finish(message)

    # --- what is due ---

    def tick(self) -> None:
        """Decide and start what is due now."""
        with self.book.lock:
            if not self.book.entries:
                return
            self._monitor.sample()
            if not self._bench.hosts_schedules():
                return
            now = self._now()
            for entry in list(self.book.entries.values()):
                try:
                    self._advance(entry, now)
                except StorageError as error:
                    self.book.hold(entry, f"cannot be written down: {error}")

    def nap_s(self) -> float:
        """Return in how many seconds at the latest to look again."""
        with self.book.lock:
            if not self.book.entries:
                return _IDLE_S
            due = [moment for entry in self.book.entries.values() if (moment := entry.next_run())]
            until_s = min(((moment - self._now()).total_seconds() for moment in due), default=NAP_S)
        return until_s if 0 <= until_s <= NAP_S else NAP_S

    def _advance(self, entry: Entry, now: datetime) -> None:
        if entry.is_due(now):
            decision = decisions.decide(entry.record, now, self._why_suspended())
            self.book.save(entry, decision.record, decision.change, decision.reason)
            if decision.cancels:
                self._cancel(entry.record.run_id)
        if not entry.record.waiting:
            self.book.hold(entry, "")
        elif not entry.record.run_id and self._may_start(entry, now):
            self._start_waiting(entry, now)

    def _may_start(self, entry: Entry, now: datetime) -> bool:
        if self._suspension is not None or (entry.retry_at is not None and now < entry.retry_at):
            return False
        held = self._monitor.why_hold()
        self.book.hold(entry, held)
        return not held

    def _start_waiting(self, entry: Entry, now: datetime) -> None:
        """Start what waits longest, or give it up where the bench does not take it."""
        planned = entry.record.waiting[0]
        entry.retry_at = None
        try:
            plan = self._plan(entry.execution)
        except GrantNeeded as error:
            entry.retry_at = now + _GRANT_RETRY
            self.book.hold(entry, error.message)
        except BenchwrightError as error:
            record = decisions.refused(entry.record, planned, now, error.message)
            self.book.save(entry, record, "refused", error.message)
        else:
            self._start(entry, planned, now, plan)

    def _start(self, entry: Entry, planned: datetime, now: datetime, plan: RunPlan) -> None:
        """Write a start down, then make it: a bench that dies in between knows that it was not made."""
        run_id = plan.run_id
        self.book.save(entry, decisions.started(entry.record, planned, now, run_id), "started", run_id=run_id)
        try:
            self._runs.submit(plan)
        except EmergencyStopActive as error:
            record = entry.record.with_run(
                run_id, state=OccurrenceState.SKIPPED, run_id="", reason=error.message
            )
            self.book.note(entry, record, "skipped", error.message)

    def _cancel(self, run_id: str) -> None:
        try:
            self._runs.cancel(run_id)
        except BenchwrightError:
            pass  # it is over: the news of its end is on the way

    def _finish(self, over: _Over) -> None:
        for entry in self.book.entries.values():
            if entry.record.run_id == over.run_id:
                record = decisions.finished(entry.record, over.run_id, over.outcome, over.reason)
                self.book.note(entry, record, "finished", over.reason, over.run_id)

    def _settle(self, entry: Entry) -> None:
        """Take up a schedule after a restart: what it started is over, or was never begun."""
        record, now = entry.record, self._now()
        if run_id := record.run_id:
            outcome = self._bench.outcome_of(run_id)
            if outcome is None:
                record = decisions.never_begun(record, run_id)
            else:
                record = decisions.finished(record, run_id, outcome, "")
        record = decisions.after_restart(record, now)
        if record is not entry.record:
            self.book.note(entry, record, "changed")

    # --- the emergency stop ---

    def _why_suspended(self) -> str:
        suspension = self._suspension
        return "" if suspension is None else f"suspended by the emergency stop ({suspension.source})"

    def _suspend(self, suspension: Suspension) -> None:
        self._suspension = suspension
        for entry in self.book.entries.values():
            if entry.record.waiting:
                record = decisions.drop_waiting(entry.record, self._now(), self._why_suspended())
                self.book.note(entry, record, "skipped", self._why_suspended())
            self.book.hold(entry, "")
        try:
            self._store.suspend(suspension)
        except StorageError as error:
            _log.error("schedules are suspended, but only until this bench ends: %s", error)
        self.book.tell("suspended", reason=suspension.source)

    def resume(self) -> None:
        """Let schedules run again; what was due meanwhile stays left out.

        Raises:
            EmergencyStopActive: the emergency stop is not reset yet.
            StorageError: it cannot be written down.
        """
        with self.book.lock:
            if self._bench.is_latched():
                raise EmergencyStopActive
            if self._suspension is None:
                return
            now = self._now()
            for entry in self.book.entries.values():
                if entry.is_due(now):
                    decision = decisions.decide(entry.record, now, self._why_suspended())
                    self.book.save(entry, decision.record, decision.change, decision.reason)
            self._store.suspend(None)
            self._suspension = None
            self.book.tell("resumed")
        self._wake()

    # --- requests ---

    def overview(self) -> ScheduleOverview:
        """Tell all schedules, and whether they run."""
        return ScheduleOverview(
            schedules=tuple(
                msgspec.structs.replace(each, history=each.history[:_TOLD]) for each in self.book.statuses()
            ),
            suspended="" if self._suspension is None else self._suspension.source,
            is_hosted=self._bench.hosts_schedules(),
            ends_with_window=self._bench.ends_with_window,
            problems=tuple(self._problems),
        )

    def run_now(self, schedule_id: str) -> str:
        """Run what a schedule runs at once, because a person says so; return the run id.

        Raises:
            ScriptRunning: its run of before is not over.
            BenchwrightError: the bench does not take the run.
        """
        with self.book.lock:
            entry = self.book.get(schedule_id)
            if self._bench.is_latched():
                raise EmergencyStopActive
            if entry.record.run_id:
                raise ScriptRunning(f"{entry.execution.name} runs already")
            plan, now = self._plan(entry.execution), self._now()
            self._start(entry, now, now, plan)
            if entry.record.run_id != plan.run_id:
                raise EmergencyStopActive  # it was pressed meanwhile
        return plan.run_id

    def _check_script(self, execution: ScheduledExecution) -> None:
        try:
            self._plan(execution)
        except GrantNeeded:
            pass  # it waits until somebody grants
