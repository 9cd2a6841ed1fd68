"""Where deleted scripts go, with their metadata and versions, and come back from."""

import os
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from benchwright.bench.library.listing import METADATA_SUFFIX
from benchwright.bench.storage.files import reason_of
from benchwright.core.errors import ScriptNotFound, StorageError

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_KEY_FILE: Final = "key"
_VERSIONS: Final = "versions"


class TrashedScript(NamedTuple):
    """A deleted script: its id in the trash, when that was (UTC), and its key before."""

    id: str
    deleted_at: datetime
    key: str


class Trash:
    """The trash of a library: a folder for each script that was deleted.

    Its caller holds the lock of the library.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, key: str, script: Path, versions: Path, *, shares_metadata: bool) -> TrashedScript:
        """Move a script here; metadata that another script shares stays where it is, too.

        Raises:
            StorageError: it cannot be moved.
        """
        now = datetime.now(UTC)
        trashed = TrashedScript(f"{now:{_STAMP}}-{secrets.token_hex(3)}", now, key)
        folder = self._folder / trashed.id
        metadata = script.with_suffix(METADATA_SUFFIX)
        try:
            folder.mkdir(parents=True)
            (folder / _KEY_FILE).write_text(key, "utf-8")
            if metadata.is_file():
                shutil.copy2(metadata, folder / metadata.name)
            script.rename(folder / script.name)
            if not shares_metadata:
                metadata.unlink(missing_ok=True)
            if versions.is_dir():
                versions.rename(folder / _VERSIONS)
        except OSError as error:
            if not os.path.lexists(folder / script.name):
                shutil.rmtree(folder, ignore_errors=True)
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

    def give_back(self, trashed: TrashedScript, script: Path, versions: Path) -> None:
        """Move a script back, to a file that is not there yet.

        Raises:
            StorageError: it cannot be moved.
        """
        folder = self._folder / trashed.id
        file = folder / Path(trashed.key).name
        metadata = file.with_suffix(METADATA_SUFFIX)
        target = script.with_suffix(METADATA_SUFFIX)
        try:
            script.parent.mkdir(parents=True, exist_ok=True)
            if metadata.is_file() and not target.exists():
                shutil.copy2(metadata, target)
            file.rename(script)
            if (folder / _VERSIONS).is_dir():
                _move_files(folder / _VERSIONS, versions)
        except OSError as error:
            raise StorageError(f"cannot restore {trashed.key}: {reason_of(error)}") from error
        shutil.rmtree(folder, ignore_errors=True)


def _move_files(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        path.rename(target / path.name)
