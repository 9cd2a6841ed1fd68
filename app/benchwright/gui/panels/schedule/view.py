"""How the table of schedules is shown: a switch before each name, and its keys."""

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.panels.schedule.table import ScheduleTable
from benchwright.gui.widgets.row_table import RowDelegate, show_as_rows

_Index = QModelIndex | QPersistentModelIndex


class SwitchDelegate(RowDelegate):
    """Draws a switch before the name, and turns it where it is clicked."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        _draw_switch(painter, _switch_rect(option), index.data(Qt.ItemDataRole.CheckStateRole))

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator

    def content_rect(self, item: QStyleOptionViewItem) -> QRect:
        return super().content_rect(item).adjusted(_switch_width(item), 0, 0, 0)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return super().sizeHint(option, index) + QSize(_switch_width(option), 0)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        if event.type() is not QEvent.Type.MouseButtonRelease or not isinstance(event, QMouseEvent):
            return False
        if not _switch_rect(option).adjusted(-4, -4, 4, 4).contains(event.position().toPoint()):
            return False
        return turn_switch(model, index)


def turn_switch(model: QAbstractItemModel, index: _Index) -> bool:
    """Ask for the other state of a switch."""
    is_on = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) is Qt.CheckState.Checked
    wanted = Qt.CheckState.Unchecked if is_on else Qt.CheckState.Checked
    return model.setData(index, wanted, Qt.ItemDataRole.CheckStateRole)


def _switch_width(option: QStyleOptionViewItem) -> int:
    return option.fontMetrics.height() * 5 // 2


def _switch_rect(option: QStyleOptionViewItem) -> QRect:
    height = option.fontMetrics.height() * 4 // 5
    rect = QRect(0, 0, height * 9 // 5, height)
    rect.moveCenter(option.rect.center())
    rect.moveLeft(option.rect.left() + option.fontMetrics.averageCharWidth())
    return rect


def _draw_switch(painter: QPainter, rect: QRect, state: Any) -> None:
    colours, is_on = theme.current(), Qt.CheckState(state) is Qt.CheckState.Checked
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(colours.accent if is_on else colours.muted))
    painter.setBrush(QColor(colours.accent if is_on else colours.surface))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    knob = QRect(rect.topLeft(), QSize(rect.height(), rect.height())).adjusted(3, 3, -3, -3)
    if is_on:
        knob.moveRight(rect.right() - 3)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.on_accent if is_on else colours.muted))
    painter.drawEllipse(knob)
    painter.restore()


class ScheduleView(QTableView):
    """Shows the table; Esc and a click beside the rows select none, so that the timeline tells of all."""

    edit_wanted = Signal()
    new_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, table: ScheduleTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("schedule.view")
        self.setAccessibleName("Schedules")
        self.setModel(table)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        show_as_rows(self)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMaximumSectionSize(self.fontMetrics().averageCharWidth() * 36)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegateForColumn(0, SwitchDelegate(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.clearSelection()
            case Qt.Key.Key_Space if self.currentIndex().isValid():
                turn_switch(self.model(), self.currentIndex().siblingAtColumn(0))
            case Qt.Key.Key_F2 | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.edit_wanted.emit()
            case Qt.Key.Key_Delete:
                self.remove_wanted.emit()
            case Qt.Key.Key_Insert:
                self.new_wanted.emit()
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.indexAt(event.position().toPoint()).isValid():
            self.clearSelection()
        super().mousePressEvent(event)
