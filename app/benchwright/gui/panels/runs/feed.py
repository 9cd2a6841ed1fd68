"""What becomes of the runs: told by their bench as it happens, and read from the data folder."""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from benchwright.core.events import ResourcesUsed, RunFinished, RunStateChanged, StopPolicyApplied
from benchwright.core.run_record import ActiveRun, RunRecord
from benchwright.core.run_states import RunState
from benchwright.gui.background import in_background
from benchwright.gui.panels.runs.history import History, KeptRuns
from benchwright.gui.panels.runs.row import RunRow, row_of_active, row_of_record
from benchwright.gui.panels.runs.table import RunTable
from benchwright.gui.session import RunModel

_LOOK_MS: Final = 2000  # between two looks whether runs came or went


class RunFeed(QObject):
    """Puts together what the events and the folder say of each run.

    Args:
        model: tells what happens.
        history: the runs of the data folder.
        table: what is known so far; how much active runs use is written there at once.
    """

    told = Signal(object)  # RunRow: a run is new, or another than before
    kept = Signal(object, object)  # list[RunRow] of runs that are over, set[str] of runs that are gone

    def __init__(
        self, model: RunModel, history: History, table: RunTable, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._history = history
        self._table = table
        self._seen_s = 0.0  # when a run came or went, as the folder said last
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK_MS)
        self._looking.timeout.connect(self.look)
        model.run_seen.connect(self._on_run)
        model.policy_applied.connect(self._on_policy)
        model.resources_used.connect(self._on_resources)
        model.runs_listed.connect(self._on_listed)
        model.history_read.connect(self._read)
        model.bench_changed.connect(self._on_bench)

    def start(self) -> None:
        """Look now and then what other programs do to the folder."""
        self._looking.start()
        self.look()

    def stop(self) -> None:
        """Look no more: nobody sees it."""
        self._looking.stop()

    def look(self) -> None:
        """Read what runs there are, where another program brought or removed some."""
        if self._history.changed_s() != self._seen_s:
            self._read()

    def read_record(self, run_id: str) -> None:
        """Read what only the record knows, such as the limits; a run that is starting may have none yet."""
        read = partial(self._history.record, run_id)
        in_background("record of a run", read, self._on_record, lambda _: None, owner=self)

    def _read(self, _: object = None) -> None:
        self._seen_s = self._history.changed_s()
        over = {row.run_id for row in self._table.all_rows() if row.is_over}

        def tell(found: KeptRuns) -> None:
            self.kept.emit(found.over, over - found.ids)

        in_background("runs of before", self._history.kept, tell, owner=self)

    def _on_record(self, found: tuple[RunRecord, int]) -> None:
        record, size_bytes = found
        row = self._table.find(record.run_id)
        if row is not None and record.script_file and not (row.is_over and not row_of_record(record).is_over):
            self.told.emit(replace(row.with_record(record), size_bytes=size_bytes))

    def _on_bench(self) -> None:
        if not self._model.is_attached:
            for row in self._table.active():
                self.told.emit(replace(row, state=RunState.INTERRUPTED, duration_s=row.elapsed_s))

    def _on_listed(self, runs: list[ActiveRun]) -> None:
        for run in runs:
            known = self._table.find(run.run_id)
            self.told.emit(row_of_active(run) if known is None else known.with_active(run))
            if run.state is not RunState.QUEUED:
                self.read_record(run.run_id)

    def _on_run(self, event: RunStateChanged | RunFinished) -> None:
        row = self._table.find(event.run_id) or RunRow(run_id=event.run_id, started=event.utc)
        if isinstance(event, RunFinished):
            self.told.emit(row.with_end(event))
            self.read_record(event.run_id)
        else:
            self.told.emit(row.with_state(event))
            if event.state is RunState.RUNNING and row.record is None:
                self.read_record(event.run_id)

    def _on_policy(self, event: StopPolicyApplied) -> None:
        row = self._table.find(event.run_id)
        if row is not None:
            self.told.emit(row.with_policy(event))

    def _on_resources(self, event: ResourcesUsed) -> None:
        for run_id, usage in event.runs.items():
            row = self._table.find(run_id)
            if row is not None and not row.is_over:
                self._table.put(row.with_usage(usage))
