"""The list of ports that instruments may be at, filled as the search finds them."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.panels.instruments.port_scan import PortScan
from benchwright.gui.widgets.named import named
from benchwright.instruments.discovery import FoundPort

_ROWS: Final = 5
_PORT: Final = Qt.ItemDataRole.UserRole


def library_choice(object_name: str) -> QComboBox:
    """Return a list of who may talk VISA; the data of its items is what the configuration calls them."""
    choice = named(QComboBox(), object_name, "VISA library")
    choice.setToolTip("Who talks VISA: pyvisa-py, or the library that a vendor installed")
    choice.addItem("pyvisa-py", "@py")
    choice.addItem("vendor's VISA", "")
    return choice


class FoundPorts(QWidget):
    """A search and what it found; `chosen` carries the port that is to be used."""

    chosen = Signal(object)  # FoundPort

    def __init__(self) -> None:
        super().__init__()
        self.configured: dict[str, str] = {}  # instrument by link
        self.scan = PortScan(self)
        self.list = QTreeWidget()
        self._status = QLabel()
        self._button = QToolButton()
        self.library = library_choice("discovery.library")
        self._arrange()
        self.scan.found.connect(self._on_found)
        self.scan.ended.connect(self._on_end)
        self.list.currentItemChanged.connect(self._on_current)
        self._button.clicked.connect(self.toggle)
        self._show_state("")

    def _arrange(self) -> None:
        named(self.list, "discovery.list", "Ports found on this computer")
        self.list.setHeaderLabels(["Link", "What it is"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setFixedHeight((_ROWS + 2) * self.fontMetrics().lineSpacing() * 4 // 3)
        self._status.setObjectName("discovery.status")
        self._status.setWordWrap(True)
        self._status.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._button.setObjectName("discovery.search")
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout()
        row.addWidget(self._status, 1)
        row.addWidget(self.library)
        row.addWidget(self._button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.list)

    def toggle(self) -> None:
        """Begin to search, or end the search that is under way."""
        if self.scan.is_running:
            self.scan.cancel()
            return
        self.list.clear()
        self.scan.start(self.library.currentData())
        self._show_state("Looking… serial ports come at once, VISA resources within seconds.")

    def _show_state(self, text: str) -> None:
        self._status.setText(text or "Serial ports and VISA resources of this computer. Nothing is opened.")
        self._status.setStyleSheet("")
        self._button.setText("Stop" if self.scan.is_running else "Search")
        self._button.setAccessibleName(f"{self._button.text()} for ports")

    def _on_found(self, port: FoundPort) -> None:
        owner = self.configured.get(port.link)
        about = "  ".join(text for text in (port.description, port.usb) if text) or port.kind
        item = QTreeWidgetItem([port.link, f"{owner} has it" if owner else about])
        item.setData(0, _PORT, port)
        item.setFont(0, theme.fixed_font())
        for column in range(2):
            item.setToolTip(column, f"{port.link}\n{about}")
        if owner:
            muted = self.palette().placeholderText()
            item.setForeground(0, muted)
            item.setForeground(1, muted)
        self.list.addTopLevelItem(item)
        self.list.resizeColumnToContents(0)
        self.list.setColumnWidth(0, min(self.list.columnWidth(0), self.list.width() * 2 // 3))

    def _on_end(self, problem: str) -> None:
        count = self.list.topLevelItemCount()
        found = f"{count} found." if count else "Nothing found. Is it plugged in and switched on?"
        self._show_state(problem or f"{found} A choice fills in the link below.")
        if problem:
            self._status.setStyleSheet(f"color: {theme.current().error}")

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, _PORT))
