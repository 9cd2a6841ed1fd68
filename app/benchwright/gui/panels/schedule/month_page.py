"""The month: what is planned and what became of it on each day, and what one day holds in detail."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from benchwright.core.scheduled_execution import ScheduleOverview
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.panels.schedule.moment_list import MomentList, Row
from benchwright.gui.panels.schedule.month import Day, days_shown, fill, narrowed, span, today
from benchwright.gui.panels.schedule.month_grid import MonthGrid, first_weekday
from benchwright.gui.widgets.named import named

if TYPE_CHECKING:
    from benchwright.bench.scheduling.past_runs import PastRuns

_ALL: Final = "All schedules"
_LONGEST_NAME: Final = 36  # average characters; longer ones are cut


class MonthPage(QWidget):
    """The grid of days beside the list of one day; `bar` are the buttons that turn its pages."""

    run_wanted = Signal(str)
    schedule_wanted = Signal(str)

    def __init__(self, data_dir: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data_dir = data_dir
        self._overview = ScheduleOverview()
        self._days: Mapping[date, Day] = {}
        self._day = today()
        self._is_reading = False
        self._reads_again = False
        self.grid = MonthGrid(self)
        self.list = named(MomentList(self), "schedule.day", "What the day holds")
        self.bar = self._make_bar()
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.grid)
        splitter.addWidget(self.list)
        splitter.setSizes([580, 420])  # shares, not pixels
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self.grid.day_chosen.connect(self.go_to)
        self.grid.steps_wanted.connect(self.turn)
        self.grid.today_wanted.connect(lambda: self.go_to(today()))
        self.grid.entered.connect(self._enter_day)
        self.list.run_wanted.connect(self.run_wanted)
        self.list.schedule_wanted.connect(self.schedule_wanted)
        theme.watcher.changed.connect(self._show)
        self._show()

    def show_overview(self, overview: ScheduleOverview) -> None:
        """Show these schedules; reads what they ran from disk, if anybody sees it."""
        self._overview = overview
        self._offer_names(sorted({each.execution.name for each in overview.schedules}, key=str.casefold))
        if self.isVisible():
            self._read()

    def go_to(self, day: date) -> None:
        """Choose a day, in whatever month it is."""
        if day == self._day:
            return
        is_other = (day.year, day.month) != (self._day.year, self._day.month)
        self._day = day
        if is_other:
            self._days = {}
            self._read()
        self._show()

    def turn(self, months: int) -> None:
        """Go so many months on, to the same day or the last one."""
        at = self._day.year * 12 + self._day.month - 1 + months
        first = date(at // 12, at % 12 + 1, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        self.go_to(min(first + timedelta(days=self._day.day - 1), last))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    # --- parts ---

    @cached_property
    def _past(self) -> "PastRuns":
        from benchwright.bench.data_folder import DataFolder
        from benchwright.bench.scheduling.past_runs import PastRuns
        from benchwright.bench.storage.run_store import RunStore

        return PastRuns(RunStore(DataFolder.at(self._data_dir).path))

    def _make_bar(self) -> QWidget:
        bar = QWidget(self)
        self._earlier = _turner(bar, "schedule.earlier", "Earlier month", Qt.ArrowType.LeftArrow)
        self._later = _turner(bar, "schedule.later", "Later month", Qt.ArrowType.RightArrow)
        self._title = QLabel(bar)
        self._title.setObjectName("schedule.title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title.setMinimumWidth(self.fontMetrics().horizontalAdvance("September 2000") + 8)
        self._today = QToolButton(bar)
        self._today.setObjectName("schedule.today")
        self._today.setText("Today")
        self._today.setToolTip("Show this day (Home)")
        self._today.setAutoRaise(True)
        self._names = named(QComboBox(bar), "schedule.shown", "Which schedules the month shows")
        self._names.setMaximumWidth(self.fontMetrics().averageCharWidth() * _LONGEST_NAME)
        self._names.addItem(_ALL)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self._earlier, self._title, self._later, self._today, self._names):
            layout.addWidget(widget)
        self._earlier.clicked.connect(lambda: self.turn(-1))
        self._later.clicked.connect(lambda: self.turn(1))
        self._today.clicked.connect(lambda: self.go_to(today()))
        self._names.currentIndexChanged.connect(lambda _: self._show())
        return bar

    def _offer_names(self, names: list[str]) -> None:
        if names == [self._names.itemText(at) for at in range(1, self._names.count())]:
            return
        chosen = self._names.currentText()
        self._names.blockSignals(True)
        self._names.clear()
        self._names.addItems([_ALL, *names])
        self._names.setCurrentIndex(max(self._names.findText(chosen), 0))
        self._names.blockSignals(False)

    def _read(self) -> None:
        """Find out in the background what the days hold; once more where that changed meanwhile."""
        if self._is_reading:
            self._reads_again = True
            return
        self._is_reading, self._reads_again = True, False
        month, statuses, past = self._day, self._overview.schedules, self._past
        days = days_shown(month, first_weekday())

        def work() -> dict[date, Day]:
            return fill(days, statuses, past.between(*span(days)), datetime.now(UTC))

        in_background("month of schedules", work, self._on_read, self._on_unread, self)

    def _on_read(self, days: Mapping[date, Day]) -> None:
        self._is_reading = False
        if self._reads_again:
            self._read()
        else:
            self._days = days
            self._show()

    def _on_unread(self, _: object) -> None:
        """The runs cannot be read: what the schedules remember is still there."""
        days = days_shown(self._day, first_weekday())
        self._on_read(fill(days, self._overview.schedules, (), datetime.now(UTC)))

    def _enter_day(self) -> None:
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list.choose_first()

    def _show(self, _: object = None) -> None:
        name = self._names.currentText()
        held = self._days if self._names.currentIndex() <= 0 else narrowed(self._days, name)
        self._title.setText(f"<b>{self._day:%B %Y}</b>")
        self.grid.table.show(self._day, days_shown(self._day, first_weekday()), held, today())
        self.grid.choose(self._day)
        rows = [Row(each.clock, each) for each in held.get(self._day, Day()).moments]
        self.list.show_sections([(f"{self._day:%A %Y-%m-%d}", rows, "nothing")])


def _turner(parent: QWidget, object_name: str, name: str, arrow: Qt.ArrowType) -> QToolButton:
    button = named(QToolButton(parent), object_name, name)
    button.setToolTip(f"{name} ({'Page Up' if arrow is Qt.ArrowType.LeftArrow else 'Page Down'})")
    button.setArrowType(arrow)
    button.setAutoRaise(True)
    return button
