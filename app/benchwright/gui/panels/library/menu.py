"""What can be done with a script of the library: one row each, for the menu and the keys."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from benchwright.gui.panels.library.shelf import ShelfItem


class Row(NamedTuple):
    """One thing to do; `needs` says with what: words of ``script``, ``own`` (no example), ``example``."""

    name: str
    title: str
    keys: str = ""
    needs: str = ""
    group: bool = False  # a line above it


ROWS: Final = (
    Row("open", "&Open\tEnter", "", "script"),
    Row("run", "&Run", "Ctrl+Return", "script"),
    Row("schedule", "Run at &set times…", "", "script"),
    Row("edit_metadata", "Edit &metadata…", "Alt+Return", "own script", group=True),
    Row("show_versions", "&Versions…", "Ctrl+Shift+V", "own script"),
    Row("copy_example", "&Copy to my library", "", "example", group=True),
    Row("rename", "Re&name or move", "F2", "own script", group=True),
    Row("duplicate", "D&uplicate", "Ctrl+D", "own script"),
    Row("export", "&Export…", "", "script"),
    Row("delete", "Move to the &trash", "Del", "own"),
    Row("new_lua", "New &Lua script", group=True),
    Row("new_python", "New &Python script"),
    Row("choose_import", "&Import…"),
    Row("restore_last", "Bring back what was &deleted last"),
)


class LibraryMenu:
    """The menu of a view, whose entries are its keys as well.

    Args:
        view: where menu and keys are.
        commands: one of them has a method of each row's name.
        current: gives the selected script.
    """

    def __init__(
        self, view: QWidget, commands: Sequence[object], current: Callable[[], ShelfItem | None]
    ) -> None:
        self._view = view
        self._current = current
        self._actions = {row.name: _action(row, view, commands, self._allows) for row in ROWS}
        view.customContextMenuRequested.connect(self._open)

    def make(self) -> QMenu:
        """Return the menu for what is selected; it goes when it is closed."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for row in ROWS:
            if self._allows(row):
                if row.group and not menu.isEmpty():
                    menu.addSeparator()
                menu.addAction(self._actions[row.name])
        return menu

    def _open(self, place: QPoint) -> None:
        self.make().popup(self._view.mapToGlobal(place))

    def _allows(self, row: Row) -> bool:
        item = self._current()
        if item is None:
            return not row.needs
        kinds = {"example" if item.is_example else "own", "script" if item.entry.language else ""}
        return kinds.issuperset(row.needs.split())


def _action(row: Row, view: QWidget, commands: Sequence[object], allows: Callable[[Row], bool]) -> QAction:
    action = QAction(row.title, view)
    action.setObjectName(f"library.{row.name}")
    if row.keys:
        action.setShortcut(QKeySequence(row.keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    method: Callable[[], object] = next(filter(None, (getattr(each, row.name, None) for each in commands)))
    action.triggered.connect(lambda _checked=False: method() if allows(row) else None)
    view.addAction(action)
    return action
