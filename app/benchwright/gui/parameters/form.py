"""The strip under the tool bar in which a script's parameters are filled in."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from benchwright.core.script_parameters import ScriptParameter
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.parameters.field import ParameterField
from benchwright.gui.widgets.flow_layout import FlowLayout
from benchwright.gui.widgets.wrapped_label import WrappedLabel


class ParameterForm(QWidget):
    """Fields for the parameters that a script declares; nothing at all where it declares none."""

    changed = Signal()  # somebody filled something in
    filled = Signal(bool)  # whether there is anything to show
    place_wanted = Signal()  # show where the metadata is wrong

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("parameters.form")
        self.setAccessibleName("Parameters of the script")
        self.fields: dict[str, ParameterField] = {}
        self._declared: dict[str, ScriptParameter] = {}
        self._mistake = ""
        self._refused = ""  # the script that was not started
        self._is_quiet = False
        self._build()
        theme.watcher.changed.connect(self._on_theme)
        self._show()

    def show_parameters(self, declared: Mapping[str, ScriptParameter], entries: Mapping[str, Value]) -> None:
        """Show fields for these parameters, filled with what was entered before or the defaults."""
        self._mistake = self._refused = ""
        if declared != self._declared:
            self._rebuild(dict(declared))
        self._for_each(
            lambda field: field.set_entry(entries.get(field.parameter.name, field.parameter.default))
        )
        self._show()

    def show_mistake(self, text: str) -> None:
        """Say in place of the fields why the metadata cannot be read."""
        self._mistake, self._refused = text, ""
        self._rebuild({})
        self._show()

    def entries(self) -> dict[str, Value]:
        """Return what was entered where it is not the default."""
        return {name: field.entry() for name, field in self.fields.items() if not field.is_default}

    def values(self) -> dict[str, Value]:
        """Return a value for each parameter.

        Raises:
            ArgumentError: one does not fit what the script declares.
        """
        return {name: field.value() for name, field in self.fields.items()}

    def problem(self) -> str:
        """Say what is wrong with the entries; empty where nothing is."""
        return " · ".join(filter(None, (field.problem() for field in self.fields.values())))

    def refuse(self, script: str) -> None:
        """Say that the script was not started, and put the cursor where something is wrong."""
        self._refused = script
        self._show()
        wrong = next((field for field in self.fields.values() if field.problem()), None)
        if wrong is not None:
            self.toggle.setChecked(True)
            wrong.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_defaults(self) -> None:
        """Fill in the defaults."""
        self._for_each(ParameterField.set_default)
        self._on_change()

    # --- inside ---

    def _build(self) -> None:
        character = self.fontMetrics().averageCharWidth()
        self.toggle = QToolButton(self)
        self.toggle.setObjectName("parameters.toggle")
        self.toggle.setText("Parameters")
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setCheckable(True)
        self.toggle.setChecked(True)
        self.toggle.setAutoRaise(True)
        self.toggle.toggled.connect(lambda _: self._show())
        self._summary = QLabel(self)
        self._summary.setEnabled(False)
        self._fields = QWidget(self)
        self._flow = FlowLayout(self._fields, gap=character * 3, line_gap=character // 2)
        self.defaults = QToolButton(self)
        self.defaults.setObjectName("parameters.defaults")
        self.defaults.setText("Defaults")
        self.defaults.setToolTip("Fill in the values that the script declares")
        self.defaults.clicked.connect(self.set_defaults)
        self._problem = WrappedLabel("", self)
        self._problem.setObjectName("parameters.problem")
        self._problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._place = QToolButton(self)
        self._place.setText("Show")
        self._place.setObjectName("parameters.show")
        self._place.setToolTip("Open the metadata where it is wrong")
        self._place.clicked.connect(self.place_wanted)
        self._lay_out(character)

    def _lay_out(self, character: int) -> None:
        top = Qt.AlignmentFlag.AlignTop
        row = QHBoxLayout()
        row.setSpacing(character)
        row.addWidget(self.toggle, 0, top)
        row.addWidget(self._fields, 1)
        row.addWidget(self._summary, 1)
        row.addWidget(self.defaults, 0, top)
        told = QHBoxLayout()
        told.setContentsMargins(character, 0, 0, 0)
        told.addWidget(self._problem, 1)
        told.addWidget(self._place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(character, character // 2, character, character // 2)
        layout.setSpacing(character // 2)
        layout.addLayout(row)
        layout.addLayout(told)

    def _rebuild(self, declared: dict[str, ScriptParameter]) -> None:
        for field in self.fields.values():
            field.hide()
            self._flow.removeWidget(field)
            field.deleteLater()
        self._declared = declared
        self.fields = {name: ParameterField(each, self._fields) for name, each in declared.items()}
        for field in self.fields.values():
            field.changed.connect(self._on_change)
            self._flow.addWidget(field)

    def _for_each(self, work: Callable[[ParameterField], None]) -> None:
        """Do something to the fields that nobody chose."""
        self._is_quiet = True
        for field in self.fields.values():
            work(field)
        self._is_quiet = False

    def _on_change(self) -> None:
        if not self._is_quiet:
            self._refused = ""
            self._show()
            self.changed.emit()

    def _on_theme(self, _: object) -> None:
        self._for_each(ParameterField.refresh)
        self._show()

    def _show(self) -> None:
        has_fields, is_open = bool(self.fields), self.toggle.isChecked()
        problem = self._mistake or self.problem()
        self._fields.setVisible(has_fields and is_open)
        self._summary.setVisible(not (has_fields and is_open))
        self._summary.setText(", ".join(map(_summary, self.fields.values())))
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.toggle.setVisible(has_fields)
        self.toggle.setToolTip("Hide the fields" if is_open else "Show the fields")
        self.defaults.setVisible(has_fields)
        self.defaults.setEnabled(not all(field.is_default for field in self.fields.values()))
        self._problem.setVisible(bool(problem))
        self._problem.setText(f"{self._refused} was not started: {problem}" if self._refused else problem)
        self._problem.setStyleSheet(f"color: {theme.current().error};")
        self._place.setVisible(bool(self._mistake))
        self.filled.emit(has_fields or bool(self._mistake))


def _summary(field: ParameterField) -> str:
    unit = f" {field.parameter.unit}" if field.parameter.unit else ""
    return f"{field.parameter.name} = {field.entry()}{unit}"
