"""Does things with the library in the background, tells how they went, and offers to undo them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from benchwright.core.errors import BenchwrightError
from benchwright.gui.background import in_background
from benchwright.gui.banners import Choice
from benchwright.gui.controls import Controls
from benchwright.gui.panels.library.notice import Notice
from benchwright.gui.panels.library.shelf import Shelf
from benchwright.gui.wording import in_words

if TYPE_CHECKING:
    from benchwright.bench.library import ScriptManager

Value = TypeVar("Value")


class LibraryWork(QObject):
    """What every command of the panel goes through.

    Args:
        notice: tells what was done.
        controls: what the window does.
    """

    changed = Signal(str)  # the library is another; the file to show, empty for none

    def __init__(self, notice: Notice, controls: Controls, parent: QObject) -> None:
        super().__init__(parent)
        self.shelf: Shelf | None = None
        self.notice = notice
        self.controls = controls

    def do(self, work: "Callable[[ScriptManager], Value]", done: Callable[[Value], object]) -> None:
        """Do `work` in the background, then `done` with what it returned, and look at the library anew."""
        shelf = self.shelf
        if shelf is None:
            return

        def succeeded(value: Value) -> None:
            done(value)
            self.changed.emit("")

        in_background("library change", lambda: work(shelf.library), succeeded, self._on_failure, self)

    def create(self, work: "Callable[[ScriptManager], str]", sentence: str, *, opens: bool = False) -> None:
        """Do what makes a new script and returns its key; tell so by `sentence`, and show the script."""

        def done(key: str) -> None:
            self.tell(sentence.format(key), "Move to the trash", lambda: self._discard(key))
            self.show(key)
            if opens and self.shelf is not None:
                self.controls.file_wanted.emit(self.shelf.library.path_of(key))

        self.do(work, done)

    def restore_versions(self, versions: Mapping[str, str]) -> None:
        """Make scripts what they were, by key and id of the version; that is undone by what they are now."""

        def work(library: "ScriptManager") -> dict[str, str]:
            before = kept_versions(library, versions)
            for key, version_id in versions.items():
                library.restore_version(key, version_id)
            return before

        def done(before: Mapping[str, str]) -> None:
            names = in_words(list(before))
            what = "is what it was" if len(before) == 1 else "are what they were"
            self.tell(f"{names} {what}.", "Undo", lambda: self.restore_versions(before))
            self.show(next(iter(before)))

        self.do(work, done)

    def show(self, key: str) -> None:
        """Select a script once the tree has it."""
        if self.shelf is not None and key:
            self.changed.emit(str(self.shelf.library.path_of(key)))

    def tell(self, text: str, title: str = "", undo: Callable[[], object] | None = None) -> None:
        """Say what was done, with a button that undoes it."""
        self.notice.tell(text, [] if undo is None else [Choice(title, undo, "library.notice.undo")])

    def _discard(self, key: str) -> None:
        self.do(lambda library: library.delete(key), lambda _: self.tell(f"{key} is in the trash."))

    def tell_error(self, error: BenchwrightError, choices: Sequence[Choice] = ()) -> None:
        """Say why something was not done, and what can be done about it."""
        self.notice.tell(f"{error.message[:1].upper()}{error.message[1:]}.", choices, is_error=True)

    def _on_failure(self, error: BenchwrightError) -> None:
        self.tell_error(error)
        self.changed.emit("")


def kept_versions(library: "ScriptManager", keys: Iterable[str]) -> dict[str, str]:
    """Keep scripts as they are now; return the ids of these versions by key, none of what is no text."""
    kept = {}
    for key in keys:
        library.keep_version(key)
        if versions := library.versions(key):
            kept[key] = versions[0].id
    return kept
