"""One pane of curves: those of this run and, faint behind them, those of earlier ones."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from benchwright.gui.panels.plots.choice import TIME, PaneChoice, axis_name
from benchwright.gui.panels.plots.colours import curve_colour, line_look
from benchwright.gui.panels.plots.columns import Column, RunColumns
from benchwright.gui.panels.plots.downsampling import nearest, nearest_point, visible_curve
from benchwright.gui.panels.plots.frame import PlotFrame
from benchwright.gui.panels.plots.readings import SteadyReadings
from benchwright.gui.theme import Theme

_GAP: Final = "&nbsp;&nbsp; "


class CurvePane(PlotFrame):
    """Draws one `PaneChoice`; its cursor is a row of the newest run."""

    def __init__(
        self, choice: PaneChoice, units: Mapping[str, str], theme: Theme, first_colour: int = 0
    ) -> None:
        super().__init__(theme, choice.x == TIME)
        self.choice = choice
        self.curves: dict[tuple[int, str], pg.PlotDataItem] = {}
        self._units = units
        self._first_colour = first_colour
        self._row: int | None = None
        self._runs: Sequence[RunColumns] = ()
        self._readings = SteadyReadings()
        self.plot.setAccessibleName(f"Plot: {choice.heading}")
        self.set_theme(theme)

    # --- look ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        super().set_theme(theme)
        self.set_units(self._units)
        for (age, name), curve in self.curves.items():
            self._style(curve, age, name, len(curve.xData) if curve.xData is not None else 0)
        self._show_values()

    def set_units(self, units: Mapping[str, str]) -> None:
        """Label the axes."""
        self._units = units
        self.label_axis("bottom", axis_name(self.choice.x), units.get(self.choice.x, ""))
        shared = {units.get(name, "") for name in self.choice.y}
        unit = shared.pop() if len(shared) == 1 else ""
        self.label_axis("left", self.choice.y[0] if len(self.choice.y) == 1 else "", unit)

    def set_log(self, x: bool, y: bool) -> None:
        """Make the axes logarithmic or linear."""
        self.log = (x, y)
        self.plot.getPlotItem().setLogMode(x=x, y=y)
        self.set_units(self._units)

    # --- curves --------------------------------------------------------------------------------------------

    def draw(self, runs: Sequence[RunColumns]) -> None:
        """Draw the runs, the newest first."""
        self._runs = runs
        wanted = {
            (age, name): run
            for age, run in enumerate(runs)
            for name in self.choice.y
            if name in run and self.choice.x in run
        }
        for key in [key for key in self.curves if key not in wanted]:
            self.plot.removeItem(self.curves.pop(key))
        for (age, name), run in wanted.items():
            self._draw_curve(age, name, run)
        self.tell("; ".join(self._left_out()))
        self._show_values()

    def _draw_curve(self, age: int, name: str, run: RunColumns) -> None:
        curve = self.curves.get((age, name))
        if curve is None:
            curve = pg.PlotDataItem(connect="finite")
            curve.curve.setSegmentedLineMode("on")  # one path of a noisy curve takes ten times as long
            curve.setLogMode(*self.log)
            curve.setZValue(-age)
            self.plot.addItem(curve)
            self.curves[age, name] = curve
        low, high = self._visible_x()
        points = max(self.plot.width(), 100)
        seen = (run.run_id, run.count, run.dropped, low, high, points)
        if curve.property("seen") == seen:  # an earlier run, or nothing new
            return
        curve.setProperty("seen", seen)
        x, y = visible_curve(run[self.choice.x], run[name], low, high, points)
        self._style(curve, age, name, len(x))
        curve.setData(x, y)

    def _visible_x(self) -> tuple[float, float]:
        if self.box.autoRangeEnabled()[0]:
            return -np.inf, np.inf
        low, high = self.box.viewRange()[0]
        return (10.0**low, 10.0**high) if self.log[0] else (low, high)

    def _left_out(self) -> list[str]:
        """Say in words what of the newest run is not drawn."""
        run = self._runs[0] if self._runs else None
        if run is None:
            return []
        said = [f"the newest {run.count:,} rows of {run.count + run.dropped:,}"] if run.dropped else []
        said += [
            f"the first {each.count:,} rows of {each.count + each.unread:,} of {each.title}"
            for each in self._runs
            if each.unread
        ]
        for name, is_log in ((self.choice.x, self.log[0]), *((y, self.log[1]) for y in self.choice.y)):
            if name in run:
                said += _not_drawn(axis_name(name), run[name], is_log)
            else:
                said.append(f"no row has a number for {name} yet")
        return said

    def _style(self, curve: pg.PlotDataItem, age: int, name: str, points: int) -> None:
        color = self._curve_color(age, name)
        line = line_look(points)
        is_marked = line.is_marked and age == 0
        look = (color.rgb(), line, is_marked)
        if curve.property("look") == look:
            return
        curve.setProperty("look", look)
        curve.opts.update(
            antialias=line.is_smooth,
            symbol="o" if is_marked else None,
            symbolSize=5,
            symbolPen=None,
            symbolBrush=color,
        )
        curve.setPen(pg.mkPen(color, width=line.width))

    def _curve_color(self, age: int, name: str) -> QColor:
        return curve_colour(self.theme, self._first_colour + self.choice.y.index(name), age > 0)

    # --- the cursor ----------------------------------------------------------------------------------------

    def move_cursor_to(self, position: QPointF) -> None:
        """Put the cursor at the row that is nearest: by x where x rises, else at the nearest point."""
        run = self._runs[0] if self._runs else None
        if run is None or self.choice.x not in run:
            return
        x = 10 ** position.x() if self.log[0] else position.x()
        column = run[self.choice.x]
        if column.is_rising:
            self.cursor_moved.emit(nearest(column, x))
            return
        y = 10 ** position.y() if self.log[1] else position.y()
        columns = [run[name] for name in self.choice.y if name in run]
        (left, right), (low, high) = self.box.viewRange()
        self.cursor_moved.emit(nearest_point(column, columns, (x, y), (right - left, high - low)))

    def step_cursor(self, by: int) -> None:
        """Move the cursor by a row."""
        if self._runs and (count := self._runs[0].count):
            at = count - 1 if self._row is None else self._row
            self.cursor_moved.emit(min(max(at + by, 0), count - 1))

    def set_cursor(self, row: int | None) -> None:
        """Put the cursor on a row, or take it away."""
        self._row = row
        run = self._runs[0] if self._runs else None
        is_there = row is not None and run is not None and self.choice.x in run and row < run.count
        self.cursor_line.setVisible(is_there)
        self.cursor_dots.setVisible(is_there)
        if is_there and run is not None and row is not None:
            x = self._place(run[self.choice.x].values[row], 0)
            dots = [
                {"pos": (x, y), "brush": self._curve_color(0, name)}
                for name in self.choice.y
                if name in run and np.isfinite(y := self._place(run[name].values[row], 1))
            ]
            self.cursor_line.setVisible(bool(np.isfinite(x)))
            self.cursor_line.setPos(x if np.isfinite(x) else 0)
            self.cursor_dots.setData(dots if np.isfinite(x) else [])
        self._show_values()

    def _place(self, value: float, axis: int) -> float:
        if not self.log[axis]:
            return float(value)
        return float(np.log10(value)) if value > 0 else float("nan")

    # --- the header ----------------------------------------------------------------------------------------

    def _show_values(self) -> None:
        run = self._runs[0] if self._runs else None
        row = self._row if self._row is not None else run.count - 1 if run is not None else None
        text, muted = self.theme.text, self.theme.muted
        parts = [f'<b style="color:{text}">{escape(self.choice.heading)}</b>']
        if self._row is not None and run is not None and self.choice.x in run:
            shown = f"{axis_name(self.choice.x)} {self._value(run, self.choice.x, row)}"
            parts.append(f'<span style="color:{muted}">{escape(shown)}</span>')
        for name in self.choice.y:
            color = self._curve_color(0, name).name()
            value = self._value(run, name, row) if run is not None and name in run else "–"
            parts.append(
                f'<span style="color:{color}">●</span>&nbsp;<span style="color:{text}">'
                f"{escape(name)}&nbsp;{escape(value)}</span>"
            )
        self.header.setText(_GAP.join([*parts, *self._earlier_values(row)]))

    def _value(self, run: RunColumns, name: str, row: int | None) -> str:
        value = run[name].values[row] if row is not None and 0 <= row < run.count else float("nan")
        return self._readings(name, float(value), self._units.get(name, ""))

    def _earlier_values(self, row: int | None) -> list[str]:
        """Return what earlier runs have at the cursor, or only their names where there is no cursor."""
        said = []
        for age, run in enumerate(self._runs[1:], 1):
            names = [name for name in self.choice.y if (age, name) in self.curves]
            if not names:
                continue
            values = "" if self._row is None else self._values_near(run, names, row)
            color = self._curve_color(age, names[0]).name()
            said.append(
                f'<span style="color:{color}">●</span>&nbsp;<span style="color:{self.theme.muted}">'
                f"{escape(run.title)}{values}</span>"
            )
        return said

    def _values_near(self, run: RunColumns, names: Sequence[str], row: int | None) -> str:
        newest, column = self._runs[0], run[self.choice.x]
        if row is None or row >= newest.count or not column.is_rising or not column.count:
            return ""
        x = float(newest[self.choice.x].values[row])
        if not column.values[0] <= x <= column.values[-1]:
            return ""
        at = nearest(column, x)
        return "".join(f"&nbsp;{escape(self._value(run, name, at))}" for name in names)


def _not_drawn(name: str, column: Column, is_log: bool) -> list[str]:
    said = []
    if is_log and column.not_positive:
        said.append(f"{column.not_positive:,} of {name} at or below 0 have no place on a log axis")
    if column.infinite:
        said.append(f"{column.infinite:,} of {name} are infinite")
    return said
