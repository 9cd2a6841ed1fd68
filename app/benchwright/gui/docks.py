"""Arranges the panels around the editor."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from benchwright.gui.controls import Controls
from benchwright.gui.panel import Area, Panel, PanelInfo
from benchwright.gui.panel_registry import build_panel, panel_infos
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named

P = TypeVar("P", bound=Panel)

_AREAS: Final = {
    Area.LEFT: Qt.DockWidgetArea.LeftDockWidgetArea,
    Area.RIGHT: Qt.DockWidgetArea.RightDockWidgetArea,
    Area.BOTTOM: Qt.DockWidgetArea.BottomDockWidgetArea,
}


class Docks:
    """Every panel in a dock of its own but the one in the middle; those at the bottom share their place.

    The docks are empty until `fill`: the window is on the screen before its panels are made.
    """

    def __init__(self, window: QMainWindow, model: RunModel, controls: Controls) -> None:
        self._model = model
        self._controls = controls
        self.panels: dict[str, Panel] = {}
        self.docks: dict[str, QDockWidget] = {}
        window.setDockNestingEnabled(True)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self._infos = {info.name: info for info in panel_infos()}
        for info in self._infos.values():
            if info.area is Area.MIDDLE:
                self.panels[info.name] = build_panel(info, model, controls)
            else:
                self._dock(window, info)
        self._share_bottom(window)

    def fill(self) -> None:
        """Make the panels that are not there yet."""
        for name, dock in self.docks.items():
            panel = self.panels[name] = build_panel(self._infos[name], self._model, self._controls)
            dock.setWidget(panel)
            panel.title_changed.connect(dock.setWindowTitle)
            panel.raise_wanted.connect(lambda name=name: self.raise_panel(name))

    def panel(self, kind: type[P]) -> P:
        """Return the panel of a class; those in docks are there after `fill`."""
        return next(panel for panel in self.panels.values() if isinstance(panel, kind))

    def raise_panel(self, name: str) -> None:
        """Show a panel, in front of those that share its place."""
        dock = self.docks.get(name)
        if dock is not None:
            dock.show()
            dock.raise_()

    def jump_to(self, name: str) -> None:
        """Show a panel and give it the keyboard."""
        panel = self.panels.get(name)
        if panel is None:
            return
        self.raise_panel(name)
        first = panel.focusProxy() or next(filter(_takes_keys, _chain(panel)), panel)
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def save_states(self) -> dict[str, Any]:
        """Return what each panel wants to remember."""
        return {name: panel.save_state() for name, panel in self.panels.items()}

    def restore_states(self, states: dict[str, Any]) -> None:
        """Give each panel in a dock what it wanted to remember."""
        for name in self.docks:
            state = states.get(name)
            if isinstance(state, dict):
                self.panels[name].restore_state(state)

    def set_sizes(self, window: QMainWindow) -> None:
        """Give each side its first share of the window."""
        width, height = window.width(), window.height()
        self._resize(window, Qt.Orientation.Horizontal, {"library": width // 6, "plots": width * 2 // 5})
        self._resize(window, Qt.Orientation.Vertical, {"console": height // 4})
        self._resize(window, Qt.Orientation.Vertical, {"plots": 3, "instruments": 2})  # of what is left

    def _resize(self, window: QMainWindow, along: Qt.Orientation, sizes: dict[str, int]) -> None:
        there = {self.docks[name]: size for name, size in sizes.items() if name in self.docks}
        if there:
            window.resizeDocks(list(there), list(there.values()), along)

    def _dock(self, window: QMainWindow, info: PanelInfo) -> None:
        dock = named(QDockWidget(info.title, window), f"dock.{info.name}", info.title)
        self.docks[info.name] = dock
        window.addDockWidget(_AREAS[info.area], dock)

    def _share_bottom(self, window: QMainWindow) -> None:
        area = Qt.DockWidgetArea.BottomDockWidgetArea
        shared = [dock for dock in self.docks.values() if window.dockWidgetArea(dock) == area]
        for left, right in pairwise(shared):
            window.tabifyDockWidget(left, right)
        for dock in shared:
            dock.setTitleBarWidget(QWidget(dock))  # its tab is title enough
        if shared:
            shared[0].raise_()


def _chain(panel: QWidget) -> Iterator[QWidget]:
    """Yield the parts of a panel in the order of the Tab key."""
    part = panel.nextInFocusChain()
    while part is not None and part is not panel:
        if panel.isAncestorOf(part):
            yield part
        part = part.nextInFocusChain()


def _takes_keys(part: QWidget) -> bool:
    return part.isVisible() and part.isEnabled() and part.focusPolicy() != Qt.FocusPolicy.NoFocus
