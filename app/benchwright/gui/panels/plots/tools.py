"""Buttons for the rows of tools above the plots: all named, told in a tip, and reached by keys."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton

from benchwright.gui import theme

_LONGEST_TEXT: Final = 14  # letters of a button whose text is a choice


class ToolBar(QToolBar):
    """A row of buttons; what has no room is behind an arrow at its end."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setAccessibleName(name)
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._set_theme(theme.current())
        theme.watcher.changed.connect(self._set_theme)

    def _set_theme(self, new: theme.Theme) -> None:
        self.setStyleSheet(tool_style(new))

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
        button = make_button(f"{text} ▾", name, tip)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.addWidget(button)
        return menu

    def name_menu(self, menu: QMenu, text: str) -> None:
        """Write another text on the button that opens a menu; a long one is cut."""
        button = menu.parent()
        if isinstance(button, QToolButton):
            room = _LONGEST_TEXT * self.fontMetrics().averageCharWidth()
            button.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room) + " ▾")


def tool_style(colours: theme.Theme) -> str:
    """Return the style of a dense row of tools; what is on is underlined."""
    return f"""
    QToolBar {{ padding: 2px; border: 0; spacing: 0; background: {colours.background}; }}
    QToolButton {{ padding: 3px 5px; border: 0; border-bottom: 2px solid transparent; border-radius: 0; }}
    QToolButton:hover:enabled {{ background: {colours.surface}; }}
    QToolButton:checked {{ color: {colours.accent}; border-bottom-color: {colours.accent}; }}
    QToolButton:focus {{ background: {colours.selection}; }}
    QToolButton#qt_toolbar_ext_button {{ padding: 0; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    """


def log_action(parent: QObject, name: str) -> QAction:
    """Return the entry of a menu that makes an axis logarithmic."""
    action = QAction("Logarithmic", parent)
    action.setObjectName(name)
    action.setCheckable(True)
    return action


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
