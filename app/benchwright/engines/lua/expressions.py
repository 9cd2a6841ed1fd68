"""Small readings of a list of tokens: where a value ends, a target starts, a bracket closes.

Lists of tokens end with a few empty ones, so that looking ahead and back needs no care.
"""

from collections.abc import Sequence
from typing import Final

from benchwright.engines.lua.tokens import KEYWORDS

NAME_STARTS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
OPENERS: Final = frozenset({"(", "[", "{"})
CLOSERS: Final = frozenset({")", "]", "}"})
_VALUE_KEYWORDS: Final = frozenset({"end", "nil", "true", "false"})


def string_value(token: str) -> str | None:
    """Return the text of a string literal without escapes, else None."""
    if token[:1] in ("'", '"') and len(token) > 1 and "\\" not in token:
        return token[1:-1]
    return None


def is_string(token: str) -> bool:
    """Tell whether a token is a string, quoted or in long brackets."""
    return token[:1] in ("'", '"') or (token[:1] == "[" and len(token) > 1)


def ends_value(token: str) -> bool:
    """Tell whether a value can end with this token, so that a name behind it starts a statement."""
    first = token[:1]
    if first in NAME_STARTS:
        return token not in KEYWORDS or token in _VALUE_KEYWORDS
    if token in CLOSERS or token == "...":
        return True
    return is_string(token) or first.isdigit() or token[1:2].isdigit()


def starts_arguments(token: str) -> bool:
    """Tell whether the arguments of a call can start with this token."""
    return token in ("(", "{") or is_string(token)


def instrument_asked_for(tokens: Sequence[str], at: int) -> tuple[int, int] | None:
    """Return where the literal of an ``instruments.get("...")`` stands, and the index behind the call.

    A colon is as good as the dot.
    """
    if tokens[at : at + 3] not in (["instruments", ".", "get"], ["instruments", ":", "get"]):
        return None
    if string_value(tokens[at + 3]) is not None:
        return at + 3, at + 4
    if tokens[at + 3] == "(" and string_value(tokens[at + 4]) is not None and tokens[at + 5] == ")":
        return at + 4, at + 6
    return None


def closer(tokens: Sequence[str], at: int) -> int:
    """Return where the bracket that opens at `at` is closed."""
    depth = 0
    while True:
        if tokens[at] in OPENERS:
            depth += 1
        elif tokens[at] in CLOSERS:
            depth -= 1
            if depth == 0:
                return at
        at += 1


def opener(tokens: Sequence[str], at: int) -> int:
    """Return where the bracket that closes at `at` was opened."""
    depth = 0
    while True:
        if tokens[at] in CLOSERS:
            depth += 1
        elif tokens[at] in OPENERS:
            depth -= 1
            if depth == 0:
                return at
        at -= 1


def target_start(tokens: Sequence[str], end: int) -> int:
    """Return where the variable, field or item starts that ends at `end`."""
    while True:
        if tokens[end] in CLOSERS:
            end = opener(tokens, end)
            if not ends_value(tokens[end - 1]):
                return end
            end -= 1
        elif tokens[end - 1] in (".", ":"):
            end -= 2
        elif is_string(tokens[end]) and ends_value(tokens[end - 1]):
            end -= 1
        else:
            return end
