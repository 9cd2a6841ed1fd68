"""The tool bar's part that says how the next run is made: its timeout, preset and stop policy."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from benchwright.bench.operators.submission import RunOptions
from benchwright.core.limits import Preset, ScriptResourceLimits
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.run_states import StopPolicy

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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeout = QDoubleSpinBox(self)
        self.timeout.setObjectName("toolbar.timeout")
        self.timeout.setAccessibleName("Timeout in seconds")
        self.timeout.setToolTip("The run is stopped after this time")
        self.timeout.setRange(0.1, MAX_TIMEOUT_S)
        self.timeout.setDecimals(1)
        self.timeout.setSuffix(" s")
        self.timeout.setGroupSeparatorShown(True)
        self.timeout.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.timeout.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.timeout.setMaximumWidth(self.fontMetrics().averageCharWidth() * 18)
        self.preset = _choice(self, "toolbar.preset", "Preset of limits", _PRESETS)
        self.on_stop = _choice(self, "toolbar.on_stop", "What happens on stop", _POLICIES)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for text, widget in (
            ("&Timeout", self.timeout),
            ("&Preset", self.preset),
            ("On &stop", self.on_stop),
        ):
            label = QLabel(text, self)
            label.setBuddy(widget)
            layout.addSpacing(6)
            layout.addWidget(label)
            layout.addWidget(widget)
        self.show_wishes(ScriptMetadata())

    def options(self) -> RunOptions:
        """Return what the operator chose."""
        return RunOptions(
            timeout_s=self.timeout.value(),
            preset=Preset(self.preset.currentText()),
            on_stop=StopPolicy(self.on_stop.currentText()),
        )

    def show_wishes(self, metadata: ScriptMetadata) -> None:
        """Start with what a script wants."""
        wanted = metadata.limits.get("max_execution_time_s", ScriptResourceLimits().max_execution_time_s)
        self.timeout.setValue(wanted)
        self.preset.setCurrentText(metadata.preset or Preset.STANDARD)
        self.on_stop.setCurrentText(metadata.on_stop or StopPolicy.SAFE)


def _choice(
    parent: QWidget, object_name: str, name: str, meanings: dict[StopPolicy, str] | dict[Preset, str]
) -> QComboBox:
    box = QComboBox(parent)
    box.setObjectName(object_name)
    box.setAccessibleName(name)
    for value, meaning in meanings.items():
        box.addItem(str(value))
        box.setItemData(box.count() - 1, meaning, Qt.ItemDataRole.ToolTipRole)
    box.currentIndexChanged.connect(
        lambda index: box.setToolTip(str(box.itemData(index, Qt.ItemDataRole.ToolTipRole)))
    )
    box.setToolTip(str(box.itemData(0, Qt.ItemDataRole.ToolTipRole)))
    return box
