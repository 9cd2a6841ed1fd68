"""Windows beside the main one that are only read: tables, documents."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTextBrowser,
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


class Pages(QTextBrowser):
    """Shows Markdown files with links between them; what is on the web opens in the web browser."""

    def __init__(self, first: QUrl, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("help.pages")
        self.setWindowTitle("Documentation")
        self.setAccessibleName("Documentation")
        self.setOpenLinks(False)
        self.anchorClicked.connect(self._follow)
        self.document().setDocumentMargin(self.fontMetrics().height())
        self.setSource(first, QTextDocument.ResourceType.MarkdownResource)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 110, self.fontMetrics().height() * 48)

    def _follow(self, link: QUrl) -> None:
        target = self.source().resolved(link)
        if target.isLocalFile() and target.path().endswith(".md"):
            self.setSource(target, QTextDocument.ResourceType.MarkdownResource)
        elif not target.isLocalFile():
            QDesktopServices.openUrl(target)
