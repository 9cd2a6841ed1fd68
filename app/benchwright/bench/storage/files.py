"""Replaces files so that a crash or a power cut leaves either the old content or the new, never a part."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchwright.core.errors import StorageError

WINDOWS_RETRY_S = 1.0  # virus scanners and indexers hold a file open for a moment


def write_atomic(path: Path, data: bytes) -> None:
    """Write a whole file, new or in the place of an old one, whose mode it keeps.

    Raises:
        StorageError: the file or its folder cannot be written; an old file is as it was.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Give the path of a temporary file beside `path`; it takes the place of `path` when the block is done.

    A symbolic link stays one: what it points at is replaced.

    Raises:
        StorageError: it cannot be written, or there is such a file and `overwrite` is false; nothing is left
            of the temporary file, and an old file is as it was.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:200]}.{os.urandom(4).hex()}.tmp")
    try:
        if not overwrite:
            _refuse_existing(target)
        mode = _mode_of(target)
        temporary.touch(exist_ok=False)
        yield temporary
        _sync_file(temporary)
        if mode is not None:
            temporary.chmod(mode)
        if not overwrite:
            _refuse_existing(target)
        _replace(temporary, target, WINDOWS_RETRY_S if os.name == "nt" else 0.0)
        sync_folder(target.parent)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {reason_of(error)}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Put the names of a folder's files on disk; Windows does so by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason_of(error: OSError) -> str:
    """Return why the system refused, in its own words, such as ``No space left on device``."""
    return error.strerror or str(error)


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise StorageError(f"{target} exists already and is not overwritten; name another file")


def _mode_of(target: Path) -> int | None:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return None


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _replace(source: Path, target: Path, retry_s: float) -> None:
    deadline_s = time.monotonic() + retry_s
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if time.monotonic() >= deadline_s:
                raise
            time.sleep(0.02)
        else:
            return
