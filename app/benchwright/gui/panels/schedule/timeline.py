"""The list of what will run and what ran."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from benchwright.core.scheduled_execution import ScheduleStatus
from benchwright.core.schedules import occurrences
from benchwright.gui import theme
from benchwright.gui.panels.schedule.wording import became, colour_of, when

_COMING: Final = 8
_PAST: Final = 60


class Timeline(QTreeWidget):
    """What comes, the soonest first, and what was, the latest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("schedule.timeline")
        self.setAccessibleName("What will run and what ran")
        self.setColumnCount(3)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setViewportMargins(self.fontMetrics().averageCharWidth(), 0, 0, 0)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def show_schedules(self, statuses: Iterable[ScheduleStatus], *, suspended: bool = False) -> None:
        """Show the times of these schedules."""
        statuses, now = list(statuses), datetime.now(UTC)
        at = self.verticalScrollBar().value()
        self.clear()
        title = "Coming up, once resumed" if suspended else "Coming up"
        self._add_section(title, _coming(statuses, now), "nothing")
        self._add_section("Ran", _past(statuses, now), "nothing yet")
        for column in (0, 1):
            self.resizeColumnToContents(column)
        self.verticalScrollBar().setValue(at)

    def _add_section(self, title: str, rows: "list[_Row]", empty: str) -> None:
        colours = theme.current()
        head = QTreeWidgetItem([title])
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        head.setForeground(0, QColor(colours.muted))
        font = self.font()
        font.setBold(True)
        head.setFont(0, font)
        self.addTopLevelItem(head)
        for moment, name, text, colour, tip in rows:
            item = QTreeWidgetItem([moment, name, text])
            item.setForeground(2, QColor(getattr(colours, colour)))
            item.setToolTip(2, tip)
            self.addTopLevelItem(item)
        if not rows:
            item = QTreeWidgetItem([empty])
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setForeground(0, QColor(colours.muted))
            self.addTopLevelItem(item)


_Row = tuple[str, str, str, str, str]  # time, name, what, colour's role, tip


def _coming(statuses: list[ScheduleStatus], now: datetime) -> list[_Row]:
    times = [
        (moment, each.execution.name)
        for each in statuses
        if each.execution.enabled and each.next_run is not None
        for moment in islice(occurrences(each.execution.schedule, now), _COMING)
    ]
    return [(when(moment, now), name, "", "text", "") for moment, name in sorted(times)[:_COMING]]


def _past(statuses: list[ScheduleStatus], now: datetime) -> list[_Row]:
    found = [(past, each.execution.name) for each in statuses for past in each.history]
    found.sort(key=lambda pair: pair[0].planned, reverse=True)
    return [
        (
            when(past.planned, now),
            name,
            became(past),
            colour_of(past),
            f"run {past.run_id}" if past.run_id else became(past),
        )
        for past, name in found[:_PAST]
    ]
