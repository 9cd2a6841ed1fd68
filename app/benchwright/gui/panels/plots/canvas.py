"""The panes of the plots above each other: the rows of this run, and of earlier ones behind them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from benchwright.core.events import RowsRecorded
from benchwright.gui import theme
from benchwright.gui.panels.plots.choice import PaneChoice
from benchwright.gui.panels.plots.columns import RunColumns
from benchwright.gui.panels.plots.map_pane import MapPane
from benchwright.gui.panels.plots.pace import Pace
from benchwright.gui.panels.plots.pane import CurvePane
from benchwright.gui.panels.plots.pane_stack import PaneStack

_LEAST_LINES: Final = 8  # a pane is as high as so many lines of text at least


class PlotCanvas(QWidget):
    """Holds the rows of this run and draws them in panes; `earlier` gives the runs behind it."""

    def __init__(self, earlier: Callable[[], Sequence[RunColumns]] = tuple) -> None:
        super().__init__()
        self.run: RunColumns | None = None
        self.panes: list[CurvePane | MapPane] = []
        self._earlier = earlier
        self.units: Mapping[str, str] = {}
        self._log = (False, False)
        self._stack = PaneStack(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.pace = Pace(self, self._draw, lambda: sum(pane.plot.painted_s for pane in self.panes))
        theme.watcher.changed.connect(self._set_theme)

    # --- data ----------------------------------------------------------------------------------------------

    def begin_run(self, run_id: str, title: str) -> None:
        """Start with an empty run."""
        self.run = RunColumns(run_id, title)
        self._move_cursor(None)
        self.pace.touch()

    def show_run(self, run: RunColumns) -> None:
        """Draw a run that is complete."""
        self.run = run
        self._move_cursor(None)
        self.fit()

    def append(self, rows: RowsRecorded) -> None:
        """Take rows of the run; they are drawn at the next repaint."""
        if self.run is not None:
            dropped = self.run.dropped
            self.run.append(rows)
            if dropped != self.run.dropped:
                self._move_cursor(None)
            self.pace.touch()

    # --- looks ---------------------------------------------------------------------------------------------

    def show_panes(self, choices: Sequence[PaneChoice], units: Mapping[str, str]) -> None:
        """Draw these panes from now on."""
        self.units = units
        if [pane.choice for pane in self.panes] != list(choices):
            for pane in self.panes:
                pane.setParent(None)
                pane.deleteLater()
            self.panes = []
            for choice in choices:
                self.panes.append(self._new_pane(choice, sum(len(pane.choice.y) for pane in self.panes)))
        for pane in self.panes:
            pane.set_units(units)
        self.pace.touch()

    def _new_pane(self, choice: PaneChoice, first_colour: int) -> CurvePane | MapPane:
        pane = (
            MapPane(choice, self.units, theme.current())
            if choice.z
            else CurvePane(choice, self.units, theme.current(), first_colour)
        )
        pane.setMinimumHeight(_LEAST_LINES * self.fontMetrics().height())
        pane.set_log(*self._log)
        pane.cursor_moved.connect(self._move_cursor)
        pane.range_changed.connect(self._range_changed)
        pane.fit_wanted.connect(self.fit)
        self._stack.add(pane)
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
        self.pace.touch()

    def fit(self) -> None:
        """Show everything, and follow what comes."""
        for pane in self.panes:
            pane.fit()
        self.pace.touch()

    def _move_cursor(self, row: int | None) -> None:
        for pane in self.panes:
            pane.set_cursor(row)

    def _range_changed(self) -> None:
        if any(not pane.is_following for pane in self.panes):
            self.pace.touch()

    def _set_theme(self, new: theme.Theme) -> None:
        for pane in self.panes:
            pane.set_theme(new)
        self.pace.touch()

    def _draw(self) -> None:
        runs = [self.run, *self._earlier()] if self.run is not None else []
        for pane in self.panes:
            pane.draw(runs)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        if self.pace.is_waiting:
            self.pace.touch()
