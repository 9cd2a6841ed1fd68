"""The menus, made from the table of actions."""

from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from benchwright.gui import actions
from benchwright.gui.docks import Docks
from benchwright.gui.panels.editor.panel import EditorPanel
from benchwright.gui.recent_menu import RecentMenu


def fill_menus(bar: QMenuBar, actions_by_id: dict[str, QAction], docks: Docks, editor: EditorPanel) -> None:
    """Make the menus; View lists the panels, too."""
    for name in actions.MENUS:
        menu = bar.addMenu(f"&{name}")
        menu.setObjectName(f"menu.{name.lower()}")
        below: dict[str, QMenu] = {name: menu}
        for row in actions.ACTIONS:
            if row.menu.split(" > ")[0] == name:
                if row.menu not in below:
                    below[row.menu] = menu.addMenu(row.menu.split(" > ")[1])
                if row.group:
                    menu.addSeparator()
                below[row.menu].addAction(actions_by_id[row.id])
            if row.id == "action.open" and name == "File":
                menu.addMenu(_recent(editor, menu))
        if name == "View":
            panels = menu.addMenu("Pa&nels")
            for dock in docks.docks.values():
                panels.addAction(dock.toggleViewAction())


def _recent(editor: EditorPanel, menu: QMenu) -> RecentMenu:
    def files() -> list[Path]:
        return editor.recent

    return RecentMenu(files, editor.open_file, menu)
