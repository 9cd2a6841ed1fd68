"""Shows what changed between two versions of a script, as a unified diff."""

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from benchwright.bench.library.script_document import StoredScript

_SHOWN_CR = "␍"  # lines that differ in their ends alone would look the same


def difference(old: StoredScript, new: StoredScript, old_title: str, new_title: str) -> str:
    """Return the lines that differ, of the source and then of the metadata; empty where none do."""
    return "\n".join(_lines(old, new, old_title, new_title))


def _lines(old: StoredScript, new: StoredScript, old_title: str, new_title: str) -> Iterator[str]:
    pairs = ((old.file, old.source, new.source), ("metadata", old.metadata or "", new.metadata or ""))
    for name, before, after in pairs:
        yield from unified_diff(
            _split(before), _split(after), f"{name}  {old_title}", f"{name}  {new_title}", lineterm=""
        )


def _split(text: str) -> list[str]:
    lines: Iterable[str] = text.split("\n")
    shown = [line.replace("\r", _SHOWN_CR) for line in lines]
    if shown[-1]:
        shown[-1] += "  (no new line at the end)"
    else:
        shown.pop()
    return shown
