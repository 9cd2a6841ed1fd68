"""The bottom line of the window: run, place in the script, what is used of this computer, instruments."""

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from benchwright.core.events import InstrumentStateChanged
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.desk_usage import DeskUsage
from benchwright.gui.engine_thread import BenchLost
from benchwright.gui.link_light import link_light
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.click_label import ClickLabel
from benchwright.gui.widgets.named import named
from benchwright.gui.wording import clock, duration, memory, outcome

_INTERVAL_MS: Final = 250
_MESSAGE_MS: Final = 6000
_MAX_LIGHTS: Final = 8


class StatusBar(QStatusBar):
    """Shows the model; counts the seconds while a run is active. Some parts lead to the panel they sum up."""

    panel_wanted = Signal(str)  # its name

    def __init__(self, model: RunModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._desk = DeskUsage()
        self.setSizeGripEnabled(False)
        self._run = self._link("status.run", "State of the run", "runs")
        self._place = self._label("status.place", "Place in the script")
        self._place.setToolTip("Line and column of the cursor")
        self._language = self._label("status.language", "Language")
        self._language.setToolTip("Language of the script")
        self._usage = self._label("status.usage", "Processor and memory")
        self._message = self._label("status.message", "Message", stretch=1)
        self._lights = self._link("status.instruments", "Links of the instruments", "instruments")
        self.removeWidget(self._lights)
        self.addPermanentWidget(self._lights)
        self._lights.show()
        self._clock = QTimer(self)
        self._clock.setInterval(_INTERVAL_MS)
        self._clock.timeout.connect(self._show_run)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.timeout.connect(self._message.clear)
        self._connect()
        self._show_run()

    def _connect(self) -> None:
        model = self._model
        for signal in (model.run_changed, model.bench_changed, model.emergency_changed):
            signal.connect(self._show_run)
        for signal in (model.instrument_changed, model.instruments_described, model.bench_changed):
            signal.connect(self._show_lights)
        for signal in (model.resources_used, model.bench_changed):
            signal.connect(self._show_usage)
        theme.watcher.changed.connect(self._show_run)
        theme.watcher.changed.connect(self._show_lights)

    def show_place(self, line: int, column: int, kind: str) -> None:
        """Show where the cursor is, and in what."""
        self._place.setText(f"Ln {line}, Col {column}")
        self._language.setText(kind)

    def forget_place(self) -> None:
        """There is no script to be in."""
        self._place.clear()
        self._language.clear()

    def tell(self, message: str) -> None:
        """Show a message for a while."""
        self._message.setText(message)
        self._forget.start(_MESSAGE_MS)

    # --- parts ---

    def _label(self, object_name: str, accessible_name: str, stretch: int = 0) -> QLabel:
        return self._added(QLabel(self), object_name, accessible_name, stretch)

    def _link(self, object_name: str, accessible_name: str, panel: str) -> QLabel:
        label = ClickLabel(self)
        label.clicked.connect(lambda: self.panel_wanted.emit(panel))
        return self._added(label, object_name, accessible_name, 0)

    def _added(self, label: QLabel, object_name: str, accessible_name: str, stretch: int) -> QLabel:
        named(label, object_name, accessible_name)
        label.setContentsMargins(8, 2, 8, 2)
        font = QFont(label.font())
        font.setFeature(QFont.Tag("tnum"), 1)  # figures that change do not move what is beside them
        label.setFont(font)
        self.addWidget(label, stretch)
        return label

    # --- the run ---

    def _show_run(self, _: object = None) -> None:
        text, colour = self._wording()
        others = self._others()
        if others:
            text += f" · {others} other {'run' if others == 1 else 'runs'}"
        if text != self._run.text():
            self._run.setText(text)
            self._run.setToolTip(self._run_tip())
        self._run.setStyleSheet(f"color: {getattr(theme.current(), colour)}; padding: 0 8px;")
        if self._model.run.is_active and not self._clock.isActive():
            self._clock.start()
        elif not self._model.run.is_active:
            self._clock.stop()

    def _others(self) -> int:
        """Return how many runs are active beside the one that this window shows."""
        resources = self._model.resources
        return 0 if resources is None else len(resources.runs.keys() - {self._model.run.run_id})

    def _run_tip(self) -> str:
        run = self._model.run
        parts = [part for part in (run.script, run.reason) if part]
        return "\n".join([*parts, "Click for all runs"])

    def _wording(self) -> tuple[str, str]:
        model, run = self._model, self._model.run
        if model.emergency.latched:
            return "emergency stop latched", "error"
        if isinstance(model.bench, BenchLost):
            return "no bench", "error"
        if run.state is None:
            return ("ready", "muted") if model.is_attached else ("the bench starts…", "muted")
        if run.is_active:
            share = f" · {100 * run.done / run.total:.0f} %" if run.total > 0 else ""
            rows = f" · {run.rows:,} {'row' if run.rows == 1 else 'rows'}" if run.rows else ""
            return f"{run.state} {clock(run.elapsed_s)}{share}{rows}", "accent"
        after = f" after {duration(run.elapsed_s)}" if run.finished else ""
        colour = {RunState.COMPLETED: "ok", RunState.CANCELLED: "muted"}.get(run.state, "error")
        return f"{outcome(run.state)}{after}", colour

    # --- the computer ---

    def _show_usage(self, _: object = None) -> None:
        bench = self._model.resources
        if bench is None:
            self._usage.clear()
            self._usage.setToolTip("")
            return
        desk_percent, desk_bytes = self._desk.measure()
        percent, total = bench.cpu_percent + desk_percent, bench.memory_bytes + desk_bytes
        self._usage.setText(f"CPU {percent:.0f} % · {memory(total)}")
        self._usage.setToolTip(
            "What all of Benchwright uses; 100 % is one processor core\n"
            f"window: {desk_percent:.0f} %, {memory(desk_bytes)}\n"
            f"bench and scripts: {bench.cpu_percent:.0f} %, {memory(bench.memory_bytes)}"
        )
        self._show_run()

    # --- the instruments ---

    def _show_lights(self, _: object = None) -> None:
        states = list(self._model.instrument_states.items())
        self._lights.setText("&nbsp;&nbsp;&nbsp;".join(_lights(states)))
        tips = [
            f"{name}: {link_light(event.state).word}{': ' if event.message else ''}{event.message}"
            for name, event in states
        ]
        self._lights.setToolTip("\n".join([*tips, "Click for the instruments"] if tips else []))


def _lights(states: list[tuple[str, InstrumentStateChanged]]) -> list[str]:
    """Return a light for each instrument; of many, only for those that are not as they should be."""
    shown = states
    if len(states) > _MAX_LIGHTS:
        shown = [each for each in states if each[1].state in ("lost", "connecting")][:_MAX_LIGHTS]
    lights = [_light(name, event.state) for name, event in shown]
    if len(shown) < len(states):
        count = sum(event.state == "connected" for _, event in states)
        lights.append(f"{count} of {len(states)} connected")
    return lights


def _light(name: str, state: str) -> str:
    light = link_light(state)
    return f'<span style="color:{light.colour}">{light.sign}</span>&nbsp;{name}'
