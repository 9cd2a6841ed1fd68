"""Tells which runs schedules started in a span of time, from what is kept of all runs."""

from datetime import datetime

import msgspec

from benchwright.bench.storage.run_index import RunIndex
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.run_states import RunState


class PastRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a schedule of this name started."""

    run_id: str
    schedule: str
    created: datetime
    state: RunState


class PastRuns:
    """Reads them from a data folder."""

    def __init__(self, store: RunStore) -> None:
        self._index = RunIndex(store)

    def between(self, start: datetime, end: datetime) -> list[PastRun]:
        """Return the runs that were started in that span, newest first.

        Raises:
            StorageError: the folder of the runs cannot be read.
        """
        return [
            PastRun(run_id=run.run_id, schedule=run.schedule, created=run.created, state=run.state)
            for run in self._index.summaries()
            if run.schedule and start <= run.created <= end
        ]
