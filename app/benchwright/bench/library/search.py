"""Finds scripts by what is written in them and about them."""

import threading
from collections.abc import Iterable
from pathlib import Path

from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.bench.scripts.script_file import MAX_SCRIPT_BYTES, read_text
from benchwright.core.errors import ScriptNotFound

_KEPT_CHARACTERS = 32 * 2**20  # of text in memory; what goes beyond is read each time


class Search:
    """Searches entries and their text for every word of a query; safe to use from several threads.

    Args:
        folder: the library.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: dict[str, tuple[float, str]] = {}  # time of change and lower-case text, by key
        self._room = _KEPT_CHARACTERS
        self._lock = threading.Lock()

    def keys(self, query: str, entries: Iterable[ScriptEntry]) -> list[str]:
        """Return the keys of what fits: words in name, path, tag, description, author or text.

        A word that starts with ``#`` is a tag: it has to be one from its start.
        """
        words = query.lower().split()
        return [entry.key for entry in entries if all(self._fits(word, entry) for word in words)]

    def _fits(self, word: str, entry: ScriptEntry) -> bool:
        if word.startswith("#"):
            return any(tag.lower().startswith(word[1:]) for tag in entry.tags)
        about = (entry.key, entry.name, entry.description, entry.author, *entry.tags)
        return any(word in text.lower() for text in about) or word in self._text(entry)

    def _text(self, entry: ScriptEntry) -> str:
        if not entry.language:
            return ""
        with self._lock:
            known = self._texts.get(entry.key)
        if known is not None and known[0] == entry.modified_s:
            return known[1]
        try:
            text = read_text(self._folder / entry.key, MAX_SCRIPT_BYTES).lower()
        except ScriptNotFound:
            text = ""
        with self._lock:
            self._room += len(self._texts.pop(entry.key, (0.0, ""))[1])
            if self._room >= len(text):
                self._texts[entry.key] = (entry.modified_s, text)
                self._room -= len(text)
        return text
