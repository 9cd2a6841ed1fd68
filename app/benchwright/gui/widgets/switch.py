"""A switch: on or off at a glance; behaves as a check box in everything else."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

_SHARE = 1.8  # of its width to its height


class Switch(QCheckBox):
    """A knob on a track, which is filled where it is on; the text stands beside it."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        text = metrics.horizontalAdvance(self.text()) + metrics.height() // 2 if self.text() else 0
        return QSize(round(self._height() * _SHARE) + text + 4, metrics.height() + 8)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def _height(self) -> int:
        return round(self.fontMetrics().height() * 0.8)

    def paintEvent(self, _: QPaintEvent) -> None:
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        palette, role = self.palette(), QPalette.ColorRole
        accent = QColor(palette.color(role.Accent))
        muted = QColor(palette.color(group, role.PlaceholderText))
        if not self.isEnabled():
            accent.setAlphaF(0.4)
            muted.setAlphaF(0.4)
        height = self._height()
        track = QRectF(2, (self.height() - height) / 2, height * _SHARE, height)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(palette.color(role.Accent) if self.hasFocus() else muted, 1.5 if self.hasFocus() else 1)
        )
        painter.setBrush(accent if self.isChecked() else palette.color(role.Base))
        painter.drawRoundedRect(track, height / 2, height / 2)
        knob = height - 6
        left = track.right() - knob - 3 if self.isChecked() else track.left() + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.Base) if self.isChecked() else muted)
        painter.drawEllipse(QPointF(left + knob / 2, track.center().y()), knob / 2, knob / 2)
        if self.text():
            painter.setPen(palette.color(group, role.WindowText))
            area = self.rect().adjusted(round(track.right()) + self.fontMetrics().height() // 2, 0, 0, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
