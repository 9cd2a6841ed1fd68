"""An axis of time: seconds as people write them, since a start or by the clock on the wall."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pyqtgraph as pg

from benchwright.gui.panels.plots.readings import axis_title

_STEPS_S: Final = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_SHORT_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
_TICK_PIXELS: Final = 80


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """Ticks at whole seconds, minutes, hours; `epoch_s` is the UTC time of zero, None for time since then."""

    def __init__(self, orientation: str = "bottom") -> None:
        self.epoch_s: float | None = None
        super().__init__(orientation)

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """Return the distance of ticks in s."""
        if self.logMode:
            return super().tickSpacing(minVal, maxVal, size)  # type: ignore[no-any-return]
        least_s = (maxVal - minVal) * _TICK_PIXELS / max(size, 1)
        steps = (*_SHORT_S, *_STEPS_S)
        step = next((step for step in steps if step >= least_s), _STEPS_S[-1])
        while step < least_s:
            step *= 2
        return [(step, self._local_offset() % step)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the texts of ticks."""
        if self.logMode:
            return super().tickStrings(values, scale, spacing)  # type: ignore[no-any-return]
        if self.epoch_s is not None:
            return [clock_text(self.epoch_s + value, spacing) for value in values]
        is_long = bool(values) and max(map(abs, values)) >= 60
        return [elapsed_text(value, spacing) if is_long else f"{value:.6g} s" for value in values]

    def _local_offset(self) -> float:
        """Return where the first tick may be, so that ticks are at whole minutes of the clock."""
        if self.epoch_s is None:
            return 0.0
        zone = datetime.fromtimestamp(self.epoch_s, UTC).astimezone().utcoffset()
        return -(self.epoch_s + (zone.total_seconds() if zone else 0.0))

    def paint(self, painter: Any, *args: Any) -> None:
        """Paint without complaint when the view has no range yet."""
        if all(map(math.isfinite, self.range)):
            super().paint(painter, *args)


def label(axis: Any, name: str, unit: str, scales: bool, colour: str) -> None:
    """Say what an axis shows; with `scales` the unit gets a prefix that fits the values.

    Without, the ticks are the values themselves: pyqtgraph would scale those below 1 all the same, and no
    longer say so.
    """
    text = name if scales else axis_title(name, unit).strip()
    ranges = None if scales else ()
    axis.setLabel(text, units=unit if scales else None, siPrefixEnableRanges=ranges, color=colour)
    axis.enableAutoSIPrefix(scales)


def clock_text(utc_s: float, spacing_s: float = 1.0) -> str:
    """Return local time of day, as fine as the spacing."""
    moment = datetime.fromtimestamp(round(utc_s, 3), UTC).astimezone()
    if spacing_s >= 60:
        return f"{moment:%H:%M}"
    return f"{moment:%H:%M:%S}" if spacing_s >= 1 else f"{moment:%H:%M:%S.%f}"[:-3]


def elapsed_text(seconds: float, spacing_s: float = 1.0) -> str:
    """Return a duration as m:ss or h:mm:ss, with a fraction where the spacing has one."""
    digits = 0 if spacing_s >= 1 else min(3, math.ceil(-math.log10(spacing_s)))
    total = round(abs(seconds), digits)
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 2 if digits == 0 else 3 + digits
    shown = f"{rest:0{width}.{digits}f}"
    text = f"{hours}:{minutes:02d}:{shown}" if hours else f"{minutes}:{shown}"
    return ("\N{MINUS SIGN}" if seconds < 0 and total else "") + text
