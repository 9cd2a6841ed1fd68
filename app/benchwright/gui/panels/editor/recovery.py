"""Unsaved work in a folder of its own, so that a crash costs a few seconds of typing."""

import logging
import os
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
            write_atomic(self._file(unsaved.key), msgspec.json.encode(unsaved))
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
            if unsaved.pid != os.getpid() and not _is_alive(unsaved.pid):
                found.append(unsaved)
        return found

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"


def _is_alive(pid: int) -> bool:
    import psutil

    try:
        return (
            "python" in psutil.Process(pid).name().lower()
            or "benchwright" in psutil.Process(pid).name().lower()
        )
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False
