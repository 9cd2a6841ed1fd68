"""Takes exported scripts into the library, and makes them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from benchwright.bench.scripts.script_file import read_alone
from benchwright.bench.storage.files import write_atomic
from benchwright.core.permissions import MEANINGS
from benchwright.gui.banners import Choice
from benchwright.gui.panels.library import dialogs
from benchwright.gui.panels.library.shelf import ShelfItem
from benchwright.gui.panels.library.wording import brief
from benchwright.gui.panels.library.work import LibraryWork, kept_versions
from benchwright.gui.wording import in_words

if TYPE_CHECKING:
    from benchwright.bench.library import Conflict, ImportPreview, ScriptManager


class LibrarySharing(QObject):
    """Export, and import after a look at what it brings.

    Args:
        work: does it.
        current: gives the selected script.
        window: where dialogs belong.
    """

    def __init__(self, work: LibraryWork, current: Callable[[], ShelfItem | None], window: QWidget) -> None:
        super().__init__(work)
        self._work = work
        self._current = current
        self._window = window

    def export(self) -> None:
        """Ask where the selected script goes as one file."""
        item = self._current()
        if item is None or not item.entry.language:
            self._work.tell("Select the script to export first.")
            return
        self.export_file(item.path)

    def export_file(self, path: Path) -> None:
        """Ask where a script, of the library or not, goes as one file."""
        dialogs.ask_export(
            self._window, Path.home() / f"{path.stem}.script.toml", lambda file: self._export(path, file)
        )

    def choose_import(self) -> None:
        """Ask for exported scripts to take in."""
        dialogs.ask_import(self._window, Path.home(), self.preview)

    def preview(self, file: Path) -> None:
        """Say what an exported script is and wants, and offer to take it in."""

        def work(library: "ScriptManager") -> "tuple[bytes, ImportPreview]":
            from benchwright.bench.library import read_document

            data = read_document(file)
            return data, library.sharing.preview(data, file.name)

        self._work.do(work, lambda found: self._offer(file, *found))

    def take(self, file: Path) -> None:
        """Take a dropped file: an exported script is offered, a script is copied."""
        if file.suffix == ".toml":
            self.preview(file)
            return
        from benchwright.bench.library import ScriptManager

        source = ScriptManager(file.parent, read_only=True)

        def work(library: "ScriptManager") -> str:
            script = source.text_of(file.name)
            return library.add(script.file, script.source, script.metadata)

        self._work.create(work, "{} is in the library.")

    def _offer(self, file: Path, data: bytes, found: "ImportPreview") -> None:
        if found.is_known:
            self._work.tell(f"{found.key} is in the library already, exactly as in {file.name}.")
            self._work.show(found.key)
            return

        def take() -> None:
            from benchwright.bench.library import Conflict

            self._import(file, data, Conflict.RENAME)

        choices = [Choice("Import", take, "library.import.take")]
        if found.conflicts:
            choices = [Choice("Keep both", take, "library.import.rename")]
        if found.key in found.conflicts:
            choices.append(
                Choice("Replace mine", lambda: self._replace(file, data, found), "library.import.replace")
            )
        self._work.notice.tell(_description(file, found), choices)

    def _import(self, file: Path, data: bytes, on_conflict: "Conflict") -> None:
        def work(library: "ScriptManager") -> str:
            return library.sharing.take(data, file.name, on_conflict=on_conflict) or ""

        self._work.create(work, "{} is in the library.")

    def _replace(self, file: Path, data: bytes, found: "ImportPreview") -> None:
        def work(library: "ScriptManager") -> dict[str, str]:
            from benchwright.bench.library import Conflict

            before = kept_versions(library, found.conflicts)
            library.sharing.take(data, file.name, on_conflict=Conflict.REPLACE)
            return before

        def done(before: dict[str, str]) -> None:
            names = in_words(list(before))
            what = (
                "is replaced; what it was is among its versions"
                if len(before) == 1
                else "are replaced; what they were is among their versions"
            )
            self._work.tell(f"{names} {what}.", "Undo", lambda: self._work.restore_versions(before))
            self._work.show(found.key)

        self._work.do(work, done)

    def _export(self, path: Path, file: Path, *, with_dependencies: bool = False) -> None:
        def work(library: "ScriptManager") -> Sequence[str]:
            write_atomic(file, library.sharing.export(path, with_dependencies=with_dependencies))
            return sorted(read_alone(path).metadata.dependency_names)

        def done(needed: Sequence[str]) -> None:
            if with_dependencies or not needed:
                self._work.tell(f"{path.name} is in {file}.")
                return
            names = in_words(needed)
            self._work.tell(
                f"{path.name} is in {file}, without {names}, which it needs.",
                "Export them, too",
                lambda: self._export(path, file, with_dependencies=True),
            )

        self._work.do(work, done)


def _description(file: Path, found: "ImportPreview") -> str:
    """Say what an exported script is and wants, before it is taken."""
    metadata, script = found.metadata, found.document.script
    about = [metadata.version and f"version {metadata.version}", metadata.author and f"by {metadata.author}"]
    title = " ".join(filter(None, [script.file, *about]))
    lines = [brief(each) for each in (title, metadata.description) if each]
    meanings = (
        ", ".join(MEANINGS[each] for each in sorted(found.wanted_permissions)) or "nothing of the bench"
    )
    lines.append(f"When it is run it will ask to {meanings}. Importing grants nothing.")
    if found.document.dependencies:
        names = ", ".join(each.file for each in found.document.dependencies)
        lines.append(brief(f"It brings along {names}."))
    if found.conflicts:
        lines.append(f"The library has another {' and '.join(found.conflicts)}.")
    return "\n".join(lines)
