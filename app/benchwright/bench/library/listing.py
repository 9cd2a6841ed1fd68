"""Lists the library: one look at the folder, and only what changed since the last one is read."""

import os
import threading
import time
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

import msgspec

from benchwright import __version__
from benchwright.bench.library.needed_scripts import with_dependencies
from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.bench.library.script_key import checked_key
from benchwright.bench.scripts.script_file import MAX_METADATA_BYTES, MAX_SCRIPT_BYTES, read_text
from benchwright.bench.scripts.script_folder import METADATA_SUFFIX, Obstacle, ScriptAt, walk
from benchwright.bench.storage.cache_file import CacheFile
from benchwright.bench.storage.files import reason_of
from benchwright.core.errors import BenchwrightError
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.engines.registry import engine_for_suffix

_FRESH_NS: Final = 50_000_000  # a file this young may change again without another time or size

Stamp: TypeAlias = tuple[int, ...]  # times, sizes and inodes of a script's file and its metadata's


class _Known(msgspec.Struct, frozen=True, array_like=True):
    """What was read of a script, and the stamp of its files then."""

    stamp: Stamp
    entry: ScriptEntry


class Listing:
    """The scripts of a folder; safe to use from several threads.

    Args:
        folder: the library; it need not be there.
        cache_file: where what was read is kept between processes; None for nowhere.
    """

    def __init__(self, folder: Path, cache_file: Path | None) -> None:
        self._folder = folder
        self._cache = None if cache_file is None else CacheFile(cache_file, dict[str, _Known], __version__)
        self._lock = threading.Lock()
        self._known: dict[str, _Known] | None = None

    def entries(self) -> list[ScriptEntry]:
        """Return what is in the library now, sorted by key; what cannot be used is there with its problem."""
        with self._lock:
            before = self._known
            if before is None:
                before = (self._cache and self._cache.load()) or {}
            obstacles: list[Obstacle] = []
            known = {found.key: self._look_at(found, before) for found in walk(self._folder, obstacles)}
            self._known = known
            if self._cache is not None and known != before:
                self._cache.save({key: each for key, each in known.items() if each.stamp})
        entries = [each.entry for each in known.values()]
        problems = [_broken(*each) for each in obstacles]
        return sorted([*with_dependencies(entries), *problems], key=lambda entry: entry.key.lower())

    # --- one script ---

    def _look_at(self, found: ScriptAt, before: dict[str, _Known]) -> _Known:
        if _sendable(found.key) != found.key:
            return _Known((), _broken(found.key, "its name is not UTF-8; give it another one"))
        try:
            stamp = _stamp(found)
        except OSError as error:
            return _Known((), _broken(found.key, f"cannot be read: {reason_of(error)}"))
        known = before.get(found.key)
        if known is not None and stamp and known.stamp == stamp:
            return known
        entry = self._read(found)
        is_fresh = time.time_ns() - max(stamp[0], stamp[3]) < _FRESH_NS
        return _Known(() if is_fresh else stamp, entry)

    def _read(self, found: ScriptAt) -> ScriptEntry:
        path, problem, metadata = Path(found.script.path), "", ScriptMetadata()
        try:
            checked_key(found.key)
            read_text(path, MAX_SCRIPT_BYTES)
        except BenchwrightError as error:
            problem = self._shortened(error)
        try:
            if found.metadata is not None:
                text = read_text(Path(found.metadata.path), MAX_METADATA_BYTES)
                metadata = parse_metadata(text, str(PurePosixPath(found.key).with_suffix(METADATA_SUFFIX)))
        except BenchwrightError as error:
            problem = problem or self._shortened(error)
        return ScriptEntry(
            key=_sendable(found.key),
            language=engine_for_suffix(path.suffix),
            name=_sendable(metadata.name or path.stem),
            version=metadata.version,
            author=metadata.author,
            description=metadata.description,
            tags=metadata.tags,
            dependencies=metadata.dependencies,
            modified_s=found.script.stat().st_mtime,
            problem=problem,
        )

    def _shortened(self, error: BenchwrightError) -> str:
        return _sendable(error.message.replace(f"{self._folder}{os.sep}", ""))


def _stamp(found: ScriptAt) -> Stamp:
    script = found.script.stat()
    if found.metadata is None:
        return (script.st_mtime_ns, script.st_size, script.st_ino, 0, 0, 0)
    metadata = found.metadata.stat()
    return (
        *(script.st_mtime_ns, script.st_size, script.st_ino),
        *(metadata.st_mtime_ns, metadata.st_size, metadata.st_ino),
    )


def _broken(key: str, problem: str) -> ScriptEntry:
    return ScriptEntry(key=_sendable(key), name=_sendable(key.rpartition("/")[2]), problem=problem)


def _sendable(text: str) -> str:
    """Return the name of a file as text; its bytes may be none."""
    return text.encode(errors="backslashreplace").decode()
