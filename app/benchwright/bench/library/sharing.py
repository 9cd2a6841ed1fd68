"""Makes one file of a script to give away, and takes such files into the library."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath

from benchwright.bench.library.exchange import (
    Conflict,
    ImportPreview,
    checked_document,
    keys_of,
    preview,
)
from benchwright.bench.library.script_document import ScriptDocument, StoredScript, encode_document
from benchwright.bench.library.script_files import ScriptFiles, stored_script
from benchwright.bench.scripts.script_file import read_alone, read_script
from benchwright.core.errors import ImportRefused


class Sharing:
    """Export and import of scripts.

    Args:
        folder: the library.
        files: its files.
        writing: the context in which they may be written.
    """

    def __init__(
        self, folder: Path, files: ScriptFiles, writing: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._folder = folder
        self._files = files
        self._writing = writing

    def export(self, path: Path, *, with_dependencies: bool = False) -> bytes:
        """Return a script, of the library or not, as one TOML file: metadata, source and hash.

        Args:
            path: the script's file.
            with_dependencies: also all library scripts that it needs, and those that they need.

        Raises:
            ScriptNotFound: it is not there, or is no text.
            MetadataError: its metadata is not valid, or a script that comes along cannot be used.
        """
        if not with_dependencies:
            read_alone(path)
            return encode_document(ScriptDocument(script=stored_script(path)))
        needed = read_script(path, self._folder).places.values()
        return encode_document(
            ScriptDocument(script=stored_script(path), dependencies=tuple(map(stored_script, needed)))
        )

    def preview(self, data: bytes, file: str, folder: str = "") -> ImportPreview:
        """Return what taking an exported script into a folder of the library would do; nothing is changed.

        Raises:
            ImportRefused: it is damaged, changed, hostile, or from a newer Benchwright; says what is wrong.
        """
        return preview(*checked_document(data, file), folder, self._files.occupant)

    def take(
        self, data: bytes, file: str, folder: str = "", on_conflict: Conflict = Conflict.RENAME
    ) -> str | None:
        """Take an exported script, and what it brings along, into a folder of the library.

        It is granted nothing: it asks when it is run.

        Args:
            data: the content of the exported file.
            file: what messages call it.
            folder: where in the library, empty for the library itself.
            on_conflict: what to do where the library has another script of that name.

        Returns:
            The key of the script; None where it was skipped.

        Raises:
            ImportRefused: as `preview`; nothing was changed.
            StorageError: it cannot be written; nothing was changed.
        """
        document, metadata = checked_document(data, file)
        with self._writing():
            found = preview(document, metadata, folder, self._files.occupant)
            if found.conflicts and on_conflict is Conflict.SKIP:
                return None
            scripts = keys_of(document, folder)
            if found.conflicts and on_conflict is Conflict.RENAME:
                scripts = self._renamed(found, scripts, folder)
            if blocked := next(filter(self._files.is_in_the_way, scripts), None):
                raise ImportRefused(
                    f"{file} brings {blocked}, and the library has something of that name that is no text:"
                    " delete or rename it first"
                )
            self._files.write_all(scripts)
        return next(iter(scripts))

    def _renamed(
        self, found: ImportPreview, scripts: dict[str, StoredScript], folder: str
    ) -> dict[str, StoredScript]:
        """Return where scripts go that keep out of the way of what the library has.

        The scripts that the main one needs keep their names: where one is taken, all go to a new folder.
        """
        if found.conflicts == (found.key,):
            main = scripts.pop(found.key)
            return {self._files.free(found.key): main, **scripts}
        stem = PurePosixPath(found.document.script.file).stem.strip(" .")
        below, number = f"{folder.strip('/')}/{stem}", 1
        while os.path.lexists(
            self._folder / (candidate := below if number == 1 else f"{below}-{number}").strip("/")
        ):
            number += 1
        return keys_of(found.document, candidate)
