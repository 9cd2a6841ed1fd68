"""What became of each instrument, as a table that is read at one glance."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from benchwright.core.events import InstrumentStopped
from benchwright.gui import theme
from benchwright.gui.wording import stop_report

_COLUMNS: Final = 3  # of instruments that are safe; what needs a person has a line of its own
_PARTS: Final = 4  # sign, name, outcome, time
_SIGNS: Final = {"safe": ("✓", "ok"), "unknown": ("?", "warning")}
_FAILED: Final = ("✗", "error")


class StopReport(QWidget):
    """Doubtful instruments first, each with its reason; then those that are safe, side by side."""

    def __init__(self, instruments: Sequence[InstrumentStopped], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What became of each instrument")
        self.setAccessibleDescription(stop_report(list(instruments)))
        self._coloured: list[tuple[QLabel, str]] = []  # with the role of its colour
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 0)
        self._grid.setHorizontalSpacing(self.fontMetrics().averageCharWidth())
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(_COLUMNS * _PARTS, 1)
        doubtful = [each for each in instruments if each.outcome != "safe"]
        safe = [each for each in instruments if each.outcome == "safe"]
        for row, each in enumerate(sorted(doubtful, key=lambda item: item.outcome)):
            self._add(each, row, 0)
            self._grid.addWidget(self._label(each.message), row, _PARTS, 1, -1)
        for index, each in enumerate(safe):
            self._add(each, len(doubtful) + index // _COLUMNS, index % _COLUMNS * _PARTS)

        theme.watcher.changed.connect(self._on_theme)
        self._on_theme()

    def _on_theme(self, _: object = None) -> None:
        for label, role in self._coloured:
            label.setStyleSheet(f"color: {getattr(theme.current(), role)};")

    def _add(self, stopped: InstrumentStopped, row: int, column: int) -> None:
        sign, role = _SIGNS.get(stopped.outcome, _FAILED)
        marked = self._label(sign)
        outcome = self._label(stopped.outcome)
        self._coloured += [(marked, role), (outcome, role)]
        time = self._label(f"{stopped.duration_s * 1000:,.0f} ms")
        time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        time.setContentsMargins(0, 0, self.fontMetrics().averageCharWidth() * 4, 0)
        for offset, each in enumerate((marked, self._label(stopped.name), outcome, time)):
            self._grid.addWidget(each, row, column + offset)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
