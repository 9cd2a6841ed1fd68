"""Writes what the plots show: a picture (PNG), a drawing (SVG), or numbers and texts (CSV)."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from benchwright.gui.panels.plots.choice import ROW, TIME, axis_name
from benchwright.gui.panels.plots.columns import Numbers
from benchwright.gui.panels.plots.header import Header

if TYPE_CHECKING:
    from benchwright.gui.panels.plots.canvas import PlotCanvas
    from benchwright.gui.panels.plots.strips import StripCanvas

PNG_SCALE: Final = 2  # finer than the screen, for print
_CHUNK_ROWS: Final = 5000


def write_picture(widget: QWidget, file: Path, title: str) -> str:
    """Write a widget as a drawing where the suffix is .svg, else as a picture; return how it went."""
    widget.grab()  # what was never painted has no axes yet
    try:
        if file.suffix == ".svg":
            write_svg(widget, file, title)
        else:
            write_png(widget, file)
    except OSError as error:
        return str(error)
    return f"saved {file}"


def write_png(widget: QWidget, file: Path) -> None:
    """Write a widget as a picture.

    Raises:
        OSError: the file cannot be written.
    """
    pixmap = QPixmap(widget.size() * PNG_SCALE)
    pixmap.setDevicePixelRatio(PNG_SCALE)
    pixmap.fill(widget.palette().color(widget.backgroundRole()))
    widget.render(pixmap)
    if not pixmap.save(str(file), "PNG"):
        raise OSError(f"{file} cannot be written")


def write_svg(widget: QWidget, file: Path, title: str = "") -> None:
    """Write a widget as a drawing.

    Raises:
        OSError: the file cannot be written.
    """
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the other one cannot clip
    generator.setFileName(str(file))
    generator.setTitle(title or "Plot")
    generator.setResolution(widget.logicalDpiX())  # else the drawing is larger than the widget
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(widget.rect())
    plots = widget.findChildren(pg.PlotWidget)
    items = [each for plot in plots for each in plot.listDataItems()]
    curves = [each.curve for each in items if isinstance(each, pg.PlotDataItem)]
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError(f"{file} cannot be written")
    for curve in curves:
        curve.setSegmentedLineMode("off")  # a line that is one piece can be edited
    try:
        painter.fillRect(widget.rect(), widget.palette().base())
        for header in widget.findChildren(Header):
            if header.isVisible():
                painter.save()
                painter.translate(header.mapTo(widget, QPoint(0, 0)))
                header.draw(painter)
                painter.restore()
        for plot in plots:  # not by `widget.render`, which puts what is clipped in the wrong place
            target = QRectF(plot.rect()).translated(QPointF(plot.mapTo(widget, QPoint(0, 0))))
            plot.render(painter, target, plot.viewport().rect())
    finally:
        painter.end()
        for curve in curves:
            curve.setSegmentedLineMode("on")


class AllRows(NamedTuple):
    """All rows of a run with all that they hold, texts too, as its data file has them."""

    data_dir: Path | None
    run_id: str

    def write(self, file: Path) -> None:
        """Write them as the command line does; the file appears whole or not at all.

        Raises:
            RunNotFound: the run is not in the data folder.
            StorageError: the file cannot be written.
        """
        from benchwright.bench.data_folder import DataFolder
        from benchwright.bench.storage.export import ExportFormat, export_run
        from benchwright.bench.storage.run_store import RunStore

        store = RunStore(DataFolder.at(self.data_dir).path)
        export_run(store, self.run_id, file, ExportFormat.CSV, overwrite=True)  # the dialog asked


class Columns(NamedTuple):
    """Columns of numbers under their headings, as they were at one moment."""

    header: Sequence[str]
    columns: Sequence[Numbers]
    clock: bool = False  # the first column is UTC in s, and written as a date and time

    def write(self, file: Path) -> None:
        """Write them as text, empty where there is no number.

        Raises:
            StorageError: the file cannot be written.
        """
        from benchwright.bench.storage.files import replacing

        with (
            replacing(file, overwrite=True) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as out,
        ):
            writer = csv.writer(out)
            writer.writerow(self.header)
            for first in range(0, len(self.columns[0]), _CHUNK_ROWS):
                parts = [column[first : first + _CHUNK_ROWS].tolist() for column in self.columns]
                cells = [
                    list(map(_clock if self.clock and not at else _cell, part))
                    for at, part in enumerate(parts)
                ]
                writer.writerows(zip(*cells, strict=True))


def seen_rows(canvas: "PlotCanvas") -> Columns:
    """Return the columns that are drawn, of the rows that are within the view of their pane."""
    run = canvas.run
    assert run is not None
    names = dict.fromkeys(
        name
        for pane in canvas.panes
        for name in (pane.choice.x, *pane.choice.y, pane.choice.z)
        if name in run and name not in (TIME, ROW)
    )
    kept = np.zeros(run.count, dtype=bool)
    for pane in canvas.panes:
        x = run[pane.choice.x].values if pane.choice.x in run else None
        if x is None or pane.is_following:
            kept[:] = True
            continue
        low, high = pane.box.viewRange()[0]
        low, high = (10.0**low, 10.0**high) if pane.log[0] else (low, high)
        kept |= (x >= low) & (x <= high)
    units = canvas.units
    header = [
        f"{axis_name(name)} ({unit})" if (unit := units.get(name)) else axis_name(name) for name in names
    ]
    return Columns(["time_s", *header], [run[name].values[kept] for name in (TIME, *names)])


def telemetry_rows(canvas: "StripCanvas") -> Columns:
    """Return the channels that are drawn, as far as they are in view, one row per reading."""
    low, high = canvas.span
    channels = [channel for pane in canvas.panes for channel in pane.channels]
    parts = []
    for channel in channels:
        first, last = np.searchsorted(channel.times.values, (low, high), "left")
        last += int(last < channel.times.count)
        parts.append((channel.times.values[first:last], channel.values.values[first:last]))
    times = np.unique(np.concatenate([part[0] for part in parts]))
    columns = []
    for part_times, part_values in parts:
        column = np.full(len(times), np.nan)
        column[np.searchsorted(times, part_times)] = part_values
        columns.append(column)
    header = [f"{channel.name} ({channel.unit})" if channel.unit else channel.name for channel in channels]
    return Columns(["utc", *header], [times + canvas.history.epoch_s, *columns], clock=True)


def _cell(value: float) -> str:
    return "" if value != value else repr(value)


def _clock(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="milliseconds")
