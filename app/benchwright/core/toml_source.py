"""Reads TOML text, and finds the line of a key in it, so that an error can name its place."""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final, TypeAlias

from benchwright.core.errors import ConfigurationError

KeyPath: TypeAlias = tuple[str | int, ...]

_BOM: Final = "\ufeff"
_PLACE: Final = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """Return the content of TOML text; a byte order mark at its start is passed over.

    Raises:
        ConfigurationError: the text is not TOML; names `file`, line and column.
    """
    text = text.removeprefix(_BOM)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigurationError("not valid TOML: nested too deeply", file) from None
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, file) from None
    except ValueError:  # Python's own refusal of a whole number of over 4300 digits
        raise ConfigurationError("not valid TOML: a number has too many digits", file) from None


def _not_toml(message: str, text: str, file: str) -> ConfigurationError:
    place = _PLACE.search(message)
    if place is None:
        return ConfigurationError(f"not valid TOML: {message}", file)
    reason = message[: place.start()]
    if place["line"] is None:
        line = len(text.splitlines()) or 1
        return ConfigurationError(f"not valid TOML: {reason}, at the end of the file", file, line)
    return ConfigurationError(
        f"not valid TOML: {reason} (column {place['column']})", file, int(place["line"])
    )


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the 1-based line of a key, a table or a list's item in TOML text, or None where it is not there.

    `path` holds keys and, for items of lists and of arrays of tables, 0-based indices:
    ``["instruments", "esp300", "link"]``, ``["plots", 0, "x"]``. Of a table without a header of its own it is
    the line that first names it. Text that is not valid TOML gives the lines that could be made out.
    """
    return lines_by_path(text).get(tuple(path))


@lru_cache(maxsize=4)
def lines_by_path(text: str) -> dict[KeyPath, int]:
    """Return what `line_of` knows, by path; not to be changed."""
    scanner = _Scanner(text)
    try:
        scanner.scan()
    except RecursionError:
        pass  # the lines found so far
    return scanner.lines


def renamed_keys(text: str, names: Mapping[str, str]) -> str:
    """Return TOML text with keys and tables of its top level under other names; all else stays."""
    scanner = _Scanner(text)
    scanner.scan()
    for start, end in reversed(scanner.roots):
        new = names.get(_unquoted(text[start:end]))
        if new is not None:
            text = f"{text[:start]}{new}{text[end:]}"
    return text


class _Scanner:
    """Walks over TOML text, noting where each key is; values are stepped over, not read."""

    _SKIP: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
    _BLANK: Final = re.compile(r"[ \t]*")
    _KEY: Final = re.compile(r"""[^\s.=\[\]{}"'#,]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
    _STRING: Final = re.compile(
        r'"""(?:\\.|[^\\])*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'", re.DOTALL
    )
    _SCALAR: Final = re.compile(r"[^,\]}#\n]*")
    _REST_OF_LINE: Final = re.compile(r"[^\n]*\n?")

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.roots: list[tuple[int, int]] = []  # where each key of the top level stands
        self._text = text
        self._at = len(_BOM) if text.startswith(_BOM) else 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._table: KeyPath = ()
        self._counts: dict[KeyPath, int] = {}  # tables of each array of tables

    def scan(self) -> None:
        """Note the line of every key."""
        while True:
            self._step(self._SKIP)
            if self._at >= len(self._text):
                return
            if self._text.startswith("[", self._at):
                self._header()
            else:
                self._pair(self._table)
            self._step(self._REST_OF_LINE)

    def _step(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _take(self, mark: str) -> bool:
        found = self._text.startswith(mark, self._at)
        if found:
            self._at += len(mark)
        return found

    def _note(self, path: KeyPath, start: int) -> None:
        """Note where `path` is named; tables that it implies keep the line that named them first."""
        line = bisect_left(self._newlines, start) + 1
        self.lines[path] = line
        for length in range(1, len(path)):
            self.lines.setdefault(path[:length], line)

    def _keys(self, *, is_root: bool) -> list[str]:
        """Read a dotted key; `is_root` tells that it starts at the top level."""
        keys: list[str] = []
        while True:
            self._step(self._BLANK)
            key = self._step(self._KEY)
            if not key:
                return keys
            if is_root and not keys:
                self.roots.append((self._at - len(key), self._at))
            keys.append(_unquoted(key))
            self._step(self._BLANK)
            if not self._take("."):
                return keys

    def _header(self) -> None:
        start = self._at
        is_array = self._take("[[")
        if not is_array:
            self._take("[")
        keys = self._keys(is_root=True)
        if not keys:
            return
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._latest((*path, key))
        path = (*path, keys[-1])
        if is_array:
            self._counts[path] = self._counts.get(path, 0) + 1
            path = self._latest(path)
        self._note(path, start)
        self._table = path

    def _latest(self, path: KeyPath) -> KeyPath:
        count = self._counts.get(path)
        return path if count is None else (*path, count - 1)

    def _pair(self, table: KeyPath) -> None:
        start = self._at
        keys = self._keys(is_root=not table)
        if not keys:
            return
        path = (*table, *keys)
        self._note(path, start)
        if self._take("="):
            self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._step(self._BLANK)
        if self._take("["):
            self._items(path)
        elif self._take("{"):
            self._inline_table(path)
        elif not self._step(self._STRING):
            self._step(self._SCALAR)

    def _items(self, path: KeyPath) -> None:
        for index in count():
            self._step(self._SKIP)
            if self._take("]") or self._at >= len(self._text):
                return
            self._note((*path, index), self._at)
            self._value((*path, index))
            self._step(self._SKIP)
            if not self._take(",") and not self._text.startswith("]", self._at):
                return

    def _inline_table(self, path: KeyPath) -> None:
        while True:
            self._step(self._SKIP)
            if self._take("}") or self._at >= len(self._text):
                return
            self._pair(path)
            self._step(self._SKIP)
            if not self._take(",") and not self._text.startswith("}", self._at):
                return


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    try:
        return str(tomllib.loads(f"key = {key}")["key"])
    except ValueError:
        return key[1:-1]
