"""One instrument in the list: state light, live values, link buttons, and its methods when unfolded."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from benchwright.core.descriptors import InstrumentDescriptor, MethodKind
from benchwright.core.events import InstrumentStateChanged
from benchwright.core.operator_messages import ConnectInstrument
from benchwright.gui import theme
from benchwright.gui.panels.instruments.method_row import MethodRow
from benchwright.gui.panels.instruments.reading import reading

_WORDS: Final = {"closed": "not connected", "lost": "link lost", "latched": "emergency stop"}
_ROLES: Final = {
    "connected": "ok",
    "connecting": "warning",
    "lost": "error",
    "latched": "error",
    "closed": "muted",
}
_ACTIONS: Final = {"closed": "Connect", "connected": "Disconnect"}  # in other states: Reconnect


class InstrumentCard(QFrame):
    """Shows one instrument; `asked` carries the requests to the bench."""

    asked = Signal(object)  # CallInstrument or ConnectInstrument

    def __init__(self, descriptor: InstrumentDescriptor) -> None:
        super().__init__()
        self.setObjectName(f"instrument.{descriptor.name}")
        self.descriptor = descriptor
        self.rows: list[MethodRow] = []
        self.pending: ConnectInstrument | None = None
        self._state = "closed"
        self._values: dict[str, QLabel] = {}
        self._light = QLabel("●")
        self._word = QLabel()
        self._link = QToolButton()
        self._unfold = QToolButton()
        self._message = QLabel()
        self._methods = QWidget()
        self._arrange()
        self._build_values()
        theme.watcher.changed.connect(self._colour)
        self.show_state(InstrumentStateChanged(name=descriptor.name, state="closed"))

    # --- parts ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        space = self.fontMetrics().height() // 2
        self._unfold.setArrowType(Qt.ArrowType.RightArrow)
        self._unfold.setCheckable(True)
        self._unfold.setAutoRaise(True)
        self._unfold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._unfold.setObjectName("instrument.unfold")
        self._unfold.setToolTip(f"Control {self.descriptor.name} by hand")
        self._unfold.setAccessibleName(self._unfold.toolTip())
        self._unfold.toggled.connect(self._toggle)
        self._link.setObjectName("instrument.link")
        self._link.setAutoRaise(True)
        self._link.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._link.clicked.connect(self._ask_link)
        name = QLabel(f"<b>{self.descriptor.name}</b>")
        name.setToolTip(self.descriptor.help)
        model = QLabel(f"{self.descriptor.maker} {self.descriptor.model}".strip())
        model.setEnabled(False)
        model.setMinimumWidth(1)
        header = QHBoxLayout()
        header.setSpacing(space)
        for widget in (self._unfold, self._light, name):
            header.addWidget(widget)
        header.addWidget(model, 1)
        header.addWidget(self._word)
        header.addWidget(self._link)
        self._message.setWordWrap(True)
        self._message.setContentsMargins(self._indent(), 0, 0, 0)
        self._message.hide()
        self._methods.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space // 2, space // 2, space, space // 2)
        layout.setSpacing(space // 2)
        layout.addLayout(header)
        layout.addWidget(self._message)
        layout.addLayout(self._value_grid())
        layout.addWidget(self._methods)

    def _value_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(self._indent(), 0, 0, 0)
        grid.setVerticalSpacing(self.fontMetrics().height() // 6)
        grid.setHorizontalSpacing(self.fontMetrics().height())
        grid.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance("temperature"))  # lines cards up
        grid.setColumnStretch(2, 1)
        self._grid = grid
        return grid

    def _indent(self) -> int:
        return self._unfold.sizeHint().width() + self.fontMetrics().height()

    def _build_values(self) -> None:
        for row, method in enumerate(m for m in self.descriptor.methods if m.telemetry):
            name = QLabel(method.telemetry)
            name.setEnabled(False)
            value = QLabel("–")
            value.setObjectName(f"telemetry.{self.descriptor.name}.{method.telemetry}")
            value.setAccessibleName(f"{self.descriptor.name} {method.telemetry}")
            value.setFont(theme.fixed_font())
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("-000.00 degC "))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, row, 0)
            self._grid.addWidget(value, row, 1)
            self._values[f"{self.descriptor.name}.{method.telemetry}"] = value

    def _toggle(self, unfolds: bool) -> None:
        self._unfold.setArrowType(Qt.ArrowType.DownArrow if unfolds else Qt.ArrowType.RightArrow)
        if unfolds and not self.rows:
            self._build_methods()
        self._methods.setVisible(unfolds)

    def _build_methods(self) -> None:
        grid = QGridLayout(self._methods)
        grid.setContentsMargins(self._indent(), 0, 0, self.fontMetrics().height() // 2)
        grid.setVerticalSpacing(self.fontMetrics().height() // 5)
        grid.setHorizontalSpacing(self.fontMetrics().height() // 2)
        grid.setColumnStretch(1, 1)
        line = 0
        for kind, title in ((MethodKind.COMMAND, "Act"), (MethodKind.QUERY, "Read")):
            methods = [method for method in self.descriptor.methods if method.kind is kind]
            if methods:
                heading = QLabel(title)
                heading.setEnabled(False)
                heading.setContentsMargins(0, self.fontMetrics().height() // 3, 0, 0)
                grid.addWidget(heading, line, 0, 1, 2)
                line += 1
            for method in methods:
                row = MethodRow(self.descriptor.name, method)
                row.setParent(self)
                row.hide()  # its parts are shown in the grid
                row.place(grid, line)
                row.asked.connect(self.asked)
                self.rows.append(row)
                line += 2  # the second one is for what went wrong

    # --- what happens --------------------------------------------------------------------------------------

    @property
    def is_unfolded(self) -> bool:
        """Whether the methods are shown."""
        return self._unfold.isChecked()

    def unfold(self, unfolds: bool) -> None:
        """Show the methods, or not."""
        self._unfold.setChecked(unfolds)

    def show_state(self, event: InstrumentStateChanged) -> None:
        """Show the state of the link."""
        self._state = event.state
        self._word.setText(_WORDS.get(event.state, event.state))
        self._link.setText(_ACTIONS.get(event.state, "Reconnect"))
        self._link.setAccessibleName(f"{self._link.text()} {self.descriptor.name}")
        self._link.setEnabled(event.state != "connecting" and self.pending is None)
        self._light.setAccessibleName(f"{self.descriptor.name} is {self._word.text()}")
        self._say(event.message)
        if event.state != "connected":
            for label in self._values.values():
                label.setText("–")
        self._colour()

    def show_value(self, channel: str, value: float | None, unit: str) -> None:
        """Show a telemetry value."""
        if channel in self._values:
            self._values[channel].setText(reading(value, unit))

    def _ask_link(self) -> None:
        self.pending = ConnectInstrument(name=self.descriptor.name, action=self._link.text().lower())
        self._link.setEnabled(False)
        self._say("")
        self.asked.emit(self.pending)

    def link_answered(self, problem: str) -> None:
        """The link request is over; `problem` says what went wrong, if anything."""
        self.pending = None
        self._link.setEnabled(self._state != "connecting")
        self._say(problem)

    def forget(self) -> None:
        """The bench is gone: nothing of it is true any more."""
        self.pending = None
        for row in self.rows:
            row.forget()
        self.show_state(InstrumentStateChanged(name=self.descriptor.name, state="closed"))

    def _say(self, text: str) -> None:
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def _colour(self, _: object = None) -> None:
        colours = theme.current()
        light = getattr(colours, _ROLES.get(self._state, "muted"))
        is_bad = light == colours.error
        self._light.setStyleSheet(f"color: {light}")
        self._word.setStyleSheet(f"color: {colours.error if is_bad else colours.muted}")
        self._message.setStyleSheet(f"color: {colours.error}")
        self.setStyleSheet(
            f"InstrumentCard {{ border: 0; border-bottom: 1px solid {colours.border}; }}"
            f"QToolButton {{ border: 1px solid {colours.border}; border-radius: 4px; padding: 2px 8px; }}"
            f"QToolButton:hover {{ background: {colours.surface}; }}"
            f"QToolButton:disabled {{ color: {colours.muted}; }}"
            f"QToolButton#instrument\\.unfold {{ border-color: transparent; padding: 2px; }}"
            f"QToolButton:focus, QToolButton#instrument\\.unfold:focus {{ border-color: {colours.accent}; }}"
        )
