"""The plots of what a run records: rows as they come, what is chosen of them, and files of them."""

import html
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from benchwright.core.events import RowsRecorded
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.controls import Controls
from benchwright.gui.panels.plots import choice
from benchwright.gui.panels.plots.choice import PaneChoice
from benchwright.gui.panels.plots.earlier import EarlierRuns
from benchwright.gui.panels.plots.former import FormerRun, read_former
from benchwright.gui.panels.plots.readings import known_units
from benchwright.gui.panels.plots.tool_row import ToolRow
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named

if TYPE_CHECKING:
    from benchwright.gui.panels.plots.canvas import PlotCanvas

_EMPTY: Final = (
    "<p><b>No rows yet</b></p>"
    "<p>Run a script that calls <code>record{…}</code>;<br>its columns become curves here.</p>"
    "<p><code>record{angle = 45.0, power = reading}</code></p>"
)
_NO_NUMBERS: Final = "<p><b>No numbers yet</b></p><p>These rows hold no numbers to draw: {}</p>"
_GRID_CHECKS: Final = frozenset(2**power for power in range(3, 13))  # numbers of rows; later it is no grid


class RowsView(QWidget):
    """Draws the rows of the current run once `show_canvas` was called; until then they wait."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.tools = ToolRow()
        self.earlier = EarlierRuns(model.data_dir, self)
        self.canvas: PlotCanvas | None = None
        self._model = model
        self._controls = controls
        self._waiting: deque[RowsRecorded] = deque()
        self._panes: list[PaneChoice] = []
        self._kept: dict[str, list[PaneChoice]] = {}  # what the user chose, by script
        self._columns: tuple[list[str], list[str]] = ([], [])
        self.script, self._metadata = "", ScriptMetadata()  # of the run that is drawn
        self._former: FormerRun | None = None  # to be drawn as soon as there is a canvas
        self._has_chosen = False
        self._checked_rows = 0
        self._map_offer = QPushButton()
        self._empty = QLabel(_EMPTY)
        self._stack = QStackedWidget(self)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self._empty.setObjectName("plots.empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._stack.addWidget(self._empty)
        named(self._map_offer, "plots.map_offer", "Draw as a map")
        self._set_theme(theme.current())
        theme.watcher.changed.connect(self._set_theme)
        self._map_offer.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._map_offer)
        layout.addWidget(self._stack, 1)
        self.tools.setEnabled(False)

    def _set_theme(self, new: theme.Theme) -> None:
        self._map_offer.setStyleSheet(
            f"QPushButton {{ border: 0; padding: 4px 8px; text-align: left; color: {new.accent}; "
            f"background: {new.selection}; }} QPushButton:focus {{ text-decoration: underline; }}"
        )

    def _connect(self) -> None:
        tools = self.tools
        tools.x_chosen.connect(lambda x: self._choose(choice.over(self._panes, x)))
        tools.curve_toggled.connect(self._toggle)
        tools.split_toggled.connect(
            lambda splits: self._choose(choice.split(self._panes) if splits else choice.joined(self._panes))
        )
        tools.map_chosen.connect(lambda y, z: self._choose(choice.as_map(self._panes[0].x, y, z)))
        tools.curves_wanted.connect(lambda: self._choose(choice.curves_of(self._panes)))
        tools.script_wanted.connect(self._forget_choice)
        tools.log_changed.connect(self._apply_log)
        tools.earlier_toggled.connect(self._show_earlier)
        tools.earlier_chosen.connect(
            lambda run_id, draws: self.earlier.choose(self.script, self._run_id(), run_id, draws)
        )
        tools.latest_wanted.connect(lambda: self.earlier.choose_latest(self.script))
        tools.fit_wanted.connect(self._fit)
        tools.runs.aboutToShow.connect(self._offer_runs)
        self._map_offer.clicked.connect(self._accept_map)
        self.earlier.changed.connect(self._on_earlier)
        self.earlier.failed.connect(self._controls.message_wanted)
        self._model.history_read.connect(self.earlier.take_history)
        self._model.run_seen.connect(self.earlier.take_event)
        self._offer_runs()

    # --- rows ----------------------------------------------------------------------------------------------

    def show_canvas(self) -> None:
        """Begin to draw; pyqtgraph and numpy are loaded."""
        from benchwright.gui.panels.plots.canvas import PlotCanvas

        self.canvas = PlotCanvas(lambda: self.earlier.columns(self.script, self._run_id()))
        self.canvas.setObjectName("plots.canvas")
        self._stack.addWidget(self.canvas)
        self._apply_log()
        self._take_waiting(self.canvas)
        self._show_former()

    def take(self, rows: RowsRecorded) -> None:
        """Take rows of the current run."""
        self._waiting.append(rows)
        if self.canvas is not None:
            self._take_waiting(self.canvas)

    def _take_waiting(self, canvas: "PlotCanvas") -> None:
        while self._waiting:
            rows = self._waiting.popleft()
            if canvas.run is None or canvas.run.run_id != rows.run_id:
                if canvas.run is not None:
                    self.earlier.keep(canvas.run)
                self._begin(self._model.run.script, self._model.run.metadata)
                canvas.begin_run(rows.run_id, self._model.run.script)
            canvas.append(rows)
            self._look_at_columns(canvas)
        self._uncover(canvas)

    def _look_at_columns(self, canvas: "PlotCanvas") -> None:
        if canvas.run is not None:
            columns = (canvas.run.names(), list(canvas.run.others))
            if columns != self._columns:
                self._columns = columns
                self._show_choice()

    def _uncover(self, canvas: "PlotCanvas") -> None:
        names, others = self._columns
        if names:
            self.tools.setEnabled(True)
            self._stack.setCurrentWidget(canvas)
            self._look_for_grid(canvas)
        elif others:
            self._empty.setText(_NO_NUMBERS.format(html.escape(", ".join(others))))
            self._stack.setCurrentWidget(self._empty)

    def _run_id(self) -> str:
        return self.canvas.run.run_id if self.canvas is not None and self.canvas.run is not None else ""

    # --- the choice ----------------------------------------------------------------------------------------

    def _begin(self, script: str, metadata: ScriptMetadata) -> None:
        kept = self._kept.get(script)
        self.script, self._metadata = script, metadata
        self._has_chosen = kept is not None
        self._panes = kept or []
        self._columns = ([], [])
        self._checked_rows = 0
        self._map_offer.hide()

    def _show_choice(self) -> None:
        names, others = self._columns
        if not self._has_chosen:
            self._panes = choice.first_choice(self._metadata.plots, names)
        self.tools.offer(names, others, self._panes, self._has_chosen)
        if self.canvas is not None:
            self.canvas.show_panes(self._panes, known_units(self._metadata, names))

    def _choose(self, panes: Sequence[PaneChoice]) -> None:
        self._panes = list(panes)
        self._has_chosen = True
        self._kept[self.script] = self._panes
        self._map_offer.hide()
        self._show_choice()

    def _forget_choice(self) -> None:
        self._kept.pop(self.script, None)
        self._has_chosen = False
        self._show_choice()

    def _toggle(self, name: str) -> None:
        panes = choice.curves_of(self._panes)
        if panes != self._panes:  # a map gives way to curves
            self._choose([PaneChoice(panes[0].x, (name,))])
        else:
            self._choose(choice.toggled(panes, name, own_pane=len(panes) > 1))

    def _apply_log(self, *_: object) -> None:
        if self.canvas is not None:
            self.canvas.set_log(self.tools.log_x.isChecked(), self.tools.log_y.isChecked())

    def _fit(self) -> None:
        if self.canvas is not None:
            self.canvas.fit()

    def _look_for_grid(self, canvas: "PlotCanvas") -> None:
        """Offer a map where the first two columns turn out to be the places of a grid."""
        names, run = self._columns[0], canvas.run
        is_plain = len(names) > 2 and not self._has_chosen and not self._metadata.plots
        if run is None or not is_plain or not any(self._checked_rows < n <= run.count for n in _GRID_CHECKS):
            return
        from benchwright.gui.panels.plots.grid import find_grid

        self._checked_rows = run.count
        x, y, z = names[:3]
        grid = find_grid(run[x].values, run[y].values, run[z].values)
        if grid is not None and min(grid.z.shape) > 1 and grid.repeats <= run.count // 2:
            self._map_offer.setText(f"These rows lie on a grid: show {z} over {x} and {y} as a map")
            self._map_offer.show()

    def _accept_map(self) -> None:
        self._choose(choice.as_map(*self._columns[0][:3]))

    # --- a run of before -----------------------------------------------------------------------------------

    def show_run(self, run_id: str) -> None:
        """Draw a run of before: behind the one that is drawn where they are of one script, else by itself."""
        if run_id == self._run_id():
            return
        if run_id in [run.run_id for run in self.earlier.of(self.script, self._run_id())]:
            self.earlier.is_shown = True
            self.earlier.choose(self.script, self._run_id(), run_id, is_drawn=True)
            return
        if not self._is_taken():
            self._read_former(run_id)

    def show_pair(self, behind: str, front: str) -> None:
        """Draw a run of before, and another one alone behind it, of whatever script."""
        if front == self._run_id() or not self._is_taken():
            self.earlier.is_shown = True
            self.earlier.pair = (behind, front)
            self._on_earlier()
            if front != self._run_id():
                self._read_former(front)

    def _is_taken(self) -> bool:
        """Whether the run that goes on is drawn, which is said then."""
        is_taken = self._model.run.is_active and self._model.run.rows > 0
        if is_taken:
            self._controls.message_wanted.emit(
                f"{self._model.run.script} is drawn while it runs; a run of another script is drawn after it"
            )
        return is_taken

    def _read_former(self, run_id: str) -> None:
        data_dir, tell = self._model.data_dir, self._controls.message_wanted.emit
        in_background(
            "former run",
            lambda: read_former(data_dir, run_id),
            self._take_former,
            lambda error: tell(error.message),
            owner=self,
        )

    def _take_former(self, run: FormerRun) -> None:
        self._former = run
        self._show_former()

    def _show_former(self) -> None:
        canvas, run = self.canvas, self._former
        if canvas is None or run is None:
            return
        self._former = None
        if canvas.run is not None:
            self.earlier.keep(canvas.run)
        self._begin(run.script, run.metadata)
        canvas.show_run(run.columns)
        self._look_at_columns(canvas)
        self._uncover(canvas)

    # --- earlier runs --------------------------------------------------------------------------------------

    def _show_earlier(self, shows: bool) -> None:
        self.earlier.is_shown = shows
        self._on_earlier()

    def _on_earlier(self) -> None:
        if self.canvas is not None:
            self.canvas.pace.touch()

    def _offer_runs(self) -> None:
        drawn = [run.run_id for run in self.earlier.drawn(self.script, self._run_id())]
        picked = self.script in self.earlier.chosen
        runs = self.earlier.of(self.script, self._run_id())
        self.tools.offer_runs(runs, drawn, self.earlier.is_shown, picked)

    # --- state ---------------------------------------------------------------------------------------------

    def file_stem(self) -> str:
        """Return what a file of these plots may be called."""
        return f"{Path(self.script or 'plot').stem} {self._run_id()}".strip()

    def save_state(self) -> dict[str, Value]:
        """Return what the user chose."""
        return {
            "log_x": self.tools.log_x.isChecked(),
            "log_y": self.tools.log_y.isChecked(),
            "earlier": self.earlier.is_shown,
            "earlier_runs": {script: list(ids) for script, ids in self.earlier.chosen.items()},
            "panes": {
                script: [{"x": pane.x, "y": list(pane.y), "title": pane.title, "z": pane.z} for pane in panes]
                for script, panes in self._kept.items()
            },
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up what `save_state` returned; what does not fit is passed over."""
        import msgspec

        self.tools.log_x.setChecked(state.get("log_x") is True)
        self.tools.log_y.setChecked(state.get("log_y") is True)
        self.earlier.is_shown = state.get("earlier") is not False
        try:
            self._kept = msgspec.convert(state.get("panes", {}), dict[str, list[PaneChoice]])
            self.earlier.chosen = msgspec.convert(state.get("earlier_runs", {}), dict[str, list[str]])
        except msgspec.ValidationError:
            self._kept, self.earlier.chosen = {}, {}
