"""Keeps every version of a library script that was ever saved, one file each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from benchwright.bench.library.script_document import (
    ScriptDocument,
    StoredScript,
    decode_document,
    encode_document,
)
from benchwright.bench.storage.files import reason_of, write_atomic
from benchwright.core.errors import ScriptNotFound, StorageError, did_you_mean

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_HASH_DIGITS: Final = 16


class ScriptVersion(NamedTuple):
    """One version of a script: its id, and when it was first seen (UTC)."""

    id: str
    saved_at: datetime


class VersionStore:
    """The versions of all scripts: a folder for each, named as the script is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder_of(self, key: str) -> Path:
        """Return where the versions of a script are; it is there once there is one."""
        return self._folder.joinpath(*key.split("/"))

    def list(self, key: str) -> list[ScriptVersion]:
        """Return the versions of a script, newest first.

        Raises:
            StorageError: they cannot be read.
        """
        try:
            names = [path.stem for path in self.folder_of(key).iterdir() if path.suffix == ".toml"]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise StorageError(f"cannot read the versions of {key}: {reason_of(error)}") from error
        found = [ScriptVersion(name, moment) for name in names if (moment := _moment(name)) is not None]
        return sorted(found, reverse=True)

    def keep(self, key: str, script: StoredScript) -> ScriptVersion:
        """Keep a version, unless it is the newest one already; return it.

        Raises:
            StorageError: it cannot be written.
        """
        versions = self.list(key)
        digest = _digest(script)
        if versions and versions[0].id.endswith(f"-{digest}"):
            return versions[0]
        now = datetime.now(UTC)
        if versions and now <= versions[0].saved_at:  # the clock was set back: order counts for more
            now = versions[0].saved_at + timedelta(microseconds=1)
        version = ScriptVersion(f"{now:{_STAMP}}-{digest}", now)
        path = self.prepare(key) / f"{version.id}.toml"
        write_atomic(path, encode_document(ScriptDocument(script=script), now))
        return version

    def prepare(self, key: str) -> Path:
        """Make the folder for the versions of a script, where it is not there, and return it.

        Raises:
            StorageError: it cannot be made.
        """
        folder = self.folder_of(key)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot keep a version of {key}: {reason_of(error)}") from error
        return folder

    def load(self, key: str, version_id: str) -> StoredScript:
        """Return a script as it was.

        Raises:
            ScriptNotFound: there is no such version, or its file cannot be read.
            ImportRefused: its file is damaged.
        """
        if _moment(version_id) is None:
            ids = [each.id for each in self.list(key)]
            raise ScriptNotFound(f"no version {version_id!r} of {key}{did_you_mean(version_id, ids)}")
        path = self.folder_of(key) / f"{version_id}.toml"
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ScriptNotFound(f"cannot read version {version_id} of {key}: {reason_of(error)}") from None
        return decode_document(data, str(path)).script


def _digest(script: StoredScript) -> str:
    """Return what tells two versions apart: their text, and not what the script is called."""
    return msgspec.structs.replace(script, file="").sha256[:_HASH_DIGITS]


def _moment(name: str) -> datetime | None:
    try:
        return datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
