"""Strip charts of telemetry: which channels, how far back, held, and how much of it is kept."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel

from benchwright.core.events import TelemetryRead
from benchwright.gui.panels.plots.axes import clock_text, elapsed_text
from benchwright.gui.panels.plots.columns import BLOCK
from benchwright.gui.panels.plots.downsampling import visible_curve
from benchwright.gui.panels.plots.history import KEPT_S, ChannelHistory
from benchwright.gui.panels.plots.strips import StripCanvas
from tests.gui.plots_bench import PlotsBench, plots_bench
from tests.gui.shell import wait_until

UNITS = {"esp300.position": "deg", "newport.power": "W", "supply.power": "W"}


@pytest.fixture
def bench() -> Iterator[PlotsBench]:
    with plots_bench() as made:
        made.button("plots.show_telemetry").click()
        made.start("r1")
        yield made


def tell(bench: PlotsBench, at_s: float, value: float = 1.0) -> None:
    bench.telemetry(at_s, UNITS, esp300__position=value)
    bench.telemetry(at_s, UNITS, newport__power=value / 1000, supply__power=None)


def drawn(canvas: StripCanvas) -> list[list[str]]:
    canvas.pace.repaint_now()
    return [list(pane.curves) for pane in canvas.panes]


def points(canvas: StripCanvas) -> list[list[float]]:
    canvas.pace.repaint_now()
    return [list(map(float, c.getData()[0])) for pane in canvas.panes for c in pane.curves.values()]


def test_without_telemetry_the_view_says_what_to_do(bench: PlotsBench) -> None:
    label = bench.panel.findChild(QLabel, "plots.no_telemetry")
    assert label is not None
    assert label.isVisible()
    assert not bench.panel.telemetry.tools.isEnabled()


def test_many_strips_scroll_and_ask_for_no_more_height_than_one(bench: PlotsBench) -> None:
    units = {f"board.channel{number}": f"u{number}" for number in range(12)}
    bench.telemetry(100.0, units, **{f"board__channel{number}": 1.0 for number in range(12)})
    assert len(bench.strips.history.channels) == 12
    for number in range(12):
        if not (entry := bench.entry("plots.channels", f"board.channel{number}")).isChecked():
            entry.trigger()
    assert len(drawn(bench.strips)) == 12
    least = bench.strips.panes[0].minimumHeight()
    assert bench.strips.minimumSizeHint().height() == least
    wait_until(lambda: all(pane.height() >= least for pane in bench.strips.panes))
    assert bench.panel.height() == 400


def test_channels_of_a_unit_share_a_strip(bench: PlotsBench) -> None:
    tell(bench, 100.0)
    assert drawn(bench.strips) == [["esp300.position"], ["newport.power", "supply.power"]]
    assert [pane.axis("left").labelUnits for pane in bench.strips.panes] == ["", "W"]
    bench.choose("plots.channels", "One strip per channel")
    assert drawn(bench.strips) == [["esp300.position"], ["newport.power"], ["supply.power"]]


def test_person_chooses_channels_and_time_and_that_is_remembered(bench: PlotsBench) -> None:
    tell(bench, 100.0)
    canvas = bench.strips
    bench.choose("plots.channels", "newport.power")
    bench.choose("plots.channels", "supply.power")
    assert drawn(canvas) == [["esp300.position"]]
    window = bench.panel.findChild(QComboBox, "plots.window")
    assert window is not None
    window.setCurrentText("10 s")
    for at_s in range(101, 131):
        tell(bench, float(at_s))
    assert [(x[0], x[-1]) for x in points(canvas)] == [(119, 130)]
    with plots_bench() as other:
        other.panel.restore_state(bench.panel.save_state())
        other.start("r1")
        tell(other, 100.0)
        assert drawn(other.strips) == [["esp300.position"]]
        assert other.strips.window_s == 10


def test_held_view_stays_and_nothing_is_lost(bench: PlotsBench) -> None:
    tell(bench, 100.0)
    canvas = bench.strips
    canvas.pace.repaint_now()
    bench.button("plots.hold").click()
    tell(bench, 150.0)
    tell(bench, 170.0)
    canvas.pace.repaint_now()
    assert canvas.span == (40, 100)
    assert canvas.panes[0].box.viewRange()[0] == [40, 100]
    bench.button("plots.strip_fit").click()
    canvas.pace.repaint_now()
    assert canvas.is_rolling
    assert canvas.panes[1].box.viewRange()[0] == [110, 170]
    assert canvas.history.channels["esp300.position"].times.count == 3


def test_zoomed_strips_stay_until_home(bench: PlotsBench) -> None:
    tell(bench, 100.0)
    tell(bench, 101.0)
    canvas = bench.strips
    canvas.pace.repaint_now()
    QTest.keyClick(canvas.panes[0].plot, Qt.Key.Key_Plus)
    tell(bench, 130.0)
    canvas.pace.repaint_now()
    assert not canvas.is_rolling
    assert bench.button("plots.hold").isChecked()
    assert canvas.span[1] < 130
    QTest.keyClick(canvas.panes[0].plot, Qt.Key.Key_Home)
    canvas.pace.repaint_now()
    assert canvas.span == (70, 130)


def test_cursor_reads_all_strips_at_a_time(bench: PlotsBench) -> None:
    tell(bench, 100.0, 5.0)
    tell(bench, 101.0, 6.0)
    canvas = bench.strips
    canvas.pace.repaint_now()
    canvas.panes[0].move_cursor_to(QPointF(100.2, 0))
    texts = [pane.header.text().replace("\N{FIGURE SPACE}", "") for pane in canvas.panes]
    assert "esp300.position&nbsp;5 deg" in texts[0]
    assert "newport.power&nbsp;5 mW" in texts[1]
    assert "supply.power&nbsp;–" in texts[1]
    QTest.keyClick(canvas.panes[0].plot, Qt.Key.Key_Right)
    assert "6 deg" in canvas.panes[0].header.text()


def test_rows_come_to_the_front_unless_telemetry_was_picked(bench: PlotsBench) -> None:
    tell(bench, 100.0)
    bench.record("r2", x=[1.0], y=[2.0])
    assert bench.panel.telemetry.isVisible()
    bench.button("plots.show_rows").click()
    bench.record("r3", x=[1.0], y=[2.0])
    assert bench.panel.rows.isVisible()


def test_hours_are_kept_and_no_more() -> None:
    channel = ChannelHistory("a", "")
    for n in range(90_000):
        channel.append(0.5 * n, float(n))
    span = float(channel.times.values[-1] - channel.times.values[0])
    assert KEPT_S <= span < KEPT_S + 256 * BLOCK
    assert channel.values.values[-1] == 89_999
    channel.append(0.0, 1.0)
    assert channel.values.values[-1] == 89_999


def test_eight_hours_of_twenty_channels_are_drawn_at_once(bench: PlotsBench) -> None:
    values = {f"a.c{n}": 0.0 for n in range(20)}
    bench.model.happened(TelemetryRead(monotonic_s=0.0, values=dict(values)))
    canvas = bench.strips
    count = 288_000
    for channel in canvas.history.channels.values():
        channel.times.append(np.arange(1, count, dtype=float) * 0.1)
        channel.values.append(np.sin(np.arange(1, count, dtype=float) / 1000))
    taken_s = []
    for _ in range(3):
        started_s = perf_counter()
        for channel in canvas.history.channels.values():
            x, _ = visible_curve(channel.times, channel.values, 0.0, count * 0.1, 600)
            assert len(x) <= 2500
        taken_s.append(perf_counter() - started_s)
    assert min(taken_s) < 0.25  # ten times what it takes


def test_times_are_written_as_people_do() -> None:
    assert [elapsed_text(s) for s in (5, 65, 3725, -65)] == ["0:05", "1:05", "1:02:05", "−1:05"]
    assert elapsed_text(65.5, 0.5) == "1:05.5"
    assert clock_text(0.0).endswith(":00")
    assert len(clock_text(0.0, 60)) == 5
    assert len(clock_text(0.0, 0.1)) == 12
