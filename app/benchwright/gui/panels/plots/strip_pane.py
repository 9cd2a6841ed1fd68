"""One strip: channels of the same unit over the time of day, the newest at the right."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from benchwright.gui.panels.plots.axes import TimeAxis, clock_text
from benchwright.gui.panels.plots.colours import curve_colour, line_look
from benchwright.gui.panels.plots.downsampling import nearest, visible_curve
from benchwright.gui.panels.plots.frame import PlotFrame
from benchwright.gui.panels.plots.history import ChannelHistory
from benchwright.gui.panels.plots.readings import SteadyReadings
from benchwright.gui.theme import Theme

_WIDEST_TICK: Final = "−0000.0"


class StripPane(PlotFrame):
    """Draws some channels; its cursor is a time."""

    def __init__(self, channels: Sequence[ChannelHistory], first_colour: int, theme: Theme) -> None:
        super().__init__(theme, is_timed=True)
        self.channels = list(channels)
        self.curves: dict[str, pg.PlotDataItem] = {}
        self._first_colour = first_colour
        self._time_s: float | None = None
        self._readings = SteadyReadings()
        for channel in channels:
            curve = self.curves[channel.name] = pg.PlotDataItem(connect="finite")
            curve.curve.setSegmentedLineMode("on")
            self.plot.addItem(curve)
        self.box.disableAutoRange(pg.ViewBox.XAxis)
        self.plot.setAccessibleName("Strip chart of " + ", ".join(self.curves))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        super().set_theme(theme)
        units = {channel.unit for channel in self.channels}
        self.label_axis("left", "", units.pop() if len(units) == 1 else "")
        width = self.fontMetrics().horizontalAdvance(_WIDEST_TICK)
        self.axis("left").setStyle(autoExpandTextSpace=False, tickTextWidth=width)  # strips in line
        self._show_values()

    def set_log(self, y: bool) -> None:
        """Make the vertical axis logarithmic or linear."""
        self.log = (False, y)
        self.plot.getPlotItem().setLogMode(y=y)
        self.set_theme(self.theme)

    def show_axis(self, is_last: bool) -> None:
        """Write times below the last of the strips only."""
        self.axis("bottom").setStyle(showValues=is_last)

    # --- drawing -------------------------------------------------------------------------------------------

    def draw(self, epoch_s: float) -> None:
        """Draw what the view shows."""
        axis = self.axis("bottom")
        if isinstance(axis, TimeAxis):
            axis.epoch_s = epoch_s
        low, high = self.box.viewRange()[0]
        points = max(self.plot.width(), 100)
        for index, channel in enumerate(self.channels):
            x, y = visible_curve(channel.times, channel.values, low, high, points)
            curve, line = self.curves[channel.name], line_look(len(x))
            look = (self._colour(index).rgb(), line)
            if curve.property("look") != look:
                curve.setProperty("look", look)
                curve.opts["antialias"] = line.is_smooth
                curve.setPen(pg.mkPen(self._colour(index), width=line.width))
            curve.setData(x, y)
        self.tell("; ".join(self._left_out()))
        self._show_values()

    def fit(self) -> None:
        """Let the vertical axis follow the values."""
        self.box.enableAutoRange(pg.ViewBox.YAxis)

    def _left_out(self) -> list[str]:
        if not self.log[1]:
            return []
        return [
            f"{channel.values.not_positive:,} of {channel.name} at or below 0 have no place on a log axis"
            for channel in self.channels
            if channel.values.not_positive
        ]

    def _colour(self, index: int) -> QColor:
        return curve_colour(self.theme, self._first_colour + index, False)

    # --- the cursor ----------------------------------------------------------------------------------------

    def move_cursor_to(self, position: QPointF) -> None:
        """Put the cursor at a time."""
        self.cursor_moved.emit(position.x())

    def step_cursor(self, by: int) -> None:
        """Move the cursor by a sample of the first channel."""
        times = self.channels[0].times
        if times.count:
            at = times.count - 1 if self._time_s is None else nearest(times, self._time_s) or 0
            self.cursor_moved.emit(float(times.values[min(max(at + by, 0), times.count - 1)]))

    def set_cursor(self, time_s: float | None) -> None:
        """Put the cursor at a time, or take it away; each channel is read at its nearest sample."""
        self._time_s = time_s
        self.cursor_line.setVisible(time_s is not None)
        self.cursor_dots.setVisible(time_s is not None)
        if time_s is not None:
            self.cursor_line.setPos(time_s)
            dots = []
            for index, channel in enumerate(self.channels):
                row = nearest(channel.times, time_s)
                if row is not None and np.isfinite(y := self._height(float(channel.values.values[row]))):
                    place = (float(channel.times.values[row]), y)
                    dots.append({"pos": place, "brush": pg.mkBrush(self._colour(index))})
            self.cursor_dots.setData(dots)
        self._show_values()

    def _height(self, value: float) -> float:
        if not self.log[1]:
            return value
        return float(np.log10(value)) if value > 0 else float("nan")

    def _show_values(self) -> None:
        parts = []
        if self._time_s is not None:
            axis = self.axis("bottom")
            epoch_s = axis.epoch_s if isinstance(axis, TimeAxis) and axis.epoch_s is not None else 0.0
            parts.append(
                f'<span style="color:{self.theme.muted}">{clock_text(epoch_s + self._time_s, 0.1)}</span>'
            )
        for index, channel in enumerate(self.channels):
            values = channel.values.values
            row = nearest(channel.times, self._time_s) if self._time_s is not None else len(values) - 1
            value = float(values[row]) if row is not None and len(values) else float("nan")
            shown = self._readings(channel.name, value, channel.unit)
            parts.append(
                f'<span style="color:{self._colour(index).name()}">●</span>&nbsp;'
                f'<span style="color:{self.theme.text}">{escape(channel.name)}&nbsp;{escape(shown)}</span>'
            )
        self.header.setText("&nbsp;&nbsp; ".join(parts))
