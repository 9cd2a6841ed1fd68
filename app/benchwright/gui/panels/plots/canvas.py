"""The panes of the plots above each other, repainted at a steady pace and only when something came."""

from collections import deque
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from benchwright.core.events import RowsRecorded
from benchwright.gui import theme
from benchwright.gui.panels.plots.choice import PaneChoice
from benchwright.gui.panels.plots.columns import RunColumns
from benchwright.gui.panels.plots.pane import PlotPane

REPAINT_MS: Final = 33
EARLIER_RUNS: Final = 3
_SHARE: Final = 3  # a repaint may take one part in so many of the time


class PlotCanvas(QWidget):
    """Holds the rows of this run and of a few earlier ones, and draws them in panes."""

    def __init__(self) -> None:
        super().__init__()
        self.run: RunColumns | None = None
        self.shows_earlier = True
        self._earlier: deque[RunColumns] = deque(maxlen=EARLIER_RUNS)
        self.panes: list[PlotPane] = []
        self._units: Mapping[str, str] = {}
        self._log = (False, False)
        self._is_dirty = False
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REPAINT_MS)
        self._timer.timeout.connect(self.repaint_now)
        theme.watcher.changed.connect(self._set_theme)

    # --- data ----------------------------------------------------------------------------------------------

    def begin_run(self, run_id: str, title: str) -> None:
        """Start a run of its own; the one before becomes an earlier one."""
        if self.run is not None and self.run.count:
            self._earlier.appendleft(self.run)
        self.run = RunColumns(run_id, title)
        self.touch()

    def append(self, rows: RowsRecorded) -> None:
        """Take rows of the run; they are drawn at the next repaint."""
        if self.run is not None:
            self.run.append(rows)
            self.touch()

    # --- looks ---------------------------------------------------------------------------------------------

    def show_panes(self, choices: Sequence[PaneChoice], units: Mapping[str, str]) -> None:
        """Draw these panes from now on."""
        self._units = units
        if [pane.choice for pane in self.panes] != list(choices):
            for pane in self.panes:
                pane.setParent(None)
                pane.deleteLater()
            self.panes = []
            for choice in choices:
                self.panes.append(self._new_pane(choice, sum(len(pane.choice.y) for pane in self.panes)))
        for pane in self.panes:
            pane.set_units(units)
        self.touch()

    def _new_pane(self, choice: PaneChoice, first_colour: int) -> PlotPane:
        pane = PlotPane(choice, self._units, theme.current(), first_colour)
        pane.set_log(*self._log)
        pane.cursor_moved.connect(lambda x, source=pane: self._move_cursor(source, x))
        pane.range_changed.connect(self._range_changed)
        self._splitter.addWidget(pane)
        for twin in self.panes:
            if twin.choice.x == choice.x:
                pane.share_x(twin)
                break
        return pane

    def set_log(self, x: bool, y: bool) -> None:
        """Make the axes of all panes logarithmic or linear."""
        self._log = (x, y)
        for pane in self.panes:
            pane.set_log(x, y)
        self.touch()

    def show_earlier(self, shows: bool) -> None:
        """Draw earlier runs faintly behind this one, or not."""
        self.shows_earlier = shows
        self.touch()

    def fit(self) -> None:
        """Show everything, and follow what comes."""
        for pane in self.panes:
            pane.fit()
        self.touch()

    def _move_cursor(self, source: PlotPane, x: float | None) -> None:
        for pane in self.panes:
            if pane.choice.x == source.choice.x:
                pane.set_cursor(x)

    def _range_changed(self) -> None:
        if any(not pane.is_following for pane in self.panes):
            self.touch()

    def _set_theme(self, new: theme.Theme) -> None:
        for pane in self.panes:
            pane.set_theme(new)
        self.touch()

    # --- the pace ------------------------------------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        """Whether something came that is not drawn yet."""
        return self._is_dirty

    def touch(self) -> None:
        """Ask for a repaint; many requests make one."""
        self._is_dirty = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def repaint_now(self) -> None:
        """Draw what came; the next repaint waits the longer the longer this one took."""
        started_s = perf_counter()
        self._is_dirty = False
        runs = [self.run] if self.run is not None else []
        if self.shows_earlier:
            runs.extend(run for run in self._earlier if self.run and run.title == self.run.title)
        for pane in self.panes:
            pane.draw(runs)
        took_ms = (perf_counter() - started_s) * 1000
        self._timer.setInterval(max(REPAINT_MS, int(_SHARE * took_ms)))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        if self._is_dirty:
            self.touch()
