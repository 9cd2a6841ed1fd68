"""The settings of a window: shows their page and their file, and tells what is wrong in it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from benchwright.core.errors import BenchwrightError
from benchwright.gui import theme
from benchwright.gui.banners import Banners, Choice
from benchwright.gui.settings import Settings
from benchwright.gui.settings.effects import SettingEffects

if TYPE_CHECKING:
    from benchwright.gui.settings.page import SettingsPage

_SUBJECT = "settings"


class Preferences(QObject):
    """What people reach as "Settings".

    Args:
        settings: the values.
        effects: carries them out.
        banners: where mistakes in the file are told.
        go_to: shows file, line and column in the editor.
        window: the parent of the page.
    """

    def __init__(
        self,
        settings: Settings,
        effects: SettingEffects,
        banners: Banners,
        go_to: Callable[[str, int, int], object],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._effects = effects
        self._banners = banners
        self._go_to = go_to
        self._window = window
        self._page: SettingsPage | None = None
        settings.problems_changed.connect(self._tell_problems)
        settings.not_saved.connect(lambda text: self._tell(f"{text}.", 1))
        self._tell_problems()

    def show_page(self) -> None:
        """Open the page, or bring it to the front."""
        if self._page is None:
            from benchwright.gui.settings.page import SettingsPage

            self._page = SettingsPage(self._settings, self._window)
            self._page.file_wanted.connect(self.open_file)
            self._page.destroyed.connect(self._forget_page)
        self._page.show()
        self._page.raise_()
        self._page.activateWindow()

    def open_file(self, line: int = 1) -> None:
        """Show the file in the editor; it is made where there is none."""
        try:
            path = self._settings.make_file()
        except BenchwrightError as error:
            self._tell(f"{error.message}.", 1)
            return
        self._go_to(str(path), line, 1)

    def toggle_theme(self) -> None:
        """Change from light to dark, or back."""
        self._settings.set("window.theme", "light" if theme.current().is_dark else "dark")

    def close(self) -> None:
        """Wait until all is written."""
        if self._page is not None:
            self._page.accept()
        self._effects.close()
        self._settings.close()

    def _forget_page(self) -> None:
        self._page = None

    def _tell_problems(self) -> None:
        problems = self._settings.problems
        if problems:
            self._tell("\n".join(f"{each.text}." for each in problems), problems[0].line or 1)
        else:
            self._banners.dismiss(_SUBJECT)

    def _tell(self, text: str, line: int) -> None:
        choices = [
            Choice("Open", lambda: self.open_file(line), "banner.settings"),
            Choice("Dismiss", lambda: self._banners.dismiss(_SUBJECT)),
        ]
        self._banners.tell(_SUBJECT, text, choices, is_error=True)
