"""How the tables of the panels look: rows to choose from, calm, with room between them."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

_MARGIN = 5  # pixels beside what a cell holds, on top of the style's own 3: as many as in the head


class RowDelegate(QStyledItemDelegate):
    """Keeps what a cell holds in line with the head of its column, and away from its neighbours."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item = QStyleOptionViewItem(option)
        self.initStyleOption(item, index)
        style = item.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, item, painter, item.widget)
        item.rect = self.content_rect(item)
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, item, painter, item.widget)

    def content_rect(self, item: QStyleOptionViewItem) -> QRect:
        """Return the part of a cell that text may use."""
        return item.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(2 * _MARGIN, 0)


def show_as_rows(view: QTableView) -> None:
    """Let a table show one row per thing: chosen as a whole, one at a time, without a grid."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setShowGrid(False)
    view.setItemDelegate(RowDelegate(view))
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() * 3 // 2)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
