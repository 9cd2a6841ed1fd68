"""What every pane of the plots shares: a header that reads the cursor, axes, zoom by mouse and by keys."""

from collections.abc import Callable
from html import escape
from time import perf_counter
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QMargins, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from benchwright.gui.panels.plots.axes import TimeAxis, label
from benchwright.gui.panels.plots.header import Header
from benchwright.gui.panels.plots.readings import takes_prefix
from benchwright.gui.theme import Theme

_GRID: Final = 0.10
_PAN: Final = 0.1  # of the visible range at a key
_ZOOM: Final = 0.8
_HELP: Final = (
    "Wheel: zoom, over an axis that one alone. Drag: zoom into a rectangle, "
    "with Shift or the middle button move.\n"
    "Double click or Home: show everything. Arrows: cursor; Shift and arrows: move; + and −: zoom."
)


class ZoomBox(pg.ViewBox):  # type: ignore[misc]
    """A view where a drag draws the rectangle to zoom into, and with Shift or the middle button moves."""

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Choose what the drag does, and do it."""
        moves = (
            ev.button() == Qt.MouseButton.MiddleButton or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        self.state["mouseMode"] = self.PanMode if moves else self.RectMode
        super().mouseDragEvent(ev, axis)


class TimedPlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that sums up how long its painting takes, so that the pace can follow."""

    painted_s = 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and take the time."""
        started_s = perf_counter()
        super().paintEvent(event)
        self.painted_s += perf_counter() - started_s


class PlotFrame(QWidget):
    """A pane without data; those who draw fill in `move_cursor_to`, `step_cursor` and the header.

    Keys: arrows move the cursor, with Shift the view; + and - zoom, Home shows everything, Escape takes the
    cursor away.
    """

    cursor_moved = Signal(object)  # where the cursor is, in terms of those who draw; None: nowhere
    range_changed = Signal()
    fit_wanted = Signal()

    def __init__(self, theme: Theme, is_timed: bool = False) -> None:
        super().__init__()
        self.theme = theme
        self.log = (False, False)
        space = self.fontMetrics().height() // 2
        self.header = Header(QMargins(space, space // 2, space, space // 4))
        self.note = Header(QMargins(space, 0, space, space // 4))
        self.note.hide()
        self.plot = TimedPlot(
            viewBox=ZoomBox(), axisItems={"bottom": TimeAxis()} if is_timed else None, parent=self
        )
        self.cursor_line = pg.InfiniteLine(angle=90, movable=False)
        self.cursor_dots = pg.ScatterPlotItem(pxMode=True, size=8)
        self._keys: dict[tuple[int, bool], Callable[[], object]] = {}
        self._arrange()
        self._bind_keys()

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.note)
        layout.addWidget(self.plot, 1)
        space = self.fontMetrics().height() // 2
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.layout.setContentsMargins(space // 2, space // 4, space, space // 4)
        for extra in (self.cursor_line, self.cursor_dots):
            extra.setZValue(100)
            extra.hide()
            item.addItem(extra, ignoreBounds=True)
        self.box.sigRangeChanged.connect(lambda *_: self.range_changed.emit())
        self.plot.scene().sigMouseMoved.connect(self._follow_mouse)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.setToolTip("")
        self.plot.setWhatsThis(_HELP)
        self.plot.setAccessibleDescription(_HELP)
        self.plot.installEventFilter(self)

    def _bind_keys(self) -> None:
        key = Qt.Key
        self._keys = {
            (key.Key_Left, False): lambda: self.step_cursor(-1),
            (key.Key_Right, False): lambda: self.step_cursor(1),
            (key.Key_Left, True): lambda: self._pan(-_PAN, 0),
            (key.Key_Right, True): lambda: self._pan(_PAN, 0),
            (key.Key_Up, True): lambda: self._pan(0, _PAN),
            (key.Key_Down, True): lambda: self._pan(0, -_PAN),
            (key.Key_Plus, False): lambda: self._zoom(_ZOOM),
            (key.Key_Plus, True): lambda: self._zoom(_ZOOM),
            (key.Key_Equal, False): lambda: self._zoom(_ZOOM),
            (key.Key_Minus, False): lambda: self._zoom(1 / _ZOOM),
            (key.Key_Home, False): self.fit_wanted.emit,
        }

    @property
    def box(self) -> pg.ViewBox:
        """The view of the plot."""
        return self.plot.getPlotItem().getViewBox()

    def axis(self, side: str) -> pg.AxisItem:
        """Return the axis ``left`` or ``bottom``."""
        return self.plot.getPlotItem().getAxis(side)

    # --- look ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.theme = theme
        self.plot.setBackground(theme.surface)
        self.plot.getPlotItem().showGrid(x=True, y=True, alpha=_GRID)
        for side in ("left", "bottom"):
            axis = self.axis(side)
            axis.setPen(theme.muted)
            axis.setTickPen(pg.mkPen(theme.text))
            axis.setTextPen(theme.muted)
            axis.setTickFont(tick_font(self.font()))
        self.cursor_line.setPen(pg.mkPen(theme.muted, style=Qt.PenStyle.DashLine))
        self.cursor_dots.setPen(pg.mkPen(theme.surface, width=1.5))
        band = QColor(theme.accent)
        self.box.rbScaleBox.setPen(pg.mkPen(band))
        band.setAlphaF(0.15)
        self.box.rbScaleBox.setBrush(pg.mkBrush(band))

    def label_axis(self, side: str, name: str, unit: str) -> None:
        """Say what an axis shows; a unit without a prefix may get one."""
        axis, is_log = self.axis(side), self.log[0 if side == "bottom" else 1]
        axis.setStyle(maxTickLevel=2 if is_log else 0)  # fewer lines are calmer, and half the work
        if isinstance(axis, TimeAxis) and not self.log[0]:
            axis.showLabel(False)  # its ticks say it
            return
        label(axis, name, unit, takes_prefix(unit) and not is_log, self.theme.text)
        axis.showLabel(bool(name or unit))

    def tell(self, note: str) -> None:
        """Show a line below the header that tells what the plot leaves out."""
        self.note.setText(f'<span style="color:{self.theme.muted}">{escape(note)}</span>' if note else "")
        self.note.setVisible(bool(note))

    # --- the view ------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show everything, and follow what comes."""
        self.plot.getPlotItem().enableAutoRange()

    @property
    def is_following(self) -> bool:
        """Whether the view follows what comes, since the user has not zoomed."""
        x, y = self.box.autoRangeEnabled()
        return bool(x) and bool(y)

    def share_x(self, other: "PlotFrame") -> None:
        """Zoom and pan along x together with another pane."""
        self.plot.setXLink(other.plot)

    def _pan(self, x: float, y: float) -> None:
        (left, right), (low, high) = self.box.viewRange()
        self.box.translateBy(x=x * (right - left) if x else None, y=y * (high - low) if y else None)
        self.box.sigRangeChangedManually.emit([bool(x), bool(y)])

    def _zoom(self, factor: float) -> None:
        self.box.scaleBy((factor, factor))
        self.box.sigRangeChangedManually.emit([True, True])

    # --- mouse and keys ------------------------------------------------------------------------------------

    def move_cursor_to(self, position: QPointF) -> None:
        """Take up a place of the mouse, in terms of the axes (logarithms on logarithmic ones)."""
        raise NotImplementedError

    def step_cursor(self, by: int) -> None:
        """Move the cursor by a point."""
        raise NotImplementedError

    def _follow_mouse(self, position: QPointF) -> None:
        if self.box.sceneBoundingRect().contains(position):
            self.move_cursor_to(self.box.mapSceneToView(position))
        elif self.cursor_line.isVisible() or self.cursor_dots.isVisible():
            self.cursor_moved.emit(None)

    def _on_click(self, event: Any) -> None:
        if event.double():
            self.fit_wanted.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Serve the keys of the plot."""
        if event.type() == QEvent.Type.Leave:
            self.cursor_moved.emit(None)
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            has_keys = event.type() == QEvent.Type.FocusIn
            self.box.setBorder(pg.mkPen(self.theme.accent) if has_keys else None)
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        shifts = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        handler = self._keys.get((event.key(), shifts))
        if handler is not None:
            handler()
            self.plot.setAccessibleDescription(self.header.plain_text())
        elif event.key() == Qt.Key.Key_Escape and self.cursor_dots.isVisible():
            self.cursor_moved.emit(None)
        else:
            return super().eventFilter(watched, event)
        return True


def tick_font(font: QFont) -> QFont:
    """Return the font of numbers at the axes: digits of equal width."""
    ticks = QFont(font)
    ticks.setFeature(QFont.Tag("tnum"), 1)
    ticks.setPointSizeF(font.pointSizeF() * 0.9)
    return ticks
