"""The runs as rows and columns, to be sorted."""

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.panels.runs.row import RunRow
from benchwright.gui.wording import duration, memory, moment, outcome

COLUMNS: Final = ("State", "Script", "Started", "Elapsed", "Rows", "Memory", "CPU", "Calls", "Run")
STATE, SCRIPT, STARTED, ELAPSED, ROWS, MEMORY, CPU, CALLS, RUN_ID = range(len(COLUMNS))
SORT_ROLE: Final = int(Qt.ItemDataRole.UserRole)
_TIPS: Final = {
    MEMORY: "Memory beyond the script's start: now while it runs, the most once it is over",
    CPU: "Processor time",
    CALLS: "Calls of instruments",
}
_RIGHT: Final = frozenset({ELAPSED, ROWS, MEMORY, CPU, CALLS})
_LIVE: Final = (ELAPSED, CALLS)  # first and last column that change while a run is active
_Index = QModelIndex | QPersistentModelIndex


class RunTable(QAbstractTableModel):
    """The rows, the newest first; the view sorts them as the person wishes."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[RunRow] = []

    def rows(self) -> list[RunRow]:
        """Return all rows."""
        return list(self._rows)

    def find(self, run_id: str) -> RunRow | None:
        """Return the row of a run."""
        return next((row for row in self._rows if row.run_id == run_id), None)

    def active(self) -> list[RunRow]:
        """Return the runs that are not over."""
        return [row for row in self._rows if not row.is_over]

    def merge(self, rows: list[RunRow]) -> None:
        """Add rows of runs that are not shown yet."""
        known = {row.run_id for row in self._rows}
        fresh = [row for row in rows if row.run_id not in known]
        if fresh:
            self.beginResetModel()
            self._rows = sorted([*self._rows, *fresh], key=lambda row: row.started, reverse=True)
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

    def keep(self, limit: int) -> bool:
        """Let go of the oldest rows beyond a limit; return whether there were any."""
        excess = len(self._rows) - limit
        if excess <= 0:
            return False
        self.beginRemoveRows(QModelIndex(), limit, len(self._rows) - 1)
        del self._rows[limit:]
        self.endRemoveRows()
        return True

    def tick(self) -> None:
        """Let the time of active runs go on."""
        for at, row in enumerate(self._rows):
            if not row.is_over:
                self.dataChanged.emit(self.index(at, _LIVE[0]), self.index(at, _LIVE[1]))

    def row_at(self, index: _Index) -> RunRow:
        """Return the run of an index of this model."""
        return self._rows[index.row()]

    # --- Qt's names ---

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        match role:
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
            case Qt.ItemDataRole.ToolTipRole:
                return _TIPS.get(section)
            case Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section]
        return None

    def data(self, index: _Index, role: int = 0) -> Any:
        row, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(row, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ForegroundRole if column == STATE:
                return QColor(state_colour(row.state, theme.current()))
            case _ if role == SORT_ROLE:
                return _sort_key(row, column)
        return None


def state_colour(state: RunState, colours: theme.Theme) -> str:
    """Return the colour of a state: red where something went wrong."""
    if state is RunState.COMPLETED:
        return colours.ok
    if state in (RunState.RUNNING, RunState.STARTING, RunState.STOPPING):
        return colours.accent
    if state is RunState.PAUSED:
        return colours.warning
    return colours.muted if state in (RunState.QUEUED, RunState.CANCELLED) else colours.error


def _text(row: RunRow, column: int) -> str:
    match column:
        case 0:
            return f"{row.sign} {outcome(row.state)}"
        case 1:
            return row.script
        case 2:
            return moment(row.started)
        case 3:
            return duration(row.elapsed_s) if row.is_over or row.running_since_s is not None else ""
        case 4:
            return f"{row.rows:,}"
        case 5:
            return memory(row.memory_bytes) if row.memory_bytes else ""
        case 6:
            return duration(row.cpu_s) if row.cpu_s else ""
        case 7:
            return f"{row.call_count:,}" if row.call_count else ""
    return row.run_id


def _tip(row: RunRow, column: int) -> str | None:
    if column == STARTED:
        return f"{row.started.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    return (row.path if column == SCRIPT else row.reason) or None


def _sort_key(row: RunRow, column: int) -> object:
    keys = (
        outcome(row.state),
        row.script.lower(),
        row.started.timestamp(),
        row.elapsed_s,
        row.rows,
        row.memory_bytes,
        row.cpu_s,
        row.call_count,
        row.run_id,
    )
    return keys[column]


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
