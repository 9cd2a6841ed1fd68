"""The files of the library: where a script lies, what it holds, and how it is written."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from benchwright.bench.library.relocation import Relocation, relocate
from benchwright.bench.library.script_document import StoredScript
from benchwright.bench.library.script_key import beside, checked_key
from benchwright.bench.library.version_store import VersionStore
from benchwright.bench.scripts.script_file import MAX_METADATA_BYTES, MAX_SCRIPT_BYTES, read_exactly
from benchwright.bench.scripts.script_folder import METADATA_SUFFIX
from benchwright.bench.storage.files import reason_of, write_atomic
from benchwright.core.errors import ScriptNotFound, StorageError
from benchwright.core.metadata import parse_metadata
from benchwright.engines.registry import engine_suffixes


def stored_script(path: Path) -> StoredScript:
    """Return a script in a file and its metadata to the byte, valid or not.

    Raises:
        ScriptNotFound: it is not there, or is no text.
    """
    metadata = path.with_suffix(METADATA_SUFFIX)
    return StoredScript(
        file=path.name,
        source=read_exactly(path, MAX_SCRIPT_BYTES),
        metadata=read_exactly(metadata, MAX_METADATA_BYTES) if metadata.exists() else None,
    )


class ScriptFiles:
    """Reads and writes scripts with their metadata; all that is written is kept as a version.

    The caller of a method that writes holds the lock of the library.
    """

    def __init__(self, folder: Path, versions: VersionStore) -> None:
        self._folder = folder
        self._versions = versions

    def path_of(self, key: str) -> Path:
        """Return the file of a script, which need not be there.

        Raises:
            StorageError: no script can be called so.
        """
        return self._folder.joinpath(*checked_key(key).split("/"))

    def text_of(self, key: str) -> StoredScript:
        """Return a script and its metadata to the byte, valid or not.

        Raises:
            ScriptNotFound: it is not there, or is no text.
        """
        return stored_script(self.existing(key))

    def existing(self, key: str) -> Path:
        """Return the file of a script that is there.

        Raises:
            ScriptNotFound: it is not.
        """
        try:
            path = self.path_of(key)
        except StorageError as error:
            raise ScriptNotFound(error.message) from None
        if not os.path.lexists(path):
            raise ScriptNotFound(f"there is no script {key} in the library")
        return path

    def checked(self, key: str, source: str, metadata: str | None) -> Path:
        """Return the file of a script; refuse what cannot be saved, before anything is.

        Raises:
            StorageError: no script can be called so, or it is too large to be one.
            MetadataError: the metadata is not valid.
        """
        path = self.path_of(key)
        if len(source.encode()) > MAX_SCRIPT_BYTES or "\0" in source:
            raise StorageError(f"{key} is no script: it is larger than 4 MB, or holds a NUL character")
        if metadata is not None:
            parse_metadata(metadata, str(path.with_suffix(METADATA_SUFFIX)))
        return path

    def write(self, key: str, source: str, metadata: str | None) -> None:
        """Write a script; without metadata that stays as it is.

        Raises:
            StorageError: it cannot be written.
        """
        path = self.path_of(key)
        self.make_folder(path)
        self._versions.prepare(key)  # nothing is written of which no version can be kept
        write_atomic(path, source.encode())  # first: metadata alone is nothing
        if metadata is not None:
            write_atomic(path.with_suffix(METADATA_SUFFIX), metadata.encode())
        self.keep(key)

    def make_folder(self, path: Path) -> None:
        """Make the folder of a script where it is not there.

        Raises:
            StorageError: it cannot be made.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the folder {path.parent}: {reason_of(error)}") from error

    def write_exactly(self, key: str, script: StoredScript) -> None:
        """Write a script; one without metadata has none afterwards."""
        path = self.path_of(key)
        self.write(key, script.source, script.metadata)
        if script.metadata is None and not self.shares_metadata(path):
            path.with_suffix(METADATA_SUFFIX).unlink(missing_ok=True)

    def write_all(self, scripts: Mapping[str, StoredScript]) -> None:
        """Write scripts, all or none: the main one, which is the first, last.

        Raises:
            StorageError: one cannot be written; all is as it was.
        """
        done: list[tuple[str, StoredScript | None]] = []
        try:
            for key, script in reversed(list(scripts.items())):
                self.keep(key)
                done.append((key, self.look(key)))
                self.write_exactly(key, script)
        except StorageError:
            for key, before in reversed(done):
                if before is not None:
                    self.write_exactly(key, before)
                else:
                    self.path_of(key).unlink(missing_ok=True)
                    self.path_of(key).with_suffix(METADATA_SUFFIX).unlink(missing_ok=True)
            raise

    def keep(self, key: str) -> None:
        """Keep a script as it is now as a version, unless it is the newest one already.

        Raises:
            StorageError: it cannot be written.
        """
        script = self.look(key)
        if script is not None:
            self._versions.keep(key, script)

    def look(self, key: str) -> StoredScript | None:
        """Return what is there under a key; None for nothing, or nothing that is text."""
        try:
            return self.text_of(key)
        except ScriptNotFound:
            return None

    def occupant(self, key: str) -> StoredScript | None:
        """Return what stands in the way of a new script, its metadata included; None for nothing.

        Of what is no text, or is metadata alone, all is empty.
        """
        path = self.path_of(key)
        if not os.path.lexists(path) and not os.path.lexists(path.with_suffix(METADATA_SUFFIX)):
            return None
        return self.look(key) or StoredScript(file="", source="")

    def is_in_the_way(self, key: str) -> bool:
        """Whether there is something that no script can replace: no text, or metadata of another script."""
        occupant = self.occupant(key)
        return occupant is not None and not occupant.file

    def unused(self, key: str) -> str:
        """Return the key if it is free, and that of its metadata, too.

        Raises:
            StorageError: it is not, or no script can be called so.
        """
        path = self.path_of(key)
        if os.path.lexists(path):
            raise StorageError(f"there is a script {key} in the library already")
        if os.path.lexists(path.with_suffix(METADATA_SUFFIX)):
            raise StorageError(
                f"{path.stem}{METADATA_SUFFIX} is there already: choose another name than {key}"
            )
        return key

    def free(self, key: str) -> str:
        """Return a key that is free: the same with the next number at its end."""
        stem = PurePosixPath(key).stem
        base, dash, number = stem.rpartition("-")
        base, at = (base, int(number)) if dash and number.isdecimal() and len(number) < 5 else (stem, 1)
        while True:
            at += 1
            path = self.path_of(candidate := beside(key, f"{base}-{at}"))
            if not os.path.lexists(path) and not os.path.lexists(path.with_suffix(METADATA_SUFFIX)):
                return candidate

    def move(self, old: Path, new: Path, versions: Path, new_versions: Path) -> None:
        """Move a script with all that belongs to it; metadata that another script shares stays, too.

        Raises:
            StorageError: it cannot be moved.
        """
        metadata, new_metadata = old.with_suffix(METADATA_SUFFIX), new.with_suffix(METADATA_SUFFIX)
        is_copied = metadata.is_file() and not new_metadata.exists()

        def name(path: Path) -> str:
            return path.relative_to(self._folder).as_posix()

        relocation = Relocation(
            script=name(old),
            new_script=name(new),
            metadata="" if self.shares_metadata(old) else name(metadata),
            new_metadata=name(new_metadata) if is_copied else "",
            versions=name(versions),
            new_versions=name(new_versions),
        )
        relocate(self._folder, relocation, metadata)

    def shares_metadata(self, path: Path) -> bool:
        """Whether another script, of another language, has the same TOML file."""
        others = (path.with_suffix(suffix) for suffix in engine_suffixes() if suffix != path.suffix)
        return any(map(os.path.lexists, others))
