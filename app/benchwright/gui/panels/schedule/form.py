"""The form in which a schedule is made or changed; what it comes to is shown while it is filled in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from benchwright.core.errors import ArgumentError
from benchwright.core.permissions import MEANINGS, parse_permissions
from benchwright.core.scheduled_execution import Missed, Overlap, ScheduledExecution, ScheduleStatus
from benchwright.core.schedules import Cron, find_zone
from benchwright.core.script_parameters import ScriptParameter
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.panels.schedule.draft import Draft, Examined, Kind, draft_of, examine
from benchwright.gui.panels.schedule.times_page import TimesPage, moment_of
from benchwright.gui.panels.schedule.wording import when
from benchwright.gui.parameters.field import ParameterField
from benchwright.gui.widgets.flow_layout import FlowLayout
from benchwright.gui.widgets.named import named

_TYPING_MS: Final = 150
_MAX_TIMEOUT_S: Final = 30 * 86400.0
_OVERLAPS: Final = {
    Overlap.SKIP: "leave it out",
    Overlap.QUEUE: "start it after the one before",
    Overlap.REPLACE: "cancel the one before",
}
_MISSED: Final = {Missed.SKIP: "leave it out", Missed.RUN_ONCE: "make up for it, once"}


class ScheduleForm(QWidget):
    """Fields on the left, what they come to on the right; `wanted` brings the execution to keep."""

    wanted = Signal(object)  # ScheduledExecution
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("schedule.form")
        self.setAccessibleName("Schedule")
        self._data_dir = Path()
        self._before: ScheduledExecution | None = None
        self._due: tuple[datetime, ...] = ()  # what starts once the script is allowed
        self._examined = Examined()
        self._fields: dict[str, ParameterField] = {}
        self._given: Mapping[str, Value] = {}  # parameters that wait for their fields
        self._is_filling = False
        self._asked = 0  # examinations so far: only the last one counts
        self._saves = False
        self._has_zones = False
        self._build()
        self._arrange()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._examine)
        self._connect()

    # --- opening ---

    def open_new(self, data_dir: Path, script: str = "") -> None:
        """Start with an empty form."""
        self._open(data_dir, None, _empty(script))

    def open_for(self, data_dir: Path, status: ScheduleStatus) -> None:
        """Start with a schedule that is there."""
        due = status.waiting if status.needs_grant else ()
        self._open(data_dir, status.execution, draft_of(status.execution, _empty()), due)

    def refuse(self, message: str) -> None:
        """Say why the bench did not keep it."""
        self._tell(message)
        self.save.setEnabled(True)

    def _open(
        self,
        data_dir: Path,
        before: ScheduledExecution | None,
        draft: Draft,
        due: tuple[datetime, ...] = (),
    ) -> None:
        self._data_dir, self._before, self._saves = data_dir, before, False
        self._due = due
        self._examined, self._given = Examined(), draft.parameters
        self._is_filling = True
        self._show_fields({})
        self.script.setText(draft.script)
        self.name.setText(draft.name)
        self.times.show_draft(draft)
        self.overlap.setCurrentIndex(list(_OVERLAPS).index(draft.overlap))
        self.missed.setCurrentIndex(list(_MISSED).index(draft.missed))
        self.timeout.setValue(draft.timeout_s or 0.0)
        self._is_filling = False
        self._show_examined()
        self._examine()
        if not self._has_zones:
            self._has_zones = True
            in_background("time zones", _zones, self.times.offer_zones)
        (self.times.every if draft.script else self.script).setFocus(Qt.FocusReason.OtherFocusReason)

    # --- building ---

    def _build(self) -> None:
        self.script = named(QLineEdit(self), "schedule.script", "Script")
        self.script.setPlaceholderText("a file, or the name of a script of the library")
        self.choose = named(QPushButton("Choose…", self), "schedule.choose", "Choose the script's file")
        self.name = named(QLineEdit(self), "schedule.name", "Name of the schedule")
        self.times = TimesPage(self)
        self.overlap = _choice(self, "schedule.overlap", "If one still runs", list(_OVERLAPS.values()))
        self.missed = _choice(self, "schedule.missed", "If it was missed", list(_MISSED.values()))
        self.timeout = named(QDoubleSpinBox(self), "schedule.timeout", "Timeout in seconds")
        self.timeout.setRange(0.0, _MAX_TIMEOUT_S)
        self.timeout.setDecimals(1)
        self.timeout.setSuffix(" s")
        self.timeout.setSpecialValueText("the script's own")
        self.timeout.setGroupSeparatorShown(True)
        self._parameters = QWidget(self)
        character = self.fontMetrics().averageCharWidth()
        self._flow = FlowLayout(self._parameters, gap=character * 3, line_gap=character // 2)
        self.coming = _text(self, "schedule.coming", "Next runs")
        self.grant = _text(self, "schedule.grant", "What the script may do")
        self.problem = _text(self, "schedule.problem", "What is wrong")
        self.save = QPushButton("Save", self)
        self.save.setObjectName("schedule.save")
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setObjectName("schedule.cancel")
        self.cancel.setShortcut("Esc")

    def _arrange(self) -> None:
        character = self.fontMetrics().averageCharWidth()
        picker = QHBoxLayout()
        picker.addWidget(self.script, 1)
        picker.addWidget(self.choose)
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(12, 8, 12, 4)
        grid.setHorizontalSpacing(character)
        grid.setVerticalSpacing(4)
        rows: tuple[tuple[tuple[str, QWidget | QHBoxLayout, QWidget], ...], ...] = (
            (("&Script", picker, self.script),),
            (("&Name", self.name, self.name), ("&Timeout", self.timeout, self.timeout)),
            (("R&un", self.times, self.times.kind),),
            (("If one still runs", self.overlap, self.overlap), ("If &missed", self.missed, self.missed)),
        )
        for at, row in enumerate(rows):
            for column, (title, part, buddy) in enumerate(row):
                label = QLabel(title, content)
                label.setBuddy(buddy)
                grid.addWidget(label, at, 2 * column)
                span = 1 if len(row) == 2 else 3
                if isinstance(part, QHBoxLayout):
                    grid.addLayout(part, at, 1, 1, span)
                else:
                    grid.addWidget(part, at, 2 * column + 1, 1, span)
        grid.addWidget(self._parameters, len(rows), 1, 1, 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.setRowStretch(len(rows) + 1, 1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area, 3)
        layout.addLayout(self._side(), 2)

    def _side(self) -> QVBoxLayout:
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.save)
        buttons.addWidget(self.cancel)
        side = QVBoxLayout()
        side.setContentsMargins(12, 8, 12, 8)
        side.addWidget(self.coming)
        side.addWidget(self.grant)
        side.addStretch(1)
        side.addWidget(self.problem)
        side.addLayout(buttons)
        return side

    def _connect(self) -> None:
        for line in (self.script, self.name):
            line.textChanged.connect(self._on_change)
        for line in (self.script, self.name, *self.times.lines):
            line.returnPressed.connect(self._save)
        self.times.changed.connect(self._on_change)
        self.timeout.valueChanged.connect(self._on_change)
        self.choose.clicked.connect(self._choose)
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self.left)
        theme.watcher.changed.connect(self._show_examined)

    # --- what is filled in ---

    def draft(self) -> Draft:
        """Return what stands in the form.

        Raises:
            ArgumentError: a parameter does not fit what the script declares.
        """
        values = {name: each.value() for name, each in self._fields.items() if not each.is_default}
        return Draft(
            script=self.script.text(),
            name=self.name.text(),
            kind=Kind(self.times.kind.currentData()),
            every=self.times.every.text(),
            start=moment_of(self.times.start),
            expression=self.times.expression.text(),
            zone=self.times.zone.currentText(),
            at=moment_of(self.times.at),
            overlap=list(_OVERLAPS)[self.overlap.currentIndex()],
            missed=list(_MISSED)[self.missed.currentIndex()],
            timeout_s=self.timeout.value() or None,
            parameters=values if self._fields else self._given,
        )

    def _on_change(self, _: object = None) -> None:
        if not self._is_filling:
            self._saves = False
            self._typing.start()

    def _examine(self) -> None:
        self._typing.stop()
        self._asked += 1
        asked, data_dir, before = self._asked, self._data_dir, self._before
        try:
            draft = self.draft()
        except ArgumentError as error:
            self._saves = False
            self._tell(error.message)
            return
        in_background(
            "schedule form",
            lambda: examine(draft, data_dir, datetime.now(UTC), before),
            lambda found: self._on_examined(asked, found),
            owner=self,
        )

    def _on_examined(self, asked: int, found: Examined) -> None:
        if asked != self._asked:
            return
        self._examined = found
        if found.script is not None:
            declared = found.script.metadata.parameters
            if declared != {name: each.parameter for name, each in self._fields.items()}:
                self._show_fields(declared)
        self._show_examined()
        if self._saves and found.execution is not None:
            self.save.setEnabled(False)
            self.wanted.emit(found.execution)
        self._saves = False

    def _show_fields(self, declared: Mapping[str, ScriptParameter]) -> None:
        kept = {name: each.entry() for name, each in self._fields.items()} or dict(self._given)
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._fields = {name: ParameterField(each, self._parameters) for name, each in declared.items()}
        for name, each in self._fields.items():
            if name in kept:
                each.set_entry(kept[name])
            each.changed.connect(self._on_change)
            self._flow.addWidget(each)
            each.show()
        self._parameters.setVisible(bool(self._fields))

    def _show_examined(self, _: object = None) -> None:
        found = self._examined
        now = datetime.now(UTC)
        times = "<br>".join(when(moment, now) + self._zoned(moment) for moment in found.coming)
        self.coming.setText(
            f"<table><tr><td><b>Next</b>&nbsp;</td><td>{times}</td></tr></table>" if times else ""
        )
        self.grant.setText(self._grant_text())
        self._tell(found.time_problem or found.script_problem)
        self.save.setEnabled(found.execution is not None)
        if not self.name.text():
            self.name.setPlaceholderText(found.script.path.stem if found.script else "")

    def _zoned(self, moment: datetime) -> str:
        """Return what the clocks of the schedule's time zone show, where they are others than here."""
        schedule = None if self._examined.execution is None else self._examined.execution.schedule
        if not isinstance(schedule, Cron):
            return ""
        there = moment.astimezone(find_zone(schedule.time_zone))
        is_same = there.utcoffset() == moment.astimezone().utcoffset()
        return "" if is_same else f" ({there:%H:%M} in {schedule.time_zone})"

    def _grant_text(self) -> str:
        execution, script = self._examined.execution, self._examined.script
        if execution is None or script is None:
            return ""
        may = ", ".join(MEANINGS[each] for each in sorted(parse_permissions(execution.permissions)))
        before = self._before
        if before is not None and before.content_sha256 == execution.content_sha256:
            return f"{script.name} may {may or 'do nothing with instruments'}."
        text = f"Saving allows {script.name}, as it is now, to {may or 'run; it asks for no permission'}."
        if self._due and execution.enabled:
            text += f" It is due since {when(self._due[0], datetime.now(UTC))} and starts then."
        return text

    def _tell(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setStyleSheet(f"color: {theme.current().error}")
        self.problem.setVisible(bool(problem))

    def _save(self) -> None:
        """Keep it, once it was looked at as it is now."""
        self._saves = True
        self._examine()

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Choose a script", str(Path(self.script.text()).parent))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)  # the emergency keys work in our own
        dialog.setNameFilters(["Scripts (*.lua *.py)", "All files (*)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.script.setText)
        dialog.open()


def _empty(script: str = "") -> Draft:
    from benchwright.bench.scheduling.local_zone import local_zone_name

    soon = datetime.now().astimezone().replace(second=0, microsecond=0) + timedelta(minutes=1)
    hour = (soon + timedelta(hours=1)).replace(minute=0)
    return Draft(script=script, start=soon, at=hour, zone=local_zone_name())


def _zones() -> list[str]:
    from zoneinfo import available_timezones

    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


def _choice(parent: QWidget, object_name: str, name: str, texts: list[str]) -> QComboBox:
    box = named(QComboBox(parent), object_name, name)
    box.addItems(texts)
    return box


def _text(parent: QWidget, object_name: str, name: str) -> QLabel:
    label = named(QLabel(parent), object_name, name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
