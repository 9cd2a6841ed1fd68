"""The schedule: which scripts run when, what comes and what ran, and how to change it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from benchwright.core.events import ScheduleChanged
from benchwright.core.operator_messages import (
    AddSchedule,
    ChangeSchedule,
    EnableSchedule,
    ListSchedules,
    OperatorRequest,
    RemoveSchedule,
    ResumeSchedules,
    RunScheduleNow,
)
from benchwright.core.scheduled_execution import ScheduledExecution, ScheduleOverview, ScheduleStatus
from benchwright.gui import theme
from benchwright.gui.controls import Controls
from benchwright.gui.engine_thread import Answered, BenchAttached
from benchwright.gui.panel import Panel
from benchwright.gui.panels.schedule.month_page import MonthPage
from benchwright.gui.panels.schedule.notices import ScheduleNotices
from benchwright.gui.panels.schedule.table import ScheduleTable
from benchwright.gui.panels.schedule.timeline import Timeline
from benchwright.gui.panels.schedule.view import ScheduleView
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.elided_label import ElidedLabel
from benchwright.gui.widgets.named import named

if TYPE_CHECKING:
    from benchwright.gui.panels.schedule.form import ScheduleForm

_GATHER_MS: Final = 50  # changes come in twos and threes
_AGING_MS: Final = 60_000
_EMPTY: Final = "No schedules yet. New schedule runs a script at set times."
_WINDOW: Final = "Schedules run while this window or “benchwright serve” runs"
_VIEWS: Final = (
    ("List", "The schedules, what comes and what ran"),
    ("Month", "What is planned and what became of it, by day"),
)
_LIST, _MONTH = range(2)
_REQUESTS: Final = (
    AddSchedule,
    ChangeSchedule,
    EnableSchedule,
    RemoveSchedule,
    RunScheduleNow,
    ResumeSchedules,
)


class SchedulePanel(Panel):
    """The table of schedules, beside it what comes and what ran; the form takes their place."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self._saving: OperatorRequest | None = None
        self._undoing: AddSchedule | None = None
        self._form: ScheduleForm | None = None
        self._selects = ""  # the schedule to select once it is listed
        self.overview = ScheduleOverview()
        self.table = ScheduleTable()
        self._build()
        self._arrange()
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(_GATHER_MS)
        self._gather.timeout.connect(self.refresh)
        self._connect()
        self._show()
        aging = QTimer(self)  # "today" becomes "yesterday"
        aging.setInterval(_AGING_MS)
        aging.timeout.connect(self._show)
        aging.start()

    def refresh(self) -> None:
        """Ask the bench for the schedules."""
        if self._model.is_attached:
            self._controls.ask(ListSchedules())

    def new_schedule(self) -> None:
        """Open the form for a new schedule."""
        self.schedule_script("")

    def schedule_script(self, script: str) -> None:
        """Open the form for a new schedule of this script."""
        self._show_form()
        self.form.open_new(self._data_dir(), script)

    def edit(self) -> None:
        """Open the form for the selected schedule."""
        chosen = self.selected()
        if chosen is not None:
            self._edit(chosen)

    def run_now(self) -> None:
        """Run what the selected schedule runs."""
        chosen = self.selected()
        if chosen is not None:
            self._controls.ask(RunScheduleNow(schedule_id=chosen.execution.id))

    def remove(self) -> None:
        """Forget the selected schedule; a line offers to undo it."""
        chosen = self.selected()
        if chosen is not None:
            self._controls.ask(RemoveSchedule(schedule_id=chosen.execution.id))

    def show_schedule(self, schedule_id: str) -> None:
        """Select a schedule in the list."""
        self.switch.setCurrentIndex(_LIST)
        self.view.selectRow(self.table.row_of(schedule_id))
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def form(self) -> "ScheduleForm":
        """The form; made when it is first needed, which is after the window was painted."""
        if self._form is None:
            from benchwright.gui.panels.schedule.form import ScheduleForm

            self._form = ScheduleForm(self)
            self._form.wanted.connect(self._save)
            self._form.left.connect(self._close_form)
            self._pages.addWidget(self._form)
        return self._form

    def selected(self) -> ScheduleStatus | None:
        """Return the schedule that is selected."""
        rows = self.view.selectionModel().selectedRows()
        return self.table.status(rows[0].row()) if rows else None

    def save_state(self) -> dict[str, Any]:
        return {"splitter": self._splitter.sizes(), "month": self.switch.currentIndex() == _MONTH}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.switch.setCurrentIndex(_MONTH if state.get("month") is True else _LIST)
        sizes = state.get("splitter")
        if not isinstance(sizes, list) or len(sizes) != 2:
            return
        if all(isinstance(size, int) and size > 0 for size in sizes):
            self._splitter.setSizes(sizes)

    # --- building ---

    def _build(self) -> None:
        self.view = ScheduleView(self.table, self)
        self._empty = QLabel(_EMPTY, self)
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
        self.month = MonthPage(self._model.data_dir, self)
        self._views = QStackedWidget(self)
        self._views.addWidget(self._splitter)
        self._views.addWidget(self.month)
        self.new_button = _button(self, "schedule.new", "New schedule", "Run a script at set times (Ins)")
        self.run_button = _button(
            self, "schedule.run", "Run now", "Run the selected schedule's script at once"
        )
        self.edit_button = _button(self, "schedule.edit", "Edit", "Change the selected schedule (F2)")
        self.remove_button = _button(self, "schedule.remove", "Remove", "Forget the selected schedule (Del)")
        self.switch = named(QTabBar(self), "schedule.switch", "Show schedules as")
        for text, tip in _VIEWS:
            self.switch.setTabToolTip(self.switch.addTab(text), tip)
        self._where = ElidedLabel(_WINDOW, self)
        self._where.setObjectName("schedule.where")
        self._where.setEnabled(False)
        self.notices = ScheduleNotices(self)

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(0, 0, 10, 0)
        bar.setSpacing(2)
        bar.addWidget(self.switch)
        bar.addSpacing(8)
        for button in (self.new_button, self.run_button, self.edit_button, self.remove_button):
            bar.addWidget(button)
        bar.addWidget(self.month.bar)
        bar.addStretch(1)
        bar.addWidget(self._where)
        for part in (self.month.bar, self._where):
            part.hide()  # before its width is asked for: a panel that nobody saw yet would keep it
        main = QWidget(self)
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._views, 1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(main)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notices)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        model, controls = self._model, self._controls
        self.table.switched.connect(
            lambda id_, wanted: controls.ask(EnableSchedule(schedule_id=id_, enabled=wanted))
        )
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._show_selected())
        self.view.doubleClicked.connect(lambda _: self.edit())
        self.view.edit_wanted.connect(self.edit)
        self.view.remove_wanted.connect(self.remove)
        self.view.new_wanted.connect(self.new_schedule)
        self.new_button.clicked.connect(self.new_schedule)
        self.run_button.clicked.connect(self.run_now)
        self.edit_button.clicked.connect(self.edit)
        self.remove_button.clicked.connect(self.remove)
        self.switch.currentChanged.connect(self._show_view)
        for moments in (self.timeline, self.month):
            moments.run_wanted.connect(controls.past_run_wanted)
            moments.schedule_wanted.connect(self.show_schedule)
        model.schedule_changed.connect(self._on_changed)
        model.emergency_changed.connect(
            lambda event: self.notices.show_suspension(self.overview, is_latched=event.latched)
        )
        self.notices.edit_wanted.connect(self._edit)
        self.notices.file_wanted.connect(controls.file_wanted)
        self.notices.resume_wanted.connect(lambda: controls.ask(ResumeSchedules()))
        model.bench_changed.connect(self._on_bench)
        model.answered.connect(self._on_answer)
        theme.watcher.changed.connect(self._show)

    # --- what happens ---

    def _on_changed(self, event: ScheduleChanged) -> None:
        if event.change == "refused":
            self._controls.message_wanted.emit(f"{event.name} could not run: {event.reason}")
        self._gather.start()

    def _on_bench(self) -> None:
        self._show_selected()
        self._gather.start()

    def _on_answer(self, answered: Answered) -> None:
        request, error = answered.request, answered.error
        if isinstance(request, ListSchedules) and error is None:
            overview = msgspec.convert(answered.value, ScheduleOverview)
            if overview != self.overview or self._selects:
                self.overview = overview
                self._show()
        elif request is self._saving:
            self._saving = None
            if error is not None:
                self.form.refuse(error.message)
            else:
                self._selects = str(answered.value or getattr(request, "execution").id)  # noqa: B009
                self._close_form()
        elif request is self._undoing and error is not None:
            self._bring_back_off(self._undoing.execution, error.message)
        elif isinstance(request, _REQUESTS) and error is not None:
            self.notices.tell_error(error.message)
        elif isinstance(request, RemoveSchedule):
            removed = msgspec.convert(answered.value, ScheduledExecution)
            self.notices.offer_undo(removed, lambda: self._undo(removed))
        elif isinstance(request, RunScheduleNow):
            self._controls.message_wanted.emit(f"Started run {answered.value}")

    def _save(self, execution: ScheduledExecution) -> None:
        request = ChangeSchedule if execution.id else AddSchedule
        self._saving = request(execution=execution)
        self._controls.ask(self._saving)

    def _edit(self, status: ScheduleStatus) -> None:
        self._show_form()
        self.form.open_for(self._data_dir(), status)

    def _show_form(self) -> None:
        self._pages.setCurrentWidget(self.form)
        self.notices.hide()  # there is little room

    def _close_form(self) -> None:
        self.notices.show()
        self._pages.setCurrentIndex(0)
        (self.view if self.overview.schedules else self.new_button).setFocus(Qt.FocusReason.OtherFocusReason)
        self._gather.start()

    def _data_dir(self) -> Path:
        bench = self._model.bench
        return Path(str(bench.status["data_dir"])) if isinstance(bench, BenchAttached) else Path()

    def _undo(self, removed: ScheduledExecution) -> None:
        self._undoing = AddSchedule(execution=removed)
        self._controls.ask(self._undoing)

    def _bring_back_off(self, removed: ScheduledExecution, why: str) -> None:
        """Bring back what could not run now (its script is gone, its time past), switched off."""
        if removed.enabled:
            self.notices.tell_error(f"{removed.name} is back and switched off: {why}")
            self._controls.ask(AddSchedule(execution=msgspec.structs.replace(removed, enabled=False)))
        else:
            self.notices.tell_error(why)

    # --- what is shown ---

    def _show(self, _: object = None) -> None:
        overview = self.overview
        chosen = self.selected()
        self._selects = self._selects or (chosen.execution.id if chosen else "")
        self.table.show(overview)
        if (row := self.table.row_of(self._selects)) >= 0:
            self.view.selectRow(row)
            self._selects = ""
        self._stack.setCurrentWidget(self.view if overview.schedules else self._empty)
        self.timeline.setVisible(bool(overview.schedules))
        self.month.show_overview(overview)
        self._show_view()
        self.notices.show_overview(overview, is_latched=self._model.emergency.latched)
        active = sum(each.execution.enabled and each.next_run is not None for each in overview.schedules)
        self.title_changed.emit(f"Schedule {active}" if active else "Schedule")
        self._show_selected()

    def _show_view(self, _: object = None) -> None:
        """Show the month or the list, with the buttons that go with it."""
        is_month, has_any = self.switch.currentIndex() == _MONTH, bool(self.overview.schedules)
        self._views.setCurrentWidget(self.month if is_month else self._splitter)
        self.month.bar.setVisible(is_month)
        for button in (self.run_button, self.edit_button, self.remove_button):
            button.setVisible(not is_month)
        self._where.setVisible(self.overview.ends_with_window and has_any and not is_month)

    def _show_selected(self) -> None:
        chosen = self.selected()
        is_attached = self._model.is_attached
        self.new_button.setEnabled(is_attached)
        self.view.setEnabled(is_attached)
        for button in (self.run_button, self.edit_button, self.remove_button):
            button.setEnabled(is_attached and chosen is not None)
        statuses = self.overview.schedules if chosen is None else (chosen,)
        self.timeline.show_schedules(statuses, suspended=bool(self.overview.suspended))


def _button(parent: QWidget, object_name: str, text: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(object_name)
    button.setText(text)
    button.setToolTip(tip)
    button.setAutoRaise(True)
    return button
