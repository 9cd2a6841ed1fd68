"""The place of the panes: above each other, with handles between them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget


class PaneStack(QScrollArea):
    """Shares its height among the panes; where they are too many for it, it scrolls.

    So however many there are, they ask the window for the height of one: it never outgrows the screen.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self.setWidget(self._splitter)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def add(self, pane: QWidget) -> None:
        """Put a pane below the others."""
        self._splitter.addWidget(pane)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        first = self._splitter.widget(0)
        least = self._splitter.minimumSizeHint()
        return QSize(least.width(), first.minimumHeight()) if first is not None else least
