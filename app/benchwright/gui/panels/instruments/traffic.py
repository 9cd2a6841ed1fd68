"""The console of the instruments: what goes over their links, and a line to send raw commands."""

from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from benchwright.core.errors import BenchwrightError, InstrumentError
from benchwright.core.events import TrafficSeen
from benchwright.core.operator_messages import SendRaw, WatchTraffic
from benchwright.gui import theme
from benchwright.gui.controls import Controls
from benchwright.gui.engine_thread import Answered
from benchwright.gui.panels.instruments.raw_line import RawLine
from benchwright.gui.panels.instruments.traffic_view import TrafficView
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.flow_layout import FlowLayout
from benchwright.gui.widgets.named import named
from benchwright.gui.widgets.switch import Switch

_ALL: Final = "All instruments"
_LONGEST_NAME: Final = 36  # average characters
_REPLIES: Final = (("Reply if ?", None), ("Reply", True), ("No reply", False))
_WARNING: Final = "Sent as typed, past the driver: no range and no soft limit is checked."
_LATCHED: Final = "The emergency stop is latched: nothing is sent until it is reset."


class TrafficConsole(QWidget):
    """Watches instruments while it is open; the bench is told which."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.setObjectName("instruments.traffic")
        self.setAccessibleName("Console of the instruments")
        self._model = model
        self._controls = controls
        self._is_open = False
        self._watched: list[str] = []
        self._wanted = ""  # remembered from the last time
        self._pending: SendRaw | None = None
        self._wish: WatchTraffic | None = None  # until the bench has answered it
        self._held: list[SendRaw] = []  # until then
        self.view = TrafficView()
        self.line = RawLine()
        self.instrument = QComboBox()
        self._telemetry = Switch("Telemetry")
        self._pause = _button("Pause", "Let the list stand still; what comes meanwhile is kept")
        self._clear = _button("Clear", "Forget what is shown")
        self._copy = _button("Copy", "Copy what is selected, else all of it")
        self._reply = QComboBox()
        self._send = QToolButton()
        self._note = QLabel()
        self._arrange()
        self._connect()
        self._on_instruments()

    # --- parts ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        named(self.instrument, "traffic.instrument", "Instrument to watch and to send to")
        self.instrument.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.instrument.setMaximumWidth(self.fontMetrics().averageCharWidth() * _LONGEST_NAME)
        named(self._telemetry, "traffic.telemetry", "Show telemetry")
        self._telemetry.setToolTip("Show also what the bench reads for the live values")
        self._pause.setCheckable(True)
        top = FlowLayout(None, self.fontMetrics().height() // 3, 2)
        for part in (self.instrument, self._telemetry, self._pause, self._clear, self._copy):
            top.addWidget(part)
        self.view.setPlaceholderText(
            "What goes over the links appears here, with its times.\nA raw command is sent with Enter."
        )
        self._note.setObjectName("traffic.note")
        self._note.setWordWrap(True)
        layout = QVBoxLayout(self)
        space = self.fontMetrics().height() // 3
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(space)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addLayout(self._sending_row())
        layout.addWidget(self._note)

    def _sending_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        named(self._reply, "traffic.reply", "Whether a reply is awaited")
        self._reply.setToolTip("Whether a reply is awaited: with a question mark, always, or never")
        for text, value in _REPLIES:
            self._reply.addItem(text, value)
        self._send.setText("Send")
        named(self._send, "traffic.send", "Send the raw command")
        self._send.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row.addWidget(self.line, 1)
        row.addWidget(self._reply)
        row.addWidget(self._send)
        return row

    def _connect(self) -> None:
        self._clear.clicked.connect(self.view.clear_all)
        self._copy.clicked.connect(self.view.copy_all)
        self._pause.toggled.connect(self._on_pause)
        self._telemetry.toggled.connect(self._on_telemetry)
        self.instrument.currentIndexChanged.connect(self._on_choice)
        self._send.clicked.connect(self.line.send)
        self.line.sent.connect(self._on_send)
        model = self._model
        model.instruments_described.connect(self._on_instruments)
        model.traffic_arrived.connect(self._on_traffic)
        model.answered.connect(self._on_answer)
        model.emergency_changed.connect(self._show_note)
        model.bench_changed.connect(self._on_bench)
        theme.watcher.changed.connect(self._show_note)

    # --- what is watched -----------------------------------------------------------------------------------

    def open(self, opens: bool) -> None:
        """Watch the chosen instruments, or none."""
        self._is_open = opens
        self._watch()

    def choose(self, name: str) -> None:
        """Watch one instrument and send to it."""
        self._wanted = name
        index = self.instrument.findData(name)
        if index >= 0:
            self.instrument.setCurrentIndex(index)
        self.line.setFocus()

    def _on_instruments(self) -> None:
        chosen = self.instrument.currentData() or self._wanted
        self.instrument.blockSignals(True)
        self.instrument.clear()
        self.instrument.addItem(_ALL, "")
        for name in self._model.descriptors:
            self.instrument.addItem(name, name)
        self.instrument.setCurrentIndex(max(0, self.instrument.findData(chosen)))
        self.instrument.blockSignals(False)
        self._watched = []
        self._on_choice()

    def _on_bench(self) -> None:
        self._pending = self._wish = None
        self._held.clear()
        self._watched = []  # a new bench knows of no wish
        self._show_note()

    def _on_choice(self, _: int = 0) -> None:
        self._wanted = self.instrument.currentData() or ""
        self._watch()
        self._show_note()

    def _watch(self) -> None:
        name = self.instrument.currentData()
        names = [] if not self._is_open else [name] if name else list(self._model.descriptors)
        if names != self._watched and self._model.is_attached:
            self._watched = names
            self._wish = WatchTraffic(names=names)
            self._controls.ask(self._wish)

    def _on_traffic(self, event: TrafficSeen) -> None:
        if event.name in self._watched:
            self.view.take(event)

    def _on_pause(self, pauses: bool) -> None:
        self._pause.setText("Go on" if pauses else "Pause")
        self.view.pause(pauses)

    def _on_telemetry(self, shows: bool) -> None:
        self.view.shows_telemetry = shows
        self.view.show_again()

    # --- what is sent --------------------------------------------------------------------------------------

    def _on_send(self, text: str) -> None:
        name = self.instrument.currentData()
        self._pending = SendRaw(name=name, text=text, expects_reply=self._reply.currentData())
        self._show_note()
        if self._wish is None:
            self._controls.ask(self._pending)
        else:  # the bench does not listen yet, and it would not be seen
            self._held.append(self._pending)

    def _on_answer(self, answered: Answered) -> None:
        if self._wish is not None and answered.request is self._wish:
            self._wish = None
            while self._held:
                self._controls.ask(self._held.pop(0))
        if self._pending is not None and answered.request is self._pending:
            self._pending = None
            self._show_note()
            error = answered.error
            if error is not None and not isinstance(error, InstrumentError):  # those are in the list
                self._say(_worded(error), theme.current().error)

    def _show_note(self, _: object = None) -> None:
        """Say what holds for the line; it takes text only where that can be sent."""
        name = self.instrument.currentData()
        is_latched = self._model.emergency.latched
        may_send = bool(name) and self._model.is_attached and not is_latched
        for widget in (self.line, self._reply, self._send):
            widget.setEnabled(may_send)
        described = self._model.described.get(name or "")
        end = f", ends with {described.terminator}" if described and described.terminator else ""
        self.line.setPlaceholderText(f"Raw command to {name}{end}" if name else "Choose an instrument")
        if is_latched:
            self._say(_LATCHED, theme.current().error)
        elif not name:
            self._say("Choose one instrument to send raw commands to it.", theme.current().muted)
        else:
            self._say(_WARNING, theme.current().muted)

    def _say(self, text: str, colour: str) -> None:
        self._note.setText(text)
        self._note.setStyleSheet(f"color: {colour}")

    # --- state ---------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        """Return the choice and what was sent."""
        return {
            "instrument": self._wanted,
            "telemetry": self._telemetry.isChecked(),
            "history": self.line.history,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` returned."""
        history = state.get("history")
        if isinstance(history, list):
            self.line.remember([each for each in history if isinstance(each, str)])
        self._telemetry.setChecked(state.get("telemetry") is True)
        if isinstance(state.get("instrument"), str):
            self._wanted = state["instrument"]
            self.instrument.setCurrentIndex(max(0, self.instrument.findData(self._wanted)))


def _worded(error: BenchwrightError) -> str:
    return error.message[:1].upper() + error.message[1:]


def _button(text: str, tip: str) -> QToolButton:
    button = named(QToolButton(), f"traffic.{text.lower()}", f"{text} the traffic")
    button.setText(text)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
