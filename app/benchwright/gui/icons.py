"""The icons of the window, drawn in the theme's colours at any size."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from benchwright.gui.theme import Theme

SIZE: Final = 16  # of the grid that the shapes are drawn on
_SCALES: Final = (1, 2, 3)


def icon(name: str, theme: Theme) -> QIcon:
    """Return an icon, its disabled look included."""
    draw, colour = _DRAWINGS[name]
    result = QIcon()
    for scale in _SCALES:
        result.addPixmap(_pixmap(draw, QColor(getattr(theme, colour)), scale))
        faint = QColor(theme.muted)
        faint.setAlphaF(0.55)
        result.addPixmap(_pixmap(draw, faint, scale), QIcon.Mode.Disabled)
    return result


def _pixmap(draw: Callable[[QPainter, QColor], None], colour: QColor, scale: int) -> QPixmap:
    pixmap = QPixmap(SIZE * scale, SIZE * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    draw(painter, colour)
    painter.end()
    return pixmap


def _filled(painter: QPainter, colour: QColor, path: QPainterPath) -> None:
    painter.fillPath(path, colour)


def _polygon(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])


def _new(painter: QPainter, _: QColor) -> None:
    painter.drawPolyline(_polygon((8, 14), (3.5, 14), (3.5, 2), (9, 2), (12.5, 5.5), (12.5, 8)))
    painter.drawPolyline(_polygon((9, 2), (9, 5.5), (12.5, 5.5)))
    painter.drawLine(QPointF(10, 12.5), QPointF(15, 12.5))
    painter.drawLine(QPointF(12.5, 10), QPointF(12.5, 15))


def _open(painter: QPainter, _: QColor) -> None:
    painter.drawPolyline(_polygon((13, 6.5), (13, 4.5), (7.5, 4.5), (6, 2.8), (2, 2.8), (2, 13)))
    painter.drawPolygon(_polygon((2, 13), (4.2, 6.5), (15, 6.5), (12.8, 13)))


def _save(painter: QPainter, _: QColor) -> None:
    painter.drawPolygon(_polygon((2.5, 2.5), (11, 2.5), (13.5, 5), (13.5, 13.5), (2.5, 13.5)))
    painter.drawPolyline(_polygon((5, 2.5), (5, 6), (10, 6), (10, 2.5)))
    painter.drawPolyline(_polygon((4.8, 13.5), (4.8, 9.3), (11.2, 9.3), (11.2, 13.5)))


def _run(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addPolygon(_polygon((4, 2.5), (13.5, 8), (4, 13.5)))
    path.closeSubpath()
    _filled(painter, colour, path)


def _cancel(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(3.2, 3.2, 9.6, 9.6), 1.2, 1.2)
    _filled(painter, colour, path)


def _pause(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(3.8, 3, 3, 10), 0.8, 0.8)
    path.addRoundedRect(QRectF(9.2, 3, 3, 10), 0.8, 0.8)
    _filled(painter, colour, path)


def _error(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addEllipse(QRectF(2.5, 2.5, 11, 11))
    _filled(painter, colour, path)


def _warning(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addPolygon(_polygon((8, 2), (14.5, 13.5), (1.5, 13.5)))
    path.closeSubpath()
    _filled(painter, colour, path)


def _info(painter: QPainter, _: QColor) -> None:
    painter.drawEllipse(QRectF(3, 3, 10, 10))
    painter.drawLine(QPointF(8, 7.5), QPointF(8, 10.5))
    painter.drawPoint(QPointF(8, 5.5))


_DRAWINGS: Final[dict[str, tuple[Callable[[QPainter, QColor], None], str]]] = {
    "new": (_new, "text"),
    "open": (_open, "text"),
    "save": (_save, "text"),
    "run": (_run, "ok"),
    "cancel": (_cancel, "text"),
    "pause": (_pause, "text"),
    "error": (_error, "error"),
    "warning": (_warning, "warning"),
    "info": (_info, "muted"),
}
