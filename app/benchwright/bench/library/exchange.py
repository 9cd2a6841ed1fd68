"""Checks what an exported script brings, before any of it is taken into a library."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from benchwright.bench.library.script_document import ScriptDocument, StoredScript, decode_document
from benchwright.bench.library.script_key import checked_key
from benchwright.core.dependencies import LIBRARY_NAME
from benchwright.core.errors import BenchwrightError, ImportRefused
from benchwright.core.metadata import ScriptMetadata, check_engine_version, parse_metadata
from benchwright.core.permissions import ALL_PERMISSIONS, Permission
from benchwright.engines.registry import engine_for_suffix


class Conflict(StrEnum):
    """What to do where the library has another script of that name."""

    RENAME = "rename"
    REPLACE = "replace"
    SKIP = "skip"


class ImportPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What an exported script is and would do to the library; nothing is changed yet.

    ``wanted_permissions`` is what it will ask for when it is run: an import grants nothing. ``conflicts``
    are the keys that are taken by other scripts; ``is_known`` says that the library has exactly this.
    """

    document: ScriptDocument
    metadata: ScriptMetadata
    key: str
    wanted_permissions: frozenset[Permission]
    conflicts: tuple[str, ...] = ()
    is_known: bool = False


def checked_document(data: bytes, file: str) -> tuple[ScriptDocument, ScriptMetadata]:
    """Return what a file brings, and the metadata of its script.

    Raises:
        ImportRefused: it is damaged, changed, hostile, or from a newer Benchwright; says what is wrong.
    """
    document = decode_document(data, file)
    metadata = _checked(document.script, file)
    suffix = document.script.file.rpartition(".")[2]
    names = [document.script.file]
    for each in document.dependencies:
        _checked(each, file)
        stem, _, other_suffix = each.file.rpartition(".")
        if other_suffix != suffix or not LIBRARY_NAME.fullmatch(stem):
            raise ImportRefused(f"{file}: {each.file!r} cannot be what {document.script.file} depends on")
        names.append(each.file)
    if len({name.lower() for name in names}) < len(names):
        raise ImportRefused(f"{file}: it brings two scripts of one name")
    return document, metadata


def preview(
    document: ScriptDocument,
    metadata: ScriptMetadata,
    folder: str,
    look: Callable[[str], StoredScript | None],
) -> ImportPreview:
    """Return what taking a checked document into a folder of the library would do.

    Args:
        document: what the file brings.
        metadata: the metadata of its script.
        folder: where in the library, empty for the library itself.
        look: gives what the library has under a key.

    Raises:
        ImportRefused: the folder is none that a library can have.
    """
    keys = keys_of(document, folder)
    has_own_metadata = document.script.metadata is not None
    there = {key: look(key) for key in keys}
    return ImportPreview(
        document=document,
        metadata=metadata,
        key=next(iter(keys)),
        wanted_permissions=metadata.permissions if has_own_metadata else ALL_PERMISSIONS,
        conflicts=tuple(key for key, old in there.items() if old is not None and old != keys[key]),
        is_known=all(old == keys[key] for key, old in there.items()),
    )


def keys_of(document: ScriptDocument, folder: str) -> dict[str, StoredScript]:
    """Return where in the library each script of a document goes, the main one first.

    Raises:
        ImportRefused: the folder is none that a library can have.
    """
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    try:
        return {
            checked_key(f"{prefix}{each.file}"): each for each in (document.script, *document.dependencies)
        }
    except BenchwrightError as error:
        raise ImportRefused(error.message) from None


def _checked(script: StoredScript, file: str) -> ScriptMetadata:
    """Refuse a script that this library cannot hold."""
    if "/" in script.file:
        raise ImportRefused(
            f"{file}: {script.file!r} names a folder; a script brings the name of its file only"
        )
    try:
        checked_key(script.file)
        metadata = parse_metadata(script.metadata or "", f"{file}: metadata of {script.file}")
        check_engine_version(metadata, script.file)
    except BenchwrightError as error:
        raise ImportRefused(error.message) from None
    language = engine_for_suffix(f".{script.file.rpartition('.')[2]}")
    if metadata.language not in ("", language):
        raise ImportRefused(
            f"{file}: {script.file} is a {language} script, and its metadata says {metadata.language}"
        )
    return metadata
