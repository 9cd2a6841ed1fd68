"""The bottom line of the window: the run, the place in the script, and a light for each instrument."""

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.engine_thread import BenchLost
from benchwright.gui.session import RunModel
from benchwright.gui.wording import clock, duration, outcome

_INTERVAL_MS: Final = 250
_MESSAGE_MS: Final = 6000
_LIGHTS: Final = {"connected": ("●", "ok"), "connecting": ("◐", "accent"), "lost": ("●", "error")}


class StatusBar(QStatusBar):
    """Shows the model; counts the seconds while a run is active."""

    def __init__(self, model: RunModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setSizeGripEnabled(False)
        self._run = self._label("status.run", "State of the run")
        self._place = self._label("status.place", "Place in the script")
        self._language = self._label("status.language", "Language")
        self._message = self._label("status.message", "Message", stretch=1)
        self._lights = QLabel(self)
        self._lights.setObjectName("status.instruments")
        self._lights.setAccessibleName("Links of the instruments")
        self._lights.setContentsMargins(0, 0, 8, 0)
        self.addPermanentWidget(self._lights)
        self._clock = QTimer(self)
        self._clock.setInterval(_INTERVAL_MS)
        self._clock.timeout.connect(self._show_run)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.timeout.connect(self._message.clear)
        for signal in (model.run_changed, model.bench_changed, model.emergency_changed):
            signal.connect(self._show_run)
        for signal in (model.instrument_changed, model.instruments_described, model.bench_changed):
            signal.connect(self._show_lights)
        theme.watcher.changed.connect(self._show_run)
        theme.watcher.changed.connect(self._show_lights)
        self._show_run()

    def show_place(self, line: int, column: int, language: str) -> None:
        """Show where the cursor is."""
        self._place.setText(f"Ln {line}, Col {column}")
        self._language.setText(language.capitalize())

    def tell(self, message: str) -> None:
        """Show a message for a while."""
        self._message.setText(message)
        self._forget.start(_MESSAGE_MS)

    def _label(self, object_name: str, accessible_name: str, stretch: int = 0) -> QLabel:
        label = QLabel(self)
        label.setObjectName(object_name)
        label.setAccessibleName(accessible_name)
        label.setContentsMargins(8, 2, 8, 2)
        self.addWidget(label, stretch)
        return label

    def _show_run(self, _: object = None) -> None:
        text, colour = self._wording()
        if text != self._run.text():
            self._run.setText(text)
        self._run.setStyleSheet(f"color: {getattr(theme.current(), colour)}; padding: 0 8px;")
        if self._model.run.is_active and not self._clock.isActive():
            self._clock.start()
        elif not self._model.run.is_active:
            self._clock.stop()

    def _wording(self) -> tuple[str, str]:
        model, run = self._model, self._model.run
        if model.emergency.latched:
            return "emergency stop latched", "error"
        if isinstance(model.bench, BenchLost):
            return "no bench", "error"
        if run.state is None:
            return ("ready", "muted") if model.is_attached else ("the bench starts…", "muted")
        if run.is_active:
            share = f" · {run.done / run.total:.0%}" if run.total > 0 else ""
            rows = f" · {run.rows:,} rows" if run.rows else ""
            return f"{run.state} {clock(run.elapsed_s)}{share}{rows}", "accent"
        after = f" after {duration(run.elapsed_s)}" if run.finished else ""
        colour = {RunState.COMPLETED: "ok", RunState.CANCELLED: "muted"}.get(run.state, "error")
        return f"{outcome(run.state)}{after}", colour

    def _show_lights(self, _: object = None) -> None:
        colours = theme.current()
        parts, tips = [], []
        for name, event in sorted(self._model.instrument_states.items()):
            sign, role = _LIGHTS.get(event.state, ("○", "muted"))
            colour = getattr(colours, role)
            parts.append(f'<span style="color:{colour}">{sign}</span>&nbsp;{name}')
            tips.append(f"{name}: {event.state}{': ' if event.message else ''}{event.message}")
        self._lights.setText("&nbsp;&nbsp;&nbsp;".join(parts))
        self._lights.setToolTip("\n".join(tips))
