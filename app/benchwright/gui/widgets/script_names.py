"""What the names of a script stand for, as far as its text shows it while it is being typed."""

import re
from typing import Final

_LUA_SKIPPED: Final = re.compile(
    r"--\[(?P<a>=*)\[.*?(?:\](?P=a)\]|\Z)|--[^\n]*|\[(?P<b>=*)\[.*?(?:\](?P=b)\]|\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?",
    re.DOTALL,
)
_PYTHON_SKIPPED: Final = re.compile(
    r"#[^\n]*|\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?", re.DOTALL
)
_ASSIGNMENT: Final = re.compile(
    r"(?<![\w.:])((?:[A-Za-z_]\w*\s*,\s*){0,20}[A-Za-z_]\w*)[ \t]*"  # names
    r"(?:<\w+>[ \t]*)?(?::[ \t]*[\w.]+[ \t]*)?"  # Lua's <const>, Python's annotation
    r"=(?!=)[ \t]*([^\n;]*)"
)
_GET: Final = re.compile(r"(?:await\s+)?instruments\s*[.:]\s*get(?:_async)?\s*\(\s*[\"'](\w+)[\"']\s*\)\s*$")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_FREE_NAME: Final = re.compile(r"(?<![\w.:])[A-Za-z_]\w*")
_MOST_ALIASES: Final = 5


def bare(language: str, text: str) -> str:
    """Return the text with blanks in the place of what is in strings and comments."""
    skipped = _PYTHON_SKIPPED if language == "python" else _LUA_SKIPPED
    return skipped.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def open_quote(language: str, text: str) -> str:
    """Return what the end of the text stands in: a string's or comment's first character, else nothing."""
    skipped = _PYTHON_SKIPPED if language == "python" else _LUA_SKIPPED
    last = None
    for last in skipped.finditer(text):  # noqa: B007
        pass
    if last is None or last.end() != len(text):
        return ""
    piece = last[0]
    opener = '"""' if piece.startswith('"""') else "'''" if piece.startswith("'''") else piece[0]
    is_comment = piece.startswith("#") or (piece.startswith("--") and not piece.endswith("]]"))
    if is_comment:
        return piece[0]
    closed = len(piece) >= 2 * len(opener) and piece.endswith({"[": "]", "-": "]"}.get(opener, opener))
    return "" if closed else opener


def split_top(text: str) -> list[str]:
    """Split at the commas that stand in no bracket and no string."""
    parts, depth, start, quote = [], 0, 0, ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def assigned(language: str, text: str) -> dict[str, str]:
    """Return the expression that each variable was given last."""
    blank = bare(language, text)
    found: dict[str, str] = {}
    for match in _ASSIGNMENT.finditer(blank):
        values = split_top(text[match.start(2) : match.end(2)])
        for name, value in zip(_NAME.findall(match[1]), values, strict=False):
            found[name] = value.strip()
    return found


def instrument_of(expression: str, variables: dict[str, str]) -> str | None:
    """Return the name of the instrument that an expression stands for."""
    for _ in range(_MOST_ALIASES):
        if got := _GET.search(expression):
            return got[1]
        name = _NAME.findall(expression)[-1:] or [""]
        if not expression.endswith(name[0]) or name[0] not in variables:
            return None
        expression = variables[name[0]]
    return None


def free_names(language: str, text: str) -> set[str]:
    """Return the names in a script that are no members of something."""
    return set(_FREE_NAME.findall(bare(language, text)))


def members_seen(language: str, text: str, owner: str) -> set[str]:
    """Return what the script calls as a member of a variable."""
    return set(re.findall(rf"(?<![\w.:]){re.escape(owner)}\s*[.:]\s*([A-Za-z_]\w*)", bare(language, text)))


def open_call(language: str, text: str) -> tuple[int, int] | None:
    """Return where the innermost open call's bracket is, and the number of commas after it."""
    stack: list[tuple[int, int]] = []  # position of the bracket, commas since
    blank = bare(language, text)
    for index, character in enumerate(blank):
        if character in "([{":
            stack.append((index, 0))
        elif character in ")]}" and stack:
            stack.pop()
        elif character == "," and stack:
            stack[-1] = (stack[-1][0], stack[-1][1] + 1)
    return next((each for each in reversed(stack) if blank[each[0]] == "("), None)
