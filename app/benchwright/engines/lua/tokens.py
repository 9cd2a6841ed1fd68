"""Lua's tokens: one regular expression, and where they stand in lines and columns."""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final, NamedTuple

_KEYWORDS: Final = """
and break do else elseif end false for function goto if in local nil not or repeat return then true until
while
"""
KEYWORDS: Final = frozenset(_KEYWORDS.split())
MAX_LEVEL: Final = 40  # of long brackets; and so many levels in one text

_LONG_BRACKET: Final = re.compile(r"\[(=*)\[")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# A number is as much as Lua reads as one, well-formed or not.
_TOKENS: Final = (
    r"[A-Za-z_][A-Za-z0-9_]*+"
    r"|0[xX](?:[pP][+-]?|[0-9a-fA-F.])*+[A-Za-z_]?"
    r"|\.?[0-9](?:[eE][+-]?|[0-9a-fA-F.])*+[A-Za-z_]?"
    r'|"(?:[^"\\\n]|\\z\s*|\\[\s\S]?)*+"?'
    r"|'(?:[^'\\\n]|\\z\s*|\\[\s\S]?)*+'?"
    r"|\.\.\.|\.\.|==|~=|<=|>=|//|::|<<|>>"
)


class Span(NamedTuple):
    """A token's 1-based line and column where it starts, and the column after it on that line."""

    line: int
    column: int
    end_column: int


class Token(NamedTuple):
    """A token and the offsets of its text."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=32)
def _pattern(levels: tuple[int, ...]) -> re.Pattern[str]:
    """Return the expression for a text whose long brackets have these levels."""
    closed = "|".join(rf"\[{'=' * n}\[[\s\S]*?(?:\]{'=' * n}\]|\Z)" for n in levels)
    long_comment = f"--(?:{closed})|" if closed else ""
    long_string = f"|{closed}" if closed else ""
    blank = rf"(?:[ \t\n\r\f\v]++|{long_comment}--[^\n]*+)*+"
    return re.compile(rf"{blank}({_TOKENS}{long_string}|[^ \t\n\r\f\v]|\Z)")


def _pattern_for(source: str) -> re.Pattern[str]:
    """Return the expression whose one group is a token of `source`; blanks and comments come before it."""
    levels = {len(bracket) for bracket in _LONG_BRACKET.findall(source)} if "[" in source else set()
    return _pattern(tuple(sorted(level for level in levels if level <= MAX_LEVEL)))


def is_readable(source: str) -> bool:
    """Tell whether the long brackets of a text are none of those that nobody writes."""
    levels = set(_LONG_BRACKET.findall(source))
    return len(levels) <= MAX_LEVEL and all(len(level) <= MAX_LEVEL for level in levels)


def token_texts(source: str) -> list[str]:
    """Return the tokens of a text."""
    texts = _pattern_for(source).findall(source)
    while texts and not texts[-1]:  # the end of the text, which is matched so that no comment is skipped into
        texts.pop()
    return texts


def tokens_of(source: str) -> list[Token]:
    """Return the tokens of a text with their places."""
    return [Token(m[1], m.start(1), m.end(1)) for m in _pattern_for(source).finditer(source) if m[1]]


def is_name(token: str) -> bool:
    """Tell whether a token is a name."""
    return token not in KEYWORDS and _NAME.match(token) is not None


class Lines:
    """Turns offsets of a text into lines and columns."""

    def __init__(self, source: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", source))]
        self._length = len(source)

    def line_of(self, offset: int) -> int:
        """Return the 1-based line of an offset."""
        return bisect_right(self._starts, offset)

    def span(self, start: int, end: int) -> Span:
        """Return the place of a stretch of text; one of several lines ends with its first."""
        line = self.line_of(start)
        line_start = self._starts[line - 1]
        line_end = self._starts[line] - 1 if line < len(self._starts) else self._length
        column = start - line_start + 1
        return Span(line, column, max(min(end, line_end) - line_start + 1, column + 1))

    def bounds(self, line: int) -> tuple[int, int]:
        """Return the offsets where a line starts and where it ends, its line end left out."""
        end = self._starts[line] - 1 if line < len(self._starts) else self._length
        return self._starts[line - 1], end
