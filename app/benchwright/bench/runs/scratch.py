"""The scratch folder of a run: made, measured and removed, whatever a hostile script put into it."""

import itertools
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from benchwright.core.errors import ResourceLimitExceeded, StorageError
from benchwright.worker.launching import WorkerProcess

ENTRY_BYTES = 16 * 1024  # what each entry counts at least: many empty files are a flood, too
_INTERVAL_S = (0.2, 1.0)  # from one look to the next: at least, and at most
_COST_FACTOR = 5  # looking takes no more than this part of the time


class ScratchFolder:
    """The one folder that a Python script may write in.

    Args:
        path: where it is to be.
        limit_mb: what may be in it while the run goes on, in MiB; deleted files count while they are in use.
    """

    def __init__(self, path: Path, limit_mb: float) -> None:
        self.path = path
        self._limit_mb = limit_mb
        self._next_look_s = 0.0

    def make(self) -> None:
        """Make it, empty.

        Raises:
            StorageError: it cannot be made.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise StorageError(f"cannot make the folder {self.path}: {error.strerror}") from error

    def check_now_and_then(self, worker: WorkerProcess | None) -> None:
        """Do as `check` does, but seldom enough to be called all the time."""
        began_s = time.monotonic()
        if began_s < self._next_look_s:
            return
        try:
            self.check(worker)
        finally:
            now_s = time.monotonic()
            shortest_s, longest_s = _INTERVAL_S
            self._next_look_s = now_s + min(longest_s, max(shortest_s, _COST_FACTOR * (now_s - began_s)))

    def check(self, worker: WorkerProcess | None = None) -> None:
        """Look how much is in it, and in what the worker deleted there and still uses.

        Raises:
            ResourceLimitExceeded: more than its limit, or something that cannot be looked into.
        """
        enough = int(self._limit_mb * 2**20)
        used = used_bytes(self.path, enough)
        if worker is not None and used <= enough:
            used += worker.unlinked_bytes(os.path.realpath(self.path), largest=enough + 1)
        if used > enough:
            raise ResourceLimitExceeded("max_scratch_mb", self._limit_mb)

    def remove(self) -> None:
        """Remove it; the process that filled it is gone. What the system does not let go stays."""
        with suppress(OSError):
            remove_tree(self.path)


def used_bytes(folder: Path, enough: int) -> int:
    """Return how much is in `folder` and below, or something above `enough` once that is certain.

    A folder that nobody can look into, for its modes or its depth, counts as too much: a script could hide
    anything there.
    """
    total, waiting = 0, [str(folder)]
    while waiting and total <= enough:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += _entry_bytes(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if total > enough:
                        break
        except FileNotFoundError:
            continue  # the script removed it meanwhile
        except OSError:
            return enough + 1
    return total


def _entry_bytes(entry: "os.DirEntry[str]") -> int:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return 0
    taken = getattr(status, "st_blocks", None)  # of 512 bytes; a file with holes takes less than its size
    return max(ENTRY_BYTES, status.st_size if taken is None else taken * 512)


def remove_tree(top: Path) -> None:
    """Remove a folder that may be nested deeper than any path or stack reaches, with any modes.

    Folders are taken apart from above: what lies below a child is moved up beside it, so that no path gets
    longer than two names.

    Raises:
        OSError: the system does not let something go.
    """
    prefix, numbers = secrets.token_hex(8), itertools.count()
    while children := _folders_left(top):
        for child in children:
            for below in _folders_left(child):
                below.chmod(0o700)  # a folder that moves must be writable itself
                below.rename(top / f"{prefix}{next(numbers)}")
            child.rmdir()
    top.rmdir()


def _folders_left(folder: Path) -> list[Path]:
    """Remove the files of a folder and return the folders in it."""
    folder.chmod(0o700)
    with os.scandir(folder) as entries:
        found = [(Path(entry.path), entry.is_dir(follow_symlinks=False)) for entry in entries]
    for path, is_folder in found:
        if not is_folder:
            path.unlink()
    return [path for path, is_folder in found if is_folder]
