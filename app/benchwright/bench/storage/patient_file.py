"""A file for libraries that do not survive a full disk."""

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class PatientFile(io.RawIOBase):
    """Never fails: what the disk does not take is kept in memory, so that its user can close it in peace.

    HDF5 ends the whole process some time after a write that failed (h5py issue 914; still so with HDF5 1.14).
    The user calls `check` often, and gives up soon after the disk is full.

    Args:
        file: opened for reading and writing, unbuffered; it stays open.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._failure: OSError | None = None
        self._kept: list[tuple[int, bytes]] = []
        self._at = 0
        self._end = 0

    def check(self) -> None:
        """Tell whether everything is in the file.

        Raises:
            OSError: it is not.
        """
        if self._failure is not None:
            raise self._failure

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._end}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def write(self, data: "ReadableBuffer") -> int:
        content = bytes(data)
        try:
            if self._failure is None:
                self._write_through(content)
        except OSError as error:
            self._failure = error
        if self._failure is not None:
            self._kept.append((self._at, content))
        self._at += len(content)
        self._end = max(self._end, self._at)
        return len(content)

    def _write_through(self, content: bytes) -> None:
        self._file.seek(self._at)
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        size = max(0, min(len(view), self._end - self._at))
        content = bytearray(size)
        self._file.seek(self._at)
        self._file.readinto(content)
        for start, kept in self._kept:
            first, last = max(start, self._at), min(start + len(kept), self._at + size)
            if first < last:
                content[first - self._at : last - self._at] = kept[first - start : last - start]
        view[:size] = content
        self._at += size
        return size

    def truncate(self, size: int | None = None) -> int:
        size = self._at if size is None else size
        try:
            self._file.truncate(size)
        except OSError as error:
            self._failure = self._failure or error
        self._end = size
        return size

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
