"""A window beside the main one that is only read: a table of keys."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)


class KeyTable(QDialog):
    """A searchable list of what can be done and by which keys."""

    def __init__(self, rows: Iterable[tuple[str, str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("help.keys")
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.table = QTreeWidget(self)
        self.table.setAccessibleName("Keyboard shortcuts")
        self.table.setHeaderLabels(["Menu", "Action", "Keys"])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        for row in rows:
            self.table.addTopLevelItem(QTreeWidgetItem(list(row)))
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.table)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 80, self.fontMetrics().height() * 36)

    def _filter(self, text: str) -> None:
        wanted = text.casefold()
        for index in range(self.table.topLevelItemCount()):
            item = self.table.topLevelItem(index)
            assert item is not None
            words = " ".join(item.text(column) for column in range(3)).casefold()
            item.setHidden(wanted not in words)
