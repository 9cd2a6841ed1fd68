"""Where deleted scripts go, with their metadata and versions, and come back from."""

import os
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from benchwright.bench.storage.files import reason_of
from benchwright.core.errors import ScriptNotFound, StorageError

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_KEY_FILE: Final = "key"


class TrashedScript(NamedTuple):
    """A deleted script: its id in the trash, when that was (UTC), and its key before."""

    id: str
    deleted_at: datetime
    key: str


class Trash:
    """The trash of a library: a folder for each script that was deleted, with its files in it.

    Its caller holds the lock of the library, and moves the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, trashed: TrashedScript) -> Path:
        """Return the file of a deleted script; its metadata lies beside it, its versions below `versions`."""
        return self._folder / trashed.id / Path(trashed.key).name

    def prepare(self, key: str) -> TrashedScript:
        """Make room for a script; it is in the trash once its file is.

        Raises:
            StorageError: the folder cannot be made.
        """
        now = datetime.now(UTC)
        trashed = TrashedScript(f"{now:{_STAMP}}-{secrets.token_hex(3)}", now, key)
        folder = self._folder / trashed.id
        try:
            folder.mkdir(parents=True)
            (folder / _KEY_FILE).write_text(key, "utf-8")
        except OSError as error:
            raise StorageError(f"cannot move {key} to the trash: {reason_of(error)}") from error
        return trashed

    def list(self) -> "Sequence[TrashedScript]":
        """Return what is here, the last deleted first."""
        found = []
        try:
            folders = sorted(self._folder.iterdir(), reverse=True)
        except OSError:
            return []
        for folder in folders:
            try:
                deleted_at = datetime.strptime(folder.name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
                key = (folder / _KEY_FILE).read_text("utf-8")
            except (OSError, ValueError):
                continue
            if os.path.lexists(folder / Path(key).name):
                found.append(TrashedScript(folder.name, deleted_at, key))
        return found

    def find(self, trash_id: str) -> TrashedScript:
        """Return a deleted script by its id in the trash.

        Raises:
            ScriptNotFound: there is none.
        """
        for trashed in self.list():
            if trashed.id == trash_id:
                return trashed
        raise ScriptNotFound(f"there is nothing {trash_id!r} in the trash")

    def clear(self, trashed: TrashedScript) -> None:
        """Remove the folder of a script that left the trash, or never came."""
        shutil.rmtree(self._folder / trashed.id, ignore_errors=True)
