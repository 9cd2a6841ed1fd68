"""The instruments panel: the state of each link, live values, and control by hand."""

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from benchwright.core.events import InstrumentStateChanged, TelemetryRead
from benchwright.core.operator_messages import CallInstrument, ConnectInstrument, DescribeInstruments
from benchwright.gui.engine_thread import Answered
from benchwright.gui.panels.instruments.card import InstrumentCard
from benchwright.gui.session import Controls, RunModel

_PACE_MS = 100


class InstrumentsPanel(QWidget):
    """One card per instrument; every request goes to the bench, and nothing here waits for its answer."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.setObjectName("instruments.panel")
        self.setAccessibleName("Instruments")
        self._model = model
        self._controls = controls
        self._cards: dict[str, InstrumentCard] = {}
        self._unfolded: set[str] = set()
        self._fresh: dict[str, tuple[float | None, str]] = {}
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(_PACE_MS)
        self._pace.timeout.connect(self._show_values)
        self._empty = QLabel()
        self._list = QWidget()
        self._lines = QVBoxLayout(self._list)
        self._scroll = QScrollArea()
        self._stack = QStackedLayout(self)
        self._arrange()
        self._connect()
        self._rebuild()
        self._on_bench()

    def _arrange(self) -> None:
        self._empty.setObjectName("instruments.empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._lines.addStretch(1)
        self._scroll.setWidget(self._list)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._scroll)

    def _connect(self) -> None:
        model = self._model
        model.instruments_described.connect(self._rebuild)
        model.instrument_changed.connect(self._on_state)
        model.telemetry_arrived.connect(self._on_telemetry)
        model.answered.connect(self._on_answer)
        model.bench_changed.connect(self._on_bench)

    # --- what happens --------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        descriptors = self._model.descriptors
        if {name: card.descriptor for name, card in self._cards.items()} != descriptors:
            unfolded = self._unfolded | {name for name, card in self._cards.items() if card.is_unfolded}
            for card in self._cards.values():
                card.setParent(None)
                card.deleteLater()
            self._cards = {name: InstrumentCard(descriptor) for name, descriptor in descriptors.items()}
            for index, (name, card) in enumerate(self._cards.items()):
                self._lines.insertWidget(index, card)
                card.asked.connect(self._controls.ask)
                card.unfold(name in unfolded)
        for event in self._model.instrument_states.values():
            self._on_state(event)
        self._show_stack()

    def _on_state(self, event: InstrumentStateChanged) -> None:
        if event.name in self._cards:
            self._cards[event.name].show_state(event)

    def _on_bench(self) -> None:
        if self._model.is_attached:
            self._controls.ask(DescribeInstruments())
        else:
            for card in self._cards.values():
                card.forget()
        self._show_stack()

    def _show_stack(self) -> None:
        self._empty.setText(
            "<p><b>No instruments</b></p><p>Name them in the configuration of the bench;<br>"
            "each gets its state, live values and controls here.</p>"
            if self._model.is_attached
            else "<p><b>No bench</b></p><p>The instruments appear as soon as a bench answers.</p>"
        )
        self._stack.setCurrentWidget(self._scroll if self._cards else self._empty)

    def _on_telemetry(self, event: TelemetryRead) -> None:
        for channel, value in event.values.items():
            self._fresh[channel] = (value, event.units.get(channel, ""))
        if not self._pace.isActive():
            self._pace.start()

    def _show_values(self) -> None:
        for channel, (value, unit) in self._fresh.items():
            card = self._cards.get(channel.partition(".")[0])
            if card is not None:
                card.show_value(channel, value, unit)
        self._fresh.clear()

    def _on_answer(self, answered: Answered) -> None:
        request = answered.request
        if not isinstance(request, (CallInstrument, ConnectInstrument)):
            return
        card = self._cards.get(request.name)
        if card is None:
            return
        if request is card.pending:
            card.link_answered("" if answered.error is None else answered.error.message)
        for row in card.rows:
            if request is row.pending:
                row.answer(answered.value, answered.error)

    # --- state ---------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        """Return which instruments are unfolded."""
        shown = {name for name, card in self._cards.items() if card.is_unfolded}
        return {"unfolded": sorted(shown if self._cards else self._unfolded)}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Unfold the instruments that were."""
        unfolded = state.get("unfolded", [])
        self._unfolded = (
            {name for name in unfolded if isinstance(name, str)} if isinstance(unfolded, list) else set()
        )
        for name, card in self._cards.items():
            card.unfold(name in self._unfolded)
