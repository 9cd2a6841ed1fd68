"""The days of a month as a table of weeks: in each its number, and signs for what it holds."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.panels.schedule.month import COLOURS, Day, Mark, today

_DAYS: Final = 7
_DAY: Final = Qt.ItemDataRole.UserRole
_HELD: Final = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


class MonthTable(QAbstractTableModel):
    """Weeks of days."""

    def __init__(self) -> None:
        super().__init__()
        self.month = today()
        self.today = self.month
        self._days: Sequence[date] = ()
        self._held: Mapping[date, Day] = {}

    def show(self, month: date, days: Sequence[date], held: Mapping[date, Day], this_day: date) -> None:
        """Show the days of a month's weeks, and what they hold; `this_day` stands out."""
        is_same = days == self._days
        if not is_same:
            self.beginResetModel()
        self.month, self.today, self._days, self._held = month, this_day, days, held
        if not is_same:
            self.endResetModel()
        elif days:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, _DAYS - 1))

    def day(self, index: _Index) -> date | None:
        """Return the day of a cell."""
        return self._days[index.row() * _DAYS + index.column()] if index.isValid() else None

    def index_of(self, day: date) -> QModelIndex:
        """Return the cell of a day, invalid where it is not shown."""
        if day not in self._days:
            return QModelIndex()
        return self.index(*divmod(self._days.index(day), _DAYS))

    def held(self, day: date) -> Day:
        """Return what a day holds."""
        return self._held.get(day, Day())

    # --- Qt's names ---

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._days) // _DAYS

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else _DAYS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal or len(self._days) < _DAYS:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return f"{self._days[section]:%a}" if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: _Index, role: int = 0) -> Any:
        day = self.day(index)
        if day is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(day.day)
            case _ if role == _DAY:
                return day
            case _ if role == _HELD:
                return self.held(day)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{day:%A %Y-%m-%d}\n{self.held(day).words()}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{day:%A %Y-%m-%d}{', today' if day == self.today else ''}: {self.held(day).words()}"
        return None


class DayDelegate(QStyledItemDelegate):
    """Draws the number of a day, today's in a filled shape, and what the day holds beside or below it."""

    def __init__(self, table: MonthTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        day, colours = self._table.day(index), theme.current()
        if day is None:
            return
        is_other = day.month != self._table.month.month
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(option.rect, QColor(colours.background if is_other else colours.surface))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect.adjusted(0, 0, -1, -1), QColor(colours.selection))
        self._draw_frame(painter, option)
        line = option.fontMetrics.height() * 5 // 4
        top = QRect(option.rect.left() + 3, option.rect.top() + 1, option.rect.width() - 6, line)
        width = self._draw_number(painter, top, option.font, day, is_other=is_other)
        is_tall = option.rect.height() >= 2 * line + 4
        rest = top.translated(4, line) if is_tall else top.adjusted(width, 0, 0, 0)
        self._draw_marks(painter, rest, option.font, self._table.held(day).counts())
        painter.restore()

    def _draw_frame(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Draw the lines between days, and a line around the day that has the focus."""
        colours = theme.current()
        painter.setPen(QColor(colours.border))
        painter.drawLine(option.rect.topRight(), option.rect.bottomRight())
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(option.rect.adjusted(0, 0, -2, -2))

    def _draw_number(self, painter: QPainter, rect: QRect, font: QFont, day: date, *, is_other: bool) -> int:
        """Draw it and return how wide it is."""
        colours, metrics = theme.current(), painter.fontMetrics()
        width = metrics.horizontalAdvance("30") + metrics.averageCharWidth() * 3 // 2
        place = QRect(rect.left(), rect.top(), width, rect.height())
        is_today = day == self._table.today
        if is_today:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(place.adjusted(0, 1, 0, -1), rect.height() / 2 - 1, rect.height() / 2 - 1)
        bold = QFont(font)
        bold.setBold(is_today)
        painter.setFont(bold)
        painter.setPen(QColor(colours.on_accent if is_today else colours.muted if is_other else colours.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(day.day))
        return width + metrics.averageCharWidth()

    def _draw_marks(
        self, painter: QPainter, rect: QRect, font: QFont, counts: Sequence[tuple[Mark, str]]
    ) -> None:
        """Draw signs with their counts, as many as there is room for; then signs alone."""
        painter.setFont(font)
        metrics = painter.fontMetrics()
        gap = metrics.averageCharWidth()
        texts = [(mark, f"{mark}\u2009{count}") for mark, count in counts]
        if sum(metrics.horizontalAdvance(text) + gap for _, text in texts) - gap > rect.width():
            texts = [(mark, str(mark)) for mark, _ in counts]
        at = rect.left()
        for mark, text in texts:
            width = metrics.horizontalAdvance(text)
            if at + width > rect.right() + 1:
                return
            painter.setPen(QColor(getattr(theme.current(), COLOURS[mark])))
            painter.drawText(
                QRect(at, rect.top(), width + 1, rect.height()), Qt.AlignmentFlag.AlignVCenter, text
            )
            at += width + gap


class MonthGrid(QTableView):
    """Shows the table; arrows choose a day, Page Up and Down another month, Home leads to today."""

    day_chosen = Signal(object)  # date
    entered = Signal()  # Enter: on to what the day holds
    steps_wanted = Signal(int)  # months
    today_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = MonthTable()
        self.setObjectName("schedule.month")
        self.setAccessibleName("Days of the month")
        self.setModel(self.table)
        self.setItemDelegate(DayDelegate(self.table, self))
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        height = self.fontMetrics().height()
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setMinimumSectionSize(height * 5 // 4 + 3)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setHighlightSections(False)
        columns.setSectionsClickable(False)
        columns.setMinimumSectionSize(height)
        columns.setFixedHeight(height * 3 // 2)
        self.selectionModel().currentChanged.connect(self._on_current)

    def choose(self, day: date) -> None:
        """Select a day, if it is shown."""
        index = self.table.index_of(day)
        if index.isValid():
            self.setCurrentIndex(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_PageUp:
                self.steps_wanted.emit(-1)
            case Qt.Key.Key_PageDown:
                self.steps_wanted.emit(1)
            case Qt.Key.Key_Home:
                self.today_wanted.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.entered.emit()
            case _ if not self._step(event.key()):
                super().keyPressEvent(event)

    def _step(self, key: int) -> bool:
        """Go to another day where an arrow was pressed, into the next month too; tell whether one was."""
        days = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -_DAYS, Qt.Key.Key_Down: _DAYS}
        day = self.table.day(self.currentIndex())
        step = days.get(Qt.Key(key), 0)
        if day is None or not step:
            return False
        self.day_chosen.emit(day + timedelta(days=step))
        return True

    def _on_current(self, current: QModelIndex, _: QModelIndex) -> None:
        day = self.table.day(current)
        if day is not None:
            self.day_chosen.emit(day)


def first_weekday() -> int:
    """Return the day that weeks begin with where the person lives; Monday is 0."""
    return QLocale().firstDayOfWeek().value - 1
