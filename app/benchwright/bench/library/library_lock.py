"""One writer of the library at a time, whatever the process."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchwright.bench.storage.file_lock import try_lock
from benchwright.bench.storage.files import reason_of
from benchwright.core.errors import StorageError

_PATIENCE_S: Final = 5.0  # writing takes milliseconds


@contextmanager
def library_lock(folder: Path, *, patience_s: float = _PATIENCE_S) -> Iterator[None]:
    """Hold the library of this folder, which is made where it is not there.

    Raises:
        StorageError: the folder cannot be written, or another process holds it for seconds.
    """
    path = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"cannot write in the library {folder}: {reason_of(error)}") from error
    try:
        deadline_s = time.monotonic() + patience_s
        while not try_lock(descriptor):
            if time.monotonic() >= deadline_s:
                raise StorageError(f"another program has been writing in the library {folder} for too long")
            time.sleep(0.005)
        yield
    finally:
        os.close(descriptor)
