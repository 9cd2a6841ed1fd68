"""The strip charts above each other, sharing one axis of time that rolls on."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from benchwright.core.events import TelemetryRead
from benchwright.gui import theme
from benchwright.gui.panels.plots.history import ChannelHistory, TelemetryHistory
from benchwright.gui.panels.plots.pace import Pace
from benchwright.gui.panels.plots.pane_stack import PaneStack
from benchwright.gui.panels.plots.strip_pane import StripPane


class StripCanvas(QWidget):
    """Keeps the telemetry and draws the chosen channels, those of a unit together."""

    held = Signal(bool)  # the person moved the view to another time, or back to the newest

    def __init__(self) -> None:
        super().__init__()
        self.history = TelemetryHistory()
        self.panes: list[StripPane] = []
        self.window_s = 60.0
        self._groups: list[list[ChannelHistory]] = []
        self._log_y = False
        self._until_s: float | None = None  # where the view is held
        self._is_zoomed = False
        self._shown: tuple[float, ...] = ()
        self._stack = PaneStack(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.pace = Pace(self, self._draw, lambda: sum(pane.plot.painted_s for pane in self.panes))
        theme.watcher.changed.connect(self._set_theme)

    def append(self, event: TelemetryRead) -> None:
        """Take what one instrument told; it is drawn at the next repaint."""
        self.history.append(event)
        self.pace.touch()

    # --- looks ---------------------------------------------------------------------------------------------

    def show_channels(self, names: Sequence[str], splits: bool) -> None:
        """Draw these channels from now on: one strip each, or one for each unit."""
        groups: dict[str, list[ChannelHistory]] = {}
        for name in names:
            if channel := self.history.channels.get(name):
                groups.setdefault(name if splits else channel.unit, []).append(channel)
        self._groups = list(groups.values())  # built when they are looked at
        self.pace.touch()

    def _build(self) -> None:
        for old in self.panes:
            old.setParent(None)
            old.deleteLater()
        self.panes = []
        for group in self._groups:
            pane = StripPane(group, sum(len(each.channels) for each in self.panes), theme.current())
            pane.setMinimumHeight(5 * self.fontMetrics().height())
            pane.set_log(self._log_y)
            pane.cursor_moved.connect(self._move_cursor)
            pane.fit_wanted.connect(self.fit)
            pane.box.sigRangeChangedManually.connect(self._on_zoom)
            pane.range_changed.connect(self._on_range)
            if self.panes:
                pane.share_x(self.panes[0])
            self.panes.append(pane)
            self._stack.add(pane)
        for pane in self.panes:
            pane.show_axis(pane is self.panes[-1])

    def set_window(self, window_s: float) -> None:
        """Show so many of the newest seconds."""
        self.window_s = window_s
        self._is_zoomed = False
        self.pace.touch()

    def set_log(self, y: bool) -> None:
        """Make the vertical axes logarithmic or linear."""
        self._log_y = y
        for pane in self.panes:
            pane.set_log(y)
        self.pace.touch()

    def hold(self, holds: bool) -> None:
        """Keep the view where it is, or let it roll on; what comes meanwhile is not lost."""
        self._until_s = self.history.newest_s if holds else None
        self._is_zoomed = self._is_zoomed and holds
        self.pace.touch()

    def fit(self) -> None:
        """Show the whole window up to the newest again, with all its values."""
        self._is_zoomed = False
        self._until_s = None
        self.held.emit(False)
        for pane in self.panes:
            pane.fit()
        self.pace.touch()

    @property
    def span(self) -> tuple[float, float]:
        """From when to when the view reaches."""
        if self._is_zoomed and self.panes:
            low, high = self.panes[0].box.viewRange()[0]
            return float(low), float(high)
        until_s = self.history.newest_s if self._until_s is None else self._until_s
        return until_s - self.window_s, until_s

    @property
    def is_rolling(self) -> bool:
        """Whether the newest is at the right."""
        return self._until_s is None and not self._is_zoomed

    def _on_zoom(self, *_: object) -> None:
        if not self._is_zoomed and tuple(self.panes[0].box.viewRange()[0]) != self._shown:
            self._is_zoomed = True
            self.held.emit(True)

    def _on_range(self) -> None:
        if not self.is_rolling:
            self.pace.touch()

    def _move_cursor(self, time_s: float | None) -> None:
        for pane in self.panes:
            pane.set_cursor(time_s)

    def _set_theme(self, new: theme.Theme) -> None:
        for pane in self.panes:
            pane.set_theme(new)
        self.pace.touch()

    def _draw(self) -> None:
        if self._groups != [pane.channels for pane in self.panes]:
            self._build()
        if self.panes and not self._is_zoomed:
            self.panes[0].box.setXRange(*self.span, padding=0)
            self._shown = tuple(self.panes[0].box.viewRange()[0])
        for pane in self.panes:
            pane.draw(self.history.epoch_s)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        if self.pace.is_waiting:
            self.pace.touch()
