"""What one process read, left in a file for the next one: it may save time, and nothing hangs on it."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class CacheFile(Generic[T]):
    """A file that is read only by those who would write it in the same way.

    One that is missing, damaged, of another layout or cannot be written costs time, nothing else.

    Args:
        path: the file; its folder is made within a folder that is there.
        kind: the type of its content, which msgspec knows to encode.
        layout: what the meaning of the content depends on, such as the version of Benchwright.
    """

    def __init__(self, path: Path, kind: type[T], layout: str) -> None:
        self.path = path
        self._layout = layout
        self._decoder = msgspec.msgpack.Decoder(tuple[str, kind])  # type: ignore[valid-type]  # at run time it is one

    def load(self) -> T | None:
        """Return what is in the file, None where that is of no use."""
        try:
            layout, content = self._decoder.decode(self.path.read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return content if layout == self._layout else None

    def save(self, content: T) -> bool:
        """Write the file; tell whether that was possible."""
        temporary = self.path.with_name(f"{self.path.name}.{os.urandom(4).hex()}.tmp")
        try:
            self.path.parent.mkdir(exist_ok=True)
            temporary.write_bytes(msgspec.msgpack.encode((self._layout, content)))
            temporary.replace(self.path)
        except (OSError, UnicodeEncodeError):
            with suppress(OSError):
                temporary.unlink()
            return False
        return True
