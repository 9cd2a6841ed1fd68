"""A script's text as the engine works on it: one kind of line end, no byte-order mark, no ``#!`` line."""

import re
from typing import Final

MAX_CHUNK_NAME: Final = 59  # bytes of a name that Lua keeps in messages
_LINE_END: Final = re.compile(r"\r\n|\n\r|\r")
_FIRST_LINE: Final = re.compile(r"#[^\n]*")


def prepared(source: str) -> str:
    """Return the text with lines and columns as an editor shows them, and nothing that Lua does not read."""
    source = source.removeprefix("\ufeff")
    if "\r" in source:
        source = _LINE_END.sub("\n", source)
    first = _FIRST_LINE.match(source)
    return source[first.end() :] if first else source


def to_bytes(source: str) -> bytes:
    """Return the text as Lua takes it; what has no UTF-8 form becomes a byte sequence that Lua refuses."""
    return source.encode("utf-8", "surrogatepass")


def chunk_name(name: str) -> str:
    """Return what messages call a script: `name` on one line, as much of it as Lua keeps."""
    shown = "".join(char if char.isprintable() else "?" for char in name)
    return shown.encode("utf-8", "replace")[:MAX_CHUNK_NAME].decode("utf-8", "ignore")
