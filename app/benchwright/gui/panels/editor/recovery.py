"""Unsaved work in a folder of its own, so that a crash costs a few seconds of typing."""

import logging
import os
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from benchwright.core.errors import StorageError

_log = logging.getLogger(__name__)
_SUFFIX: Final = ".unsaved"


class UnsavedText(msgspec.Struct, frozen=True, kw_only=True):
    """A script that was not saved."""

    key: str
    pid: int
    started_s: float = 0.0  # when that process was started: its number may be another's by now
    title: str
    language: str
    text: str
    path: str = ""
    metadata_text: str | None = None
    line: int = 1
    column: int = 1


class Recovery:
    """One file per unsaved script; those of a process that is gone are there to be taken back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, unsaved: UnsavedText) -> None:
        """Write or replace the file of a script; a failure is logged, no more."""
        from benchwright.bench.storage.files import write_atomic

        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept = msgspec.structs.replace(unsaved, started_s=_started_s(unsaved.pid) or 0.0)
            write_atomic(self._file(unsaved.key), msgspec.json.encode(kept))
        except (OSError, StorageError) as error:
            _log.warning("unsaved work is not kept: %s", error)

    def forget(self, key: str) -> None:
        """Remove the file of a script that was saved or given up."""
        try:
            self._file(key).unlink(missing_ok=True)
        except OSError as error:
            _log.warning("cannot remove a copy of unsaved work: %s", error)

    def take_back(self) -> list[UnsavedText]:
        """Return what processes that are gone left behind, and make it this one's."""
        found = []
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                unsaved = msgspec.json.decode(file.read_bytes(), type=UnsavedText)
            except (OSError, msgspec.MsgspecError) as error:
                _log.warning("unsaved work in %s cannot be read: %s", file, error)
                continue
            if unsaved.pid != os.getpid() and not _is_alive(unsaved):
                found.append(unsaved)
        return found

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"


def _is_alive(unsaved: UnsavedText) -> bool:
    """Whether the process that kept the text is still there."""
    return _started_s(unsaved.pid) == unsaved.started_s


@cache
def _started_s(pid: int) -> float | None:
    """Return when a process was started, None where there is none of that number."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
