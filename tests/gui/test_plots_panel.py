"""The plots of a run: what they draw of rows as they come, what can be chosen, and what the cursor reads."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from benchwright.core.metadata import PlotDeclaration, ScriptMetadata
from benchwright.core.values import Value
from benchwright.gui import theme
from benchwright.gui.application import make_application
from tests.gui.plots_bench import PlotsBench, plots_bench
from tests.gui.shell import wait_until


@pytest.fixture
def bench() -> Iterator[PlotsBench]:
    with plots_bench() as made:
        yield made


# --- rows ---------------------------------------------------------------------------------------------------


def test_empty_panel_says_what_to_do(bench: PlotsBench) -> None:
    label = bench.panel.findChild(QLabel, "plots.empty")
    assert label is not None
    assert "record{" in label.text()
    assert label.isVisible()


def test_rows_open_the_panel_once_per_run_and_are_drawn(bench: PlotsBench) -> None:
    opened: list[bool] = []
    bench.panel.rows_came.connect(lambda: opened.append(True))
    bench.record(angle=[0.0, 10.0], power=[1.0, 0.9])
    bench.rows(first=2, angle=[20.0], power=[0.8])
    assert bench.curves() == [([0, 10, 20], [1, 0.9, 0.8])]
    assert opened == [True]
    bench.record("r2", angle=[0.0], power=[1.0])
    assert opened == [True, True]


def test_rows_are_painted_by_the_timer_alone(bench: PlotsBench) -> None:
    bench.record(a=[1.0])
    pace = bench.canvas.pace
    wait_until(lambda: not pace.is_waiting)
    bench.rows(first=1, a=[2.0])
    assert pace.is_waiting
    wait_until(lambda: not pace.is_waiting)


def test_metadata_says_what_is_drawn_and_in_which_units(bench: PlotsBench) -> None:
    plots = (
        PlotDeclaration(x="v", y=("i", "p"), title="Both", units={"v": "V", "p": "W"}),
        PlotDeclaration(y=("i",)),
    )
    bench.record(metadata=ScriptMetadata(name="scan", plots=plots), v=[1.0, 2.0], i=[3.0, 4.0], p=[5.0, 6e-3])
    assert bench.curves() == [([1, 2], [3, 4]), ([1, 2], [5, 6e-3]), ([0, 0.5], [3, 4])]
    assert "Both" in bench.headers()
    assert "p 6 mW" in bench.headers()
    assert bench.canvas.panes[0].axis("bottom").labelUnits == "V"
    assert not bench.canvas.panes[0].axis("left").labelUnits


@pytest.mark.parametrize("unit", ["", "deg"])
def test_small_values_without_a_prefix_are_on_the_axis_as_they_are(bench: PlotsBench, unit: str) -> None:
    plots = (PlotDeclaration(x="x", y=("y",), units={"y": unit}),)
    metadata = ScriptMetadata(name="scan", plots=plots)
    bench.record(metadata=metadata, x=[0.1, 0.2, 0.3], y=[0.001, 0.0011, 0.0012])
    pane = bench.canvas.panes[0]
    wait_until(lambda: pane.axis("left").range[1] < 0.01)
    pane.set_units({"y": unit})  # once more, as with the next run
    for side in ("left", "bottom"):
        assert pane.axis(side).autoSIPrefixScale == 1.0, side


def test_columns_that_come_late_can_be_drawn(bench: PlotsBench) -> None:
    bench.record(x=[1.0, 2.0], y=[1.0, 1.0], note=["a", "b"])
    bench.rows(2, x=[3.0], late=[7.0])
    bench.choose("plots.curves", "late")
    assert bench.curves()[0] == (
        [1, 2, 3],
        [pytest.approx(float("nan"), nan_ok=True), pytest.approx(float("nan"), nan_ok=True), 7],
    )
    assert not bench.entry("plots.curves", "note").isEnabled()


def test_what_cannot_be_drawn_is_said(bench: PlotsBench) -> None:
    bench.record(x=[1.0, 2.0, 3.0], y=[0.0, float("inf"), 5.0])
    assert bench.notes() == "1 of y are infinite"
    bench.choose("plots.curves", "Logarithmic")
    assert "1 of y at or below 0 have no place on a log axis" in bench.notes()
    assert bench.canvas.panes[0].note.isVisible()


def test_rows_without_numbers_are_said(bench: PlotsBench) -> None:
    bench.record(note=["a", "b"])
    label = bench.panel.findChild(QLabel, "plots.empty")
    assert label is not None
    assert label.isVisible()
    assert "no numbers to draw: note" in label.text()
    bench.rows(2, note=["c"], x=[1.0])
    assert not label.isVisible()


def test_declared_column_that_is_missing_is_said(bench: PlotsBench) -> None:
    plots = (PlotDeclaration(x="x", y=("y", "later")),)
    bench.record(metadata=ScriptMetadata(name="scan", plots=plots), x=[1.0], y=[2.0])
    assert bench.notes() == "no row has a number for later yet"


# --- the choice ---------------------------------------------------------------------------------------------


def test_person_chooses_axis_and_curves(bench: PlotsBench) -> None:
    bench.record(x=[3.0, 4.0], y=[5.0, 6.0], z=[7.0, 8.0])
    bench.choose("plots.x", "number of the row")
    assert bench.curves() == [([1, 2], [5, 6])]
    names = [a.text() for a in bench.button("plots.curves").menu().actions() if a.isChecked()]
    assert names == ["y"]
    bench.choose("plots.curves", "z")
    assert [y for _, y in bench.curves()] == [[5, 6], [7, 8]]
    bench.choose("plots.curves", "One pane per curve")
    assert len(bench.canvas.panes) == 2
    bench.choose("plots.curves", "One pane per curve")
    assert len(bench.canvas.panes) == 1


def test_choice_is_kept_for_the_next_run_and_the_next_session(bench: PlotsBench) -> None:
    bench.record(x=[3.0], y=[5.0], z=[7.0])
    bench.choose("plots.curves", "z")
    bench.choose("plots.curves", "Logarithmic")
    state = bench.panel.save_state()
    bench.record("r2", x=[3.0], y=[5.5], z=[7.5])
    assert len(bench.curves()) == 2
    with plots_bench() as other:
        other.panel.restore_state(state)
        other.record(x=[3.0], y=[5.0], z=[7.0])
        assert len(other.curves()) == 2
        assert other.entry("plots.curves", "Logarithmic").isChecked()


def test_person_can_go_back_to_what_the_script_wants(bench: PlotsBench) -> None:
    plots = (PlotDeclaration(x="x", y=("y",), title="Declared"),)
    bench.record(metadata=ScriptMetadata(name="scan", plots=plots), x=[3.0], y=[5.0], z=[7.0])
    bench.choose("plots.curves", "z")
    assert "Declared" not in bench.headers()
    bench.choose("plots.curves", "As the script wants it")
    assert "Declared" in bench.headers()
    assert bench.panel.save_state()["panes"] == {}


@pytest.mark.parametrize(
    "state", [{}, {"panes": 3, "log_x": "yes", "telemetry": []}, {"panes": {"s": [{"x": 1}]}}]
)
def test_strange_state_is_passed_over(bench: PlotsBench, state: dict[str, Value]) -> None:
    bench.panel.restore_state(state)
    bench.record(x=[1.0], y=[2.0])
    assert bench.curves() == [([1], [2])]


def test_log_axes(bench: PlotsBench) -> None:
    bench.record(x=[1.0, 100.0], y=[10.0, 1000.0])
    bench.choose("plots.x", "Logarithmic")
    bench.choose("plots.curves", "Logarithmic")
    assert bench.curves() == [([0, 2], [1, 3])]


# --- cursor and view ----------------------------------------------------------------------------------------


def test_cursor_reads_the_nearest_row_by_mouse_and_keys(bench: PlotsBench) -> None:
    bench.record(x=[0.0, 10.0, 20.0], y=[1.0, 2.5, 3.0])
    assert "y 3" in bench.headers()
    pane = bench.pane
    pane.move_cursor_to(QPointF(11.0, 0.0))
    assert "x 10" in bench.headers()
    assert "y 2.5" in bench.headers()
    QTest.keyClick(pane.plot, Qt.Key.Key_Left)
    assert "x 0" in bench.headers()
    QTest.keyClick(pane.plot, Qt.Key.Key_Escape)
    assert "x 0" not in bench.headers()


def test_cursor_of_a_loop_is_at_the_nearest_point(bench: PlotsBench) -> None:
    bench.record(x=[0.0, 1.0, 0.0], y=[0.0, 5.0, 10.0])
    bench.pane.move_cursor_to(QPointF(0.1, 9.0))
    assert "y 10" in bench.headers()


def test_keys_zoom_and_move_and_fit(bench: PlotsBench) -> None:
    bench.record(x=[0.0, 100.0], y=[0.0, 100.0])
    pane = bench.pane
    whole = pane.box.viewRange()[0]
    QTest.keyClick(pane.plot, Qt.Key.Key_Plus)
    zoomed = pane.box.viewRange()[0]
    assert zoomed[1] - zoomed[0] < whole[1] - whole[0]
    QTest.keyClick(pane.plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert pane.box.viewRange()[0][0] > zoomed[0]
    assert not pane.is_following
    QTest.keyClick(pane.plot, Qt.Key.Key_Home)
    assert pane.is_following


def test_drag_zooms_into_a_rectangle(bench: PlotsBench) -> None:
    bench.record(x=[0.0, 100.0], y=[0.0, 100.0])
    QApplication.processEvents()
    pane = bench.pane
    view = pane.plot.viewport()
    first, last = (
        pane.plot.mapFromScene(pane.box.mapViewToScene(QPointF(*place))) for place in ((20, 80), (60, 40))
    )
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
    for step in range(1, 11):
        QTest.mouseMove(view, first + (last - first) * step / 10)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)
    (left, right), (low, high) = pane.box.viewRange()
    assert (left, right, low, high) == pytest.approx((20, 60, 40, 80), abs=4)


def test_zoomed_panes_keep_their_view_and_draw_only_what_it_shows(bench: PlotsBench) -> None:
    rows = [float(i) for i in range(20_000)]
    bench.record(x=rows, y=rows, z=rows)
    bench.choose("plots.curves", "z")
    bench.choose("plots.curves", "One pane per curve")
    bench.canvas.pace.repaint_now()
    bench.canvas.panes[0].plot.setXRange(100, 110, padding=0)
    bench.rows(first=20_000, x=[20_000.0], y=[1.0], z=[1.0])
    assert [(x[0], x[-1], len(x)) for x, _ in bench.curves()] == [(99, 111, 13)] * 2
    QTest.mouseClick(bench.button("plots.fit"), Qt.MouseButton.LeftButton)
    assert all(x[-1] == 20_000 for x, _ in bench.curves())


# --- maps ---------------------------------------------------------------------------------------------------


def lines(count: int) -> dict[str, list[float]]:
    places = [(x if y % 2 == 0 else 3 - x, y) for y in range(3) for x in range(4)][:count]
    return {
        "x": [float(x) for x, _ in places],
        "y": [10.0 * y for _, y in places],
        "signal": [float(x + 10 * y) for x, y in places],
    }


def test_declared_map_fills_while_it_is_scanned(bench: PlotsBench) -> None:
    plots = (PlotDeclaration(x="x", y=("y",), z="signal", units={"signal": "V"}),)
    bench.record(metadata=ScriptMetadata(name="scan", plots=plots), rows=lines(6))
    image = bench.map.image.image
    assert image.shape == (2, 4)
    assert image[1].tolist() == [pytest.approx(float("nan"), nan_ok=True)] * 2 + [12, 13]
    assert bench.map.bar.axis.labelUnits == "V"
    rest = {name: values[6:] for name, values in lines(12).items()}
    bench.rows(6, **rest)
    assert bench.map.image.image.shape == (3, 4)


def test_cursor_of_a_map_reads_the_cell(bench: PlotsBench) -> None:
    plots = (PlotDeclaration(x="x", y=("y",), z="signal"),)
    bench.record(metadata=ScriptMetadata(name="scan", plots=plots), rows=lines(6))
    bench.map.move_cursor_to(QPointF(2.2, 9.0))
    assert "x 2   y 10   signal 12" in bench.headers()
    bench.map.move_cursor_to(QPointF(0.2, 9.0))
    assert "signal not measured" in bench.headers()


def test_map_is_offered_where_rows_lie_on_a_grid(bench: PlotsBench) -> None:
    bench.record(rows=lines(12))
    offer = bench.panel.findChild(QPushButton, "plots.map_offer")
    assert offer is not None
    assert "signal over x and y" in offer.text()
    QTest.mouseClick(offer, Qt.MouseButton.LeftButton)
    assert bench.map.image.image.shape == (3, 4)
    assert not offer.isVisible()
    bench.choose("plots.curves", "signal")
    assert bench.curves() == [(lines(12)["x"], lines(12)["signal"])]


def test_rows_on_no_grid_are_dots(bench: PlotsBench) -> None:
    plots = (PlotDeclaration(x="x", y=("y",), z="z"),)
    bench.record(
        metadata=ScriptMetadata(name="scan", plots=plots),
        x=[0.0, 1.3, 2.9, 4.1],
        y=[5.0, 3.1, 0.2, 1.1],
        z=[1.0, 2.0, 3.0, 4.0],
    )
    assert len(bench.map.dots.getData()[0]) == 4
    assert "no grid" in bench.notes()


# --- look ---------------------------------------------------------------------------------------------------


def test_theme_reaches_the_plots(bench: PlotsBench) -> None:
    application = make_application()
    bench.record(x=[0.0, 10.0], y=[1.0, 2.5])
    before = theme.current()
    try:
        theme.apply(application, theme.DARK)
        assert bench.canvas.panes[0].plot.backgroundBrush().color().name() == theme.DARK.surface
        assert theme.DARK.curves[0] in bench.canvas.panes[0].header.text()
    finally:
        theme.apply(application, before)
        application.setStyleSheet("")


def test_every_control_has_an_accessible_name(bench: PlotsBench) -> None:
    bench.record(x=[0.0], y=[1.0])
    for button in bench.panel.findChildren(QToolButton):
        if button.objectName().startswith("plots."):
            assert button.accessibleName()
            is_other_view = button.objectName() == "plots.show_telemetry"  # an arrow key leads there
            assert is_other_view or button.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert all(isinstance(action, QAction) for action in bench.button("plots.export").menu().actions())
