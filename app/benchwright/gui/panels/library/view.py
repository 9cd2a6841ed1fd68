"""The view of the library's tree: keys, and what stays as it was when the tree is another."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from benchwright.gui.panels.library.row_look import RowLook
from benchwright.gui.panels.library.shelf import ShelfItem
from benchwright.gui.panels.library.tree import Index, LibraryTree

_MOST_EXPANDED: Final = 500  # scripts: more are folded at first, which shows them at once


class LibraryView(QTreeView):
    """Shows a `LibraryTree`; Enter and a double click open a script."""

    chosen = Signal(object)  # ShelfItem: open it
    current_changed = Signal(object)  # ShelfItem or None

    def __init__(self, tree: LibraryTree, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tree = tree
        self._is_open: dict[str, bool] = {}  # what the person made of branches
        self.setModel(tree)
        self.setObjectName("library.view")
        self.setAccessibleName("Scripts of the library")
        self.setItemDelegate(RowLook(self))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.header()
        header.setMinimumSectionSize(1)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(1, self.fontMetrics().averageCharWidth() * 5)
        self.doubleClicked.connect(self._choose)
        self.expanded.connect(lambda index: self._is_open.update({tree.node(index).path: True}))
        self.collapsed.connect(lambda index: self._is_open.update({tree.node(index).path: False}))

    def item(self) -> ShelfItem | None:
        """Return the script that is selected."""
        index = self.currentIndex()
        return self._tree.node(index).item if index.isValid() else None

    def select(self, path: str) -> None:
        """Show and select a script by its file."""
        index = self._tree.index_of(path)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def go_to_first(self) -> None:
        """Go on in the tree with the first script that it shows."""
        self.setFocus()
        first = self._tree.first_script()
        if first.isValid() and self.item() is None:
            self.setCurrentIndex(first)

    def keep_place(self) -> tuple[str, int]:
        """Return what `restore_place` needs once the tree is another."""
        index = self.currentIndex()
        path = self._tree.node(index).path if index.isValid() else ""
        return path, self.verticalScrollBar().value()

    def restore_place(self, place: tuple[str, int], *, expand_all: bool) -> None:
        """Expand what was expanded, select what was selected, scroll to where it was."""
        path, scroll = place
        self.blockSignals(True)
        is_small = self._tree.size <= _MOST_EXPANDED
        for name, index in list(self._tree.branches()):
            self.setExpanded(index, (is_small and expand_all) or self._is_open.get(name, is_small))
        self.blockSignals(False)
        index = self._tree.index_of(path) if path else QModelIndex()
        if index.isValid():
            self.setCurrentIndex(index)
        self.verticalScrollBar().setValue(scroll)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; the rest is Qt's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.current_changed.emit(self.item())

    def _choose(self, index: QModelIndex) -> None:
        node = self._tree.node(index)
        if node.item is not None:
            self.chosen.emit(node.item)
        elif index.isValid():
            self.setExpanded(index, not self.isExpanded(index))
