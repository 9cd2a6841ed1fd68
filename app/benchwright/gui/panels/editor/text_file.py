"""Script files as the editor reads and writes them: line ends and byte order mark stay as they are."""

import codecs
import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

from benchwright.core.errors import ScriptNotFound, StorageError

MAX_BYTES: Final = 64 * 2**20
_ANY_MAY_WRITE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class TextFile(NamedTuple):
    """What a file held; `data` is compared to learn whether it changed."""

    text: str
    has_mark: bool  # it starts with a UTF-8 byte order mark
    is_utf8: bool
    data: bytes


def read_text_file(path: Path) -> TextFile:
    """Read a text file; what is not UTF-8 is taken as Latin-1.

    Raises:
        ScriptNotFound: the file cannot be read, or is no text.
    """
    if path.is_dir():
        raise ScriptNotFound(f"{path} is a folder, not a file")
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ScriptNotFound(f"{path} is not a regular file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScriptNotFound(f"cannot read {path}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ScriptNotFound(f"{path} is larger than {MAX_BYTES // 2**20} MB, the most the editor opens")
    if b"\0" in data:
        raise ScriptNotFound(f"{path} is not a text file: the editor shows UTF-8 and Latin-1")
    has_mark = data.startswith(codecs.BOM_UTF8)
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        return TextFile(body.decode(), has_mark, True, data)
    except UnicodeDecodeError:
        return TextFile(body.decode("latin-1"), has_mark, False, data)


def write_text_file(path: Path, text: str, has_mark: bool) -> bytes:
    """Write a text file, whole or not at all; return what it holds now.

    Raises:
        StorageError: it cannot be written, or is read-only.
    """
    from benchwright.bench.storage.files import write_atomic

    if path.exists() and not (path.stat().st_mode & _ANY_MAY_WRITE and os.access(path, os.W_OK)):
        raise StorageError(f"{path} is read-only")  # replacing it would go around that
    data = (codecs.BOM_UTF8 if has_mark else b"") + text.encode("utf-8", "replace")
    write_atomic(path, data)
    return data
