"""The table of schedules."""

from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from benchwright.core.schedule_texts import schedule_text, short_text
from benchwright.core.scheduled_execution import ScheduleOverview, ScheduleStatus
from benchwright.gui import theme
from benchwright.gui.panels.schedule.wording import became, colour_of, next_text, when

COLUMNS: Final = ("Name", "Script", "When", "Next run", "Last run")
_NEXT: Final = COLUMNS.index("Next run")
_LAST: Final = COLUMNS.index("Last run")
_Index = QModelIndex | QPersistentModelIndex


class ScheduleTable(QAbstractTableModel):
    """One row for each schedule; the box before its name switches it on and off."""

    switched = Signal(str, bool)  # id, wanted

    def __init__(self) -> None:
        super().__init__()
        self._overview = ScheduleOverview()
        self._rows: tuple[ScheduleStatus, ...] = ()

    def show(self, overview: ScheduleOverview) -> None:
        """Show these schedules; rows that are still there keep their selection."""
        is_same = [each.execution.id for each in self._rows] == [e.execution.id for e in overview.schedules]
        if not is_same:
            self.beginResetModel()
        self._overview, self._rows = overview, overview.schedules
        if not is_same:
            self.endResetModel()
        elif self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))

    def status(self, row: int) -> ScheduleStatus | None:
        """Return the schedule of a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, schedule_id: str) -> int:
        """Return the row of a schedule, -1 where there is none."""
        return next((at for at, each in enumerate(self._rows) if each.execution.id == schedule_id), -1)

    # --- Qt's names ---

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: _Index, role: int = 0) -> Any:
        status = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._cells(status)[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return self._tips(status)[index.column()]
            case Qt.ItemDataRole.CheckStateRole if index.column() == 0:
                return Qt.CheckState.Checked if status.execution.enabled else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.AccessibleTextRole if index.column() == 0:
                return f"{status.execution.name}, {'on' if status.execution.enabled else 'off'}"
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(status, index.column())
        return None

    def setData(self, index: _Index, value: Any, role: int = 0) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        self.switched.emit(
            self._rows[index.row()].execution.id, Qt.CheckState(value) is Qt.CheckState.Checked
        )
        return False  # shown once the bench has done it

    def _cells(self, status: ScheduleStatus) -> tuple[str, ...]:
        execution, now = status.execution, datetime.now(UTC)
        last = status.history[0] if status.history else None
        return (
            execution.name,
            PurePath(execution.script).name,
            short_text(execution.schedule),
            next_text(status, now, self._overview.suspended),
            f"{when(last.planned, now)}  {became(last)}" if last else "never",
        )

    def _tips(self, status: ScheduleStatus) -> tuple[str, ...]:
        cells, execution = self._cells(status), status.execution
        return (cells[0], execution.script, schedule_text(execution.schedule), *cells[_NEXT:])

    def _colour(self, status: ScheduleStatus, column: int) -> QColor | None:
        colours = theme.current()
        if not status.execution.enabled:
            return QColor(colours.muted)
        if column == _LAST:
            return QColor(getattr(colours, colour_of(status.history[0] if status.history else None)))
        if column == _NEXT and (status.held or status.run_id):
            return QColor(colours.warning if status.held else colours.accent)
        return None
