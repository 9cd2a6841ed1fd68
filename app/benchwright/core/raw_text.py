"""Bytes on a link as text that a person reads and types: printable ASCII as it is, the rest escaped."""

import re
from typing import Final

from benchwright.core.errors import ArgumentError

MAX_SHOWN_BYTES: Final = 1000
MAX_TYPED_BYTES: Final = 1000
_SHOWN: Final = {ord("\r"): "\\r", ord("\n"): "\\n", ord("\t"): "\\t", ord("\\"): "\\\\"}
_TYPED: Final = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|.|$)", re.DOTALL)


def shown_bytes(data: bytes) -> str:
    """Return bytes as text; what is longer than `MAX_SHOWN_BYTES` is cut and says so."""
    head = data[:MAX_SHOWN_BYTES]
    text = "".join(_SHOWN.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in head)
    return text if len(head) == len(data) else f"{text}… ({len(data):,} bytes)"


def parse_typed(text: str) -> str:
    """Return what a person means to send, its escapes resolved.

    Raises:
        ArgumentError: there is nothing to send, an unknown escape, or what is no ASCII.
    """
    typed = _ESCAPE.sub(_resolve, text)
    if not typed:
        raise ArgumentError("there is nothing to send")
    if len(typed) > MAX_TYPED_BYTES:
        raise ArgumentError(f"at most {MAX_TYPED_BYTES:,} bytes can be sent at once, found {len(typed):,}")
    strange = next((each for each in typed if ord(each) > 127), "")
    if strange:
        shown = strange if strange.isprintable() else f"\\x{ord(strange):02x}"
        raise ArgumentError(f"only ASCII can be sent, found {shown}")
    return typed


def _resolve(match: "re.Match[str]") -> str:
    code = match[1]
    if len(code) == 3:
        return chr(int(code[1:], 16))
    if code not in _TYPED:
        raise ArgumentError(f"unknown escape {match[0]} (there is: \\r, \\n, \\t, \\\\, \\xNN)")
    return _TYPED[code]
