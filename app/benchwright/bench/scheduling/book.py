"""The schedules that there are: in memory, on disk, and told to operators when one changes."""

import logging
import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Final

import msgspec

from benchwright.bench.event_bus import EventBus
from benchwright.bench.scheduling.store import ScheduleRecord, ScheduleStore
from benchwright.core.errors import ArgumentError, InvalidSchedule, ScheduleNotFound, StorageError
from benchwright.core.events import ScheduleChanged
from benchwright.core.scheduled_execution import PlannedRun, ScheduledExecution, ScheduleStatus
from benchwright.core.schedules import Manual, occurrences

_log = logging.getLogger(__name__)

MAX_PREVIEW: Final = 1000


class Entry:
    """A schedule in memory: its record, and why what is due waits.

    The script is looked at again at ``retry_at`` where it waits for a person.
    """

    def __init__(self, record: ScheduleRecord) -> None:
        self.record = record
        self.held = ""
        self._next_run: datetime | None = None
        self._next_run_of: ScheduleRecord | None = None  # the record that it was found for
        self.retry_at: datetime | None = None

    @property
    def execution(self) -> ScheduledExecution:
        """What is to run when."""
        return self.record.execution

    def next_run(self) -> datetime | None:
        """Return when it is due next, which may be by now."""
        if self._next_run_of is not self.record:
            schedule = self.execution.schedule
            self._next_run = schedule.next_after(self.record.decided_until)
            self._next_run_of = self.record
        return self._next_run if self.execution.enabled else None

    def is_due(self, now: datetime) -> bool:
        """Tell whether there is something to decide."""
        due = self.next_run()
        return due is not None and due <= now

    def status(self) -> ScheduleStatus:
        """Return what operators see of it."""
        record = self.record
        return ScheduleStatus(
            execution=record.execution,
            next_run=self.next_run(),
            waiting=record.waiting,
            held=self.held,
            needs_grant=self.retry_at is not None and bool(record.waiting),
            run_id=record.run_id,
            history=record.history[::-1],
        )


class ScheduleBook:
    """The table of schedules; each change is on disk before it is told. Hold `lock` over several steps.

    Args:
        check_script: raises what the bench has against running a script so.
        now: tells the time in UTC.
    """

    def __init__(
        self,
        store: ScheduleStore,
        bus: EventBus,
        check_script: Callable[[ScheduledExecution], object],
        now: Callable[[], datetime],
    ) -> None:
        self.lock = threading.RLock()
        self.entries: dict[str, Entry] = {}
        self.when_changed: Callable[[], None] = lambda: None  # told when an operator changed something
        self._store = store
        self._bus = bus
        self._check_script = check_script
        self._now = now

    # --- what operators ask ---

    def statuses(self) -> tuple[ScheduleStatus, ...]:
        """Return all schedules in the order of their names."""
        with self.lock:
            statuses = [entry.status() for entry in self.entries.values()]
        return tuple(sorted(statuses, key=lambda each: (each.execution.name.casefold(), each.execution.id)))

    def add(self, execution: ScheduledExecution) -> str:
        """Keep a new schedule and return its id.

        Raises:
            InvalidSchedule: it makes no sense, or is never due.
            BenchwrightError: its script cannot be read or does not take these parameters.
        """
        with self.lock:
            execution = msgspec.structs.replace(execution, id=secrets.token_hex(4))
            self._check(execution)
            entry = Entry(ScheduleRecord(execution=execution, decided_until=self._now()))
            self.save(entry, entry.record, "added")
            self.entries[execution.id] = entry
        self.when_changed()
        return execution.id

    def change(self, execution: ScheduledExecution) -> None:
        """Put another content in the place of a schedule; its history stays. Raises as `add` does."""
        with self.lock:
            entry = self.get(execution.id)
            self._check(execution, before=entry.execution)
            self._replace(entry, execution)
        self.when_changed()

    def enable(self, schedule_id: str, enabled: bool) -> None:
        """Let a schedule run from now on, or no more.

        Raises:
            ScheduleNotFound: there is none of that id.
            BenchwrightError: its script cannot be run.
        """
        with self.lock:
            entry = self.get(schedule_id)
            execution = msgspec.structs.replace(entry.execution, enabled=enabled)
            if execution != entry.execution:
                self._check(execution, before=entry.execution)
                self._replace(entry, execution)
        self.when_changed()

    def remove(self, schedule_id: str) -> ScheduledExecution:
        """Forget a schedule and return it; a run of it that is active goes on.

        Raises:
            ScheduleNotFound: there is none of that id.
        """
        with self.lock:
            entry = self.get(schedule_id)
            self._store.remove(schedule_id)
            del self.entries[schedule_id]
        self.tell("removed", entry)
        return entry.execution

    def preview(self, schedule_id: str = "", count: int = 10) -> list[PlannedRun]:
        """Tell the next runs of all schedules or of one, in order.

        Raises:
            ScheduleNotFound: there is none of that id.
            ArgumentError: the count makes no sense.
        """
        if not 1 <= count <= MAX_PREVIEW:
            raise ArgumentError(f"a preview has 1 to {MAX_PREVIEW} runs, found {count}")
        with self.lock:
            chosen = [self.get(schedule_id)] if schedule_id else list(self.entries.values())
            now = self._now()
            return list(islice(merge(*(_planned(entry, now) for entry in chosen), key=_moment_of), count))

    # --- what the scheduler needs ---

    def get(self, schedule_id: str) -> Entry:
        """Return a schedule.

        Raises:
            ScheduleNotFound: there is none of that id.
        """
        if schedule_id not in self.entries:
            raise ScheduleNotFound(f"there is no schedule {schedule_id!r}")
        return self.entries[schedule_id]

    def save(
        self, entry: Entry, record: ScheduleRecord, change: str, reason: str = "", run_id: str = ""
    ) -> None:
        """Put a record in the place of an entry's: on disk, in memory, and told.

        Raises:
            StorageError: it cannot be written; nothing has changed.
        """
        self._store.save(record)
        entry.record = record
        self.tell(change, entry, reason, run_id)

    def note(
        self, entry: Entry, record: ScheduleRecord, change: str, reason: str = "", run_id: str = ""
    ) -> None:
        """Take note of what has happened already: in memory, too, where it cannot be written."""
        try:
            self.save(entry, record, change, reason, run_id)
        except StorageError as error:
            _log.error("the schedule %s is not written down: %s", entry.execution.name, error)
            entry.record = record
            self.tell(change, entry, reason, run_id)

    def hold(self, entry: Entry, reason: str) -> None:
        """Take note of why what is due waits; an empty reason where nothing waits."""
        if entry.held != reason:
            entry.held = reason
            if reason:
                self.tell("held", entry, reason)

    def tell(self, change: str, entry: Entry | None = None, reason: str = "", run_id: str = "") -> None:
        """Publish that something is another."""
        self._bus.publish(
            ScheduleChanged(
                run_id=run_id,
                schedule_id="" if entry is None else entry.execution.id,
                name="" if entry is None else entry.execution.name,
                change=change,
                reason=reason,
            )
        )

    # --- parts ---

    def _check(self, execution: ScheduledExecution, before: ScheduledExecution | None = None) -> None:
        """Refuse what makes no sense; what is switched off need not be able to run now."""
        execution.check()
        if not execution.enabled:
            return
        schedule = execution.schedule
        is_new = before is None or before.schedule != schedule
        can_come = isinstance(schedule, Manual) or schedule.next_after(self._now()) is not None
        if is_new and not can_come:
            raise InvalidSchedule("its time is past: it would never run")
        self._check_script(execution)

    def _replace(self, entry: Entry, execution: ScheduledExecution) -> None:
        record = msgspec.structs.replace(
            entry.record,
            execution=execution,
            decided_until=self._now(),
            waiting=entry.record.waiting if execution.enabled else (),
        )
        entry.held, entry.retry_at = "", None
        self.save(entry, record, "changed")


def _planned(entry: Entry, now: datetime) -> Iterable[PlannedRun]:
    execution = entry.execution
    if execution.enabled:
        for moment in occurrences(execution.schedule, max(entry.record.decided_until, now)):
            yield PlannedRun(
                schedule_id=execution.id, name=execution.name, script=execution.script, planned=moment
            )


def _moment_of(run: PlannedRun) -> datetime:
    return run.planned
