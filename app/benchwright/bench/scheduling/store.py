"""The schedules on disk: one file each, replaced whole, so that a damaged one costs no other."""

import logging
import re
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from benchwright.bench.storage.files import reason_of, write_atomic
from benchwright.core.errors import InvalidSchedule, StorageError
from benchwright.core.scheduled_execution import Occurrence, OccurrenceState, ScheduledExecution

SCHEMA_VERSION: Final = 1
HISTORY: Final = 100  # occurrences that are kept of each schedule
_NAME: Final = re.compile(r"[0-9a-f]{8}\.json")
_SUSPENDED: Final = "suspended.json"

_log = logging.getLogger(__name__)


class ScheduleRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a schedule's file.

    What is due up to ``decided_until`` is decided: it is in ``waiting`` (due, not started yet) or in
    ``history`` (oldest first).
    """

    schema: int = SCHEMA_VERSION
    execution: ScheduledExecution
    decided_until: datetime
    waiting: tuple[datetime, ...] = ()
    history: tuple[Occurrence, ...] = ()

    @property
    def run_id(self) -> str:
        """The run that was started and is not known to be over."""
        return next(
            (each.run_id for each in reversed(self.history) if each.state is OccurrenceState.STARTED), ""
        )

    def noted(self, occurrence: Occurrence) -> "ScheduleRecord":
        """Return it with one more occurrence; one like the last is told of with it."""
        history = self.history
        if history and _alike(history[-1], occurrence):
            occurrence = msgspec.structs.replace(occurrence, count=occurrence.count + history[-1].count)
            history = history[:-1]
        return msgspec.structs.replace(self, history=(*history, occurrence)[-HISTORY:])

    def with_run(self, of_run: str, **changes: object) -> "ScheduleRecord":
        """Return it with the occurrence of a run changed."""
        history = tuple(
            msgspec.structs.replace(each, **changes) if each.run_id == of_run else each
            for each in self.history
        )
        return msgspec.structs.replace(self, history=history)


def _alike(first: Occurrence, second: Occurrence) -> bool:
    return not (first.run_id or second.run_id) and (first.state, first.reason) == (
        second.state,
        second.reason,
    )


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """Which emergency stop suspended the schedules, and when."""

    source: str
    utc: datetime


class Loaded(NamedTuple):
    """What was found on disk; `problems` is a sentence for each file that could not be read."""

    records: list[ScheduleRecord]
    suspension: Suspension | None
    problems: list[str]


class ScheduleStore:
    """Reads and replaces the files of a folder, which is made by need."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Loaded:
        """Read all there is; nothing that is wrong with one file keeps the others from being read."""
        records, problems = [], []
        try:
            paths = sorted(self.path.iterdir()) if self.path.exists() else []
        except OSError as error:
            return Loaded([], None, [f"cannot read the schedules in {self.path}: {reason_of(error)}"])
        for path in paths:
            if _NAME.fullmatch(path.name):
                try:
                    records.append(_read_record(path))
                except StorageError as error:
                    _log.warning("%s", error)
                    problems.append(str(error))
        return Loaded(records, self._read_suspension(), problems)

    def save(self, record: ScheduleRecord) -> None:
        """Put a record on disk.

        Raises:
            StorageError: it cannot be written; what was there stays.
        """
        self._write(f"{record.execution.id}.json", record)

    def remove(self, schedule_id: str) -> None:
        """Remove a record.

        Raises:
            StorageError: it cannot be removed.
        """
        path = self.path / f"{schedule_id}.json"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot remove {path}: {reason_of(error)}") from error

    def suspend(self, suspension: Suspension | None) -> None:
        """Remember whether the schedules are suspended.

        Raises:
            StorageError: that cannot be written.
        """
        if suspension is not None:
            self._write(_SUSPENDED, suspension)
            return
        path = self.path / _SUSPENDED
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot remove {path}: {reason_of(error)}") from error

    def _write(self, name: str, content: msgspec.Struct) -> None:
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make {self.path}: {reason_of(error)}") from error
        write_atomic(self.path / name, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")

    def _read_suspension(self) -> Suspension | None:
        path = self.path / _SUSPENDED
        try:
            return msgspec.json.decode(path.read_bytes(), type=Suspension)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("%s cannot be read; the schedules stay suspended: %s", path, error)
            return Suspension(source="a file that cannot be read", utc=datetime.now().astimezone())


def _read_record(path: Path) -> ScheduleRecord:
    try:
        record = msgspec.json.decode(path.read_bytes(), type=ScheduleRecord)
        record.execution.check()
    except OSError as error:
        raise StorageError(f"cannot read the schedule {path}: {reason_of(error)}") from None
    except (msgspec.DecodeError, InvalidSchedule) as error:
        raise StorageError(f"the schedule {path} is damaged: {error}; repair or delete it") from None
    if record.schema != SCHEMA_VERSION:
        raise StorageError(
            f"the schedule {path} is of schema {record.schema}, and this Benchwright reads {SCHEMA_VERSION}"
        )
    if record.execution.id != path.stem:
        raise StorageError(f"the schedule {path} says that its id is {record.execution.id!r}; rename it")
    if record.decided_until.tzinfo is None or any(moment.tzinfo is None for moment in record.waiting):
        raise StorageError(f"the schedule {path} is damaged: a time lacks its zone; repair or delete it")
    return record
