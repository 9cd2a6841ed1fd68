"""The plots panel: what it draws of rows as they come, what it lets choose, and what it writes."""

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QToolButton

from benchwright.core.events import RowsRecorded
from benchwright.core.metadata import PlotDeclaration, ScriptMetadata
from benchwright.core.run_states import RunState
from benchwright.core.script_parameters import ScriptParameter
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.panels.plots.canvas import PlotCanvas
from benchwright.gui.panels.plots.choice import (
    ROW,
    TIME,
    PaneChoice,
    first_choice,
    joined,
    known_units,
    split,
    toggled,
)
from benchwright.gui.panels.plots.columns import BLOCK, Column, RunColumns, as_numbers
from benchwright.gui.panels.plots.downsampling import visible_curve
from benchwright.gui.panels.plots.panel import PlotsPanel
from benchwright.gui.session import Controls, RunModel, RunView
from benchwright.instruments.config import Config


@pytest.fixture(scope="module")
def application() -> QApplication:
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = monotonic() + 10
    while not condition():
        assert monotonic() < deadline_s, "it never came true"
        QTest.qWait(5)


class Bench:
    """A panel, and the model that feeds it."""

    def __init__(self) -> None:
        self.model = RunModel()
        self.messages: list[str] = []
        self.controls = Controls(lambda request: None)
        self.controls.message_wanted.connect(self.messages.append)
        self.panel = PlotsPanel(self.model, self.controls)
        self.panel.resize(640, 400)
        self.panel.show()

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

    @property
    def canvas(self) -> PlotCanvas:
        found = self.panel.findChild(PlotCanvas)
        assert found is not None
        return found

    def record(self, run_id: str = "r1", script: str = "scan", **columns: Sequence[Value]) -> None:
        self.start(run_id, script)
        self.rows(0, **columns)
        wait_until(lambda: self.panel.findChild(PlotCanvas) is not None)
        self.canvas.repaint_now()

    def curves(self) -> list[tuple[list[float], list[float]]]:
        """The points of all curves on the screen, pane by pane, this run's first."""
        self.canvas.repaint_now()
        return [
            (list(map(float, curve.getData()[0])), list(map(float, curve.getData()[1])))
            for pane in self.canvas.panes
            for _, curve in sorted(pane.curves.items())
        ]

    def button(self, name: str) -> QToolButton:
        found = self.panel.findChild(QToolButton, name)
        assert found is not None
        return found

    def headers(self) -> str:
        return " | ".join(pane.findChild(QLabel).text() for pane in self.canvas.panes)  # type: ignore[union-attr]


@pytest.fixture
def bench(application: QApplication) -> Iterator[Bench]:
    made = Bench()
    yield made
    made.panel.close()
    made.panel.deleteLater()
    QTest.qWait(1)


# --- what is drawn over what --------------------------------------------------------------------------------


def test_second_column_is_drawn_over_the_first_one() -> None:
    assert first_choice((), ["angle", "power", "more"]) == [PaneChoice("angle", ("power",))]


def test_single_column_is_drawn_over_time() -> None:
    assert first_choice((), ["power"]) == [PaneChoice(TIME, ("power",))]


def test_declared_plots_come_first() -> None:
    plots = (PlotDeclaration(x="a", y=("b", "c"), title="T"), PlotDeclaration(y=("d",)))
    assert first_choice(plots, ["a", "b"]) == [PaneChoice("a", ("b", "c"), "T"), PaneChoice(TIME, ("d",))]


def test_curves_are_put_in_and_taken_out() -> None:
    panes = toggled([PaneChoice("x", ("a",))], "b", own_pane=False)
    assert panes == [PaneChoice("x", ("a", "b"))]
    assert toggled(panes, "a", own_pane=False) == [PaneChoice("x", ("b",))]
    assert toggled(panes, "c", own_pane=True) == [*panes, PaneChoice("x", ("c",))]
    assert toggled([PaneChoice("x", ("a",))], "a", own_pane=False) == []


def test_panes_are_split_and_joined() -> None:
    panes = [PaneChoice("x", ("a", "b"))]
    assert split(panes) == [PaneChoice("x", ("a",)), PaneChoice("x", ("b",))]
    assert joined(split(panes)) == panes


def test_units_come_from_parameters_then_from_instruments() -> None:
    metadata = ScriptMetadata(parameters={"position": ScriptParameter(name="position", unit="mm")})
    units = known_units(metadata, Config.demo().describe().values())
    assert units["position"] == "mm"
    assert (units["power"], units["resistance"], units[TIME]) == ("W", "ohm", "s")


# --- columns ------------------------------------------------------------------------------------------------


def test_columns_that_come_late_or_pause_have_gaps() -> None:
    run = RunColumns("r")
    run.append(RowsRecorded(first=0, times_s=[0, 1], columns={"a": [1, None]}))
    run.append(RowsRecorded(first=2, times_s=[2], columns={"b": [5.0], "note": ["text"]}))
    np.testing.assert_equal(run["a"].values, [1, np.nan, np.nan])
    np.testing.assert_equal(run["b"].values, [np.nan, np.nan, 5])
    np.testing.assert_equal(run[ROW].values, [1, 2, 3])
    assert run.names() == ["a", "b"]


def test_values_that_are_no_numbers_are_gaps() -> None:
    np.testing.assert_equal(
        as_numbers([1, True, "2", None, [1, 2], 2.5]), [1, 1, np.nan, np.nan, np.nan, 2.5]
    )
    np.testing.assert_equal(as_numbers(["1.5", "2"]), [np.nan, np.nan])
    np.testing.assert_equal(as_numbers([[1.0], [2.0]]), [np.nan, np.nan])


def test_column_knows_whether_it_rises_across_batches() -> None:
    column = Column()
    column.append(np.array([1.0, 2.0]))
    assert column.is_rising
    column.append(np.array([1.5]))
    assert not column.is_rising


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchwright.gui.panels.plots.columns.MAX_CELLS", 3000)
    run = RunColumns("r")
    for first in range(0, 5000, 100):
        rows: list[Value] = [float(first + i) for i in range(100)]
        run.append(RowsRecorded(first=first, times_s=[0.0] * 100, columns={"a": rows}))
    assert run.count <= 1000
    assert run.dropped + run.count == 5000
    assert run["a"].values[-1] == 4999


# --- long curves --------------------------------------------------------------------------------------------


def column_of(values: np.ndarray) -> Column:
    column = Column()
    for part in np.array_split(values, 7):
        column.append(part)
    return column


@pytest.mark.parametrize("count", [5_000, 300_000])
def test_long_curve_keeps_every_peak_and_its_ends(count: int) -> None:
    y = np.zeros(count)
    spikes = [1, BLOCK * 40 + 5, count // 2, count - 2]
    y[spikes] = [3.0, -7.0, 11.0, 5.0]
    x, thin = visible_curve(column_of(np.arange(count, dtype=float)), column_of(y), -np.inf, np.inf, 500)
    assert len(x) == len(thin) <= 2000
    assert {3.0, -7.0, 11.0, 5.0} <= set(thin)
    assert x[0] == 0
    assert x[-1] == pytest.approx(count - 1, abs=BLOCK)
    assert list(x) == sorted(x)


def test_zoomed_curve_has_each_row_and_its_neighbours() -> None:
    x = column_of(np.arange(300_000, dtype=float))
    seen, values = visible_curve(x, x, 1000.5, 1003.5, 500)
    assert list(seen) == list(values) == [1000, 1001, 1002, 1003, 1004]


def test_long_loop_keeps_pairs_and_peaks_beside_gaps() -> None:
    angle = np.linspace(0, 40 * math.pi, 100_000)
    x, y = np.cos(angle), np.sin(angle)
    y[500], y[777] = np.nan, 9.0
    thin_x, thin_y = visible_curve(column_of(x), column_of(y), -np.inf, np.inf, 500)
    assert len(thin_x) < 3000
    assert 9.0 in thin_y
    kept = ~np.isnan(thin_y) & (thin_y != 9.0)
    np.testing.assert_allclose(thin_x[kept] ** 2 + thin_y[kept] ** 2, 1)


# --- the panel ----------------------------------------------------------------------------------------------


def test_empty_panel_says_what_to_do(bench: Bench) -> None:
    label = bench.panel.findChild(QLabel, "plots.empty")
    assert label is not None
    assert "record{" in label.text()
    assert label.isVisible()


def test_rows_open_the_panel_once_per_run_and_are_drawn(bench: Bench) -> None:
    opened: list[bool] = []
    bench.panel.rows_came.connect(lambda: opened.append(True))
    bench.record(angle=[0.0, 10.0], power=[1.0, 0.9])
    bench.rows(first=2, angle=[20.0], power=[0.8])
    assert bench.curves() == [([0, 10, 20], [1, 0.9, 0.8])]
    assert opened == [True]
    bench.record("r2", angle=[0.0], power=[1.0])
    assert opened == [True, True]


def test_rows_are_painted_by_the_timer_alone(bench: Bench) -> None:
    bench.record(a=[1.0])
    wait_until(lambda: not bench.canvas.is_waiting)
    bench.rows(first=1, a=[2.0])
    assert bench.canvas.is_waiting
    wait_until(lambda: not bench.canvas.is_waiting)


def test_metadata_says_what_is_drawn(bench: Bench) -> None:
    plots = (PlotDeclaration(x="v", y=("i", "p"), title="Both"), PlotDeclaration(y=("i",)))
    bench.start("r1", metadata=ScriptMetadata(name="scan", plots=plots))
    bench.rows(v=[1.0, 2.0], i=[3.0, 4.0], p=[5.0, 6.0])
    wait_until(lambda: bench.panel.findChild(PlotCanvas) is not None)
    assert bench.curves() == [([1, 2], [3, 4]), ([1, 2], [5, 6]), ([0, 0.5], [3, 4])]
    assert "Both" in bench.headers()


def test_earlier_runs_of_the_same_script_lie_behind(bench: Bench) -> None:
    bench.record("r1", x=[1.0, 2.0], y=[1.0, 1.0])
    bench.record("r2", "other", x=[1.0, 2.0], y=[7.0, 7.0])
    bench.record("r3", x=[1.0, 2.0], y=[2.0, 2.0])
    assert [y for _, y in bench.curves()] == [[2, 2], [1, 1]]
    QTest.mouseClick(bench.button("plots.earlier"), Qt.MouseButton.LeftButton)
    assert [y for _, y in bench.curves()] == [[2, 2]]


def test_person_chooses_axis_and_curves(bench: Bench) -> None:
    bench.record(x=[3.0, 4.0], y=[5.0, 6.0], z=[7.0, 8.0])
    combo = bench.panel.findChild(QComboBox, "plots.x")
    assert combo is not None
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert bench.curves() == [([1, 2], [5, 6])]
    actions = {action.text(): action for action in bench.button("plots.curves").menu().actions()}
    assert [name for name, action in actions.items() if action.isChecked()] == ["y"]
    actions["z"].trigger()
    assert [y for _, y in bench.curves()] == [[5, 6], [7, 8]]
    QTest.mouseClick(bench.button("plots.split"), Qt.MouseButton.LeftButton)
    assert len(bench.canvas.panes) == 2
    QTest.mouseClick(bench.button("plots.split"), Qt.MouseButton.LeftButton)
    assert len(bench.canvas.panes) == 1


def test_choice_is_kept_for_the_next_run_and_the_next_session(bench: Bench) -> None:
    bench.record(x=[3.0], y=[5.0], z=[7.0])
    next(a for a in bench.button("plots.curves").menu().actions() if a.text() == "z").trigger()
    bench.button("plots.log_y").setChecked(True)
    state = bench.panel.save_state()
    bench.record("r2", x=[3.0], y=[5.5], z=[7.5])
    assert len(bench.curves()) == 4
    other = Bench()
    other.panel.restore_state(state)
    other.record(x=[3.0], y=[5.0], z=[7.0])
    assert len(other.curves()) == 2
    assert other.button("plots.log_y").isChecked()
    other.panel.deleteLater()


@pytest.mark.parametrize("state", [{}, {"panes": 3, "log_x": "yes"}, {"panes": {"s": [{"x": 1}]}}])
def test_strange_state_is_passed_over(bench: Bench, state: dict[str, Value]) -> None:
    bench.panel.restore_state(state)
    bench.record(x=[1.0], y=[2.0])
    assert bench.curves() == [([1], [2])]


def test_log_axes(bench: Bench) -> None:
    bench.record(x=[1.0, 100.0], y=[10.0, 1000.0])
    bench.button("plots.log_x").setChecked(True)
    bench.button("plots.log_y").setChecked(True)
    assert bench.curves() == [([0, 2], [1, 3])]


def test_cursor_reads_the_nearest_row_by_mouse_and_keys(bench: Bench) -> None:
    bench.record(x=[0.0, 10.0, 20.0], y=[1.0, 2.5, 3.0])
    assert "y 3" in bench.headers()
    pane = bench.canvas.panes[0]
    pane.cursor_moved.emit(11.0)
    assert "x 10" in bench.headers()
    assert "y 2.5" in bench.headers()
    QTest.keyClick(pane.plot, Qt.Key.Key_Left)
    assert "x 0" in bench.headers()
    QTest.keyClick(pane.plot, Qt.Key.Key_Escape)
    assert "x 0" not in bench.headers()


def test_zoomed_panes_keep_their_view_and_draw_only_what_it_shows(bench: Bench) -> None:
    rows = [float(i) for i in range(20_000)]
    bench.record(x=rows, y=rows, z=rows)
    next(a for a in bench.button("plots.curves").menu().actions() if a.text() == "z").trigger()
    QTest.mouseClick(bench.button("plots.split"), Qt.MouseButton.LeftButton)
    bench.canvas.repaint_now()
    bench.canvas.panes[0].plot.setXRange(100, 110, padding=0)
    bench.rows(first=20_000, x=[20_000.0], y=[1.0], z=[1.0])
    assert [(x[0], x[-1], len(x)) for x, _ in bench.curves()] == [(99, 111, 13)] * 2
    QTest.mouseClick(bench.button("plots.fit"), Qt.MouseButton.LeftButton)
    assert all(x[-1] == 20_000 for x, _ in bench.curves())


def test_theme_reaches_the_plots(bench: Bench, application: QApplication) -> None:
    bench.record(x=[0.0, 10.0], y=[1.0, 2.5])
    before = theme.current()
    try:
        theme.apply(application, theme.DARK)
        assert bench.canvas.panes[0].plot.backgroundBrush().color().name() == theme.DARK.surface
        assert theme.DARK.curves[0] in bench.headers()
    finally:
        theme.apply(application, before)
        application.setStyleSheet("")


# --- files --------------------------------------------------------------------------------------------------


def test_numbers_are_written_as_csv(bench: Bench, tmp_path: Path) -> None:
    bench.record(x=[0.1, 10.0], y=[1.0, None], note=["a", "b"])
    bench.panel.export(tmp_path / "rows.csv")
    wait_until(lambda: bool(bench.messages))
    with (tmp_path / "rows.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["time_s", "x", "y"], ["0.0", "0.1", "1.0"], ["0.5", "10.0", ""]]


def test_plots_are_written_as_pictures(bench: Bench, tmp_path: Path) -> None:
    bench.record(x=[0.0, 10.0], y=[1.0, 2.5])
    bench.panel.export(tmp_path / "plot.png")
    bench.panel.export(tmp_path / "plot.svg")
    assert QImage(str(tmp_path / "plot.png")).width() == 2 * bench.canvas.width()
    drawing = (tmp_path / "plot.svg").read_text()
    assert QSvgRenderer(str(tmp_path / "plot.svg")).viewBox() == bench.canvas.rect()
    inches = bench.canvas.width() / bench.canvas.logicalDpiX()
    assert f'width="{inches * 25.4:.6g}mm"' in drawing
    assert theme.current().curves[0] in drawing
    assert "<text" in drawing
    assert len(bench.messages) == 2


@pytest.mark.parametrize("suffix", ["png", "svg", "csv"])
def test_file_that_cannot_be_written_is_said(bench: Bench, tmp_path: Path, suffix: str) -> None:
    bench.record(x=[0.0, 10.0], y=[1.0, 2.5])
    bench.panel.export(tmp_path / "absent" / f"plot.{suffix}")
    wait_until(lambda: bool(bench.messages))
    assert "cannot be written" in bench.messages[0]


def test_export_without_rows_says_so(bench: Bench, tmp_path: Path) -> None:
    bench.panel.export(tmp_path / "plot.png")
    assert bench.messages == ["there are no rows to export"]


def test_every_control_has_an_accessible_name(bench: Bench) -> None:
    bench.record(x=[0.0], y=[1.0])
    for button in bench.panel.findChildren(QToolButton):
        if button.objectName().startswith("plots."):
            assert button.accessibleName()
    assert all(isinstance(action, QAction) for action in bench.button("plots.export").menu().actions())
