"""A unified diff as a page of text."""

from html import escape
from typing import Final

from benchwright.core.text_difference import kind_of_line
from benchwright.gui.theme import Theme

_MAX_LINES: Final = 5000


def diff_html(diff: str, colours: Theme) -> str:
    """Return a diff as HTML; what is beyond 5,000 lines is counted, not shown."""
    roles = {"title": colours.muted, "place": colours.accent, "added": colours.ok, "removed": colours.error}
    lines = diff.split("\n")
    shown = []
    for at, line in enumerate(lines[:_MAX_LINES]):
        colour = roles.get(kind_of_line(lines, at), colours.text)
        shown.append(f'<span style="color:{colour}">{escape(line)}</span>')
    rest = len(lines) - _MAX_LINES
    more = f'<p style="color:{colours.muted}">… and {rest:,} lines more</p>' if rest > 0 else ""
    text = "\n".join(shown)
    return f'<pre style="margin:0">{text}</pre>{more}' if diff else ""
