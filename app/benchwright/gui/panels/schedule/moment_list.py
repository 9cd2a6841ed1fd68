"""A list of times with what is planned or became of them; each leads to its run or its schedule."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from benchwright.gui import theme
from benchwright.gui.panels.schedule.month import COLOURS, Moment

_MOMENT: Final = Qt.ItemDataRole.UserRole
_SIGN, _TEXT = 0, 3


class Row(NamedTuple):
    """A moment, and the time as the list words it."""

    time: str
    moment: Moment


class MomentList(QTreeWidget):
    """Sections of rows; a click or Enter leads to the run of a row, or to its schedule if there is none."""

    run_wanted = Signal(str)  # run id
    schedule_wanted = Signal(str)  # schedule id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(4)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportMargins(self.fontMetrics().averageCharWidth(), 0, 0, 0)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMouseTracking(True)
        self.itemClicked.connect(lambda item, _: self._follow(item))
        self.itemEntered.connect(lambda item, _: self._show_cursor(item))

    def show_sections(self, sections: Sequence[tuple[str, Sequence[Row], str]]) -> None:
        """Show sections: title, rows, and what is said where there are none."""
        at, current = self.verticalScrollBar().value(), self._current()
        self.clear()
        for title, rows, empty in sections:
            self._add_title(title)
            for row in rows:
                self._add_row(row)
            if not rows:
                self._add_text(empty)
        self.setColumnWidth(_SIGN, self.fontMetrics().averageCharWidth() * 3)
        for column in range(_SIGN + 1, _TEXT):
            self.resizeColumnToContents(column)
        self._select(current)
        self.verticalScrollBar().setValue(at)

    def choose_first(self) -> None:
        """Select the first row."""
        items = (self.topLevelItem(at) for at in range(self.topLevelItemCount()))
        first = next((item for item in items if item and _moment_of(item)), None)
        if first is not None:
            self.setCurrentItem(first)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self._follow(item)
        else:
            super().keyPressEvent(event)

    # --- parts ---

    def _add_title(self, title: str) -> None:
        head = self._add_text(title)
        font = self.font()
        font.setBold(True)
        head.setFont(0, font)

    def _add_text(self, text: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([text])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setSizeHint(0, QSize(0, self.fontMetrics().height() * 3 // 2))
        item.setForeground(0, QColor(theme.current().muted))
        self.addTopLevelItem(item)
        item.setFirstColumnSpanned(True)
        return item

    def _add_row(self, row: Row) -> None:
        colours, moment = theme.current(), row.moment
        item = QTreeWidgetItem([str(moment.mark), row.time, moment.name, moment.text])
        item.setSizeHint(0, QSize(0, self.fontMetrics().height() * 3 // 2))
        item.setTextAlignment(_SIGN, Qt.AlignmentFlag.AlignCenter)
        item.setForeground(_SIGN, QColor(getattr(colours, COLOURS[moment.mark])))
        item.setForeground(_TEXT, QColor(getattr(colours, moment.colour)))
        item.setData(0, _MOMENT, moment)
        item.setData(
            0,
            Qt.ItemDataRole.AccessibleTextRole,
            f"{row.time}, {moment.name}, {moment.text}, {_leads(moment)}",
        )
        for column in range(self.columnCount()):
            item.setToolTip(column, f"{moment.text}\n{_leads(moment)}" if _leads(moment) else moment.text)
        self.addTopLevelItem(item)

    def _follow(self, item: QTreeWidgetItem) -> None:
        moment = _moment_of(item)
        if moment is None:
            return
        if moment.run_id:
            self.run_wanted.emit(moment.run_id)
        elif moment.schedule_id:
            self.schedule_wanted.emit(moment.schedule_id)

    def _show_cursor(self, item: QTreeWidgetItem) -> None:
        moment = _moment_of(item)
        leads = moment is not None and bool(_leads(moment))
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)

    def _current(self) -> Moment | None:
        item = self.currentItem()
        return None if item is None else _moment_of(item)

    def _select(self, wanted: Moment | None) -> None:
        """Select the row of the same time of the same schedule as before, if it is still there."""
        if wanted is None:
            return
        for at in range(self.topLevelItemCount()):
            item = self.topLevelItem(at)
            moment = None if item is None else _moment_of(item)
            if item and moment and (moment.at, moment.name) == (wanted.at, wanted.name):
                self.setCurrentItem(item)


def _moment_of(item: QTreeWidgetItem) -> Moment | None:
    found: Moment | None = item.data(0, _MOMENT)
    return found


def _leads(moment: Moment) -> str:
    if moment.run_id:
        return "Enter shows the run"
    return "Enter shows the schedule" if moment.schedule_id else ""
