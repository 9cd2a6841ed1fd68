"""Moves a script with its metadata and versions; what a crash interrupts is finished or undone later."""

import os
import shutil
from pathlib import Path
from typing import Final

import msgspec

from benchwright.bench.storage.files import reason_of, write_atomic
from benchwright.core.errors import StorageError

_INTENT: Final = ".moving.json"


class Relocation(msgspec.Struct, frozen=True, kw_only=True):
    """Where a script, its metadata and its versions go; the paths are below the library's folder.

    ``new_metadata`` is empty where there is none to take along; ``metadata`` is where it was, and empty where
    it stays because another script shares it.
    """

    script: str
    new_script: str
    metadata: str = ""
    new_metadata: str = ""
    versions: str
    new_versions: str


def relocate(folder: Path, relocation: Relocation, metadata: Path) -> None:
    """Move a script; the caller holds the lock of the library.

    Args:
        folder: the library.
        relocation: what goes where; nothing is at the new places.
        metadata: the metadata that is copied where `relocation` has a place for it.

    Raises:
        StorageError: it cannot be moved; all is as it was.
    """
    write_atomic(folder / _INTENT, msgspec.json.encode(relocation))
    try:
        new_script = folder / relocation.new_script
        new_script.parent.mkdir(parents=True, exist_ok=True)
        if (folder / relocation.versions).is_dir():  # first: what cannot be finished must not begin
            (folder / relocation.new_versions).mkdir(parents=True, exist_ok=True)
        if relocation.new_metadata:
            shutil.copy2(metadata, folder / relocation.new_metadata)
        (folder / relocation.script).rename(new_script)
    except OSError as error:
        raise StorageError(f"cannot move {relocation.script}: {reason_of(error)}") from error
    finally:
        settle(folder)


def is_unsettled(folder: Path) -> bool:
    """Whether a move was begun and not finished."""
    return (folder / _INTENT).exists()


def settle(folder: Path) -> None:
    """Finish a move whose script arrived, undo one whose script did not; the caller holds the lock.

    Raises:
        StorageError: it cannot be done now; the next one tries again.
    """
    intent = folder / _INTENT
    try:
        relocation = msgspec.json.decode(intent.read_bytes(), type=Relocation)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        relocation = None
    except OSError as error:
        raise StorageError(f"cannot read {intent}: {reason_of(error)}") from error
    try:
        if relocation is not None:
            _settle(folder, relocation)
        intent.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot finish a move in the library {folder}: {reason_of(error)}") from error


def _settle(folder: Path, relocation: Relocation) -> None:
    has_arrived = os.path.lexists(folder / relocation.new_script)
    has_left = not os.path.lexists(folder / relocation.script)
    if not (has_arrived and has_left):
        if relocation.new_metadata and not has_arrived:
            (folder / relocation.new_metadata).unlink(missing_ok=True)
        return
    if relocation.metadata:
        (folder / relocation.metadata).unlink(missing_ok=True)
    versions, new_versions = folder / relocation.versions, folder / relocation.new_versions
    if versions.is_dir():
        new_versions.mkdir(parents=True, exist_ok=True)
        for path in versions.iterdir():
            path.rename(new_versions / path.name)
        versions.rmdir()
