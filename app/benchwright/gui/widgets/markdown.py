"""Turns Markdown pages into what Qt's text browser shows, and into sections that can be found."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_HEADING: Final = re.compile(r"^(#{1,3}) (.*)$", re.MULTILINE)
_FENCE: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_EMPTY_HEAD: Final = re.compile(r"<thead>\s*<tr>(\s*<th></th>)*\s*</tr>\s*</thead>")
_LINK: Final = re.compile(r"\(([\w-]+\.md)\)")


class Section(NamedTuple):
    """A part of a page below one heading; ``level`` is 1 for the page's title."""

    level: int
    title: str
    anchor: str
    text: str


class Page(NamedTuple):
    """A Markdown file by its sections, the first of which has its title."""

    path: Path
    sections: Sequence[Section]


def read_pages(folder: Path) -> list[Page]:
    """Return the pages of a folder in the order of its README.md, then those that it does not list."""
    first = folder / "README.md"
    listed = [first, *(folder / name for name in _LINK.findall(first.read_text("utf-8")))]
    paths = dict.fromkeys([*listed, *sorted(folder.glob("*.md"))])
    return [Page(path, list(sections(path.read_text("utf-8")))) for path in paths if path.is_file()]


def sections(text: str) -> Iterator[Section]:
    """Give the sections of a page; what looks like a heading in an example is none."""
    blank = _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    found = list(_HEADING.finditer(blank))
    for heading, following in zip(found, [*found[1:], None], strict=True):
        end = following.start() if following else len(text)
        title = heading[2].replace("`", "")
        yield Section(len(heading[1]), title, anchor_of(title), text[heading.end() : end])


def anchor_of(title: str) -> str:
    """Return what links call a heading, as hosts of Markdown do."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def to_html(text: str) -> str:
    """Return a page as HTML of the kind that Qt knows."""
    return _EMPTY_HEAD.sub("", str(_parser().render(text)))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")

    def heading_open(self: object, tokens: Sequence[Any], at: int, options: object, env: object) -> str:
        del self, options, env
        return f'<{tokens[at].tag}><a name="{anchor_of(tokens[at + 1].content)}"></a>'

    def table_open(self: object, tokens: Sequence[Any], at: int, options: object, env: object) -> str:
        del self, tokens, at, options, env
        return '<table cellspacing="0" cellpadding="5">'

    def fence(self: object, tokens: Sequence[Any], at: int, options: object, env: object) -> str:
        """Put an example into a table of one cell: Qt gives only that a margin around its ground."""
        del self, options, env
        from markdown_it.common.utils import escapeHtml

        code = escapeHtml(tokens[at].content.rstrip("\n"))
        return f'<table class="code" width="100%" cellpadding="8"><tr><td><pre>{code}</pre></td></tr></table>'

    parser.add_render_rule("heading_open", heading_open)
    parser.add_render_rule("table_open", table_open)
    parser.add_render_rule("fence", fence)
    return parser
