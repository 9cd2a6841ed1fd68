"""Files of the plots: pictures, drawings, and tables of all rows or of what is seen."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog

from benchwright.bench.storage.run_store import RunStore
from benchwright.core.metadata import PlotDeclaration, ScriptMetadata
from benchwright.gui import theme
from benchwright.gui.panels.plots.file_dialog import free_name
from tests.bench.storage.helpers import stored_run
from tests.gui.plots_bench import PlotsBench, plots_bench
from tests.gui.shell import wait_until

RUN = "20260102-030405-abcdef"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PlotsBench]:
    with plots_bench(tmp_path / "data") as made:
        yield made


def read(file: Path) -> list[list[str]]:
    with file.open(newline="") as stream:
        return list(csv.reader(stream))


def test_all_that_was_recorded_is_written_as_csv(bench: PlotsBench, tmp_path: Path) -> None:
    assert bench.model.data_dir is not None
    stored_run(RunStore(bench.model.data_dir), {"x": [0.1, 10.0], "note": ["a", None]}, run_id=RUN)
    bench.record(RUN, x=[0.1, 10.0], note=["a", None])
    bench.panel.export(tmp_path / "rows.csv")
    wait_until(lambda: bool(bench.messages))
    assert bench.messages == [f"saved {tmp_path / 'rows.csv'}"]
    assert [row[1:] for row in read(tmp_path / "rows.csv")] == [["x", "note"], ["0.1", "a"], ["10.0", ""]]


def test_what_is_seen_is_written_as_csv(bench: PlotsBench, tmp_path: Path) -> None:
    plots = (PlotDeclaration(x="x", y=("y",), units={"y": "V"}),)
    bench.record(
        metadata=ScriptMetadata(name="scan", plots=plots), x=[1.0, 2.0, 3.0], y=[1.0, None, 5.0], z=[0.0] * 3
    )
    bench.canvas.panes[0].plot.setXRange(1.5, 3.5, padding=0)
    bench.panel.export(tmp_path / "seen.csv", seen=True)
    wait_until(lambda: bool(bench.messages))
    assert read(tmp_path / "seen.csv") == [
        ["time_s", "x", "y (V)"],
        ["0.5", "2.0", ""],
        ["1.0", "3.0", "5.0"],
    ]


def test_telemetry_in_view_is_written_with_its_time(bench: PlotsBench, tmp_path: Path) -> None:
    bench.start("r1")
    for at_s in (100.0, 100.5):
        bench.telemetry(at_s, {"a.p": "W"}, a__p=at_s)
        bench.telemetry(at_s + 0.25, {}, b__q=None if at_s == 100 else 2.0)
    bench.strips.pace.repaint_now()
    bench.panel.export_telemetry(tmp_path / "telemetry.csv")
    wait_until(lambda: bool(bench.messages))
    header, *rows = read(tmp_path / "telemetry.csv")
    assert header == ["utc", "a.p (W)", "b.q"]
    assert [row[1:] for row in rows] == [["100.0", ""], ["", ""], ["100.5", ""], ["", "2.0"]]
    times = [datetime.fromisoformat(row[0]) for row in rows]
    assert (times[2] - times[0]).total_seconds() == pytest.approx(0.5, abs=0.002)


def test_plots_are_written_as_pictures(bench: PlotsBench, tmp_path: Path) -> None:
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
    assert "y vs x" in drawing
    assert ">10</text>" in drawing  # the axis is that of the data
    assert len(bench.messages) == 2


def test_drawing_of_a_zoomed_plot_is_cut_at_its_axes(bench: PlotsBench, tmp_path: Path) -> None:
    bench.record(x=[0.0, 10.0], y=[1.0, 2.5])
    pane = bench.pane
    pane.box.setYRange(1.5, 2.0, padding=0)
    bench.panel.export(tmp_path / "plot.svg")
    drawing = (tmp_path / "plot.svg").read_text()
    colour = theme.current().curves[0]
    clip = re.search(rf'<g clip-path="url\(#(\w+)\)"><g fill="none" stroke="{colour}"', drawing)
    assert clip is not None
    cut = re.search(rf'id="{clip[1]}">\s*<path[^>]* d="M([\d.]+),([\d.]+) L([\d.]+)', drawing)
    assert cut is not None
    box = pane.box.sceneBoundingRect().translated(pane.plot.mapTo(bench.canvas, QPoint(0, 0)))
    assert [float(each) for each in cut.groups()] == pytest.approx(
        [box.left(), box.top(), box.right()], abs=2
    )


@pytest.mark.parametrize("suffix", ["png", "svg", "csv"])
def test_file_that_cannot_be_written_is_said(bench: PlotsBench, tmp_path: Path, suffix: str) -> None:
    bench.record(x=[0.0, 10.0], y=[1.0, 2.5])
    bench.panel.export(tmp_path / "absent" / f"plot.{suffix}", seen=True)
    wait_until(lambda: bool(bench.messages))
    assert f"plot.{suffix}" in bench.messages[0]
    assert not bench.messages[0].startswith("saved")


def test_run_that_is_not_stored_is_said(bench: PlotsBench, tmp_path: Path) -> None:
    bench.record(x=[0.0, 10.0], y=[1.0, 2.5])
    bench.panel.export(tmp_path / "plot.csv")
    wait_until(lambda: bool(bench.messages))
    assert "no run 'r1'" in bench.messages[0]


def test_export_without_rows_says_so(bench: PlotsBench, tmp_path: Path) -> None:
    bench.panel.export(tmp_path / "plot.png")
    bench.panel.export_telemetry(tmp_path / "plot.png")
    assert bench.messages == ["there are no rows to export", "there is no telemetry to export"]


def test_dialog_names_script_and_run_and_holds_nothing_up(bench: PlotsBench) -> None:
    bench.record(RUN, "malus.lua", x=[0.0], y=[1.0])
    bench.choose("plots.export", "Picture")
    dialog = bench.panel.findChild(QFileDialog)
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == f"malus {RUN}.png"
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.reject()


def test_name_that_is_offered_is_free(tmp_path: Path) -> None:
    assert free_name(tmp_path, "a/b", "csv") == tmp_path / "a-b.csv"
    (tmp_path / "a-b.csv").touch()
    assert free_name(tmp_path, "a/b", "csv") == tmp_path / "a-b (2).csv"
