"""What lies across the window above the panels: menus, tools, emergency stop, strips that come and go."""

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QVBoxLayout, QWidget

from benchwright.gui.widgets.estop_button import EStopButton


class TopArea(QWidget):
    """A window's menu widget: unlike tool bars, its rows get the height that their text needs.

    The emergency stop has a place of its own at the right end, which nothing can push out of the window.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.menus = QMenuBar(self)
        self.menus.setObjectName("menus")
        self._tools = QWidget(self)
        self._tools.setObjectName("tools")
        self._tools.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._row = QHBoxLayout(self._tools)
        self._row.setContentsMargins(0, 0, 6, 0)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.menus)
        self._layout.addWidget(self._tools)

    def set_tools(self, tools: QWidget, estop: EStopButton) -> None:
        """Lay out the row of tools."""
        self._row.addWidget(tools, 1)
        self._row.addWidget(estop)

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
