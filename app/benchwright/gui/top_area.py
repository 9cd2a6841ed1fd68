"""What lies across the window above the panels: menus, tools, emergency stop, strips that come and go."""

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QMenuBar, QVBoxLayout, QWidget


class TopArea(QWidget):
    """A window's menu widget: unlike tool bars, its rows get the height that their text needs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.menus = QMenuBar(self)
        self.menus.setObjectName("menus")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.menus)

    def add_row(self, content: QWidget) -> None:
        """Add a row that is always there."""
        self._layout.addWidget(content)

    def add_strip(self, content: QWidget, filled: SignalInstance) -> None:
        """Add a row that is there only while it has something to show.

        Args:
            content: what it shows.
            filled: tells whether there is anything in it.
        """
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        content.setProperty("strip", True)
        content.hide()
        self._layout.addWidget(content)
        filled.connect(content.setVisible)
