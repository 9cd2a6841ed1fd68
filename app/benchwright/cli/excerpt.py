"""Shows the place of a problem: the line of the source with a caret under the column."""

import unicodedata

_BEFORE, _AFTER = 60, 40  # characters shown around the place in a long line


def excerpt(source: str, line: int, column: int | None, end_column: int | None = None) -> list[str]:
    """Return the source line and, where the column is known, a line with a caret; empty beyond the end.

    Args:
        source: the whole text.
        line: 1-based.
        column: 1-based, counts characters, a tab as one; None where it is not known.
        end_column: likewise, exclusive; the rest of the place is underlined.
    """
    lines = source.split("\n")
    if not 1 <= line <= len(lines):
        return []
    text = "".join(c if c == "\t" or c.isprintable() else "\ufffd" for c in lines[line - 1].rstrip("\r"))
    start = max(0, (column or 1) - 1 - _BEFORE)
    shown = text[start : start + _BEFORE + _AFTER]
    number = str(line)
    marked = [f"{number} | {shown}"]
    if column is not None and column - 1 <= len(text):
        at = column - 1 - start
        length = max(1, min((end_column or 0) - column, len(shown) - at))
        marker = "".join(map(_blank, shown[:at])) + "^" + "~" * (_width(shown[at : at + length]) - 1)
        marked.append(f"{' ' * len(number)} | {marker}")
    return [f"  {each.rstrip()}" for each in marked]


def _blank(character: str) -> str:
    return character if character == "\t" else " " * _width(character)


def _width(text: str) -> int:
    """Return how many cells of a terminal a text takes: none for combining marks, two for wide characters."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
