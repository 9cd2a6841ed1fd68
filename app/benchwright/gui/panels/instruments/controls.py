"""Control of one instrument by hand: made from its descriptor."""

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from benchwright.core.descriptors import MethodKind
from benchwright.core.events import InstrumentStopped
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.panels.instruments.argument_field import range_text
from benchwright.gui.panels.instruments.method_row import MethodRow
from benchwright.gui.session_values import DescribedInstrument
from benchwright.gui.widgets.elided_label import ElidedLabel


class InstrumentControls(QWidget):
    """Its link and soft limits, what acts, what reads, and a way to make it safe."""

    asked = Signal(object)  # CallInstrument or CancelCall
    safe_wanted = Signal()
    console_wanted = Signal()

    def __init__(self, described: DescribedInstrument, indent: int) -> None:
        super().__init__()
        self.rows: list[MethodRow] = []
        self._described = described
        self._safe = QToolButton()
        self._safe_report = QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(indent, 0, 0, self.fontMetrics().height() // 2)
        layout.setSpacing(self.fontMetrics().height() // 4)
        layout.addLayout(self._head())
        layout.addWidget(self._safe_report)
        if described.limits:
            layout.addWidget(self._limits())
        layout.addLayout(self._methods())
        theme.watcher.changed.connect(self._colour)
        self._colour()

    # --- parts ---------------------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        name = self._described.descriptor.name
        link = ElidedLabel(self._described.link)
        link.setEnabled(False)
        console = QToolButton()
        for button, text, object_name, tip in (
            (self._safe, "Make safe", "instrument.safe", f"Bring {name} in its safe state now"),
            (console, "Raw console", "instrument.console", f"See what goes over the link to {name}"),
        ):
            button.setText(text)
            button.setObjectName(object_name)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._safe.clicked.connect(self._on_safe)
        console.clicked.connect(self.console_wanted)
        self._safe_report.setObjectName("instrument.safe_report")
        self._safe_report.setWordWrap(True)
        self._safe_report.hide()
        head = QHBoxLayout()
        head.addWidget(link, 1)
        head.addWidget(console)
        head.addWidget(self._safe)
        return head

    def _limits(self) -> QLabel:
        units = {p.limit: p.unit for m in self._described.descriptor.methods for p in m.parameters}
        parts = [
            f"{name} {range_text(low, high)} {units.get(name, '')}".strip()
            for name, (low, high) in self._described.limits.items()
        ]
        label = QLabel(f"Soft limits: {', '.join(parts)}")
        label.setObjectName("instrument.limits")
        label.setWordWrap(True)
        label.setEnabled(False)
        return label

    def _methods(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(self.fontMetrics().height() // 5)
        grid.setHorizontalSpacing(self.fontMetrics().height() // 2)
        grid.setColumnStretch(1, 1)
        line = 0
        descriptor = self._described.descriptor
        for kind, title in ((MethodKind.COMMAND, "Act"), (MethodKind.QUERY, "Read")):
            methods = [method for method in descriptor.methods if method.kind is kind]
            if methods:
                heading = QLabel(title)
                heading.setEnabled(False)
                heading.setContentsMargins(0, self.fontMetrics().height() // 3, 0, 0)
                grid.addWidget(heading, line, 0, 1, 2)
                line += 1
            for method in methods:
                row = MethodRow(descriptor.name, method)
                row.setParent(self)
                row.hide()  # its parts are shown in the grid
                row.place(grid, line)
                row.asked.connect(self.asked)
                self.rows.append(row)
                line += 1
        return grid

    # --- what happens --------------------------------------------------------------------------------------

    def set_latched(self, is_latched: bool) -> None:
        """Act no more, or again."""
        for row in self.rows:
            row.set_latched(is_latched)

    def show_safe(self, value: Value, problem: str) -> None:
        """Show what became of the instrument when it was to be made safe."""
        self._safe.setEnabled(True)
        if problem:
            self._report(problem, is_bad=True)
            return
        stopped = msgspec.convert(value, InstrumentStopped)
        why = f": {stopped.message}" if stopped.message else ""
        text = f"{stopped.outcome} after {stopped.duration_s * 1000:.0f} ms{why}"
        self._report(text, is_bad=stopped.outcome != "safe")

    def forget(self) -> None:
        """The bench is gone, and with it all answers."""
        self._safe.setEnabled(True)
        self._report("", is_bad=False)
        for row in self.rows:
            row.forget()

    def _on_safe(self) -> None:
        self._safe.setEnabled(False)
        self._report("making safe…", is_bad=False)
        self.safe_wanted.emit()

    def _report(self, text: str, *, is_bad: bool) -> None:
        self._safe_report.setText(text)
        self._safe_report.setProperty("isBad", is_bad)
        self._safe_report.setVisible(bool(text))
        self._colour()

    def _colour(self, _: object = None) -> None:
        colours = theme.current()
        is_bad = bool(self._safe_report.property("isBad"))
        self._safe_report.setStyleSheet(f"color: {colours.error if is_bad else colours.ok}")
