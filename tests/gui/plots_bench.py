"""A plots panel with the model that feeds it, and what it shows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QToolButton

from benchwright.core.events import RowsRecorded, TelemetryRead
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.run_states import RunState
from benchwright.core.values import Value
from benchwright.gui.application import make_application
from benchwright.gui.controls import Controls
from benchwright.gui.panels.plots.canvas import PlotCanvas
from benchwright.gui.panels.plots.map_pane import MapPane
from benchwright.gui.panels.plots.pane import CurvePane
from benchwright.gui.panels.plots.panel import PlotsPanel
from benchwright.gui.panels.plots.strips import StripCanvas
from benchwright.gui.session import RunModel
from benchwright.gui.session_values import RunView
from tests.gui.shell import wait_until


class PlotsBench:
    """A panel, and the model that feeds it."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.model = RunModel(None, data_dir)
        self.messages: list[str] = []
        self.controls = Controls(lambda request: None)
        self.controls.message_wanted.connect(self.messages.append)
        self.panel = PlotsPanel(self.model, self.controls)
        self.panel.resize(640, 400)
        self.panel.show()

    # --- what happens ---

    def start(self, run_id: str, script: str = "scan", metadata: ScriptMetadata | None = None) -> None:
        self.model.run = RunView(
            run_id=run_id,
            script=script,
            state=RunState.RUNNING,
            metadata=metadata or ScriptMetadata(name=script),
        )
        self.model.run_changed.emit()

    def rows(self, first: int = 0, **columns: Sequence[Value]) -> None:
        count = len(next(iter(columns.values())))
        self.model.happened(
            RowsRecorded(
                run_id=self.model.run.run_id,
                first=first,
                times_s=[0.5 * (first + i) for i in range(count)],
                columns={name: list(values) for name, values in columns.items()},
            )
        )

    def record(
        self,
        run_id: str = "r1",
        script: str = "scan",
        metadata: ScriptMetadata | None = None,
        rows: Mapping[str, Sequence[Value]] | None = None,
        **columns: Sequence[Value],
    ) -> None:
        """Begin a run that has recorded these rows, and draw them."""
        self.start(run_id, script, metadata)
        self.rows(0, **(rows or {}), **columns)
        wait_until(lambda: self.panel.rows.canvas is not None)
        self.canvas.pace.repaint_now()

    def telemetry(self, at_s: float, units: dict[str, str], **values: float | None) -> None:
        named = {name.replace("__", "."): value for name, value in values.items()}
        self.model.happened(TelemetryRead(monotonic_s=at_s, values=named, units=units))

    # --- what is seen ---

    @property
    def canvas(self) -> PlotCanvas:
        assert self.panel.rows.canvas is not None
        return self.panel.rows.canvas

    @property
    def strips(self) -> StripCanvas:
        wait_until(lambda: self.panel.telemetry.canvas is not None)
        assert self.panel.telemetry.canvas is not None
        return self.panel.telemetry.canvas

    def curves(self) -> list[tuple[list[float], list[float]]]:
        """The points of all curves on the screen, pane by pane, this run's first."""
        self.canvas.pace.repaint_now()
        return [
            (list(map(float, curve.getData()[0])), list(map(float, curve.getData()[1])))
            for pane in self.canvas.panes
            if isinstance(pane, CurvePane)
            for _, curve in sorted(pane.curves.items())
        ]

    @property
    def pane(self) -> CurvePane:
        found = self.canvas.panes[0]
        assert isinstance(found, CurvePane)
        return found

    @property
    def map(self) -> MapPane:
        found = self.canvas.panes[0]
        assert isinstance(found, MapPane)
        self.canvas.pace.repaint_now()
        return found

    def headers(self) -> str:
        """What the headers of all panes say, as plain text."""
        texts = " | ".join(pane.header.text() for pane in self.canvas.panes)
        plain = re.sub("<[^>]*>", "", texts).replace("&nbsp;", " ")
        return plain.replace("\N{FIGURE SPACE}", "")

    def notes(self) -> str:
        self.canvas.pace.repaint_now()
        return " | ".join(pane.note.plain_text() for pane in self.canvas.panes)

    def button(self, name: str) -> QToolButton:
        found = self.panel.findChild(QToolButton, name)
        assert found is not None
        return found

    def entry(self, button: str, text: str) -> QAction:
        """An entry of a button's menu, or of a menu in it, by its text."""
        menu = self.button(button).menu()
        menu.aboutToShow.emit()
        return find_entry(menu, text)

    def choose(self, button: str, text: str) -> None:
        self.entry(button, text).trigger()


def find_entry(menu: QMenu, text: str) -> QAction:
    for action in menu.actions():
        if action.text().startswith(text):
            return action
    raise AssertionError(f"no entry {text!r} among {[action.text() for action in menu.actions()]}")


@contextmanager
def plots_bench(data_dir: Path | None = None) -> Iterator[PlotsBench]:
    """Make a panel, and leave nothing of it behind."""
    make_application()
    made = PlotsBench(data_dir)
    try:
        yield made
    finally:
        wait_until(lambda: not made.panel._is_loading or made.panel.rows.canvas is not None)
        made.panel.close()
        made.panel.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
