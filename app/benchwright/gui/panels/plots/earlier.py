"""Which earlier runs of a script are drawn behind this one, and their rows, read in the background."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, Signal

from benchwright.core.errors import BenchwrightError
from benchwright.core.events import RowsRecorded, RunFinished, RunStateChanged
from benchwright.core.run_record import RunRecord, RunSummary
from benchwright.core.run_states import SETTLED_STATES, RunState
from benchwright.gui.background import in_background
from benchwright.gui.wording import outcome

if TYPE_CHECKING:
    from benchwright.gui.panels.plots.columns import RunColumns

LATEST: Final = 3  # runs that are drawn where nobody chose
MAX_ROWS: Final = 1_000_000  # of a run that are read
_KEPT: Final = 12  # runs whose rows stay in memory though they are not drawn
_KEPT_CELLS: Final = 8_000_000  # numbers of them
_OFFERED: Final = 20


class EarlierRun(NamedTuple):
    """A run that may be drawn behind another one."""

    run_id: str
    script: str
    started: datetime
    state: RunState
    rows: int

    @property
    def label(self) -> str:
        """When it was, as short as can be."""
        local = self.started.astimezone()
        is_today = local.date() == datetime.now().astimezone().date()
        return f"{local:%H:%M:%S}" if is_today else f"{local:%d %b %H:%M}"

    @property
    def description(self) -> str:
        """When it was and what became of it."""
        return f"{self.label}   {outcome(self.state)}, {self.rows:,} {'row' if self.rows == 1 else 'rows'}"


class EarlierRuns(QObject):
    """Knows the runs of the data folder that recorded rows, and what the person chose of them by script."""

    changed = Signal()  # there is more to draw, or less
    failed = Signal(str)  # a run cannot be read

    def __init__(self, data_dir: Path | None, parent: QObject) -> None:
        super().__init__(parent)
        self.is_shown = True
        self.chosen: dict[str, list[str]] = {}
        self.pair = (
            "",
            "",
        )  # while the second run is drawn the first alone lies behind it, of whatever script
        self._data_dir = data_dir
        self._known: dict[str, EarlierRun] = {}
        self._by_script: dict[str, dict[str, EarlierRun]] = {}
        self._scripts: dict[str, str] = {}  # of runs that are not over
        self._rows: dict[str, RunColumns] = {}
        self._asked: set[str] = set()
        self._wanted: set[str] = set()  # what was drawn last

    # --- what there is -------------------------------------------------------------------------------------

    def take_history(self, records: Iterable[RunSummary | RunRecord]) -> None:
        """Take note of the runs of before."""
        for record in records:
            if record.rows and record.state in SETTLED_STATES:
                self._note(
                    EarlierRun(record.run_id, record.script, record.created, record.state, record.rows)
                )
        self.changed.emit()

    def take_event(self, event: RunStateChanged | RunFinished) -> None:
        """Take note of a run that begins or ends."""
        if isinstance(event, RunStateChanged):
            if event.script:
                self._scripts[event.run_id] = event.script
        elif (script := self._scripts.pop(event.run_id, "")) and event.rows:
            started = event.utc - timedelta(seconds=event.duration_s)
            self._note(EarlierRun(event.run_id, script, started, event.outcome, event.rows))
            if event.run_id in self._rows:
                self._rows[event.run_id].title = self._known[event.run_id].label

    def _note(self, run: EarlierRun) -> None:
        self._known[run.run_id] = run
        self._by_script.setdefault(run.script, {})[run.run_id] = run

    def keep(self, run: "RunColumns") -> None:
        """Keep the rows of a run that was drawn until now, so that they need not be read."""
        if run.run_id in self._known and not run.dropped:
            run.title = self._known[run.run_id].label
            self._put(run)

    def of(self, script: str, but: str) -> list[EarlierRun]:
        """Return the newest runs of a script, the newest first, but for the one that is drawn itself."""
        found = [run for run in self._by_script.get(script, {}).values() if run.run_id != but]
        found.sort(key=lambda run: run.started, reverse=True)
        wanted = self.chosen.get(script, [])
        return [run for at, run in enumerate(found) if at < _OFFERED or run.run_id in wanted]

    # --- what is drawn -------------------------------------------------------------------------------------

    def drawn(self, script: str, but: str) -> list[EarlierRun]:
        """Return the runs to draw: those that were chosen, else the latest ones."""
        if not self.is_shown:
            return []
        if self.pair[1] == but and self.pair[0] in self._known:
            return [self._known[self.pair[0]]]
        found = self.of(script, but)
        if script not in self.chosen:
            return found[:LATEST]
        return [run for run in found if run.run_id in self.chosen[script]]

    def choose(self, script: str, but: str, run_id: str, is_drawn: bool) -> None:
        """Draw a run from now on, or do not."""
        self.pair = ("", "")
        ids = [run.run_id for run in self.drawn(script, but) if run.run_id != run_id]
        self.chosen[script] = [*ids, run_id] if is_drawn else ids
        self.changed.emit()

    def choose_latest(self, script: str) -> None:
        """Draw the latest runs again."""
        self.pair = ("", "")
        self.chosen.pop(script, None)
        self.changed.emit()

    def columns(self, script: str, but: str) -> "Sequence[RunColumns]":
        """Return the rows of the runs to draw, as far as they are read; what is missing is read now."""
        runs = self.drawn(script, but)
        self._wanted = {run.run_id for run in runs}
        for run in runs:
            if run.run_id not in self._rows and run.run_id not in self._asked:
                self._read(run)
        return [self._rows[run.run_id] for run in runs if run.run_id in self._rows]

    def _read(self, run: EarlierRun) -> None:
        def failed(error: BenchwrightError) -> None:
            self.failed.emit(f"the run of {run.label} cannot be drawn: {error.message}")

        self._asked.add(run.run_id)
        data_dir = self._data_dir
        in_background(
            "plots earlier run", lambda: read_columns(data_dir, run.run_id, run.label), self._show, failed
        )

    def _show(self, run: "RunColumns") -> None:
        self._asked.discard(run.run_id)
        self._put(run)
        self.changed.emit()

    def _put(self, run: "RunColumns") -> None:
        self._rows.pop(run.run_id, None)
        self._rows[run.run_id] = run
        for run_id in [each for each in self._rows if each != run.run_id and each not in self._wanted]:
            if len(self._rows) > _KEPT or sum(each.cells for each in self._rows.values()) > _KEPT_CELLS:
                del self._rows[run_id]


def read_columns(data_dir: Path | None, run_id: str, title: str) -> "RunColumns":
    """Return what a run has recorded by now; to be called in a thread of its own."""
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.storage.run_store import RunStore
    from benchwright.gui.panels.plots.columns import RunColumns

    columns = RunColumns(run_id, title)
    data = RunStore(DataFolder.at(data_dir).path).data(run_id)
    columns.unread = max(data.count() - MAX_ROWS, 0)
    for chunk in data.chunks(MAX_ROWS):
        values = {name: list(column) for name, column in chunk.columns.items()}
        columns.append(RowsRecorded(first=chunk.first, times_s=list(chunk.times_s), columns=values))
    return columns
