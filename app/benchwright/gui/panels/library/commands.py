"""What a person does with the scripts of the library."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from benchwright.engines.registry import engine_suffixes
from benchwright.gui.panels.library.shelf import ShelfItem
from benchwright.gui.panels.library.work import LibraryWork

if TYPE_CHECKING:
    from benchwright.bench.library import ScriptManager, TrashedScript

_NEW: Final = {
    ".lua": "-- What this script does.\n\n",
    ".py": "# What this script does.\n\n",
}


class LibraryCommands(QObject):
    """Carries out what menu and keys ask for.

    Args:
        work: does it.
        current: gives the selected script.
    """

    rename_wanted = Signal()  # the person wants to write another name in the tree
    metadata_wanted = Signal(object)  # ShelfItem: show its form
    versions_wanted = Signal(object)  # ShelfItem: show its versions

    def __init__(self, work: LibraryWork, current: Callable[[], ShelfItem | None]) -> None:
        super().__init__(work)
        self._work = work
        self._current = current

    # --- a script as it is ---

    def open(self) -> None:
        """Show the selected script in the editor."""
        self._with_item(lambda item: self._work.controls.file_wanted.emit(item.path))

    def run(self) -> None:
        """Run the selected script, open in the editor or not."""
        self._with_item(lambda item: self._work.controls.run_wanted.emit(item.path))

    def schedule(self) -> None:
        """Run the selected script at set times."""
        self._with_item(lambda item: self._work.controls.schedule_wanted.emit(item.path))

    def edit_metadata(self) -> None:
        self._with_item(self.metadata_wanted.emit)

    def show_versions(self) -> None:
        self._with_item(self.versions_wanted.emit)

    def rename(self) -> None:
        self.rename_wanted.emit()

    # --- changes ---

    def rename_to(self, item: ShelfItem, name: str) -> None:
        """Give a script another name within the library, `/` leads to folders; its suffix may be left out."""
        key, suffix = item.entry.key, item.path.suffix
        new = name.strip().strip("/")
        new = new if new.endswith(tuple(engine_suffixes())) else f"{new}{suffix}"
        if new == key:
            return

        def undo() -> None:
            self._rename(new, key, lambda: self._work.tell(f"{new} is called {key} again."))

        self._rename(key, new, lambda: self._work.tell(f"{key} is called {new} now.", "Undo", undo))

    def duplicate(self) -> None:
        """Copy the selected script, beside it."""
        self._with_item(
            lambda item: self._work.create(lambda library: library.duplicate(item.entry.key), "{} is a copy.")
        )

    def copy_example(self) -> None:
        """Copy the selected example to the library."""

        def copy(item: ShelfItem) -> None:
            from benchwright.bench.library import ScriptManager

            source = ScriptManager(item.path.parent, read_only=True)

            def work(library: "ScriptManager") -> str:
                script = source.text_of(item.path.name)
                return library.add(script.file, script.source, script.metadata)

            self._work.create(work, "{} is yours now.", opens=True)

        self._with_item(copy)

    def add(self, name: str, source: str, metadata: str | None) -> None:
        """Put a script into the library, under another name where this one is taken, and open it."""
        self._work.create(
            lambda library: library.add(name, source, metadata), "{} is in the library.", opens=True
        )

    def delete(self) -> None:
        """Move the selected script to the trash."""
        item = self._current()
        if item is None:
            return
        key = item.entry.key

        def done(trashed: "TrashedScript") -> None:
            self._work.tell(f"{key} is in the trash.", "Bring it back", lambda: self._restore(trashed.id))

        self._work.do(lambda library: library.delete(key), done)

    def restore_last(self) -> None:
        """Bring back what was deleted last."""

        def work(library: "ScriptManager") -> str:
            trash = library.trash()
            return library.restore(trash[0].id) if trash else ""

        def done(key: str) -> None:
            self._work.tell(f"{key} is back." if key else "Nothing is in the trash.")
            self._work.show(key)

        self._work.do(work, done)

    def new_lua(self) -> None:
        self._new(".lua")

    def new_python(self) -> None:
        self._new(".py")

    def keep_version(self, path: Path) -> None:
        """Keep a file as it is now, if it is one of the library."""
        shelf = self._work.shelf
        key = shelf.library.key_of(path) if shelf is not None else None
        if key is not None:
            self._work.do(lambda library: library.keep_version(key), lambda _: None)

    # --- inside ---

    def _new(self, suffix: str) -> None:
        item = self._current()
        folder = "" if item is None or item.is_example else item.entry.folder
        key = f"{folder}/untitled{suffix}" if folder else f"untitled{suffix}"
        self._work.create(lambda library: library.add(key, _NEW[suffix]), "{} is new.", opens=True)

    def _rename(self, key: str, new: str, told: Callable[[], None]) -> None:
        def work(library: "ScriptManager") -> tuple[Path, Path]:
            library.rename(key, new)
            return library.path_of(key), library.path_of(new)

        def done(paths: tuple[Path, Path]) -> None:
            self._work.controls.file_moved.emit(*paths)
            told()
            self._work.show(new)

        self._work.do(work, done)

    def _restore(self, trash_id: str) -> None:
        def done(key: str) -> None:
            self._work.tell(f"{key} is back.")
            self._work.show(key)

        self._work.do(lambda library: library.restore(trash_id), done)

    def _with_item(self, do: Callable[[ShelfItem], object]) -> None:
        item = self._current()
        if item is not None:
            do(item)
