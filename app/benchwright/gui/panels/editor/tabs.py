"""The open scripts, one in each tab, in the order of the tabs."""

from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QMenu, QTabBar, QTabWidget, QWidget

from benchwright.gui.panels.editor.buffer import ScriptBuffer

_LONGEST_TITLE: Final = 32  # average characters; longer ones lose their middle


class _Bar(QTabBar):
    """Scrolls where there is no room for all tabs, rather than to shorten titles beyond reading."""

    def tabSizeHint(self, index: int) -> QSize:
        size = super().tabSizeHint(index)
        return size.boundedTo(QSize(self.fontMetrics().averageCharWidth() * _LONGEST_TITLE, size.height()))

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)


class ScriptTabs(QTabWidget):
    """Shows open scripts; the tab says which of them are not saved."""

    shown = Signal()  # another script, or the same under another name
    close_wanted = Signal(object)  # ScriptBuffer

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._buffers: list[ScriptBuffer] = []
        self.setObjectName("editor.tabs")
        self.setAccessibleName("Open scripts")
        self.setTabBar(_Bar(self))
        self.setDocumentMode(True)
        self.setTabsClosable(True)
        self.setMovable(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUsesScrollButtons(True)
        self.tabBar().setExpanding(False)
        self.tabBar().setDrawBase(False)
        self.tabBar().installEventFilter(self)
        self.tabBar().setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tabBar().customContextMenuRequested.connect(self._on_menu)
        self.tabBar().tabMoved.connect(self._on_moved)
        self.currentChanged.connect(self._on_current)
        self.tabCloseRequested.connect(lambda index: self.close_wanted.emit(self._buffers[index]))

    @property
    def buffers(self) -> list[ScriptBuffer]:
        """All open scripts, from left to right."""
        return list(self._buffers)

    @property
    def current(self) -> ScriptBuffer | None:
        """The script that is shown."""
        index = self.currentIndex()
        return self._buffers[index] if 0 <= index < len(self._buffers) else None

    def at_path(self, path: Path) -> ScriptBuffer | None:
        """Return the script of a file, also where the file is reached by another name."""
        return next((each for each in self._buffers if each.path and _is_same(each.path, path)), None)

    def of_file(self, file: str) -> ScriptBuffer | None:
        """Return the script by what findings and runs call it."""
        return next((each for each in self._buffers if each.file == file), None)

    def add(self, buffer: ScriptBuffer) -> None:
        """Show a script in a tab of its own."""
        self._buffers.append(buffer)
        buffer.title_changed.connect(lambda: self._on_title(buffer))
        index = self.addTab(buffer.editor, buffer.title)
        self._on_title(buffer)
        self.setCurrentIndex(index)
        if len(self._buffers) == 1:
            self._on_current()

    def remove(self, buffer: ScriptBuffer) -> None:
        """Take a script out; its editor is destroyed with it."""
        index = self._buffers.index(buffer)
        del self._buffers[index]
        self.removeTab(index)
        buffer.editor.deleteLater()
        buffer.deleteLater()
        self._on_current()

    def show_buffer(self, buffer: ScriptBuffer) -> None:
        """Bring a script to the front."""
        self.setCurrentWidget(buffer.editor)

    def step(self, tabs: int) -> None:
        """Show the script that many tabs to the right; after the last comes the first."""
        if self._buffers:
            self.setCurrentIndex((self.currentIndex() + tabs) % len(self._buffers))
            self._buffers[self.currentIndex()].editor.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click with the middle button closes a tab."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            click = cast(QMouseEvent, event)
            index = self.tabBar().tabAt(click.position().toPoint())
            if click.button() == Qt.MouseButton.MiddleButton and index >= 0:
                self.close_wanted.emit(self._buffers[index])
                return True
        return super().eventFilter(watched, event)

    def menu_of(self, buffer: ScriptBuffer) -> QMenu:
        """Return what can be done with a tab."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Close", lambda: self.close_wanted.emit(buffer))
        others = menu.addAction("Close &others", lambda: self._close_others(buffer))
        others.setEnabled(len(self._buffers) > 1)
        menu.addSeparator()
        path = menu.addAction("Copy &path", lambda: QGuiApplication.clipboard().setText(buffer.file))
        path.setEnabled(buffer.path is not None)
        return menu

    def _close_others(self, kept: ScriptBuffer) -> None:
        for buffer in self.buffers:
            if buffer is not kept:
                self.close_wanted.emit(buffer)

    def _on_menu(self, point: QPoint) -> None:
        index = self.tabBar().tabAt(point)
        if index >= 0:
            self.menu_of(self._buffers[index]).popup(self.tabBar().mapToGlobal(point))

    def _on_moved(self, start: int, end: int) -> None:
        self._buffers.insert(end, self._buffers.pop(start))

    def _on_current(self, _: int = 0) -> None:
        for buffer in self._buffers:
            buffer.editor.setObjectName("editor.code" if buffer is self.current else "")
        self.shown.emit()

    def _on_title(self, buffer: ScriptBuffer) -> None:
        if buffer not in self._buffers:
            return
        index = self._buffers.index(buffer)
        title = buffer.title.replace("&", "&&")  # a single one would underline a letter
        self.setTabText(index, f"{title} ●" if buffer.is_modified else title)
        self.setTabToolTip(index, str(buffer.path) if buffer.path else "Not saved yet")


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one == other or one.samefile(other)
    except OSError:
        return False
