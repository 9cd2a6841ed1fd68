"""One live value: its name, the value, and its age once it is not fresh any more."""

from time import monotonic
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from benchwright.gui import theme
from benchwright.gui.panels.instruments.reading import reading
from benchwright.gui.widgets.named import named

_STALE_S: Final = 3.0
_NOTHING: Final = "–"


class LiveValue:
    """Three labels in a row of a grid."""

    def __init__(self, instrument: str, channel: str) -> None:
        self.name = QLabel(channel.replace("_", " "))
        self.name.setEnabled(False)
        self.value = named(QLabel(_NOTHING), f"telemetry.{instrument}.{channel}", f"{instrument} {channel}")
        self.value.setFont(theme.fixed_font())
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("-000.00 degC "))
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.age = QLabel()
        self.age.setEnabled(False)
        self.latest: tuple[float | None, str] = (None, "")
        self._read_s: float | None = None
        self._is_stale = False

    def place(self, grid: QGridLayout, row: int) -> None:
        """Put the labels into a row of a grid."""
        for column, label in enumerate((self.name, self.value, self.age)):
            grid.addWidget(label, row, column)

    def show(self, value: float | None, unit: str) -> None:
        """Show a reading; where there is none, the last one grows old."""
        if value is None:
            self._grow_old()
            return
        self.latest = value, unit
        self._read_s = monotonic()
        self.value.setText(reading(value, unit))
        self.age.clear()
        self._set_stale(False)

    def clear(self) -> None:
        """Show that there is no value."""
        self.latest = (None, "")
        self._read_s = None
        self.value.setText(_NOTHING)
        self.age.clear()
        self._set_stale(False)

    def show_age(self, interval_s: float, is_linked: bool) -> None:
        """Grey the value and say how old it is, once it is older than readings should be."""
        if self._read_s is None:
            return
        if not is_linked or monotonic() - self._read_s > max(_STALE_S, 3 * interval_s):
            self._grow_old()

    def colour(self) -> None:
        """Take the colours of the theme."""
        self.value.setStyleSheet(f"color: {theme.current().muted}" if self._is_stale else "")

    def _grow_old(self) -> None:
        if self._read_s is not None:
            self.age.setText(f"{age_text(monotonic() - self._read_s)} ago")
            self._set_stale(True)

    def _set_stale(self, is_stale: bool) -> None:
        if is_stale != self._is_stale:
            self._is_stale = is_stale
            self.colour()


def age_text(seconds: float) -> str:
    """Return an age as people say it: ``4 s``, ``12 min``, ``3 h``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.0f} h"
