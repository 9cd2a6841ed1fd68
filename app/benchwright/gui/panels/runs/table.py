"""The runs as rows and columns, to be sorted."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.panels.runs.row import RunRow
from benchwright.gui.wording import duration, memory, moment, outcome

COLUMNS: Final = ("State", "Script", "Started", "Elapsed", "Rows", "Memory", "CPU", "Calls", "Run")
STATE, SCRIPT, STARTED, ELAPSED, ROWS, MEMORY, CPU, CALLS, RUN_ID = range(len(COLUMNS))
_TIPS: Final = {
    MEMORY: "Memory beyond the script's start: now while it runs, the most once it is over",
    CPU: "Processor time",
    CALLS: "Calls of instruments",
}
_RIGHT: Final = frozenset({ELAPSED, ROWS, MEMORY, CPU, CALLS})
_LIVE: Final = (ELAPSED, CALLS)  # first and last column that change while a run is active
_Index = QModelIndex | QPersistentModelIndex


class RunTable(QAbstractTableModel):
    """All runs, and those of them that are shown in the order that the person wishes."""

    def __init__(self) -> None:
        super().__init__()
        self._all: dict[str, RunRow] = {}
        self._shown: list[str] = []
        self._fits: Callable[[RunRow], bool] = lambda _: True
        self._column, self._is_falling = STARTED, True

    def rows(self) -> list[RunRow]:
        """Return the rows that are shown."""
        return [self._all[run_id] for run_id in self._shown]

    def all_rows(self) -> list[RunRow]:
        """Return all rows, shown or not."""
        return list(self._all.values())

    def count(self) -> int:
        """Return how many runs there are, shown or not."""
        return len(self._all)

    def find(self, run_id: str) -> RunRow | None:
        """Return the row of a run, shown or not."""
        return self._all.get(run_id)

    def place_of(self, run_id: str) -> QModelIndex:
        """Return where a run is shown; no index where it is not."""
        return self.index(self._shown.index(run_id), 0) if run_id in self._shown else QModelIndex()

    def active(self) -> list[RunRow]:
        """Return the runs that are not over."""
        return [row for row in self._all.values() if not row.is_over]

    def has_earlier(self, row: RunRow) -> bool:
        """Tell whether the script of a run was run before it."""
        return any(_is_earlier(each, row) for each in self._all.values())

    def earlier(self, row: RunRow) -> list[RunRow]:
        """Return the runs of its script that were over before a run, newest first."""
        found = (each for each in self._all.values() if _is_earlier(each, row))
        return sorted(found, key=lambda each: each.started, reverse=True)

    def merge(self, rows: Iterable[RunRow], gone: Iterable[str] = ()) -> None:
        """Add rows of runs that are not known yet, and let go of those whose folders are gone."""
        fresh = {row.run_id: row for row in rows if row.run_id not in self._all}
        lost = [run_id for run_id in gone if run_id in self._all]
        if fresh or lost:
            for run_id in lost:
                del self._all[run_id]
            self._all |= fresh
            self._show_anew()

    def put(self, row: RunRow) -> None:
        """Add a run, or change the one that is there."""
        was_shown = row.run_id in self._all and row.run_id in self._shown
        self._all[row.run_id] = row
        if was_shown and self._fits(row):
            at = self._shown.index(row.run_id)
            self.dataChanged.emit(self.index(at, 0), self.index(at, len(COLUMNS) - 1))
            self._move_to_its_place(at)
        elif was_shown:
            at = self._shown.index(row.run_id)
            self.beginRemoveRows(QModelIndex(), at, at)
            del self._shown[at]
            self.endRemoveRows()
        elif self._fits(row):
            at = self._place_for(row, self._shown)
            self.beginInsertRows(QModelIndex(), at, at)
            self._shown.insert(at, row.run_id)
            self.endInsertRows()

    def show_those(self, fits: Callable[[RunRow], bool]) -> None:
        """Show the runs that fit, from now on."""
        self._fits = fits
        self._show_anew()

    def _show_anew(self) -> None:
        shown = [row for row in self._all.values() if self._fits(row)]
        shown.sort(key=self._key, reverse=self._is_falling)
        self.beginResetModel()
        self._shown = [row.run_id for row in shown]
        self.endResetModel()

    # --- order ---

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in the order of a column; what is selected stays selected."""
        self._column, self._is_falling = column, order is Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [(self._shown[index.row()], index.column()) for index in before]
        self._shown.sort(key=lambda run_id: self._key(self._all[run_id]), reverse=self._is_falling)
        at = {run_id: row for row, run_id in enumerate(self._shown)}
        self.changePersistentIndexList(before, [self.index(at[run_id], place) for run_id, place in held])
        self.layoutChanged.emit()

    def _key(self, row: RunRow) -> Any:
        return _sort_key(row, self._column)

    def _place_for(self, row: RunRow, others: Sequence[str]) -> int:
        key, falls = self._key(row), self._is_falling
        keys = (self._key(self._all[run_id]) for run_id in others)
        return next(
            (at for at, each in enumerate(keys) if (each <= key if falls else each > key)), len(others)
        )

    def _move_to_its_place(self, at: int) -> None:
        """Move a row that changed to where its order wants it; its neighbours tell whether it does."""
        keys = [self._key(self._all[run_id]) for run_id in self._shown[max(at - 1, 0) : at + 2]]
        if keys == sorted(keys, reverse=self._is_falling):
            return
        run_id = self._shown[at]
        others = self._shown[:at] + self._shown[at + 1 :]
        to = self._place_for(self._all[run_id], others)
        if to != at and self.beginMoveRows(QModelIndex(), at, at, QModelIndex(), to + (to > at)):
            self._shown = [*others[:to], run_id, *others[to:]]
            self.endMoveRows()

    def tick(self) -> None:
        """Let the time of active runs go on."""
        for row in self.active():
            if row.run_id in self._shown:
                at = self._shown.index(row.run_id)
                self.dataChanged.emit(self.index(at, _LIVE[0]), self.index(at, _LIVE[1]))

    def row_at(self, index: _Index) -> RunRow:
        """Return the run of an index of this model."""
        return self._all[self._shown[index.row()]]

    # --- Qt's names ---

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

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
        row, column = self.row_at(index), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(row, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ForegroundRole if column == STATE:
                return QColor(state_colour(row.state, theme.current()))
        return None


def _is_earlier(each: RunRow, row: RunRow) -> bool:
    return each.script == row.script and each.started < row.started and each.is_over


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


def _sort_key(row: RunRow, column: int) -> Any:
    match column:
        case 0:
            return outcome(row.state)
        case 1:
            return row.script.lower()
        case 2:
            return row.started
        case 3:
            return row.elapsed_s
        case 4:
            return row.rows
        case 5:
            return row.memory_bytes
        case 6:
            return row.cpu_s
        case 7:
            return row.call_count
    return row.run_id


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
