"""All runs of a data folder in short: one look at each record's file, and only what is new is read."""

import os
import threading
from typing import Final, TypeAlias

import msgspec

from benchwright import __version__
from benchwright.bench.storage.cache_file import CacheFile
from benchwright.bench.storage.run_folder import RECORD_FILE, RunFolder
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.run_record import RunSummary, summary_of
from benchwright.core.run_states import SETTLED_STATES

CACHE_FILE: Final = ".summaries"
_WORTH_WRITING: Final = 20  # new runs; a few are read as fast as the file is written
_SECOND: Final = len("20240531-120000")
_LAYOUT: Final = ",".join((__version__, *RunSummary.__struct_fields__))

Stamp: TypeAlias = tuple[int, int, int]  # time, size and inode of a record's file; zeros where there is none
_NO_FILE: Final = (0, 0, 0)


class _Known(msgspec.Struct, frozen=True, array_like=True):
    """A run that is over, and the stamp that its record had then."""

    stamp: Stamp
    summary: RunSummary


class RunIndex:
    """The summaries of a store's runs; safe to use from several threads.

    They are kept beside the runs for the next process.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._cache = CacheFile(store.path / CACHE_FILE, dict[str, _Known], _LAYOUT)
        self._lock = threading.Lock()
        self._known: dict[str, _Known] | None = None
        self._unwritten = 0

    def summaries(self) -> list[RunSummary]:
        """Return all runs as they are now, newest first; those that are damaged say so.

        Raises:
            StorageError: the folder of the runs cannot be read.
        """
        with self._lock:
            before = (self._cache.load() or {}) if self._known is None else self._known
            current = [self._look_at(run_id, before) for run_id in self._store.ids()]
            self._known = {each.summary.run_id: each for each in current if _is_settled(each)}
            fresh = sum(each is not before.get(each.summary.run_id) for each in self._known.values())
            self._unwritten += fresh + max(len(before) + fresh - len(self._known), 0)
            if self._unwritten >= _WORTH_WRITING and self._cache.save(self._known):
                self._unwritten = 0
        found = [each.summary for each in current]
        found.sort(key=lambda run: (run.run_id[:_SECOND], run.created), reverse=True)
        return found

    def _look_at(self, run_id: str, before: dict[str, _Known]) -> _Known:
        # A text, for a `Path` costs more than to look at its file.
        path = f"{self._store.path}{os.sep}{run_id}{os.sep}{RECORD_FILE}"
        try:
            status = os.stat(path)  # noqa: PTH116
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            stamp = _NO_FILE
        known = before.get(run_id)
        if known is not None and known.stamp == stamp:
            return known
        folder = RunFolder(self._store.path / run_id)
        return _Known(stamp, summary_of(folder.load(), folder.size_bytes()))


def _is_settled(known: _Known) -> bool:
    return known.summary.state in SETTLED_STATES
