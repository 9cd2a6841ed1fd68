"""The script library: every way to find, read and change the scripts in its folder."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from benchwright.bench.library.library_lock import library_lock
from benchwright.bench.library.listing import METADATA_SUFFIX, Listing
from benchwright.bench.library.script_document import StoredScript
from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.bench.library.script_key import checked_key
from benchwright.bench.library.search import Search
from benchwright.bench.library.version_store import ScriptVersion, VersionStore
from benchwright.bench.operators.script_file import (
    MAX_METADATA_BYTES,
    MAX_SCRIPT_BYTES,
    ScriptFile,
    read_exactly,
    read_script,
)
from benchwright.bench.storage.files import write_atomic
from benchwright.core.errors import ScriptNotFound, StorageError, did_you_mean
from benchwright.core.metadata import parse_metadata

Entries: TypeAlias = list[ScriptEntry]  # within the class, `list` is its method
Versions: TypeAlias = list[ScriptVersion]


class ScriptManager:
    """The library in a folder of plain files, which other programs may change at any time.

    Any number of managers, in any process, can work on one folder. A script is named by its key: its path
    within the library with `/`, such as ``optics/scan.lua``.

    Args:
        folder: the library; it is made when something is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listing = Listing(folder, folder / ".cache" / "listing")
        self._search = Search(folder)
        self._versions = VersionStore(folder / ".versions")

    # --- finding ---

    def list(self) -> Entries:
        """Return what is in the library, sorted by key; what cannot be used is there with its problem."""
        return self._listing.entries()

    def find(self, name: str) -> str:
        """Return the key of the script that a person means: its key, with or without suffix, or its name.

        Raises:
            ScriptNotFound: there is none, or there are several.
        """
        entries = self.list()
        for names_of in (_keys_of, _stems_of, _names_of):
            found = [entry.key for entry in entries if name in names_of(entry)]
            if len(found) == 1:
                return found[0]
            if found:
                raise ScriptNotFound(f"{len(found)} scripts are called {name!r}: {', '.join(found[:5])}")
        hint = did_you_mean(name, [each for entry in entries for each in _keys_of(entry)])
        raise ScriptNotFound(f"there is no script {name!r} in the library {self.folder}{hint}")

    def search(self, query: str, entries: Iterable[ScriptEntry] | None = None) -> Sequence[str]:
        """Return the keys of the scripts in which every word of a query is found.

        Args:
            query: words to find in names, paths, tags, descriptions, authors and text; ``#word`` is a tag.
            entries: where to look, by default all that `list` returns.
        """
        return self._search.keys(query, self.list() if entries is None else entries)

    def path_of(self, key: str) -> Path:
        """Return the file of a script, which need not be there.

        Raises:
            StorageError: no script can be called so.
        """
        return self.folder.joinpath(*checked_key(key).split("/"))

    def key_of(self, path: Path) -> str | None:
        """Return the key of the script in a file, None where the file is not in the library."""
        try:
            key = Path(os.path.realpath(path)).relative_to(os.path.realpath(self.folder)).as_posix()
            return checked_key(key)
        except (ValueError, StorageError):
            return None

    # --- reading and writing ---

    def load(self, key: str) -> ScriptFile:
        """Return a script, ready to be run.

        Raises:
            ScriptNotFound: it is not there or is no script.
            MetadataError: its metadata is not valid.
        """
        try:
            return read_script(self.path_of(key))
        except StorageError as error:
            raise ScriptNotFound(error.message) from None

    def text_of(self, key: str) -> StoredScript:
        """Return a script and its metadata to the byte, valid or not.

        Raises:
            ScriptNotFound: it is not there, or is no text.
        """
        path = self.path_of(key)
        metadata = path.with_suffix(METADATA_SUFFIX)
        return StoredScript(
            file=path.name,
            source=read_exactly(path, MAX_SCRIPT_BYTES),
            metadata=read_exactly(metadata, MAX_METADATA_BYTES) if metadata.exists() else None,
        )

    def create(self, key: str, source: str = "", metadata: str | None = None) -> str:
        """Put a new script into the library; return its key.

        Raises:
            StorageError: there is such a script, no script can be called so, or it cannot be written.
            MetadataError: the metadata is not valid.
        """
        self._check(key, metadata)
        with library_lock(self.folder):
            if os.path.lexists(self.path_of(key)):
                raise StorageError(f"there is a script {key} in the library already")
            self._write(key, source, metadata)
        return key

    def save(self, key: str, source: str, metadata: str | None = None) -> None:
        """Save a script, new or in the place of its last version, which is kept.

        Args:
            key: the script.
            source: its text.
            metadata: the text of its TOML; None leaves what there is.

        Raises:
            StorageError: it cannot be written; nothing was changed.
            MetadataError: the metadata is not valid.
        """
        self._check(key, metadata)
        with library_lock(self.folder):
            self._keep(key)
            self._write(key, source, metadata)

    def _check(self, key: str, metadata: str | None) -> None:
        """Refuse what cannot be saved, before anything is."""
        path = self.path_of(key)
        if metadata is not None:
            parse_metadata(metadata, str(path.with_suffix(METADATA_SUFFIX)))

    def _write(self, key: str, source: str, metadata: str | None) -> None:
        path = self.path_of(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the folder {path.parent}: {error.strerror}") from error
        if metadata is not None:
            write_atomic(path.with_suffix(METADATA_SUFFIX), metadata.encode())
        write_atomic(path, source.encode())
        self._keep(key)

    # --- versions ---

    def keep_version(self, key: str) -> None:
        """Keep a script as it is now, whoever saved it, unless that is its newest version already.

        Raises:
            StorageError: it cannot be written.
        """
        with library_lock(self.folder):
            self._keep(key)

    def _keep(self, key: str) -> None:
        try:
            script = self.text_of(key)
        except ScriptNotFound:
            return  # nothing there, or nothing that is text
        self._versions.keep(key, script)

    def versions(self, key: str) -> Versions:
        """Return the versions of a script, newest first.

        Raises:
            StorageError: they cannot be read.
        """
        return self._versions.list(key)


def _keys_of(entry: ScriptEntry) -> Iterable[str]:
    return (entry.key,)


def _stems_of(entry: ScriptEntry) -> Iterable[str]:
    return (str(PurePosixPath(entry.key).with_suffix("")), entry.stem)


def _names_of(entry: ScriptEntry) -> Iterable[str]:
    return (entry.name,)
