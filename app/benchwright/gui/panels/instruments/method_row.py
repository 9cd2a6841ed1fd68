"""One method of an instrument: a button, a field per parameter, and what the last call gave."""

from time import monotonic
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from benchwright.core.descriptors import MethodDescriptor, ParameterDescriptor
from benchwright.core.errors import ArgumentError, BenchwrightError
from benchwright.core.operator_messages import CallInstrument
from benchwright.core.script_parameters import from_text
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.panels.instruments.reading import result_text

_FIELD_CHARACTERS: Final = 12
_TOLD_S: Final = 1.0  # a call that took longer says how long


class ParameterField(QWidget):
    """Takes the value of one parameter: a list of its choices, a tick, or a line that says its range."""

    submitted = Signal()

    def __init__(self, parameter: ParameterDescriptor, is_plain: bool = False) -> None:
        super().__init__()
        self.parameter = parameter
        self.input = self._build()
        self.input.setObjectName(f"parameter.{parameter.name}")
        self.input.setAccessibleName(f"{parameter.name}: {parameter.allowed()}")
        self.input.setToolTip(f"{parameter.name}: {parameter.allowed()}\n{parameter.help}".strip())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.fontMetrics().height() // 4)
        if not isinstance(self.input, QCheckBox) and not is_plain:
            label = QLabel(parameter.name.replace("_", " "))
            label.setEnabled(False)
            label.setBuddy(self.input)
            label.setMinimumWidth(1)
            layout.addWidget(label)
        layout.addWidget(self.input)
        if parameter.unit and not isinstance(self.input, QCheckBox):
            unit = QLabel(parameter.unit)
            unit.setEnabled(False)
            layout.addWidget(unit)

    def _build(self) -> QLineEdit | QComboBox | QCheckBox:
        parameter = self.parameter
        if parameter.choices:
            combo = QComboBox()
            for each in parameter.choices:
                combo.addItem(str(each), each)
            if parameter.default in parameter.choices:
                combo.setCurrentIndex(parameter.choices.index(parameter.default))
            return combo
        if parameter.type == "boolean":
            tick = QCheckBox(parameter.name.replace("_", " "))
            tick.setChecked(parameter.default is True)
            return tick
        line = QLineEdit()
        line.setPlaceholderText(_range(parameter))
        if parameter.default is not None:
            line.setText(str(parameter.default))
        if parameter.type in ("float", "integer"):
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
        digit = line.fontMetrics().horizontalAdvance("0")
        line.setMinimumWidth(4 * digit)
        line.setMaximumWidth(_FIELD_CHARACTERS * digit)
        line.returnPressed.connect(self.submitted)
        return line

    def value(self, call: str) -> Value:
        """Return the checked value.

        Raises:
            ArgumentError: it does not fit.
        """
        if isinstance(self.input, QComboBox):
            return self.parameter.check(self.input.currentData(), call)
        if isinstance(self.input, QCheckBox):
            return self.input.isChecked()
        text = self.input.text().strip()
        if not text and self.parameter.type != "text":
            if self.parameter.required:
                raise ArgumentError(f"{call}: {self.parameter.name} must be {self.parameter.allowed()}")
            return self.parameter.default
        return self.parameter.check(from_text(self.parameter.type, text), call)


def _range(parameter: ParameterDescriptor) -> str:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f"{low:g} … {high:g}"
    if low is not None:
        return f"≥ {low:g}"
    return f"≤ {high:g}" if high is not None else ""


class MethodRow(QWidget):
    """Calls one method as the operator; never waits, `answer` tells what became of it."""

    asked = Signal(object)  # CallInstrument

    def __init__(self, instrument: str, method: MethodDescriptor) -> None:
        super().__init__()
        self.setObjectName(f"method.{instrument}.{method.name}")
        self.pending: CallInstrument | None = None
        self._instrument = instrument
        self._method = method
        self._asked_s = 0.0
        self.button = QPushButton(method.name.replace("_", " "))
        self.button.setAccessibleName(f"{instrument} {method.name}")
        self.button.setToolTip(method.help or f"{instrument}.{method.name}")
        self.button.clicked.connect(self.call)
        self.fields = [
            ParameterField(each, is_plain=method.name.endswith(each.name)) for each in method.parameters
        ]
        self.result = QLabel()
        self.result.setObjectName("method.result")
        self.result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.result.setMinimumWidth(1)
        self.problem = QLabel()
        self.problem.setObjectName("method.problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._colour()
        for field in self.fields:
            field.submitted.connect(self.call)
        theme.watcher.changed.connect(self._colour)

    def place(self, grid: QGridLayout, row: int) -> None:
        """Put the parts into a grid, so that those of all methods line up."""
        fields = QHBoxLayout()
        fields.setSpacing(self.fontMetrics().height() // 2)
        for field in self.fields:
            fields.addWidget(field)
        fields.addWidget(self.result, 1)
        grid.addWidget(self.button, row, 0)
        grid.addLayout(fields, row, 1)
        grid.addWidget(self.problem, row + 1, 1)

    def call(self) -> None:
        """Check the fields and ask the bench; a field that does not fit is said at once."""
        if self.pending is not None:
            return
        try:
            args = [field.value(self._method.name) for field in self.fields]
        except ArgumentError as error:
            self._tell(problem=error.message.partition(": ")[2] or error.message)
            return
        self.pending = CallInstrument(name=self._instrument, method=self._method.name, args=args)
        self._asked_s = monotonic()
        self.button.setEnabled(False)
        self._tell("…")
        self.asked.emit(self.pending)

    def answer(self, value: Value, error: BenchwrightError | None) -> None:
        """Show what the call gave."""
        self.pending = None
        self.button.setEnabled(True)
        took_s = monotonic() - self._asked_s
        took = f"   {took_s:.1f} s" if took_s >= _TOLD_S else ""
        if error is not None:
            self._tell(problem=error.message)
        else:
            self._tell(result_text(value, self._method.unit) + took)

    def forget(self) -> None:
        """The bench is gone, and with it the answer."""
        if self.pending is not None:
            self.pending = None
            self.button.setEnabled(True)
            self._tell(problem="the bench is gone")

    def _tell(self, text: str = "", problem: str = "") -> None:
        self.result.setText(text)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _colour(self, _: object = None) -> None:
        self.problem.setStyleSheet(f"color: {theme.current().error}")
