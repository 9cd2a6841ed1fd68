"""Reads the library and the examples for the panel, away from the GUI thread."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchwright.bench.data_folder import DataFolder
from benchwright.core.errors import StorageError
from benchwright.core.resource_paths import resource_path
from benchwright.core.script_statistics import ScriptExecutionStats

if TYPE_CHECKING:
    from benchwright.bench.library import ScriptEntry, ScriptManager


class ShelfItem(NamedTuple):
    """One script as the panel shows it; `path` is its file."""

    entry: "ScriptEntry"
    path: Path
    is_example: bool = False


class Contents(NamedTuple):
    """What was there at one moment: own scripts, examples, statistics by file; `problem` hides some of it."""

    items: tuple[ShelfItem, ...] = ()
    statistics: Mapping[str, ScriptExecutionStats] = {}
    problem: str = ""


class Shelf:
    """The library of a data folder beside the shipped examples.

    Args:
        data_dir: the data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        from benchwright.bench.library import RunStatistics, ScriptManager
        from benchwright.bench.storage.run_store import RunStore

        folder = DataFolder(data_dir)
        self.library = ScriptManager(folder.library)
        self._examples = _examples()
        self._items: tuple[ShelfItem, ...] = ()
        self._statistics = RunStatistics(RunStore(folder.path), self.library)

    def read(self) -> Contents:
        """Return what is there now; it takes a while where there is much."""
        problem = ""
        statistics: Mapping[str, ScriptExecutionStats] = {}
        try:
            statistics = self._statistics.by_file()
        except StorageError as error:
            problem = error.message
        items = (*self._own(), *self._shipped())
        try:
            self._keep_versions(items)
        except StorageError as error:
            problem = problem or error.message
        if [item.entry for item in items] != [item.entry for item in self._items]:
            self._items = items  # else the same object, which is compared at once
        return Contents(self._items, statistics, problem)

    def search(self, query: str, contents: Contents) -> frozenset[Path]:
        """Return the files of the scripts that fit a query."""
        own = self.library.search(query, [item.entry for item in contents.items if not item.is_example])
        found = {self.library.folder / key for key in own}
        if self._examples is not None:
            entries = [item.entry for item in contents.items if item.is_example]
            found |= {self._examples.folder / key for key in self._examples.search(query, entries)}
        return frozenset(found)

    def _keep_versions(self, items: Sequence[ShelfItem]) -> None:
        """Keep what somebody else changed since the last look."""
        before = {item.path: item.entry for item in self._items}
        for item in items if before else ():
            if not item.is_example and item.entry.language and before.get(item.path) != item.entry:
                self.library.keep_version(item.entry.key)

    def _own(self) -> list[ShelfItem]:
        folder = self.library.folder
        return [ShelfItem(entry, folder / entry.key) for entry in self.library.list()]

    def _shipped(self) -> list[ShelfItem]:
        if self._examples is None:
            return []
        folder = self._examples.folder
        return [ShelfItem(entry, folder / entry.key, is_example=True) for entry in self._examples.list()]


def _examples() -> "ScriptManager | None":
    from benchwright.bench.library import ScriptManager

    try:
        return ScriptManager(resource_path("examples"), read_only=True)
    except FileNotFoundError:
        return None
