"""The heading of a pane: rich text that changes with every repaint, at little cost."""

from PySide6.QtCore import QMargins, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextDocument, QTextOption
from PySide6.QtWidgets import QWidget


class Header(QWidget):
    """A label whose change costs no new layout, as one of `QLabel` does."""

    def __init__(self, margins: QMargins) -> None:
        super().__init__()
        self._margins = margins
        self._text = ""
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self._document.setDefaultTextOption(_wrapping())
        self.setSizePolicy(self.sizePolicy().Policy.Ignored, self.sizePolicy().Policy.Fixed)

    def text(self) -> str:
        """Return the text as it was set."""
        return self._text

    def plain_text(self) -> str:
        """Return the text as people read it."""
        return self._document.toPlainText()

    def setText(self, text: str) -> None:
        """Show rich text."""
        if text != self._text:
            self._text = text
            self._document.setDefaultFont(self.font())
            self._document.setHtml(text)
            self._fit()

    def _fit(self) -> None:
        margins = self._margins
        self._document.setTextWidth(max(self.width() - margins.left() - margins.right(), 1))
        height = int(self._document.size().height()) + margins.top() + margins.bottom()
        if height != self.minimumHeight():
            self.setFixedHeight(height)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for the text at this width."""
        return QSize(1, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text on the ground of plots."""
        painter = QPainter(self)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """Draw the text with its left upper corner where the painter is."""
        painter.fillRect(self.rect(), self.palette().base())
        painter.translate(self._margins.left(), self._margins.top())
        self._document.drawContents(painter)


def _wrapping() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    return option
