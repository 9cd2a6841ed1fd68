"""Writes what the plots show: a picture (PNG), a drawing (SVG) or the numbers (CSV)."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from benchwright.core.errors import StorageError
from benchwright.gui.panels.plots.choice import TIME

if TYPE_CHECKING:
    from benchwright.gui.panels.plots.columns import Numbers, RunColumns

PNG_SCALE: Final = 2  # finer than the screen, for print
_CHUNK_ROWS: Final = 5000


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
    generator = QSvgGenerator()
    generator.setFileName(str(file))
    generator.setTitle(title or "Plot")
    generator.setResolution(widget.logicalDpiX())  # else the drawing is larger than the widget
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(widget.rect())
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError(f"{file} cannot be written")
    try:
        widget.render(painter, QPoint(0, 0))
    finally:
        painter.end()


class CsvRows(NamedTuple):
    """The numbers of a run at one moment; growth does not touch them."""

    header: Sequence[str]
    columns: Sequence["Numbers"]

    def write(self, file: Path) -> None:
        """Write them as text, empty where there is no number.

        Raises:
            StorageError: the file cannot be written.
        """
        try:
            with file.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(self.header)
                for first in range(0, len(self.columns[0]), _CHUNK_ROWS):
                    parts = [column[first : first + _CHUNK_ROWS].tolist() for column in self.columns]
                    writer.writerows([_cell(v) for v in row] for row in zip(*parts, strict=True))
        except OSError as error:
            raise StorageError(f"{file} cannot be written: {error.strerror or error}") from error


def rows_to_write(run: "RunColumns") -> CsvRows:
    """Return the time in seconds and every recorded column of numbers."""
    names = run.names()
    return CsvRows(["time_s", *names], [run[name].values for name in (TIME, *names)])


def _cell(value: float) -> str:
    return "" if value != value else repr(value)
