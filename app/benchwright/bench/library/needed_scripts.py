"""Tells of each script in the library whether those that it needs are there."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.bench.scripts.dependencies import Needs, resolve
from benchwright.core.errors import MetadataError


def with_dependencies(entries: Iterable[ScriptEntry]) -> Iterator[ScriptEntry]:
    """Give the entries, those that lack a script they need with that as their problem."""
    entries = list(entries)
    shelf = _Entries(entries)
    for entry in entries:
        problem = _problem(entry.key, shelf) if entry.dependencies and not entry.problem else ""
        yield msgspec.structs.replace(entry, problem=problem) if problem else entry


def _problem(key: str, shelf: "_Entries") -> str:
    try:
        resolve(key, shelf)
    except MetadataError as error:
        return error.message
    return ""


class _Entries:
    """The scripts of a list, as a `Shelf` whose places are their keys."""

    def __init__(self, entries: Iterable[ScriptEntry]) -> None:
        self._entries = {entry.key: entry for entry in entries}
        self._by_file: dict[str, dict[str, str]] = {}
        for key in self._entries:
            self._by_file.setdefault(key.rpartition("/")[2], {})[key] = key

    def beside(self, place: str, file: str) -> str | None:
        head, slash, _ = place.rpartition("/")
        key = f"{head}{slash}{file}"
        return key if key in self._entries else None

    def in_library(self, file: str) -> Mapping[str, str]:
        return self._by_file.get(file, {})

    def needs(self, place: str) -> Needs:
        entry = self._entries[place]
        if entry.problem:
            raise MetadataError(entry.problem)
        return Needs(entry.version, entry.dependencies, f"{place.rpartition('.')[0]}.toml")
