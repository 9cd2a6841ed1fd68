"""One pane: axes with units, curves of this run and of earlier ones, a header that reads the cursor."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from benchwright.gui.panels.plots.choice import TIME, PaneChoice, axis_name, takes_prefix
from benchwright.gui.panels.plots.colours import curve_colour
from benchwright.gui.panels.plots.columns import RunColumns
from benchwright.gui.panels.plots.downsampling import visible_curve
from benchwright.gui.theme import Theme

_MARKED_POINTS: Final = 60  # up to here each row is marked by a dot
_THICK_POINTS: Final = (
    200  # up to here lines are thick; beyond, that takes Qt half a second for a noisy curve
)
_SMOOTH_POINTS: Final = 1000  # up to here lines are smooth
_LINE_WIDTH: Final = 1.6


class PlotPane(QWidget):
    """Draws one `PaneChoice`."""

    cursor_moved = Signal(object)  # x of the cursor, or None where it left
    range_changed = Signal()

    def __init__(
        self, choice: PaneChoice, units: Mapping[str, str], theme: Theme, first_colour: int = 0
    ) -> None:
        super().__init__()
        self.choice = choice
        self._units = units
        self._theme = theme
        self._first_colour = first_colour
        self._log = (False, False)
        self.curves: dict[tuple[int, str], pg.PlotDataItem] = {}
        self._cursor_x: float | None = None
        self._run: RunColumns | None = None
        self._header = QLabel()
        self._header.setTextFormat(Qt.TextFormat.RichText)
        self._header.setMinimumWidth(1)
        self._header.setAutoFillBackground(True)
        self._header.setBackgroundRole(QPalette.ColorRole.Base)
        self.plot = pg.PlotWidget()
        self.plot.setAccessibleName("Plot of " + (", ".join(choice.y) or "nothing"))
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.hide()
        self._arrange()
        self.set_theme(theme)

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self.plot, 1)
        space = self.fontMetrics().height() // 2
        self._header.setContentsMargins(space, space // 2, space, 0)
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.addItem(self._line, ignoreBounds=True)
        item.setMenuEnabled(False)
        item.getViewBox().sigRangeChanged.connect(lambda *_: self.range_changed.emit())
        self.plot.scene().sigMouseMoved.connect(self._follow_mouse)
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.installEventFilter(self)

    # --- look ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.plot.setBackground(theme.surface)
        item = self.plot.getPlotItem()
        item.showGrid(x=True, y=True, alpha=0.12)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(theme.muted)
            axis.setTextPen(theme.muted)
            axis.setTickFont(self.font())
        self._line.setPen(pg.mkPen(theme.muted, style=Qt.PenStyle.DashLine))
        self.set_units(self._units)
        for (age, name), curve in self.curves.items():
            self._style(curve, age, name, len(curve.xData) if curve.xData is not None else 0)
        self._show_values()

    def set_units(self, units: Mapping[str, str]) -> None:
        """Label the axes; a unit without a prefix may get one."""
        self._units = units
        self._label("bottom", axis_name(self.choice.x), units.get(self.choice.x, ""))
        shared = {units.get(name, "") for name in self.choice.y}
        unit = shared.pop() if len(shared) == 1 else ""
        self._label("left", self.choice.y[0] if len(self.choice.y) == 1 else "", unit)

    def _label(self, side: str, name: str, unit: str) -> None:
        axis = self.plot.getPlotItem().getAxis(side)
        is_log = self._log[0 if side == "bottom" else 1]
        scales = takes_prefix(unit) and not is_log and name != axis_name(TIME)  # nobody counts in ks
        axis.enableAutoSIPrefix(scales)
        text = name if scales or not unit else f"{name} ({unit})" if name else unit
        axis.setLabel(text, units=unit if scales else None, color=self._theme.text)
        axis.showLabel(bool(name or unit))

    def set_log(self, x: bool, y: bool) -> None:
        """Make the axes logarithmic or linear."""
        self._log = (x, y)
        self.plot.getPlotItem().setLogMode(x=x, y=y)
        self.set_units(self._units)

    def share_x(self, other: "PlotPane") -> None:
        """Zoom and pan along x together with another pane."""
        self.plot.setXLink(other.plot)

    def fit(self) -> None:
        """Show everything, and follow what comes."""
        self.plot.getPlotItem().enableAutoRange()

    @property
    def is_following(self) -> bool:
        """Whether the view follows what comes, since the user has not zoomed."""
        x, y = self.plot.getPlotItem().getViewBox().autoRangeEnabled()
        return bool(x) and bool(y)

    # --- curves --------------------------------------------------------------------------------------------

    def draw(self, runs: Sequence[RunColumns]) -> None:
        """Draw the runs, the newest first."""
        self._run = runs[0] if runs else None
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
        self._show_values()

    def _draw_curve(self, age: int, name: str, run: RunColumns) -> None:
        curve = self.curves.get((age, name))
        if curve is None:
            curve = pg.PlotDataItem(connect="finite")
            curve.curve.setSegmentedLineMode("on")  # one path of a noisy curve takes ten times as long
            curve.setLogMode(*self._log)
            curve.setZValue(-age)
            self.plot.addItem(curve)
            self.curves[age, name] = curve
        low, high = self._visible_x()
        x, y = visible_curve(run[self.choice.x], run[name], low, high, max(self.plot.width(), 100))
        self._style(curve, age, name, len(x))
        curve.setData(x, y)

    def _visible_x(self) -> tuple[float, float]:
        view = self.plot.getPlotItem().getViewBox()
        if view.autoRangeEnabled()[0]:
            return -np.inf, np.inf
        low, high = view.viewRange()[0]
        return (10.0**low, 10.0**high) if self._log[0] else (low, high)

    def _style(self, curve: pg.PlotDataItem, age: int, name: str, points: int) -> None:
        color = self._curve_color(age, name)
        is_thick = points <= _THICK_POINTS
        is_marked = points <= _MARKED_POINTS and age == 0
        is_smooth = points <= _SMOOTH_POINTS
        look = (color.rgb(), is_thick, is_smooth, is_marked)
        if curve.property("look") == look:
            return
        curve.setProperty("look", look)
        curve.opts.update(
            antialias=is_smooth,
            symbol="o" if is_marked else None,
            symbolSize=5,
            symbolPen=None,
            symbolBrush=color,
        )
        curve.setPen(pg.mkPen(color, width=_LINE_WIDTH if is_thick else 1))

    def _curve_color(self, age: int, name: str) -> QColor:
        return curve_colour(self._theme, self._first_colour + self.choice.y.index(name), age > 0)

    # --- the cursor ----------------------------------------------------------------------------------------

    def set_cursor(self, x: float | None) -> None:
        """Put the cursor at an x of the data, or take it away; it snaps to the nearest row."""
        self._cursor_x = x
        self._line.setVisible(x is not None)
        if x is not None:
            row = self._row()
            at = x if row is None or self._run is None else float(self._run[self.choice.x].values[row])
            if not self._log[0]:
                self._line.setPos(at)
            elif at > 0:
                self._line.setPos(float(np.log10(at)))
        self._show_values()

    def _row(self) -> int | None:
        run = self._run
        if run is None or not run.count or self.choice.x not in run:
            return None
        if self._cursor_x is None:
            return run.count - 1
        column = run[self.choice.x]
        if column.is_rising:
            after = int(np.searchsorted(column.values, self._cursor_x))
            near = [row for row in (after - 1, after) if 0 <= row < column.count]
            return min(near, key=lambda row: abs(column.values[row] - self._cursor_x))
        distance = np.abs(column.values - self._cursor_x)
        return None if np.isnan(distance).all() else int(np.nanargmin(distance))

    def _show_values(self) -> None:
        row = self._row()
        text, muted = self._theme.text, self._theme.muted
        parts = [f'<b style="color:{text}">{escape(self.choice.title)}</b>'] if self.choice.title else []
        if self._cursor_x is not None and row is not None:
            parts.append(f'<span style="color:{muted}">{escape(self._reading(self.choice.x, row))}</span>')
        for name in self.choice.y:
            color = self._curve_color(0, name).name()
            is_there = self._run is not None and name in self._run and row is not None
            reading = self._reading(name, row) if is_there and row is not None else f"{name} –"
            parts.append(
                f'<span style="color:{color}">●</span> <span style="color:{text}">{escape(reading)}</span>'
            )
        self._header.setText("&nbsp;&nbsp;&nbsp;".join(parts))

    def _reading(self, name: str, row: int) -> str:
        assert self._run is not None
        value = self._run[name].values[row]
        unit = self._units.get(name, "")
        if takes_prefix(unit):
            shown = pg.siFormat(value, suffix=unit, precision=5) if np.isfinite(value) else "–"
        else:
            shown = f"{value:.6g} {unit}".rstrip()
        return f"{axis_name(name)} {shown}"

    def _follow_mouse(self, position: QPointF) -> None:
        view = self.plot.getPlotItem().getViewBox()
        if view.sceneBoundingRect().contains(position):
            x = view.mapSceneToView(position).x()
            self.cursor_moved.emit(float(10**x if self._log[0] else x))
        elif self._cursor_x is not None:
            self.cursor_moved.emit(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move the cursor by a row, Escape take it away, Home show everything."""
        if event.type() == QEvent.Type.Leave:
            self.cursor_moved.emit(None)
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Home:
            self.fit()
        elif event.key() == Qt.Key.Key_Escape and self._cursor_x is not None:
            self.cursor_moved.emit(None)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            return super().eventFilter(watched, event)
        return True

    def _step(self, by: int) -> None:
        row = self._row()
        if row is None or self._run is None:
            return
        values = self._run[self.choice.x].values
        self.cursor_moved.emit(float(values[min(max(row + by, 0), len(values) - 1)]))
