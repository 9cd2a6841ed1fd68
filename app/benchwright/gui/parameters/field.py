"""The field of one parameter: what is typed or chosen, and whether it fits."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from benchwright.core.errors import ArgumentError
from benchwright.core.script_parameters import ScriptParameter, from_text
from benchwright.core.values import Value, shown
from benchwright.gui import theme
from benchwright.gui.parameters.number_box import NumberBox
from benchwright.gui.widgets.named import named

_TEXT_CHARACTERS = 22
_CHOICE_CHARACTERS = 36  # average ones, at most


class ParameterField(QWidget):
    """A label, something to fill in, the unit.

    An `entry` is what stands in the field as it was typed, right or wrong; it is what is remembered.
    """

    changed = Signal()

    def __init__(
        self, parameter: ScriptParameter, parent: QWidget | None = None, *, has_label: bool = True
    ) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.input: QWidget
        self._read: Callable[[], Value]
        self._write: Callable[[Value], None]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.fontMetrics().averageCharWidth())
        self._build()
        if has_label and not isinstance(self.input, QCheckBox):
            label = QLabel(self.title, self)
            label.setBuddy(self.input)
            layout.addWidget(label)
        layout.addWidget(self.input)
        if parameter.unit:
            unit = QLabel(parameter.unit, self)
            unit.setEnabled(False)
            layout.addWidget(unit)
        if not has_label and not isinstance(self.input, QLineEdit):
            layout.addStretch(1)  # a text may be long
        named(
            self.input,
            f"parameter.{parameter.name}",
            f"{self.title} in {parameter.unit}" if parameter.unit else self.title,
        )
        about = f"{parameter.name}: {parameter.allowed()}"
        self.input.setAccessibleDescription(about)
        self.input.setToolTip(about if parameter.required else f"{about}; default {shown(parameter.default)}")
        self.set_default()

    @property
    def title(self) -> str:
        """What the form calls the parameter."""
        return self.parameter.label or self.parameter.name.replace("_", " ")

    def entry(self) -> Value:
        """Return what stands in the field."""
        return self._read()

    def set_entry(self, entry: Value) -> None:
        """Fill in what was there before; what the field cannot hold is its default again."""
        self._write(entry)
        self._show_state()

    def refresh(self) -> None:
        """Take the colours of another theme."""
        self._show_state()

    def set_default(self) -> None:
        """Fill in the default."""
        self.set_entry(self.parameter.default)

    @property
    def is_default(self) -> bool:
        """Whether the field holds the default, or nothing."""
        try:
            return self.value() == self.parameter.default
        except ArgumentError:
            return False

    def value(self) -> Value:
        """Return the value for the run.

        Raises:
            ArgumentError: it does not fit what the script declares.
        """
        entry = self.entry()
        parameter = self.parameter
        if entry in ("", None) and parameter.type != "text" and not parameter.required:
            return parameter.default
        if entry in ("", None) and parameter.required:
            raise ArgumentError(f"{self.title} needs a value: {parameter.allowed()}")
        try:
            return parameter.check(from_text(parameter.type, entry), "")
        except ArgumentError:
            raise ArgumentError(
                f"{self.title} must be {parameter.allowed()}, found {shown(from_text(parameter.type, entry))}"
            ) from None

    def problem(self) -> str:
        """Say what is wrong with the entry; empty where nothing is."""
        try:
            self.value()
        except ArgumentError as error:
            return error.message
        return ""

    # --- the kinds of fields ---

    def _build(self) -> None:
        parameter = self.parameter
        if parameter.choices:
            self._build_choice()
        elif parameter.type == "boolean":
            self._build_tick()
        elif parameter.type == "text":
            self._build_line(QLineEdit(self), _TEXT_CHARACTERS)
        else:
            box = NumberBox(
                is_whole=parameter.type == "integer",
                minimum=parameter.minimum,
                maximum=parameter.maximum,
                parent=self,
            )
            self._use_line(box, box.lineEdit())

    def _build_choice(self) -> None:
        combo = QComboBox(self)
        choices = list(self.parameter.choices)
        for choice in choices:
            combo.addItem(_plain(choice))
        combo.setMaximumWidth(self.fontMetrics().averageCharWidth() * _CHOICE_CHARACTERS)
        combo.currentIndexChanged.connect(self._on_change)

        def write(entry: Value) -> None:
            at = entry if entry in choices else self.parameter.default
            combo.setCurrentIndex(choices.index(at) if at in choices else -1)

        self.input = combo
        self._read = lambda: choices[combo.currentIndex()] if combo.currentIndex() >= 0 else None
        self._write = write

    def _build_tick(self) -> None:
        tick = QCheckBox(self.title, self)
        tick.toggled.connect(self._on_change)
        self.input = tick
        self._read = tick.isChecked
        self._write = lambda entry: tick.setChecked(
            entry if isinstance(entry, bool) else self.parameter.default is True
        )

    def _build_line(self, line: QLineEdit, characters: int) -> None:
        line.setMinimumWidth(self.fontMetrics().averageCharWidth() * characters)
        self._use_line(line, line)

    def _use_line(self, widget: QWidget, line: QLineEdit) -> None:
        if not self.parameter.required:
            line.setPlaceholderText(_plain(self.parameter.default))
        line.textChanged.connect(self._on_change)
        self.input = widget
        self._read = lambda: line.text() if self.parameter.type == "text" else line.text().strip()
        self._write = lambda entry: line.setText("" if entry is None else _plain(entry))

    def _on_change(self, _: object = None) -> None:
        self._show_state()
        self.changed.emit()

    def _show_state(self) -> None:
        """Give a field that does not fit the colours of an error."""
        palette = QPalette()
        if self.problem():
            colours = theme.current()
            palette = QPalette(QApplication.palette())
            palette.setColor(QPalette.ColorRole.Base, QColor(colours.error_surface))
            palette.setColor(QPalette.ColorRole.Text, QColor(colours.error))
        self.input.setPalette(palette)
        if isinstance(self.input, NumberBox):
            self.input.lineEdit().setPalette(palette)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
