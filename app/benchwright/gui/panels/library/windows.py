"""Opens the form and the versions of a script in windows of their own, which hold up nothing."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from benchwright.core.errors import BenchwrightError
from benchwright.core.metadata import parse_metadata
from benchwright.gui.background import in_background
from benchwright.gui.banners import Choice
from benchwright.gui.panels.library.shelf import ShelfItem
from benchwright.gui.panels.library.work import LibraryWork

if TYPE_CHECKING:
    from benchwright.gui.panels.library.metadata_window import MetadataWindow


class LibraryWindows(QObject):
    """The windows of the panel.

    Args:
        work: does what they ask for.
        parent: what they belong to.
    """

    def __init__(self, work: LibraryWork, parent: QWidget) -> None:
        super().__init__(parent)
        self._work = work
        self._parent = parent

    def show_versions(self, item: ShelfItem) -> None:
        """Show the versions of a script."""
        if self._work.shelf is None:
            return
        from benchwright.gui.panels.library.versions_window import VersionsWindow

        window = VersionsWindow(self._work.shelf.library, item.entry.key, self._parent)
        window.restore_wanted.connect(lambda key, version: self._work.restore_versions({key: version}))
        window.show()

    def show_metadata(self, item: ShelfItem) -> None:
        """Show the form of a script's metadata; where that is not valid, offer the file itself."""
        shelf, key, file = self._work.shelf, item.entry.key, item.path.with_suffix(".toml")
        if shelf is None:
            return

        def read() -> str:
            text = shelf.library.text_of(key).metadata or ""
            parse_metadata(text, file.name)
            return text

        def failed(error: BenchwrightError) -> None:
            self._work.tell_error(error, [Choice(f"Edit {file.name}", lambda: self._edit(item))])

        in_background("metadata", read, lambda text: self._show_form(key, text), failed, self)

    def _show_form(self, key: str, text: str) -> None:
        from benchwright.gui.panels.library.metadata_window import MetadataWindow

        window = MetadataWindow(key, text, self._parent)
        window.save_wanted.connect(lambda changes: self._save(window, key, changes))
        window.show()

    def _save(self, window: "MetadataWindow", key: str, changes: dict[str, Any]) -> None:
        if not changes:
            window.close()
            return

        def saved(_: None) -> None:
            window.close()
            self._work.tell(f"The metadata of {key} is saved.")
            self._work.show(key)

        shelf = self._work.shelf
        if shelf is not None:
            library = shelf.library
            in_background(
                "metadata",
                lambda: library.edit_metadata(key, changes),
                saved,
                lambda error: window.show_problem(error.message),
                window,
            )

    def _edit(self, item: ShelfItem) -> None:
        self._work.controls.file_wanted.emit(item.path.with_suffix(".toml"))
