"""Shows what changed between two texts, as a unified diff."""

from collections.abc import Iterable, Sequence
from difflib import unified_diff

_SHOWN_CR = "␍"  # lines that differ in their ends alone would look the same


def text_difference(before: str, after: str, before_title: str, after_title: str) -> str:
    """Return the lines that differ; empty where none do."""
    if before == after:
        return ""
    return "\n".join(unified_diff(_split(before), _split(after), before_title, after_title, lineterm=""))


def kind_of_line(lines: Sequence[str], at: int) -> str:
    """Return what a line of a difference is: ``title``, ``place``, ``added``, ``removed`` or ``same``.

    A comment of Lua that was removed begins as a title does, which alone has the other and a place below.
    """
    if _begins_titles(lines, at) or _begins_titles(lines, at - 1):
        return "title"
    return {"@": "place", "+": "added", "-": "removed"}.get(lines[at][:1], "same")


def _begins_titles(lines: Sequence[str], at: int) -> bool:
    starts = ("--- ", "+++ ", "@@ ")
    below = lines[at : at + 3] if at >= 0 else []
    return len(below) == 3 and all(line.startswith(start) for line, start in zip(below, starts, strict=True))


def _split(text: str) -> list[str]:
    lines: Iterable[str] = text.split("\n")
    shown = [line.replace("\r", _SHOWN_CR) for line in lines]
    if shown[-1]:
        shown[-1] += "  (no new line at the end)"
    else:
        shown.pop()
    return shown
