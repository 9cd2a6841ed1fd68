"""Tells which runs schedules started in a span of time, from what is kept of all runs."""

from datetime import UTC, datetime

import msgspec

from benchwright.bench.storage.record_parts import RecordParts
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.run_states import RunState


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    state: RunState
    created: datetime
    schedule: str = ""


class PastRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a schedule of this name started."""

    run_id: str
    schedule: str
    created: datetime
    state: RunState


class PastRuns:
    """Reads them from a data folder; for one thread at a time."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._parts = RecordParts(store, _Part)

    def between(self, start: datetime, end: datetime) -> list[PastRun]:
        """Return the runs that were started in that span, newest first.

        Raises:
            StorageError: the folder of the runs cannot be read.
        """
        first, last = (f"{each.astimezone(UTC):%Y%m%d-%H%M%S}" for each in (start, end))
        ids = [run_id for run_id in self._store.ids() if first <= run_id[: len(first)] <= last]
        return [
            PastRun(run_id=run_id, schedule=part.schedule, created=part.created, state=part.state)
            for run_id, part in self._parts.of(ids).items()
            if part.schedule
        ]
