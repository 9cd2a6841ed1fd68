"""Shows what changed between two texts, as a unified diff."""

from collections.abc import Iterable
from difflib import unified_diff

_SHOWN_CR = "␍"  # lines that differ in their ends alone would look the same


def text_difference(before: str, after: str, before_title: str, after_title: str) -> str:
    """Return the lines that differ; empty where none do."""
    if before == after:
        return ""
    return "\n".join(unified_diff(_split(before), _split(after), before_title, after_title, lineterm=""))


def _split(text: str) -> list[str]:
    lines: Iterable[str] = text.split("\n")
    shown = [line.replace("\r", _SHOWN_CR) for line in lines]
    if shown[-1]:
        shown[-1] += "  (no new line at the end)"
    else:
        shown.pop()
    return shown
