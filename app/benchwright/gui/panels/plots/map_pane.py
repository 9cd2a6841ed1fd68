"""A pane that is a map: the colour at each place of a grid says what was measured there."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF

from benchwright.gui.panels.plots.axes import label
from benchwright.gui.panels.plots.choice import TIME, PaneChoice, axis_name
from benchwright.gui.panels.plots.columns import Numbers, RunColumns
from benchwright.gui.panels.plots.downsampling import nearest_point
from benchwright.gui.panels.plots.frame import PlotFrame, tick_font
from benchwright.gui.panels.plots.grid import Grid, GridFinder, Rows, edges, nearest_level
from benchwright.gui.panels.plots.readings import SteadyReadings, takes_prefix
from benchwright.gui.theme import Theme

_SCALE: Final = "viridis"  # even to the eye, also in grey and to those who see few colours
_MAX_PIXELS: Final = 2048  # that a grid of uneven steps is drawn with along an axis
_MAX_DOTS: Final = 5000
_EVEN: Final = 0.01  # steps that differ by less are even
_BAR_WIDTH: Final = 12


class MapPane(PlotFrame):
    """Draws one `PaneChoice` that has a `z`; rows on no grid are dots in the colours of the map.

    Its cursor is a row of the newest run.
    """

    def __init__(self, choice: PaneChoice, units: Mapping[str, str], theme: Theme) -> None:
        super().__init__(theme, choice.x == TIME)
        self.choice = choice
        self._units = units
        self._run: RunColumns | None = None
        self._known: tuple[RunColumns, int] | None = None  # the run, and how many of its rows were let go
        self._row: int | None = None
        self._place: tuple[float, float] | None = None  # of a cell that has no value
        self._finder = GridFinder()
        self._readings = SteadyReadings()
        self._colours = pg.colormap.get(_SCALE)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.dots = pg.ScatterPlotItem(pxMode=True, size=6, pen=None)
        self.bar = pg.ColorBarItem(
            width=_BAR_WIDTH, colorMap=self._colours, interactive=False, colorMapMenu=False
        )
        item = self.plot.getPlotItem()
        item.layout.setContentsMargins(*4 * (self.fontMetrics().height() // 2,))  # half a number of the bar
        item.addItem(self.image)
        item.addItem(self.dots)
        self.bar.setImageItem(self.image, insert_in=item)
        self.plot.setAccessibleName(f"Map: {choice.heading}")
        self.set_theme(theme)

    # --- look ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        super().set_theme(theme)
        axis = self.bar.axis
        axis.setPen(theme.muted)
        axis.setTextPen(theme.muted)
        axis.setTickFont(tick_font(self.font()))
        self.plot.getPlotItem().showGrid(x=False, y=False)  # the cells are one
        self.set_units(self._units)
        self._show_values()

    def set_units(self, units: Mapping[str, str]) -> None:
        """Label the axes and the bar of colours."""
        self._units = units
        self.label_axis("bottom", axis_name(self.choice.x), units.get(self.choice.x, ""))
        self.label_axis("left", axis_name(self.choice.y[0]), units.get(self.choice.y[0], ""))
        unit = units.get(self.choice.z, "")
        label(self.bar.axis, self.choice.z, unit, takes_prefix(unit), self.theme.text)

    def set_log(self, x: bool, y: bool) -> None:
        """Make the axes logarithmic or linear."""
        self.log = (x, y)
        for side, is_log in (("bottom", x), ("left", y)):
            self.axis(side).setLogMode(is_log)
        self.set_units(self._units)

    # --- drawing -------------------------------------------------------------------------------------------

    def draw(self, runs: Sequence[RunColumns]) -> None:
        """Draw the newest of the runs."""
        run = runs[0] if runs else None
        known = (run, run.dropped) if run is not None else None
        if known != self._known:
            self._known, self._run, self._finder = known, run, GridFinder()
        columns = self._columns()
        grid = self._finder.update(*columns) if columns is not None else None
        self.image.setVisible(grid is not None)
        self.dots.setVisible(grid is None and columns is not None)
        if grid is not None:
            self._draw_grid(grid)
        elif columns is not None:
            self._draw_dots(*columns)
        self.tell("; ".join(self._notes(grid, columns)))
        self._show_values()

    def _columns(self) -> tuple[Numbers, Numbers, Numbers] | None:
        names = (self.choice.x, self.choice.y[0], self.choice.z)
        if self._run is None or not self._run.count or not all(name in self._run for name in names):
            return None
        x, y, z = (self._run[name].values for name in names)
        return x, y, z

    def _draw_grid(self, grid: Grid) -> None:
        xs, across = _scaled(grid.xs, self.log[0])
        ys, along = _scaled(grid.ys, self.log[1])
        z = grid.z[np.ix_(along, across)]
        if not z.size or np.isnan(z).all():
            self.image.setVisible(False)
            return
        image = z[np.ix_(_pixels(ys), _pixels(xs))]
        low, high = float(np.nanmin(z)), float(np.nanmax(z))
        levels = (low, high) if high > low else (low - 0.5, high + 0.5)
        self.image.setImage(image, autoLevels=False, levels=levels)
        self.bar.setLevels(levels)
        left, bottom = edges(xs)[0], edges(ys)[0]
        self.image.setRect(QRectF(left, bottom, edges(xs)[-1] - left, edges(ys)[-1] - bottom))

    def _draw_dots(self, x: Numbers, y: Numbers, z: Numbers) -> None:
        x, y, z = x[-_MAX_DOTS:], y[-_MAX_DOTS:], z[-_MAX_DOTS:]
        kept = np.isfinite(x) & np.isfinite(y) & np.isfinite(z)
        kept &= ((x > 0) | (not self.log[0])) & ((y > 0) | (not self.log[1]))
        x, y, z = x[kept], y[kept], z[kept]
        if not len(z):
            self.dots.clear()
            return
        low, high = float(z.min()), float(z.max())
        levels = (low, high) if high > low else (low - 0.5, high + 0.5)
        colours = self._colours.map((z - levels[0]) / (levels[1] - levels[0]), "qcolor")
        self.dots.setData(
            np.log10(x) if self.log[0] else x,
            np.log10(y) if self.log[1] else y,
            brush=[pg.mkBrush(colour) for colour in colours],
        )
        self.bar.setLevels(levels)

    def _notes(self, grid: Grid | None, columns: tuple[Numbers, Numbers, Numbers] | None) -> list[str]:
        said = []
        if columns is None:
            said.append("No row has all three yet.")
        elif grid is None:
            said.append("These rows lie on no grid, so each is a dot")
            if len(columns[0]) > _MAX_DOTS:
                said.append(f"the newest {_MAX_DOTS:,} of {len(columns[0]):,}")
        elif grid.repeats:
            said.append(f"{grid.repeats:,} values replaced by later ones of the same place")
        if grid is not None:
            for levels, is_log, name in (
                (grid.xs, self.log[0], self.choice.x),
                (grid.ys, self.log[1], self.choice.y[0]),
            ):
                if is_log and levels[0] <= 0:
                    said.append(f"{axis_name(name)} at or below 0 has no place on a log axis")
        return said

    # --- the cursor ----------------------------------------------------------------------------------------

    def move_cursor_to(self, position: QPointF) -> None:
        """Put the cursor into the cell, or on the dot, that is nearest."""
        columns = self._columns()
        if self._run is None or columns is None:
            return
        x = 10 ** position.x() if self.log[0] else position.x()
        y = 10 ** position.y() if self.log[1] else position.y()
        grid = self._finder.grid
        if grid is None:
            (left, right), (low, high) = self.box.viewRange()
            ends = self._run[self.choice.x], [self._run[self.choice.y[0]]]
            self.cursor_moved.emit(nearest_point(*ends, (x, y), (right - left, high - low)))
            return
        at_x, at_y = (int(nearest_level(a, np.array([b]))[0]) for a, b in ((grid.xs, x), (grid.ys, y)))
        row = int(grid.rows[at_y, at_x])
        self.cursor_moved.emit(row if row >= 0 else None)
        if row < 0:
            self._place = float(grid.xs[at_x]), float(grid.ys[at_y])
            self._show_values()

    def step_cursor(self, by: int) -> None:
        """Move the cursor by a row."""
        if self._run is not None and (count := self._run.count):
            at = count - 1 if self._row is None else self._row
            self.cursor_moved.emit(min(max(at + by, 0), count - 1))

    def set_cursor(self, row: int | None) -> None:
        """Put the cursor on a row, or take it away."""
        columns = self._columns()
        self._place = None
        self._row = row if columns is not None and row is not None and row < len(columns[0]) else None
        place = None
        if self._row is not None and columns is not None:
            place = [float(columns[axis][self._row]) for axis in (0, 1)]
            for axis in (0, 1):
                if self.log[axis]:
                    place[axis] = float(np.log10(place[axis])) if place[axis] > 0 else float("nan")
        is_there = place is not None and bool(np.isfinite(place).all())
        self.cursor_line.setVisible(False)
        self.cursor_dots.setVisible(is_there)
        if is_there and place is not None:
            self.cursor_dots.setData([{"pos": tuple(place), "brush": pg.mkBrush(self.theme.text)}])
        self._show_values()

    def _show_values(self) -> None:
        columns, choice = self._columns(), self.choice
        parts = [f'<b style="color:{self.theme.text}">{escape(choice.heading)}</b>']
        row = self._row
        if self._place is not None:
            values: tuple[float | None, ...] = (*self._place, None)
        elif columns is not None:
            at = -1 if row is None or row >= len(columns[0]) else row
            values = tuple(float(column[at]) for column in columns)
        else:
            values = (np.nan, np.nan, np.nan)
        for name, value in zip((choice.x, choice.y[0], choice.z), values, strict=True):
            shown = (
                "not measured" if value is None else self._readings(name, value, self._units.get(name, ""))
            )
            colour = self.theme.text if name == choice.z else self.theme.muted
            parts.append(
                f'<span style="color:{colour}">{escape(axis_name(name))}&nbsp;{escape(shown)}</span>'
            )
        self.header.setText("&nbsp;&nbsp; ".join(parts))


def _scaled(levels: Numbers, is_log: bool) -> tuple[Numbers, Rows]:
    """Return where levels lie on an axis, and which of them have a place there."""
    kept = np.flatnonzero(levels > 0) if is_log else np.arange(len(levels))
    return (np.log10(levels[kept]) if is_log else levels), kept


def _pixels(levels: Numbers) -> Rows:
    """Return which level each pixel of the image shows: one each where steps are even, else by distance."""
    gaps = np.diff(levels)
    if len(gaps) < 2 or gaps.max() - gaps.min() <= _EVEN * gaps.max():
        return np.arange(len(levels))
    borders = edges(levels)
    span = borders[-1] - borders[0]
    count = int(min(_MAX_PIXELS, max(2 * span / gaps.min(), len(levels))))
    centres = borders[0] + (np.arange(count) + 0.5) * span / count
    found: Rows = np.searchsorted(borders, centres) - 1
    return np.clip(found, 0, len(levels) - 1)
