"""A field for one argument: a list of its choices, a switch, or a line that says its range and unit."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from benchwright.core.descriptors import ParameterDescriptor
from benchwright.core.errors import ArgumentError
from benchwright.core.script_parameters import from_text
from benchwright.core.values import Value
from benchwright.gui.widgets.named import named
from benchwright.gui.widgets.switch import Switch

_FIELD_CHARACTERS: Final = 12


class ArgumentField(QWidget):
    """Takes the argument for one parameter; `is_plain` leaves out its name, which stands elsewhere."""

    submitted = Signal()
    changed = Signal()

    def __init__(self, parameter: ParameterDescriptor, is_plain: bool = False) -> None:
        super().__init__()
        self.parameter = parameter
        self.input = self._build(is_plain)
        named(self.input, f"parameter.{parameter.name}", f"{parameter.name}: {parameter.allowed()}")
        self.input.setToolTip(f"{parameter.name}: {parameter.allowed()}\n{parameter.help}".strip())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.fontMetrics().height() // 4)
        if not isinstance(self.input, QCheckBox) and not is_plain:
            label = QLabel(parameter.name.replace("_", " "))
            label.setEnabled(False)
            label.setBuddy(self.input)
            layout.addWidget(label)
        layout.addWidget(self.input)
        if parameter.unit and not isinstance(self.input, QCheckBox):
            unit = QLabel(parameter.unit)
            unit.setEnabled(False)
            layout.addWidget(unit)
        layout.addStretch(1)

    def _build(self, is_plain: bool) -> QLineEdit | QComboBox | QCheckBox:
        parameter = self.parameter
        if parameter.choices:
            combo = QComboBox()
            for each in parameter.choices:
                combo.addItem(str(each), each)
            if parameter.default in parameter.choices:
                combo.setCurrentIndex(parameter.choices.index(parameter.default))
            combo.currentIndexChanged.connect(self.changed)
            return combo
        if parameter.type == "boolean":
            switch = Switch("" if is_plain else parameter.name.replace("_", " "))
            switch.setChecked(parameter.default is True)
            switch.toggled.connect(self.changed)
            return switch
        return self._build_line()

    def _build_line(self) -> QLineEdit:
        parameter = self.parameter
        line = QLineEdit()
        line.setPlaceholderText(range_text(parameter.minimum, parameter.maximum))
        if parameter.default is not None:
            default = parameter.default
            line.setText(f"{default:g}" if isinstance(default, float) else str(default))
        digit = line.fontMetrics().horizontalAdvance("0")
        if parameter.type in ("float", "integer"):
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
            line.setFixedWidth(max(_FIELD_CHARACTERS, len(line.placeholderText()) + 2) * digit)
        else:
            line.setMinimumWidth(_FIELD_CHARACTERS * digit)
        line.returnPressed.connect(self.submitted)
        line.textChanged.connect(self.changed)
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

    def number(self, call: str) -> float | None:
        """Return the checked value of a parameter that is a number, None where there is none.

        Raises:
            ArgumentError: it does not fit.
        """
        value = self.value(call)
        return float(value) if isinstance(value, (int, float)) else None


def range_text(low: float | None, high: float | None) -> str:
    """Return a range in short, such as ``0 … 180``; empty where there is none."""
    if low is not None and high is not None:
        return f"{low:g} … {high:g}"
    if low is not None:
        return f"≥ {low:g}"
    return f"≤ {high:g}" if high is not None else ""
