"""A window to read Markdown pages in: contents and search on the left, the page on the right."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextDocument
from PySide6.QtWidgets import (
    QLineEdit,
    QSplitter,
    QTextBrowser,
    QTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from benchwright.gui.widgets.markdown import Page, Section, read_pages, to_html
from benchwright.gui.widgets.named import named

_URL: Final = Qt.ItemDataRole.UserRole
_MOST_MARKS: Final = 1000


class PageView(QTextBrowser):
    """Shows one Markdown file; links lead to others, and what is on the web opens in the web browser."""

    def __init__(self, style: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("help.text")
        self.setAccessibleName("Page")
        self.setOpenLinks(False)
        self.document().setDocumentMargin(self.fontMetrics().height() * 1.5)
        self.document().setDefaultStyleSheet(style)
        self.anchorClicked.connect(self._follow)
        self._words: list[str] = []

    def mark(self, words: Sequence[str]) -> None:
        """Mark these words, on the page that is shown and on those that follow."""
        self._words = [word for word in words if len(word) > 1]  # a letter is everywhere
        self._show_marks()

    def _show_marks(self) -> None:
        marks: list[QTextEdit.ExtraSelection] = []
        for word in self._words:
            found = self.document().find(word)
            while not found.isNull() and len(marks) < _MOST_MARKS:
                mark = QTextEdit.ExtraSelection()
                mark.cursor = found
                mark.format.setBackground(self.palette().highlight())
                marks.append(mark)
                found = self.document().find(word, found)
        self.setExtraSelections(marks)

    def set_style(self, style: str) -> None:
        """Show the page in other colours."""
        self.document().setDefaultStyleSheet(style)
        place = self.verticalScrollBar().value()
        self.reload()
        self._show_marks()
        self.verticalScrollBar().setValue(place)

    def show_page(self, url: QUrl) -> None:
        """Show a file, at the heading that the address names."""
        self.setSource(url, QTextDocument.ResourceType.HtmlResource)
        self._show_marks()

    def loadResource(self, type_: int, name: QUrl | str) -> Any:
        """Give Qt what it asks for, Markdown as HTML, and pictures no wider than the page."""
        url = QUrl(name)
        if url.path().endswith(".md"):
            width = max(self.viewport().width() - 4 * int(self.document().documentMargin()), 200)
            html = to_html(Path(url.toLocalFile()).read_text("utf-8"))
            return html.replace("<img ", f'<img width="{width}" ')
        return super().loadResource(type_, name)

    def _follow(self, link: QUrl) -> None:
        target = self.source().resolved(link)
        if target.isLocalFile() and target.path().endswith(".md"):
            self.show_page(target)
        elif not target.isLocalFile():
            QDesktopServices.openUrl(target)


class Pages(QSplitter):
    """The documentation as a window.

    Args:
        folder: Markdown files; its README.md lists them.
        style: gives the style sheet of the pages, which `restyle` asks for again.
        parent: the window that this one belongs to.
    """

    def __init__(self, folder: Path, style: Callable[[], str], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setWindowFlag(Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("help.pages")
        self.setWindowTitle("Documentation")
        self._style = style
        self._entries: list[_Entry] = []
        self.view = PageView(style(), self)
        self.search = QLineEdit(self)
        self.contents = QTreeWidget(self)
        self.addWidget(self._make_side())
        self.addWidget(self.view)
        self.setStretchFactor(1, 1)
        self.setSizes(
            [self.fontMetrics().averageCharWidth() * 34, self.fontMetrics().averageCharWidth() * 100]
        )
        pages = read_pages(folder)
        for page in pages:
            self._add(page)
        self.view.show_page(QUrl.fromLocalFile(str(pages[0].path)))
        self.search.setFocus()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 140, self.fontMetrics().height() * 48)

    def restyle(self) -> None:
        """Show the page in the colours of today."""
        self.view.set_style(self._style())

    def _make_side(self) -> QWidget:
        self.search.setObjectName("help.search")
        self.search.setPlaceholderText("Search the documentation")
        self.search.setAccessibleName("Search the documentation")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._show_first)
        named(self.contents, "help.contents", "Contents")
        self.contents.setHeaderHidden(True)
        self.contents.setUniformRowHeights(True)
        self.contents.currentItemChanged.connect(lambda item, _: self._show(item))
        side = QWidget(self)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.search)
        layout.addWidget(self.contents)
        return side

    def _add(self, page: Page) -> None:
        """Add a page to the contents, its sections below it."""
        title, *below = page.sections
        top = QTreeWidgetItem(self.contents, [title.title])
        url = QUrl.fromLocalFile(str(page.path))
        top.setData(0, _URL, url)
        entry = _Entry(top, _words(title), [])
        for section in below:
            item = QTreeWidgetItem(top, [section.title])
            place = QUrl(url)
            place.setFragment(section.anchor)
            item.setData(0, _URL, place)
            entry.below.append(_Entry(item, _words(section), []))
        self._entries.append(entry)

    def _show(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.view.show_page(item.data(0, _URL))

    def _filter(self, text: str) -> None:
        """Show the sections that have every word, below their pages."""
        words = text.casefold().split()
        self.view.mark(words)
        for page in self._entries:
            is_found = [all(word in each.words for word in words) for each in page.below]
            for each, found in zip(page.below, is_found, strict=True):
                each.item.setHidden(not found)
            page.item.setHidden(not (any(is_found) or all(word in page.words for word in words)))
            page.item.setExpanded(bool(words) and any(is_found))

    def _show_first(self) -> None:
        """Show what is called by the words, else the first section that has them."""
        words = self.search.text().casefold().split()
        found: list[_Entry] = []
        for page in self._entries:
            if not page.item.isHidden():
                below = [each for each in page.below if not each.item.isHidden()]
                found += below if words and below else [page]
        called = [each for each in found if all(word in each.item.text(0).casefold() for word in words)]
        if found:
            self.contents.setCurrentItem((called or found)[0].item)


class _Entry(NamedTuple):
    """A page or a section in the contents, and the words it can be found by."""

    item: QTreeWidgetItem
    words: str
    below: "list[_Entry]"


def _words(section: Section) -> str:
    return f"{section.title} {section.text}".casefold()
