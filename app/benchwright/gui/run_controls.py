"""The tool bar's part that says how the next run is made: its timeout, preset and stop policy."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from benchwright.bench.scripts.submission import RunOptions
from benchwright.core.limits import Preset, ScriptResourceLimits
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.run_states import StopPolicy
from benchwright.core.values import Value
from benchwright.gui.run_memory import RunChoices
from benchwright.gui.widgets.named import named

_POLICIES = {
    StopPolicy.SAFE: "When the run is stopped, every instrument is put in its safe state",
    StopPolicy.HOLD: "When the run is stopped, motion halts and outputs stay as they are",
    StopPolicy.RETURN: "When the run is stopped, instruments go back to the setpoints from before it",
}
_PRESETS = {
    Preset.STANDARD: "Generous limits: time and memory are what stops a script",
    Preset.STRICT: "Tight limits on instructions, texts, rows and calls per second",
}
MAX_TIMEOUT_S = 30 * 24 * 3600.0


class RunControls(QWidget):
    """Timeout box and two choices; each starts as the script wants it and is the operator's then."""

    changed = Signal()  # the operator chose something

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_quiet = False
        self.timeout = _SecondsBox(self)
        named(self.timeout, "toolbar.timeout", "Timeout in seconds")
        self.timeout.setToolTip("The run is stopped after this time")
        self.timeout.setRange(0.1, MAX_TIMEOUT_S)
        self.timeout.setDecimals(3)
        self.timeout.setSuffix(" s")
        self.timeout.setGroupSeparatorShown(True)
        self.timeout.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.timeout.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.timeout.setMaximumWidth(self.fontMetrics().averageCharWidth() * 18)
        self.preset = _choice(self, "toolbar.preset", "Preset of limits", _PRESETS)
        self.on_stop = _choice(self, "toolbar.on_stop", "What happens on stop", _POLICIES)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._labels: list[QLabel] = []
        for text, widget in (
            ("&Timeout", self.timeout),
            ("&Preset", self.preset),
            ("On &stop", self.on_stop),
        ):
            label = QLabel(text, self)
            label.setBuddy(widget)
            self._labels.append(label)
            layout.addSpacing(6)
            layout.addWidget(label)
            layout.addWidget(widget)
        self.timeout.valueChanged.connect(self._on_change)
        self.preset.currentIndexChanged.connect(self._on_change)
        self.on_stop.currentIndexChanged.connect(self._on_change)
        self.show_choices(ScriptMetadata(), RunChoices())

    def show_labels(self, is_wide: bool) -> None:
        """Say in words what each part is, or leave it to its tool tip where room is scarce."""
        for label in self._labels:
            label.setVisible(is_wide)

    def options(self, parameters: Mapping[str, Value]) -> RunOptions:
        """Return what the operator chose, with values for the script's parameters."""
        return RunOptions(
            parameters=parameters,
            timeout_s=self.timeout.value(),
            preset=Preset(self.preset.currentText()),
            on_stop=StopPolicy(self.on_stop.currentText()),
        )

    def choices(self, metadata: ScriptMetadata) -> RunChoices:
        """Return what the operator chose otherwise than the script wants it."""
        timeout_s, preset, on_stop = _wishes(metadata)
        chosen = RunChoices()
        if self.timeout.value() != timeout_s:
            chosen.timeout_s = self.timeout.value()
        if self.preset.currentText() != preset:
            chosen.preset = self.preset.currentText()
        if self.on_stop.currentText() != on_stop:
            chosen.on_stop = self.on_stop.currentText()
        return chosen

    def show_choices(self, metadata: ScriptMetadata, choices: RunChoices) -> None:
        """Show what the operator chose for a script before, else what the script wants."""
        timeout_s, preset, on_stop = _wishes(metadata)
        self._is_quiet = True
        self.timeout.setValue(timeout_s if choices.timeout_s is None else choices.timeout_s)
        self.preset.setCurrentText(choices.preset or preset)
        self.on_stop.setCurrentText(choices.on_stop or on_stop)
        self._is_quiet = False

    def _on_change(self) -> None:
        if not self._is_quiet:
            self.changed.emit()


class _SecondsBox(QDoubleSpinBox):
    """A number of seconds without the zeros behind it."""

    def textFromValue(self, value: float) -> str:
        text = self.locale().toString(value, "f", self.decimals())
        point = self.locale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text


def _wishes(metadata: ScriptMetadata) -> tuple[float, str, str]:
    """Return what a script wants: timeout, preset, stop policy."""
    timeout_s = metadata.limits.get("max_execution_time_s", ScriptResourceLimits().max_execution_time_s)
    return (
        min(timeout_s, MAX_TIMEOUT_S),
        str(metadata.preset or Preset.STANDARD),
        str(metadata.on_stop or StopPolicy.SAFE),
    )


def _choice(
    parent: QWidget, object_name: str, name: str, meanings: dict[StopPolicy, str] | dict[Preset, str]
) -> QComboBox:
    box = named(QComboBox(parent), object_name, name)
    for value, meaning in meanings.items():
        box.addItem(str(value))
        box.setItemData(box.count() - 1, meaning, Qt.ItemDataRole.ToolTipRole)
    box.currentIndexChanged.connect(
        lambda index: box.setToolTip(str(box.itemData(index, Qt.ItemDataRole.ToolTipRole)))
    )
    box.setToolTip(str(box.itemData(0, Qt.ItemDataRole.ToolTipRole)))
    return box
