"""Remembers what library scripts were called before, so that their runs stay theirs."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchwright.bench.storage.files import write_atomic


class _Move(msgspec.Struct, frozen=True, kw_only=True):
    """One renaming: the keys before and after, and when."""

    old: str
    new: str
    at: datetime


class Moves:
    """The renamings in a library, oldest first; safe to use from several threads.

    Args:
        file: where they are kept.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] = (0, 0)
        self._by_old: dict[str, list[_Move]] = {}

    def add(self, old: str, new: str) -> None:
        """Take note of a renaming; the caller holds the lock of the library.

        Raises:
            StorageError: it cannot be written.
        """
        moves = [*self._read(), _Move(old=old, new=new, at=datetime.now(UTC))]
        write_atomic(self._file, msgspec.json.format(msgspec.json.encode(moves), indent=1))

    def key_now(self, key: str, then: datetime) -> str:
        """Return what a script is called now that was called `key` at some time."""
        with self._lock:
            self._refresh()
            while (move := self._next(key, then)) is not None:
                key, then = move.new, move.at
        return key

    def _next(self, key: str, then: datetime) -> _Move | None:
        return next((move for move in self._by_old.get(key, ()) if move.at > then), None)

    def _refresh(self) -> None:
        try:
            status = self._file.stat()
        except OSError:
            return
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._stamp = stamp
            self._by_old = {}
            for move in self._read():
                self._by_old.setdefault(move.old, []).append(move)

    def _read(self) -> list[_Move]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[_Move])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return []  # only what the statistics of renamed scripts count hangs on it
