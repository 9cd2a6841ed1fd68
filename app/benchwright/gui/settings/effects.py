"""What the settings do: hands each to the part of the window that it is about."""

from typing import Protocol

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from benchwright.gui import theme
from benchwright.gui.settings.store import Settings


class EditorView(Protocol):
    """How the editor shows scripts."""

    def use_font(self, font: QFont) -> None: ...
    def use_indent(self, columns: int) -> None: ...


class Console(Protocol):
    """What scripts print."""

    def use_font(self, font: QFont) -> None: ...
    def keep_lines(self, count: int) -> None: ...


class SettingEffects:
    """Puts the settings into effect now and whenever they change."""

    def __init__(self, app: QApplication, settings: Settings, editor: EditorView, console: Console) -> None:
        self._app = app
        self._settings = settings
        self._editor = editor
        self._console = console
        settings.changed.connect(self.apply)
        app.styleHints().colorSchemeChanged.connect(self._apply_theme)
        self.apply()

    def close(self) -> None:
        """Let the desktop's colours be."""
        self._app.styleHints().colorSchemeChanged.disconnect(self._apply_theme)

    def apply(self) -> None:
        """Put every setting into effect."""
        settings = self._settings
        self._apply_theme()
        font = theme.fixed_font(settings.text("editor.font_family"), settings.number("editor.font_size"))
        self._editor.use_font(font)
        self._editor.use_indent(settings.number("editor.indent"))
        self._console.use_font(font)
        self._console.keep_lines(settings.number("console.max_lines"))

    def _apply_theme(self, _: object = None) -> None:
        wanted = theme.preferred(self._app, self._settings.text("window.theme"))
        if wanted is not theme.current():
            theme.apply(self._app, wanted)
