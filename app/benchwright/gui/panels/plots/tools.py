"""Buttons for the rows of tools above the plots: all named, told in a tip, and reached by keys."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton


class ToolBar(QToolBar):
    """A row of buttons; what has no room is behind an arrow at its end."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setAccessibleName(name)
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setStyleSheet("QToolBar { padding: 2px 4px; border: 0; spacing: 2px; }")

    def add_button(self, text: str, name: str, tip: str, slot: Callable[[], object]) -> QToolButton:
        """Add a button that does something."""
        button = make_button(text, name, tip)
        button.clicked.connect(lambda _checked: slot())
        self.addWidget(button)
        return button

    def add_toggle(self, text: str, name: str, tip: str, slot: Callable[[bool], object]) -> QToolButton:
        """Add a button that is on or off."""
        button = make_button(text, name, tip)
        button.setCheckable(True)
        button.toggled.connect(slot)
        self.addWidget(button)
        return button

    def add_menu(self, text: str, name: str, tip: str) -> QMenu:
        """Add a button that opens a menu, and return the menu."""
        button = make_button(text, name, tip)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.addWidget(button)
        return menu


def make_button(text: str, name: str, tip: str) -> QToolButton:
    """Return a flat button that keys can reach."""
    button = QToolButton()
    button.setText(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
