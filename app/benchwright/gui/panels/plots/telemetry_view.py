"""Strip charts of what the instruments tell by themselves, whether a script runs or not."""

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QStackedLayout, QWidget

from benchwright.core.events import TelemetryRead
from benchwright.core.values import Value
from benchwright.gui.panels.plots.tools import ToolBar, log_action
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named

if TYPE_CHECKING:
    from benchwright.gui.panels.plots.strips import StripCanvas

_EMPTY: Final = (
    "<p><b>No telemetry yet</b></p>"
    "<p>Connected instruments tell their values here by themselves.<br>"
    "Connect one in the Instruments panel, or run a script that uses one.</p>"
)
_WINDOWS: Final = {
    "10 s": 10, "30 s": 30, "1 min": 60, "5 min": 300, "15 min": 900,
    "1 h": 3600, "2 h": 7200, "4 h": 14400, "8 h": 28800,
}  # fmt: skip
_FIRST_WINDOW: Final = "1 min"
_FIRST_CHANNELS: Final = 6  # that are drawn where nobody chose
_MAX_WAITING: Final = 5000
_FORMATS: Final = (
    ("png", "Picture (PNG)…"), ("svg", "Drawing (SVG)…"), ("csv", "Values in view (CSV)…"),
)  # fmt: skip


class TelemetryTools(ToolBar):
    """Which channels, how far back, and what to do with them."""

    window_chosen = Signal(float)
    export_wanted = Signal(str)

    def __init__(self, view: "TelemetryView") -> None:
        super().__init__("Telemetry tools")
        self.channels = self.add_menu("Channels", "plots.channels", "Channels to draw")
        self.window_box = named(QComboBox(), "plots.window", "Time shown")
        self.window_box.setToolTip("Time shown")
        for text, seconds in _WINDOWS.items():
            self.window_box.addItem(text, float(seconds))
        self.window_box.setCurrentText(_FIRST_WINDOW)
        self.window_box.currentIndexChanged.connect(lambda _: self.window_chosen.emit(self.window_s))
        self.addWidget(self.window_box)
        self.hold = self.add_toggle(
            "Hold", "plots.hold", "Keep the view still; nothing that comes is lost", view.hold
        )
        self.split = QAction("One strip per channel", self, checkable=True)
        self.split.setObjectName("plots.split_channels")
        self.split.toggled.connect(view.show_choice)
        self.log_y = log_action(self, "plots.strip_log_y")
        self.log_y.toggled.connect(view.set_log)
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(gap)
        self.add_button("Fit", "plots.strip_fit", "Show the whole time and all values (Home)", view.fit)
        export = self.add_menu("Export", "plots.strip_export", "Save as a file")
        for kind, text in _FORMATS:
            action = export.addAction(text)
            action.setObjectName(f"plots.strip_export_{kind}")
            action.triggered.connect(lambda _=False, kind=kind: self.export_wanted.emit(kind))

    @property
    def window_s(self) -> float:
        """How far back the strips reach."""
        return float(self.window_box.currentData())


class TelemetryView(QWidget):
    """Draws telemetry once `show_canvas` was called; until then it waits."""

    def __init__(self, model: RunModel) -> None:
        super().__init__()
        self.canvas: StripCanvas | None = None
        self.tools = TelemetryTools(self)
        self._waiting: deque[TelemetryRead] = deque(maxlen=_MAX_WAITING)
        self._chosen: list[str] | None = None
        self._names: list[str] = []
        self._stack = QStackedLayout(self)
        empty = QLabel(_EMPTY)
        empty.setObjectName("plots.no_telemetry")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        empty.setForegroundRole(empty.palette().ColorRole.PlaceholderText)
        self._stack.addWidget(empty)
        self.tools.setEnabled(False)
        self.tools.window_chosen.connect(self._set_window)
        model.telemetry_arrived.connect(self._take)

    # --- telemetry -----------------------------------------------------------------------------------------

    def show_canvas(self) -> None:
        """Begin to draw; pyqtgraph and numpy are loaded."""
        from benchwright.gui.panels.plots.strips import StripCanvas

        self.canvas = StripCanvas()
        self.canvas.setObjectName("plots.strips")
        self._stack.addWidget(self.canvas)
        self.canvas.held.connect(self.tools.hold.setChecked)
        self.canvas.set_window(self.tools.window_s)
        self.canvas.set_log(self.tools.log_y.isChecked())
        while self._waiting:
            self._take(self._waiting.popleft())

    def _take(self, event: TelemetryRead) -> None:
        if self.canvas is None:
            self._waiting.append(event)
            return
        self.canvas.append(event)
        if len(self._names) < len(self.canvas.history.channels):
            self._names = sorted(self.canvas.history.channels)
            self.tools.setEnabled(True)
            self._stack.setCurrentWidget(self.canvas)
            self.show_choice()

    # --- the choice ----------------------------------------------------------------------------------------

    @property
    def drawn(self) -> list[str]:
        """The channels that are drawn, among those there are."""
        if self._chosen is None:
            return self._names[:_FIRST_CHANNELS]
        return [name for name in self._names if name in self._chosen]

    def show_choice(self, _: bool = False) -> None:
        """Draw what is chosen, and offer the rest."""
        drawn = self.drawn
        self.tools.channels.clear()
        instrument = ""
        for name in self._names:
            if name.partition(".")[0] != instrument:
                instrument = name.partition(".")[0]
                self.tools.channels.addSection(instrument)
            action = self.tools.channels.addAction(name)
            action.setCheckable(True)
            action.setChecked(name in drawn)
            action.toggled.connect(lambda is_on, name=name: self._choose(name, is_on))
        self.tools.channels.addSeparator()
        self.tools.channels.addActions([self.tools.split, self.tools.log_y])
        if self.canvas is not None:
            self.canvas.show_channels(drawn, self.tools.split.isChecked())

    def _choose(self, name: str, is_on: bool) -> None:
        rest = [each for each in (self._chosen if self._chosen is not None else self.drawn) if each != name]
        self._chosen = [*rest, name] if is_on else rest
        self.show_choice()

    def _set_window(self, window_s: float) -> None:
        if self.canvas is not None:
            self.canvas.set_window(window_s)

    def hold(self, holds: bool) -> None:
        """Keep the view still, or let it roll on."""
        if self.canvas is not None:
            self.canvas.hold(holds)

    def set_log(self, y: bool) -> None:
        """Make the vertical axes logarithmic or linear."""
        if self.canvas is not None:
            self.canvas.set_log(y)

    def fit(self) -> None:
        """Show the whole time and all values."""
        if self.canvas is not None:
            self.canvas.fit()

    # --- state ---------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Value]:
        """Return what the user chose."""
        return {
            "channels": None if self._chosen is None else list(self._chosen),
            "window": self.tools.window_box.currentText(),
            "split": self.tools.split.isChecked(),
            "log_y": self.tools.log_y.isChecked(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up what `save_state` returned; what does not fit is passed over."""
        channels = state.get("channels")
        if isinstance(channels, list):
            self._chosen = [name for name in channels if isinstance(name, str)]
        if state.get("window") in _WINDOWS:
            self.tools.window_box.setCurrentText(state["window"])
        self.tools.split.setChecked(state.get("split") is True)
        self.tools.log_y.setChecked(state.get("log_y") is True)
        self.show_choice()
