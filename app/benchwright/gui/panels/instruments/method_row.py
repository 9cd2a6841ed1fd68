"""One method of an instrument: a button, a field per parameter, and what the last call gave."""

from collections.abc import Mapping
from itertools import count
from time import monotonic
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from benchwright.core.descriptors import MethodDescriptor, MethodKind
from benchwright.core.errors import ArgumentError, BenchwrightError, CallCancelled
from benchwright.core.operator_messages import CallInstrument, CancelCall
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.panels.instruments.argument_field import ArgumentField
from benchwright.gui.panels.instruments.reading import reading, result_text
from benchwright.gui.widgets.flow_layout import FlowLayout

_TOLD_S: Final = 1.0  # a call that took longer says how long
_PROGRESS_MS: Final = 200
_STOPPABLE_S: Final = 0.15  # a call that waits can be stopped from then on; a button must not flicker
_LATCHED: Final = "The emergency stop is latched"
_numbers = count(1)


class MethodRow(QWidget):
    """Calls one method as the operator; never waits, `answer` tells what became of it.

    A call that waits, such as a move, shows how far it is, and its button stops it.
    """

    asked = Signal(object)  # CallInstrument or CancelCall

    def __init__(self, instrument: str, method: MethodDescriptor) -> None:
        super().__init__()
        self.setObjectName(f"method.{instrument}.{method.name}")
        self.pending: CallInstrument | None = None
        self._instrument = instrument
        self._method = method
        self._asked_s = 0.0
        self._is_stopping = False
        self._is_latched = False
        self._readings: Mapping[str, tuple[float | None, str]] = {}
        self._progress = QTimer(self)
        self._progress.setInterval(_PROGRESS_MS)
        self._progress.timeout.connect(self._show_progress)
        self._title = method.name.replace("_", " ")
        self.button = QPushButton(self._title)
        self.button.clicked.connect(self.call_or_stop)
        self.fields = [
            ArgumentField(each, is_plain=method.name.endswith(each.name)) for each in method.parameters
        ]
        self.result = QLabel()
        self.problem = QLabel()
        self._build()
        for field in self.fields:
            field.submitted.connect(self.call)
        theme.watcher.changed.connect(self._colour)

    def _build(self) -> None:
        self.result.setObjectName("method.result")
        self.result.setFont(theme.fixed_font())
        self.problem.setObjectName("method.problem")
        for label in (self.result, self.problem):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setWordWrap(True)
            label.hide()
        self._show_button()
        self._colour()

    def place(self, grid: QGridLayout, row: int) -> None:
        """Put the parts into a row of a grid, so that those of all methods line up."""
        grid.addWidget(self.button, row, 0, Qt.AlignmentFlag.AlignTop)
        beside = QVBoxLayout()
        beside.setSpacing(2)
        if self.fields:
            fields = QWidget()
            flow = FlowLayout(fields, self.fontMetrics().height() // 2, 2)
            for field in self.fields:
                flow.addWidget(field)
            beside.addWidget(fields)
        for label in (self.result, self.problem):
            label.setMinimumHeight(0 if self.fields else self.button.sizeHint().height())
            beside.addWidget(label)
        grid.addLayout(beside, row, 1)

    # --- calls ---------------------------------------------------------------------------------------------

    @property
    def is_stoppable(self) -> bool:
        """Whether there is a call that waits for its instrument."""
        waits = self.pending is not None and self._method.waits and not self._is_stopping
        return waits and monotonic() - self._asked_s > _STOPPABLE_S

    def call_or_stop(self) -> None:
        """Do what the button says."""
        if self.pending is None:
            self.call()
        elif self.is_stoppable:
            self.stop()

    def call(self) -> None:
        """Check the fields and ask the bench; a field that does not fit is said at once."""
        if self.pending is not None or not self.button.isEnabled():
            return
        try:
            args = [field.value(self._method.name) for field in self.fields]
        except ArgumentError as error:
            self._tell(problem=error.message.partition(": ")[2] or error.message)
            return
        name = f"{self._instrument}.{self._method.name} {next(_numbers)}"
        self.pending = CallInstrument(name=self._instrument, method=self._method.name, args=args, call=name)
        self._asked_s = monotonic()
        self._tell("…")
        self._progress.start()
        self._show_button()
        self.asked.emit(self.pending)

    def stop(self) -> None:
        """End the call that waits; the bench halts the motion."""
        if self.pending is not None:
            self._is_stopping = True
            self._tell("stopping…")
            self._show_button()
            self.asked.emit(CancelCall(call=self.pending.call))

    def answer(self, value: Value, error: BenchwrightError | None) -> None:
        """Show what the call gave."""
        took_s = monotonic() - self._asked_s
        took = f"   {took_s:.1f} s" if took_s >= _TOLD_S else ""
        self._end()
        if isinstance(error, CallCancelled):
            self._tell(f"{error.message}{took}")
        elif error is not None:
            self._tell(problem=error.message)
        else:
            self._tell(result_text(value, self._method.unit) + took)

    def forget(self) -> None:
        """The bench is gone, and with it the answer."""
        if self.pending is not None:
            self._end()
            self._tell(problem="the bench is gone")

    def set_latched(self, is_latched: bool) -> None:
        """Act no more, or again; what only reads is not refused."""
        self._is_latched = is_latched and self._method.kind is MethodKind.COMMAND
        self._show_button()

    def show_readings(self, readings: Mapping[str, tuple[float | None, str]]) -> None:
        """Take note of the live values of the instrument, by the name of the channel."""
        self._readings = readings

    def _end(self) -> None:
        self.pending = None
        self._is_stopping = False
        self._progress.stop()
        self._show_button()

    # --- what is shown -------------------------------------------------------------------------------------

    def _show_progress(self) -> None:
        self._show_button()
        if self._is_stopping or not self._method.waits or self.pending is None:
            return
        parts = [f"{monotonic() - self._asked_s:.0f} s", *self._way(self.pending)]
        self._tell(" · ".join(parts))

    def _way(self, call: CallInstrument) -> list[str]:
        """Say where the instrument is on its way to a target, where a channel tells that."""
        for parameter, target in zip(self._method.parameters, call.args, strict=True):
            now, unit = self._readings.get(parameter.limit, (None, ""))
            if now is not None and isinstance(target, float):
                return [f"{reading(now, unit)} of {target:g}"]
        return []

    def _show_button(self) -> None:
        stops = self.is_stoppable
        is_free = self.pending is None and not self._is_latched
        self.button.setText("Stop" if stops else self._title)
        self.button.setEnabled(is_free or stops)
        name = f"{self._instrument} {self._method.name}"
        self.button.setAccessibleName(f"Stop {name}" if stops else name)
        help_text = self._method.help or name
        self.button.setToolTip(
            f"End {self._title} and halt the motion"
            if stops
            else f"{help_text}\n{_LATCHED}: nothing acts until it is reset."
            if self._is_latched
            else help_text
        )
        if stops != bool(self.button.property("stops")):
            self.button.setProperty("stops", stops)
            self._colour()

    def _tell(self, text: str = "", problem: str = "") -> None:
        for label, shown in ((self.result, text), (self.problem, problem)):
            label.setText(shown)
            label.setVisible(bool(shown))

    def _colour(self, _: object = None) -> None:
        colours = theme.current()
        self.problem.setStyleSheet(f"color: {colours.error}")
        stops = bool(self.button.property("stops"))
        self.button.setStyleSheet(f"color: {colours.error}; font-weight: bold" if stops else "")
