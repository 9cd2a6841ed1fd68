"""The plots panel: draws what a run records, as it comes."""

import importlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLabel, QStackedLayout, QVBoxLayout, QWidget

from benchwright.core.events import RowsRecorded
from benchwright.core.values import Value
from benchwright.gui.background import in_background
from benchwright.gui.panels.plots import choice
from benchwright.gui.panels.plots.choice import PaneChoice
from benchwright.gui.panels.plots.tool_row import ToolRow
from benchwright.gui.session import Controls, RunModel

if TYPE_CHECKING:
    from benchwright.gui.panels.plots.canvas import PlotCanvas

_EMPTY: Final = (
    "<p><b>No rows yet</b></p>"
    "<p>Run a script that calls <code>record{…}</code>;<br>each column it records becomes a curve here.</p>"
    "<p><code>record{angle = 45.0, power = reading}</code></p>"
)
_CANVAS: Final = "benchwright.gui.panels.plots.canvas"


class PlotsPanel(QWidget):
    """Opens by itself: `rows_came` is emitted at the first rows of each run.

    pyqtgraph and numpy are loaded in the background when the first run starts; rows wait until they are.
    """

    rows_came = Signal()

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.setObjectName("plots.panel")
        self.setAccessibleName("Plots")
        self._model = model
        self._controls = controls
        self._canvas: PlotCanvas | None = None
        self._is_loading = False
        self._waiting: deque[RowsRecorded] = deque()
        self._run_id = ""
        self._panes: list[PaneChoice] = []
        self._kept: dict[str, list[PaneChoice]] = {}  # what the user chose, by script
        self._names: list[str] = []
        self._has_chosen = False
        self._tools = ToolRow()
        self._stack = QStackedLayout()
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        empty = QLabel(_EMPTY)
        empty.setObjectName("plots.empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        empty.setForegroundRole(empty.palette().ColorRole.PlaceholderText)
        self._stack.addWidget(empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._tools)
        layout.addLayout(self._stack, 1)
        self._tools.hide()

    def _connect(self) -> None:
        self._model.run_changed.connect(self._on_run)
        self._model.rows_arrived.connect(self._on_rows)
        self._tools.x_chosen.connect(lambda x: self._choose(choice.over(self._panes, x)))
        self._tools.curve_toggled.connect(
            lambda name: self._choose(choice.toggled(self._panes, name, self._tools.split.isChecked()))
        )
        self._tools.split_toggled.connect(self._split)
        self._tools.log_changed.connect(self._apply_looks)
        self._tools.earlier_toggled.connect(self._apply_looks)
        self._tools.fit_wanted.connect(self._fit)
        self._tools.export_wanted.connect(self._ask_file)

    # --- what happens --------------------------------------------------------------------------------------

    def _on_run(self) -> None:
        if self._model.run.is_active:
            self._load()

    def _on_rows(self, rows: RowsRecorded) -> None:
        if rows.run_id != self._run_id:
            self._run_id = rows.run_id
            self.rows_came.emit()
        self._waiting.append(rows)
        if self._canvas is None:
            self._load()
        else:
            self._take_rows(self._canvas)

    def _load(self) -> None:
        if not self._is_loading:
            self._is_loading = True
            in_background("plots loader", lambda: importlib.import_module(_CANVAS), self._show_canvas)

    def _show_canvas(self, _: object) -> None:
        from benchwright.gui.panels.plots.canvas import PlotCanvas

        self._canvas = PlotCanvas()
        self._stack.addWidget(self._canvas)
        self._apply_looks()
        self._take_rows(self._canvas)

    def _take_rows(self, canvas: "PlotCanvas") -> None:
        while self._waiting:
            rows = self._waiting.popleft()
            if canvas.run is None or canvas.run.run_id != rows.run_id:
                canvas.begin_run(rows.run_id, self._model.run.script)
                self._begin(self._model.run.script)
            canvas.append(rows)
            if canvas.run is not None and (names := canvas.run.names()) != self._names:
                self._names = names
                self._show_choice()
        if self._names:
            self._tools.show()
            self._stack.setCurrentWidget(canvas)

    # --- the choice ----------------------------------------------------------------------------------------

    def _begin(self, script: str) -> None:
        kept = self._kept.get(script)
        self._has_chosen = kept is not None
        self._panes = kept or []
        self._names = []

    def _show_choice(self) -> None:
        if not self._has_chosen:
            self._panes = choice.first_choice(self._model.run.metadata.plots, self._names)
        self._tools.offer(self._names, self._panes)
        if self._canvas is not None:
            units = choice.known_units(self._model.run.metadata, self._model.descriptors.values())
            self._canvas.show_panes(self._panes, units)

    def _choose(self, panes: Sequence[PaneChoice]) -> None:
        self._panes = list(panes)
        self._has_chosen = True
        self._kept[self._model.run.script] = self._panes
        self._show_choice()

    def _split(self, splits: bool) -> None:
        self._choose(choice.split(self._panes) if splits else choice.joined(self._panes))

    def _apply_looks(self, *_: object) -> None:
        if self._canvas is not None:
            self._canvas.set_log(self._tools.log_x.isChecked(), self._tools.log_y.isChecked())
            self._canvas.show_earlier(self._tools.earlier.isChecked())

    def _fit(self) -> None:
        if self._canvas is not None:
            self._canvas.fit()

    # --- export --------------------------------------------------------------------------------------------

    def _ask_file(self, kind: str) -> None:
        name = f"{self._model.run.script or 'plot'}.{kind}"
        dialog = QFileDialog(self, f"Export {kind.upper()}", name, f"{kind.upper()} (*.{kind})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setDefaultSuffix(kind)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.export(Path(file)))
        dialog.open()

    def export(self, file: Path) -> None:
        """Write the plots to a file; its suffix (.png, .svg, .csv) says how; a message tells how it went."""
        from benchwright.gui.panels.plots.export import rows_to_write, write_png, write_svg

        if self._canvas is None or self._canvas.run is None:
            self._controls.message_wanted.emit("there are no rows to export")
            return
        self._canvas.repaint_now()
        said = f"saved {file}"
        try:
            if file.suffix == ".csv":
                rows = rows_to_write(self._canvas.run)
                tell = self._controls.message_wanted.emit
                in_background(
                    "plots export",
                    lambda: rows.write(file),
                    lambda _: tell(said),
                    lambda error: tell(str(error)),
                )
                return
            if file.suffix == ".svg":
                write_svg(self._canvas, file, self._model.run.script)
            else:
                write_png(self._canvas, file)
            self._controls.message_wanted.emit(said)
        except OSError as error:
            self._controls.message_wanted.emit(str(error))

    # --- state ---------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Value]:
        """Return what the user chose."""
        return {
            "log_x": self._tools.log_x.isChecked(),
            "log_y": self._tools.log_y.isChecked(),
            "earlier": self._tools.earlier.isChecked(),
            "panes": {
                script: [{"x": pane.x, "y": list(pane.y), "title": pane.title} for pane in panes]
                for script, panes in self._kept.items()
            },
        }

    def restore_state(self, state: dict[str, Value]) -> None:
        """Take up what `save_state` returned; what does not fit is passed over."""
        import msgspec

        self._tools.log_x.setChecked(state.get("log_x") is True)
        self._tools.log_y.setChecked(state.get("log_y") is True)
        self._tools.earlier.setChecked(state.get("earlier") is not False)
        try:
            self._kept = msgspec.convert(state.get("panes", {}), dict[str, list[PaneChoice]])
        except msgspec.ValidationError:
            self._kept = {}
