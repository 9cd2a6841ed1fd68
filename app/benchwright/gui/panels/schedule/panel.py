"""The schedule: which scripts run when, what comes and what ran, and the ways to change it."""

from typing import Any, Final

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from benchwright.core.operator_messages import EnableSchedule, ListSchedules
from benchwright.core.scheduled_execution import ScheduleOverview, ScheduleStatus
from benchwright.gui import theme
from benchwright.gui.engine_thread import Answered
from benchwright.gui.panels.schedule.table import ScheduleTable
from benchwright.gui.panels.schedule.timeline import Timeline
from benchwright.gui.session import Controls, RunModel

_GATHER_MS: Final = 50  # changes come in twos and threes


class SchedulePanel(QWidget):
    """The table of schedules, and beside it what comes and what ran."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self.overview = ScheduleOverview()
        self.table = ScheduleTable()
        self._build()
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(_GATHER_MS)
        self._gather.timeout.connect(self.refresh)
        self.table.switched.connect(
            lambda id_, wanted: controls.ask(EnableSchedule(schedule_id=id_, enabled=wanted))
        )
        model.schedule_changed.connect(lambda _: self._gather.start())
        model.bench_changed.connect(self._gather.start)
        model.answered.connect(self._on_answer)
        theme.watcher.changed.connect(self._show)
        self._show()

    def refresh(self) -> None:
        """Ask the bench for the schedules."""
        if self._model.is_attached:
            self._controls.ask(ListSchedules())

    def save_state(self) -> dict[str, Any]:
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        pass

    # --- what is shown ---

    def _build(self) -> None:
        self.view = QTableView(self)
        self.view.setObjectName("schedule.view")
        self.view.setAccessibleName("Schedules")
        self.view.setModel(self.table)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() * 3 // 2)
        header = self.view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._show_timeline())
        self._empty = QLabel("No schedules yet.", self)
        self._empty.setObjectName("schedule.empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        self.timeline = Timeline(self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.addWidget(self._stack)
        self._splitter.addWidget(self.timeline)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._splitter, 1)

    def selected(self) -> ScheduleStatus | None:
        """Return the schedule that is selected."""
        rows = self.view.selectionModel().selectedRows()
        return self.table.status(rows[0].row()) if rows else None

    def _on_answer(self, answered: Answered) -> None:
        if isinstance(answered.request, ListSchedules) and answered.error is None:
            self.overview = msgspec.convert(answered.value, ScheduleOverview)
            self._show()

    def _show(self, _: object = None) -> None:
        self.table.show(self.overview)
        self._stack.setCurrentWidget(self.view if self.overview.schedules else self._empty)
        self._show_timeline()

    def _show_timeline(self) -> None:
        chosen = self.selected()
        self.timeline.show_schedules(self.overview.schedules if chosen is None else (chosen,))
