"""The plots panel: what a run records as it comes, and strip charts of telemetry."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from benchwright.core.events import RowsRecorded
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.controls import Controls
from benchwright.gui.panel import Panel
from benchwright.gui.panels.plots.file_dialog import FileDialog
from benchwright.gui.panels.plots.rows_view import RowsView
from benchwright.gui.panels.plots.telemetry_view import TelemetryView
from benchwright.gui.panels.plots.tools import make_button, tool_style
from benchwright.gui.session import RunModel

_HEAVY: Final = ("benchwright.gui.panels.plots.canvas", "benchwright.gui.panels.plots.strips")


class PlotsPanel(Panel):
    """Opens by itself: `rows_came` is emitted at the first rows of each run.

    pyqtgraph and numpy are loaded in the background once a bench answers; what comes earlier waits.
    """

    rows_came = Signal()

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.setObjectName("plots.panel")
        self.setAccessibleName("Plots")
        self.rows = RowsView(model, controls)
        self.telemetry = TelemetryView(model)
        self._model = model
        self._controls = controls
        self._is_loading = False
        self._run_id = ""
        self._files = FileDialog(self)
        self._views = QStackedWidget()
        self._tools = QStackedWidget()
        self._switch = QButtonGroup(self)
        self._has_picked = False  # whether the person looks at telemetry on purpose
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(self.fontMetrics().height() // 4, 0, 0, 0)
        row.setSpacing(0)
        texts = (("Rows", "What the run records"), ("Telemetry", "What instruments tell by themselves"))
        for index, (text, tip) in enumerate(texts):
            button = make_button(text, f"plots.show_{text.lower()}", tip)
            button.setCheckable(True)
            self._switch.addButton(button, index)
            row.addWidget(button)
        row.addWidget(self._tools, 1)
        for view in (self.rows, self.telemetry):
            self._tools.addWidget(view.tools)
            self._views.addWidget(view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self._views, 1)
        self._switch.button(0).setChecked(True)
        self._set_theme(theme.current())
        theme.watcher.changed.connect(self._set_theme)

    def _set_theme(self, new: theme.Theme) -> None:
        for button in self._switch.buttons():
            button.setStyleSheet(tool_style(new))

    def _connect(self) -> None:
        self._model.run_changed.connect(self._on_run)
        self._model.bench_changed.connect(self._on_bench)
        self._model.rows_arrived.connect(self._on_rows)
        self._switch.idClicked.connect(self._pick)
        self._switch.idToggled.connect(lambda index, is_on: self._show_view(index) if is_on else None)
        self.rows.tools.export_wanted.connect(
            lambda kind: self._files.ask(
                "csv" if kind == "seen" else kind,
                self.rows.file_stem(),
                lambda file: self.export(file, seen=kind == "seen"),
            )
        )
        self.telemetry.tools.export_wanted.connect(
            lambda kind: self._files.ask(kind, "telemetry", self.export_telemetry)
        )

    # --- what happens --------------------------------------------------------------------------------------

    def _on_bench(self) -> None:
        if self._model.is_attached:
            self._load()

    def _on_run(self) -> None:
        if self._model.run.is_active:
            self._load()

    def _on_rows(self, rows: RowsRecorded) -> None:
        self._load()
        self.rows.take(rows)
        if rows.run_id != self._run_id:
            self._run_id = rows.run_id
            if not self._has_picked:
                self._switch.button(0).setChecked(True)
            self.rows_came.emit()

    def _load(self) -> None:
        if not self._is_loading:
            self._is_loading = True
            in_background(
                "plots loader", lambda: [*map(importlib.import_module, _HEAVY)], self._show_canvases
            )

    def _show_canvases(self, _: object) -> None:
        self.rows.show_canvas()
        self.telemetry.show_canvas()

    def _pick(self, index: int) -> None:
        self._has_picked = index == 1

    def _show_view(self, index: int) -> None:
        self._views.setCurrentIndex(index)
        self._tools.setCurrentIndex(index)

    def show_runs(self, run_id: str, front: str = "") -> None:
        """Draw a run of before: behind `front`, else behind what is drawn of its script, else by itself."""
        self._load()
        self._has_picked = False
        self._switch.button(0).setChecked(True)
        if front:
            self.rows.show_pair(run_id, front)
        else:
            self.rows.show_run(run_id)

    # --- files ---------------------------------------------------------------------------------------------

    def export(self, file: Path, *, seen: bool = False) -> None:
        """Write the plots to a file; its suffix (.png, .svg, .csv) says how, a message how it went.

        A CSV file holds all that was recorded; with `seen`, the curves as far as they are in view.
        """
        from benchwright.gui.panels.plots import export

        canvas = self.rows.canvas
        if canvas is None or canvas.run is None:
            self._controls.message_wanted.emit("there are no rows to export")
        elif file.suffix != ".csv":
            canvas.pace.repaint_now()
            self._tell(export.write_picture(canvas, file, self.rows.script))
        elif seen:
            self._write(export.seen_rows(canvas).write, file)
        else:
            data_dir, run_id = self._model.data_dir, canvas.run.run_id
            self._write(export.AllRows(data_dir, run_id).write, file)

    def export_telemetry(self, file: Path) -> None:
        """Write the strip charts, or with .csv the values in view, to a file."""
        from benchwright.gui.panels.plots import export

        canvas = self.telemetry.canvas
        if canvas is None or not canvas.panes:
            self._controls.message_wanted.emit("there is no telemetry to export")
        elif file.suffix != ".csv":
            canvas.pace.repaint_now()
            self._tell(export.write_picture(canvas, file, "Telemetry"))
        else:
            self._write(export.telemetry_rows(canvas).write, file)

    def _write(self, write: Callable[[Path], None], file: Path) -> None:
        in_background(
            "plots export",
            lambda: write(file),
            lambda _: self._tell(f"saved {file}"),
            self._tell,
            owner=self,
        )

    def _tell(self, said: object) -> None:
        self._controls.message_wanted.emit(str(said))

    # --- state ---------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Value]:
        """Return what the user chose."""
        return {**self.rows.save_state(), "telemetry": self.telemetry.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up what `save_state` returned; what does not fit is passed over."""
        self.rows.restore_state(state)
        telemetry = state.get("telemetry")
        if isinstance(telemetry, dict):
            self.telemetry.restore_state(telemetry)
