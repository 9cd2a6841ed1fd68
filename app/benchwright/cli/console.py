"""The two output streams of a command: plain in a pipe, coloured on a terminal, calm when it is closed."""

import io
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from benchwright.core.values import Value

_STYLES: Final = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "cyan": "\x1b[36m",
}
_RESET: Final = "\x1b[0m"
# Control characters show as themselves in no terminal, and could take it over.
_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(9), *range(10, 32), *range(127, 160))}


def printable(text: str) -> str:
    """Return a text without control characters; tabs stay."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def shown_value(value: "Value") -> str:
    """Return a value as a person reads it: a text as it is, all else as JSON."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def prepare_streams() -> None:
    """Let no character that the terminal or pipe cannot encode end a command, and no signal tear a line."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(getattr(stream, "buffer", None), io.RawIOBase):
            # PYTHONUNBUFFERED: what an unbuffered stream did not take when a signal came would be lost.
            whole = open(stream.fileno(), "w", encoding=stream.encoding, closefd=False)  # noqa: SIM115
            setattr(sys, name, whole)
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")


def has_colors(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal that shows colours and its person wants them."""
    if stream is None or not stream.isatty() or os.environ.get("NO_COLOR"):
        return False
    if sys.platform == "win32":  # the old console needs to be asked first; the new one says what it is
        return "WT_SESSION" in os.environ or "TERM" in os.environ
    return os.environ.get("TERM", "") not in ("", "dumb")


class Console:
    """Writes for people and for programs.

    A stream whose reader is gone, or whose disk is full, is written to no more; the command goes on.

    Args:
        when_unread: what to remark when the reader of stdout is gone; empty where that means nothing.
    """

    def __init__(self, when_unread: str = "") -> None:
        self._when_unread = when_unread
        self.colors = has_colors(sys.stderr)
        self.stdout_colors = has_colors(sys.stdout)
        self.is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self.stdout_is_terminal = sys.stdout is not None and sys.stdout.isatty()
        self._status = ""

    # --- for people ---

    def out(self, text: str) -> None:
        """Write lines to stdout: what the person asked for."""
        self._clear_status()
        self._write(sys.stdout, f"{text}\n")

    def note(self, text: str) -> None:
        """Write lines to stderr: what there is to say about it."""
        self._clear_status()
        self._write(sys.stderr, f"{text}\n")

    def status(self, text: str) -> None:
        """Show a line that the next one replaces; on a terminal only."""
        if self.is_terminal and text != self._status:
            self._clear_status()
            self._status = text[: shutil.get_terminal_size().columns - 1]
            self._write(sys.stderr, self._status)

    def paint(self, text: str, *styles: str) -> str:
        """Colour a text for stderr."""
        return painted(text, styles) if self.colors else text

    def paint_out(self, text: str, *styles: str) -> str:
        """Colour a text for stdout."""
        return painted(text, styles) if self.stdout_colors else text

    def _clear_status(self) -> None:
        if self._status:
            self._write(sys.stderr, f"\r{' ' * len(self._status)}\r")
            self._status = ""

    # --- for programs ---

    def json(self, *objects: Any) -> None:
        """Write each object as one line of JSON to stdout."""
        self.json_lines(map(_encoded, objects))

    def json_lines(self, lines: Iterable[bytes]) -> None:
        """Write lines of JSON that are encoded already."""
        if sys.stdout is not None:
            data = b"".join(line + b"\n" for line in lines)
            self._guarded(sys.stdout, lambda stream: stream.buffer.write(data))

    # --- closed and full ---

    def _write(self, stream: TextIO | None, text: str) -> None:
        if stream is not None:
            self._guarded(stream, lambda stream: stream.write(text))

    def _guarded(self, stream: TextIO, write: Any) -> None:
        try:
            write(stream)
            stream.flush()
        except OSError as error:
            is_stdout = stream is sys.stdout
            silence(stream)
            if is_stdout and not isinstance(error, BrokenPipeError):
                self.note(f"cannot write to stdout: {error.strerror}; the command goes on without it")
            elif is_stdout and self._when_unread:
                self.note(f"nobody reads the output any more; {self._when_unread}")


def _encoded(content: Any) -> bytes:
    import msgspec

    try:
        return msgspec.json.encode(content)
    except UnicodeEncodeError:  # the name of a file can be no text at all
        import json

        return json.dumps(msgspec.to_builtins(content)).encode()


def silence(stream: TextIO) -> None:
    """Send what is still written to a stream nowhere, so that closing it at the end cannot fail either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def painted(text: str, styles: Iterable[str]) -> str:
    """Return a text in colour."""
    return "".join(_STYLES[style] for style in styles) + text + _RESET


def table(rows: Iterable[Mapping[str, str]], headings: Iterable[str]) -> list[str]:
    """Return rows as lines with aligned columns, the headings first."""
    headings = list(headings)
    cells = [headings, *([printable(row.get(heading.lower(), "")) for heading in headings] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
