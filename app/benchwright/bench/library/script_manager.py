"""The script library: every way to find, read and change the scripts in its folder."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from benchwright.bench.library.difference import difference
from benchwright.bench.library.library_lock import library_lock
from benchwright.bench.library.listing import Listing
from benchwright.bench.library.lookup import key_meant
from benchwright.bench.library.metadata_editing import Changes, edited_metadata, new_metadata
from benchwright.bench.library.moves import Moves
from benchwright.bench.library.relocation import is_unsettled, settle
from benchwright.bench.library.script_document import StoredScript
from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.bench.library.script_files import ScriptFiles
from benchwright.bench.library.script_key import checked_key
from benchwright.bench.library.search import Search
from benchwright.bench.library.sharing import Sharing
from benchwright.bench.library.trash import Trash, TrashedScript
from benchwright.bench.library.version_store import ScriptVersion, VersionStore
from benchwright.bench.scripts.script_check import check_script
from benchwright.bench.scripts.script_file import (
    MAX_METADATA_BYTES,
    ScriptFile,
    read_exactly,
    read_script,
)
from benchwright.bench.scripts.script_folder import METADATA_SUFFIX
from benchwright.bench.storage.files import write_atomic
from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic
from benchwright.core.errors import ScriptNotFound, StorageError

Entries: TypeAlias = list[ScriptEntry]  # within the class, `list` is its method
Versions: TypeAlias = list[ScriptVersion]


class ScriptManager:
    """The library in a folder of plain files, which other programs may change at any time.

    Any number of managers, in any process, can work on one folder. A script is named by its key: its path
    within the library with `/`, such as ``optics/scan.lua``.

    Args:
        folder: the library; it is made when something is saved.
        read_only: nothing is ever written there, such as in the shipped examples.

    ``sharing`` exports scripts and imports them.
    """

    def __init__(self, folder: str | os.PathLike[str], *, read_only: bool = False) -> None:
        self.folder = folder = Path(folder)
        self._is_read_only = read_only
        self._listing = Listing(folder, None if read_only else folder / ".cache" / "listing")
        self._search = Search(folder)
        self._versions = VersionStore(folder / ".versions")
        self._files = ScriptFiles(folder, self._versions)
        self._moves = Moves(folder / ".moves.json")
        self._trash = Trash(folder / ".trash")
        self.sharing = Sharing(folder, self._files, self._writing)

    # --- finding ---

    def list(self) -> Entries:
        """Return what is in the library, sorted by key; what cannot be used is there with its problem."""
        if not self._is_read_only and is_unsettled(self.folder):
            with suppress(StorageError), library_lock(self.folder, patience_s=0.0):
                settle(self.folder)
        return self._listing.entries()

    def find(self, name: str) -> str:
        """Return the key of the script that a person means: its key, with or without suffix, or its name.

        Raises:
            ScriptNotFound: there is none, or there are several.
        """
        return key_meant(name, self.list(), self.folder)

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
        return self._files.path_of(key)

    def path_for(self, key: str) -> Path:
        """Return a file that somebody else may write a new script to; its folder is there.

        It has a number in its name where the key is taken.

        Raises:
            StorageError: no script can be called so, or the folder cannot be made.
        """
        self._files.path_of(key)
        with self._writing():
            key = key if self._files.occupant(key) is None else self._files.free(key)
            path = self._files.path_of(key)
            self._files.make_folder(path)
        return path

    def key_of(self, path: Path) -> str | None:
        """Return the key of the script in a file, None where the file is not in the library."""
        try:
            key = Path(os.path.realpath(path)).relative_to(os.path.realpath(self.folder)).as_posix()
            return checked_key(key)
        except (ValueError, StorageError):
            return None

    def file_now(self, file: str, then: datetime) -> str:
        """Return where a script is now whose file was `file` at some time; another file is as it was."""
        prefix = f"{self.folder}{os.sep}"
        if not file.startswith(prefix):
            return file
        key = file.removeprefix(prefix).replace(os.sep, "/")
        return str(self.folder.joinpath(*self._moves.key_now(key, then).split("/")))

    # --- reading ---

    def load(self, key: str) -> ScriptFile:
        """Return a script, ready to be run.

        Raises:
            ScriptNotFound: it is not there or is no script.
            MetadataError: its metadata is not valid, or a script that it needs cannot be used.
        """
        return read_script(self._files.existing(key), self.folder)

    def text_of(self, key: str) -> StoredScript:
        """Return a script and its metadata to the byte, valid or not.

        Raises:
            ScriptNotFound: it is not there, or is no text.
        """
        return self._files.text_of(key)

    def validate(self, key: str, instruments: Mapping[str, InstrumentDescriptor]) -> Sequence[Diagnostic]:
        """Return what is wrong with a script, given the instruments of its bench.

        Raises:
            ScriptNotFound: it is not there or is no script.
            MetadataError: its metadata is not valid.
        """
        return check_script(self.load(key), instruments)

    # --- writing ---

    def create(self, key: str, source: str = "", metadata: str | None = None) -> str:
        """Put a new script into the library; return its key.

        Args:
            key: what it is to be called; a taken one is refused.
            source: its text.
            metadata: the text of its TOML; by default it says little but the name.

        Raises:
            StorageError: no script can be called so, there is one already, or it cannot be written.
            MetadataError: the metadata is not valid.
        """
        path = self._files.checked(key, source, metadata)
        with self._writing():
            if os.path.lexists(path):
                raise StorageError(f"there is a script {key} in the library already")
            beside = path.with_suffix(METADATA_SUFFIX)
            if metadata is not None and beside.exists():
                raise StorageError(
                    f"{beside.name} belongs to another script of the library: choose another name"
                )
            if metadata is None and not beside.exists():
                metadata = new_metadata(path.stem)
            self._files.write(key, source, metadata)
        return key

    def add(self, key: str, source: str = "", metadata: str | None = None) -> str:
        """Put a new script into the library as `create` does, with a number in its name where that is taken.

        Returns:
            The key of the script.

        Raises:
            StorageError: no script can be called so, or it cannot be written.
            MetadataError: the metadata is not valid.
        """
        self._files.checked(key, source, metadata)
        with self._writing():
            key = key if self._files.occupant(key) is None else self._files.free(key)
            path = self._files.path_of(key)
            self._files.write(key, source, new_metadata(path.stem) if metadata is None else metadata)
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
        self._files.checked(key, source, metadata)
        with self._writing():
            self._files.keep(key)
            self._files.write(key, source, metadata)

    def edit_metadata(self, key: str, changes: Changes) -> None:
        """Change values in a script's metadata; comments, order and layout of the rest stay.

        Args:
            key: the script.
            changes: plain values by key, tables and lists whole; None takes a key away.

        Raises:
            ScriptNotFound: there is no such script.
            MetadataError: the metadata, as it is or as it would be, is not valid.
            StorageError: it cannot be written.
        """
        path = self._files.existing(key).with_suffix(METADATA_SUFFIX)
        with self._writing():
            old = read_exactly(path, MAX_METADATA_BYTES) if path.exists() else ""
            new = edited_metadata(old, {**changes, "modified_at": _now()}, str(path))
            self._files.keep(key)
            write_atomic(path, new.encode())
            self._files.keep(key)

    def duplicate(self, key: str, new_key: str = "") -> str:
        """Copy a script with its metadata; return the copy's key, by default the same with a number.

        Raises:
            ScriptNotFound: there is no such script, or it is no text.
            StorageError: the name is taken or none that a script can have, or it cannot be written.
        """
        script = self._files.text_of(key)
        with self._writing():
            new_key = self._files.free(key) if not new_key else self._files.unused(new_key)
            self._files.write(new_key, script.source, script.metadata)
        return new_key

    def rename(self, key: str, new_key: str) -> None:
        """Give a script another name, or move it to another folder; its versions go with it.

        Raises:
            ScriptNotFound: there is no such script.
            StorageError: the name is taken or none that a script can have, or it cannot be written.
        """
        old, new = self._files.existing(key), self._files.path_of(new_key)
        if old.suffix != new.suffix:
            raise StorageError(f"{key} stays a script of its language: its name must end in {old.suffix}")
        with self._writing():
            self._files.keep(key)
            self._files.unused(new_key)
            self._files.move(old, new, self._versions.folder_of(key), self._versions.folder_of(new_key))
            with suppress(StorageError):  # only what the statistics count hangs on it
                self._moves.add(key, new_key)

    # --- the trash ---

    def delete(self, key: str) -> TrashedScript:
        """Move a script to the trash, with its metadata and versions.

        Raises:
            ScriptNotFound: there is no such script.
            StorageError: it cannot be moved.
        """
        path = self._files.path_of(key)
        if not os.path.lexists(path):
            raise ScriptNotFound(f"there is no script {key} in the library")
        with self._writing():
            self._files.keep(key)
            trashed = self._trash.prepare(key)
            target = self._trash.path_of(trashed)
            try:
                self._files.move(path, target, self._versions.folder_of(key), target.parent / "versions")
            except StorageError:
                self._trash.clear(trashed)
                raise
        return trashed

    def trash(self) -> Sequence[TrashedScript]:
        """Return the deleted scripts, the last deleted first."""
        return self._trash.list()

    def restore(self, trash_id: str) -> str:
        """Take a script out of the trash; return its key, another one where its own is taken now.

        Raises:
            ScriptNotFound: it is not in the trash.
            StorageError: it cannot be moved.
        """
        with self._writing():
            trashed = self._trash.find(trash_id)
            path = self._files.path_of(trashed.key)
            key = self._files.free(trashed.key) if os.path.lexists(path) else trashed.key
            old, new = self._trash.path_of(trashed), self._files.path_of(key)
            self._files.move(old, new, old.parent / "versions", self._versions.folder_of(key))
            self._trash.clear(trashed)
        return key

    # --- versions ---

    def keep_version(self, key: str) -> None:
        """Keep a script as it is now, whoever saved it, unless that is its newest version already.

        Raises:
            StorageError: it cannot be written.
        """
        with self._writing():
            self._files.keep(key)

    def versions(self, key: str) -> Versions:
        """Return the versions of a script, newest first.

        Raises:
            StorageError: they cannot be read.
        """
        return self._versions.list(key)

    def version(self, key: str, version_id: str) -> StoredScript:
        """Return a script as it was.

        Raises:
            ScriptNotFound: there is no such version, or it cannot be read.
            ImportRefused: what was kept is damaged.
        """
        return self._versions.load(key, version_id)

    def compare(self, key: str, old_id: str, new_id: str = "") -> str:
        """Return a unified diff of two versions, source and metadata; without `new_id` with what is now.

        Raises:
            ScriptNotFound: there is no such script or version.
            ImportRefused: what was kept is damaged.
        """
        new = self.version(key, new_id) if new_id else self._files.text_of(key)
        return difference(self.version(key, old_id), new, old_id, new_id or "now")

    def restore_version(self, key: str, version_id: str) -> None:
        """Make a script what it was; what it is now is kept as a version.

        Raises:
            ScriptNotFound: there is no such version.
            StorageError: it cannot be written.
            ImportRefused: what was kept is damaged.
        """
        script = self.version(key, version_id)
        with self._writing():
            self._files.keep(key)
            self._files.write_exactly(key, script)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._is_read_only:
            raise StorageError(f"the scripts in {self.folder} cannot be changed; copy them to the library")
        with library_lock(self.folder):
            if is_unsettled(self.folder):
                settle(self.folder)
            yield


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
