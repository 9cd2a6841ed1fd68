"""The runs of the data folder: what became of each, how long it took, what it recorded."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QStackedLayout, QTableView, QWidget

from benchwright.core.events import CallStatistics, RunFinished, RunStateChanged
from benchwright.core.run_record import RunRecord
from benchwright.core.run_states import FINAL_STATES, RunState
from benchwright.gui import theme
from benchwright.gui.session import Controls, RunModel
from benchwright.gui.wording import duration, memory, outcome

MAX_RUNS: Final = 500
COLUMNS: Final = ("Started", "Script", "Outcome", "Elapsed", "Rows", "Memory", "CPU", "Calls", "Run")
_RIGHT: Final = frozenset({3, 4, 5, 6, 7})
_Index = QModelIndex | QPersistentModelIndex


class RunRow(NamedTuple):
    """One run as the table shows it."""

    run_id: str
    started: datetime
    script: str
    state: RunState
    reason: str = ""
    duration_s: float = 0.0
    rows: int = 0
    memory_bytes: int = 0
    cpu_s: float = 0.0
    calls: Mapping[str, CallStatistics] = MappingProxyType({})

    def cells(self) -> tuple[str, ...]:
        """Return the text of each column."""
        over = self.state in FINAL_STATES or self.state is RunState.INTERRUPTED
        count = sum(each.count for each in self.calls.values())
        return (
            f"{self.started.astimezone():%Y-%m-%d %H:%M:%S}",
            self.script,
            outcome(self.state),
            duration(self.duration_s) if over else "",
            f"{self.rows:,}" if over else "",
            memory(self.memory_bytes) if self.memory_bytes else "",
            duration(self.cpu_s) if over else "",
            f"{count:,}" if count else "",
            self.run_id,
        )

    def tip(self) -> str:
        """Return what a row has no column for: the reason, and the calls with their times."""
        lines = [self.reason] if self.reason else []
        for name, each in sorted(self.calls.items()):
            mean_ms = each.total_s / each.count * 1000 if each.count else 0.0
            failed = f", {each.failed} failed" if each.failed else ""
            lines.append(
                f"{name}: {each.count:,} × {mean_ms:.1f} ms{failed}, longest {each.longest_s * 1000:.1f} ms"
            )
        return "\n".join(lines)


class RunTable(QAbstractTableModel):
    """The rows, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[RunRow] = []

    def show_records(self, records: list[RunRecord]) -> None:
        """Take the runs that are kept in the data folder; what is shown already stays."""
        known = {row.run_id for row in self._rows}
        self.beginResetModel()
        self._rows += [_row_of(record) for record in records if record.run_id not in known]
        self._rows.sort(key=lambda row: row.started, reverse=True)
        self.endResetModel()

    def put(self, row: RunRow) -> None:
        """Add a run, or change the one that is there."""
        for at, known in enumerate(self._rows):
            if known.run_id == row.run_id:
                self._rows[at] = row
                self.dataChanged.emit(self.index(at, 0), self.index(at, len(COLUMNS) - 1))
                return
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._rows.insert(0, row)
        self.endInsertRows()
        if len(self._rows) > MAX_RUNS:
            self.beginRemoveRows(QModelIndex(), MAX_RUNS, MAX_RUNS)
            self._rows.pop()
            self.endRemoveRows()

    def find(self, run_id: str) -> RunRow | None:
        """Return the row of a run."""
        return next((row for row in self._rows if row.run_id == run_id), None)

    # --- Qt's names ---

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: _Index, role: int = 0) -> Any:
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.cells()[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return row.tip()
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.ForegroundRole if index.column() == 2:
                return _colour(row.state)
        return None


class RunsPanel(QWidget):
    """The table of runs; those of earlier days are read in the background."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.table = RunTable()
        self._view = QTableView(self)
        self._view.setObjectName("runs.view")
        self._view.setAccessibleName("Runs")
        self._view.setModel(self.table)
        self._view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._view.setShowGrid(False)
        self._view.setWordWrap(False)
        self._view.setTabKeyNavigation(False)
        self._view.verticalHeader().hide()
        self._view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() * 3 // 2)
        header = self._view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self._empty = QLabel("No runs yet. F5 runs the script in the editor.", self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._view)
        model.run_seen.connect(self._on_run)
        model.history_read.connect(self._on_history)

    def save_state(self) -> dict[str, Any]:
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        pass

    def _on_history(self, records: list[RunRecord]) -> None:
        self.table.show_records(records)
        self._show()

    def _on_run(self, event: RunStateChanged | RunFinished) -> None:
        row = self.table.find(event.run_id)
        if row is None:
            row = RunRow(event.run_id, event.utc, "", RunState.QUEUED)
        if isinstance(event, RunFinished):
            row = row._replace(
                state=event.outcome,
                reason=event.error.message if event.error else "",
                duration_s=event.duration_s,
                rows=event.rows,
                memory_bytes=event.peak_memory_bytes,
                cpu_s=event.cpu_s,
                calls=event.calls,
            )
        else:
            row = row._replace(state=event.state, reason=event.reason, script=event.script or row.script)
        self.table.put(row)
        self._show()

    def _show(self) -> None:
        self._stack.setCurrentWidget(self._view if self.table.rowCount() else self._empty)


def _row_of(record: RunRecord) -> RunRow:
    return RunRow(
        record.run_id,
        record.created,
        record.script,
        record.state,
        record.error.message if record.error else record.reason,
        record.duration_s,
        record.rows,
        record.peak_memory_bytes,
        record.cpu_s,
        record.calls,
    )


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _colour(state: RunState) -> QColor | None:
    colours = theme.current()
    if state is RunState.COMPLETED:
        return QColor(colours.ok)
    if state is RunState.CANCELLED:
        return QColor(colours.muted)
    return QColor(colours.error) if state in FINAL_STATES or state is RunState.INTERRUPTED else None
