"""One instrument in the list: state light, live values, link button, and control by hand when unfolded."""

from time import monotonic
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from benchwright.core.events import InstrumentStateChanged
from benchwright.core.operator_messages import ConnectInstrument, MakeSafe
from benchwright.gui import theme
from benchwright.gui.engine_thread import Answered
from benchwright.gui.link_light import link_light
from benchwright.gui.panels.instruments.controls import InstrumentControls
from benchwright.gui.panels.instruments.live_value import LiveValue, age_text
from benchwright.gui.panels.instruments.method_row import MethodRow
from benchwright.gui.session_values import DescribedInstrument
from benchwright.gui.widgets.elided_label import ElidedLabel

_ACTIONS: Final = {"closed": "Connect", "connected": "Disconnect"}  # in other states: Reconnect


class InstrumentCard(QFrame):
    """Shows one instrument; `asked` carries the requests to the bench."""

    asked = Signal(object)  # CallInstrument, CancelCall, ConnectInstrument or MakeSafe
    console_wanted = Signal(str)

    def __init__(self, described: DescribedInstrument) -> None:
        super().__init__()
        descriptor = described.descriptor
        self.setObjectName(f"instrument.{descriptor.name}")
        self.described = described
        self.name = descriptor.name
        self.pending: ConnectInstrument | None = None
        self._pending_safe: MakeSafe | None = None
        self._state = "closed"
        self._tries = 0  # to open a lost link
        self._tried_s = 0.0
        self._is_latched = False
        self._values: dict[str, LiveValue] = {}
        self._controls: InstrumentControls | None = None
        self._light = QLabel()
        self._word = QLabel()
        self._link = QToolButton()
        self._unfold = QToolButton()
        self._message = QLabel()
        self._hint = QLabel()
        self._arrange()
        theme.watcher.changed.connect(self._colour)
        self.show_state(InstrumentStateChanged(name=descriptor.name, state="closed"))

    # --- parts ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        space = self.fontMetrics().height() // 2
        self._unfold.setArrowType(Qt.ArrowType.RightArrow)
        self._unfold.setCheckable(True)
        self._unfold.setObjectName("instrument.unfold")
        self._unfold.setToolTip(f"Control {self.name} by hand")
        self._unfold.setAccessibleName(self._unfold.toolTip())
        self._unfold.toggled.connect(self._toggle)
        self._link.setObjectName("instrument.link")
        self._link.clicked.connect(self._ask_link)
        self._light.setFixedWidth(2 * space)  # its signs differ in width, what is beside it stays
        self._light.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for button in (self._unfold, self._link):
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for label in (self._message, self._hint):
            label.setWordWrap(True)
            label.setContentsMargins(self._indent(), 0, 0, 0)
            label.hide()
        self._message.setObjectName("instrument.message")
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint.setObjectName("instrument.hint")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space // 2, space // 2, space, space // 2)
        layout.setSpacing(space // 2)
        layout.addLayout(self._header(space))
        layout.addWidget(self._message)
        layout.addWidget(self._hint)
        layout.addLayout(self._value_grid())

    def _header(self, space: int) -> QHBoxLayout:
        descriptor = self.described.descriptor
        name = ElidedLabel(self.name)
        name.setToolTip(f"{self.name}: {descriptor.help}" if descriptor.help else self.name)
        font = name.font()
        font.setBold(True)
        name.setFont(font)
        model = ElidedLabel(f"{descriptor.maker} {descriptor.model}".strip())
        model.setEnabled(False)
        header = QHBoxLayout()
        header.setSpacing(space)
        for widget in (self._unfold, self._light, name):
            header.addWidget(widget)
        header.addWidget(model, 1)
        header.addWidget(self._word)
        header.addWidget(self._link)
        return header

    def _value_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(self._indent(), 0, 0, 0)
        grid.setVerticalSpacing(self.fontMetrics().height() // 6)
        grid.setHorizontalSpacing(self.fontMetrics().height())
        grid.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance("temperature"))  # lines cards up
        grid.setColumnStretch(2, 1)
        for row, method in enumerate(m for m in self.described.descriptor.methods if m.telemetry):
            value = self._values[method.telemetry] = LiveValue(self.name, method.telemetry)
            value.place(grid, row)
        return grid

    def _indent(self) -> int:
        return self._unfold.sizeHint().width() + self.fontMetrics().height()

    # --- control by hand -----------------------------------------------------------------------------------

    @property
    def rows(self) -> list[MethodRow]:
        """The methods, once they were shown."""
        return [] if self._controls is None else self._controls.rows

    @property
    def is_unfolded(self) -> bool:
        """Whether the methods are shown."""
        return self._unfold.isChecked()

    def unfold(self, unfolds: bool) -> None:
        """Show the methods, or not."""
        self._unfold.setChecked(unfolds)

    def _toggle(self, unfolds: bool) -> None:
        self._unfold.setArrowType(Qt.ArrowType.DownArrow if unfolds else Qt.ArrowType.RightArrow)
        if unfolds and self._controls is None:
            self._controls = InstrumentControls(self.described, self.fontMetrics().height())
            self._controls.asked.connect(self.asked)
            self._controls.safe_wanted.connect(self._ask_safe)
            self._controls.console_wanted.connect(lambda: self.console_wanted.emit(self.name))
            self._controls.set_latched(self._is_latched)
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self._controls)
        if self._controls is not None:
            self._controls.setVisible(unfolds)

    def set_latched(self, is_latched: bool) -> None:
        """Act no more, or again."""
        self._is_latched = is_latched
        if self._controls is not None:
            self._controls.set_latched(is_latched)

    # --- what happens --------------------------------------------------------------------------------------

    def show_state(self, event: InstrumentStateChanged) -> None:
        """Show the state of the link; while a lost one is tried again, it stays lost."""
        was_lost = self._state == "lost"
        if was_lost and event.state == "connecting":
            self._tries += 1
            self._tried_s = monotonic()
            self._show_hint()
            return
        if event.state != "lost":
            self._tries = 0
        elif not was_lost:
            self._tried_s = monotonic()
        self._state = event.state
        light = link_light(event.state)
        self._light.setText(light.sign)
        self._word.setText(light.word)
        self._link.setText(_ACTIONS.get(event.state, "Reconnect"))
        self._link.setAccessibleName(f"{self._link.text()} {self.name}")
        self._link.setEnabled(event.state != "connecting" and self.pending is None)
        self._light.setAccessibleName(f"{self.name} is {self._word.text()}")
        self._say(event.message)
        if event.state == "closed":
            for value in self._values.values():
                value.clear()
        self._show_hint()
        self._colour()

    def show_value(self, channel: str, value: float | None, unit: str) -> None:
        """Show a telemetry value."""
        shown = self._values.get(channel.partition(".")[2])
        if shown is not None:
            shown.show(value, unit)
            readings = {name: each.latest for name, each in self._values.items()}
            for row in self.rows:
                row.show_readings(readings)

    def show_age(self, interval_s: float) -> None:
        """Say how old values are that should be younger, and how long ago a lost link was tried."""
        for value in self._values.values():
            value.show_age(interval_s, self._state == "connected")
        self._show_hint()

    def answered(self, answered: Answered) -> None:
        """Show what a request of this card brought."""
        problem = "" if answered.error is None else answered.error.message
        if answered.request is self.pending:
            self.pending = None
            self._link.setEnabled(self._state != "connecting")
            self._say(problem)
        elif answered.request is self._pending_safe:
            self._pending_safe = None
            if self._controls is not None:
                self._controls.show_safe(answered.value, problem)
        for row in self.rows:
            if answered.request is row.pending:
                row.answer(answered.value, answered.error)

    def forget(self) -> None:
        """The bench is gone: nothing of it is true any more."""
        self.pending = None
        self._pending_safe = None
        if self._controls is not None:
            self._controls.forget()
        self._state = ""
        self.show_state(InstrumentStateChanged(name=self.name, state="closed"))

    def _ask_link(self) -> None:
        self.pending = ConnectInstrument(name=self.name, action=self._link.text().lower())
        self._link.setEnabled(False)
        self._say("")
        self.asked.emit(self.pending)

    def _ask_safe(self) -> None:
        if self._pending_safe is None:
            self._pending_safe = MakeSafe(name=self.name)
            self.asked.emit(self._pending_safe)

    # --- words and colours ---------------------------------------------------------------------------------

    def _show_hint(self) -> None:
        """Say of a lost link what is done about it and what to do."""
        self._hint.setVisible(self._state == "lost")
        if self._state != "lost":
            return
        ago = age_text(monotonic() - self._tried_s)
        times = "once" if self._tries == 1 else f"{self._tries} times"
        tried = f"Tried again {times}, the last time {ago} ago. " if self._tries else ""
        later = "" if self._values else "The next call tries it again. "  # else telemetry does
        self._hint.setText(f"{tried}{later}Check power and cable; Reconnect tries at once.")

    def _say(self, text: str) -> None:
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def _colour(self, _: object = None) -> None:
        colours = theme.current()
        light = link_light(self._state).colour
        is_bad = light == colours.error
        self._light.setStyleSheet(f"color: {light}")
        self._word.setStyleSheet(f"color: {colours.error if is_bad else colours.muted}")
        self._message.setStyleSheet(f"color: {colours.error}")
        self._hint.setStyleSheet(f"color: {colours.muted}")
        for value in self._values.values():
            value.colour()
        self.setStyleSheet(
            f"InstrumentCard {{ border: 0; border-bottom: 1px solid {colours.border}; }}"
            f"QToolButton {{ border: 1px solid {colours.border}; border-radius: 4px; padding: 2px 8px; }}"
            f"QToolButton:hover {{ background: {colours.surface}; }}"
            f"QToolButton:disabled {{ color: {colours.muted}; }}"
            f"QToolButton#instrument\\.unfold {{ border-color: transparent; padding: 2px; }}"
            f"QToolButton:focus, QToolButton#instrument\\.unfold:focus {{ border-color: {colours.accent}; }}"
        )
