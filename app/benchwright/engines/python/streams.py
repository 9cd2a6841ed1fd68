"""The standard streams of a running script: what it prints goes, line by line, to a callback."""

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LONGEST_LINE_BYTES = 64 * 1024

LineCallback = Callable[[str, str], object]


class LineWriter(io.RawIOBase):
    """Takes bytes, gives whole lines; of a line that overwrites itself by a carriage return the last version.

    Args:
        stream: name of the stream, for the callback.
        callback: called with the stream's name and a line without its end.
    """

    def __init__(self, stream: str, callback: LineCallback) -> None:
        super().__init__()
        self._stream = stream
        self._callback = callback
        self._pending = b""
        self._lock = threading.RLock()

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Take bytes; lines that are complete, or too long to wait for, are given on."""
        taken = bytes(data)
        with self._lock:
            *lines, self._pending = (self._pending + taken).split(b"\n")
            for line in lines:
                self._give(line)
            self._bound_pending()
        return len(taken)

    def _bound_pending(self) -> None:
        if b"\r" in self._pending[:-1]:
            self._pending = self._pending[self._pending.rindex(b"\r", 0, -1) + 1 :]
        cut = len(self._pending) - len(self._pending) % LONGEST_LINE_BYTES
        for start in range(0, cut, LONGEST_LINE_BYTES):
            self._give(self._pending[start : start + LONGEST_LINE_BYTES])
        self._pending = self._pending[cut:]

    def finish(self) -> None:
        """Give on a last line that has no end."""
        with self._lock:
            line, self._pending = self._pending, b""
            if line:
                self._give(line)

    def _give(self, line: bytes) -> None:
        text = line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")
        self._callback(self._stream, text)


@contextmanager
def captured_streams(callback: LineCallback | None) -> Iterator[None]:
    """Send what is printed within the context to `callback`; without one, leave the streams alone."""
    if callback is None:
        yield
        return
    before = sys.stdout, sys.stderr
    writers = [LineWriter(stream, callback) for stream in ("stdout", "stderr")]
    texts = [
        io.TextIOWrapper(cast(BinaryIO, writer), "utf-8", "backslashreplace", "\n", line_buffering=True)
        for writer in writers
    ]
    sys.stdout, sys.stderr = texts
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for text, writer in zip(texts, writers, strict=True):
            if not text.closed:
                text.flush()
            writer.finish()
