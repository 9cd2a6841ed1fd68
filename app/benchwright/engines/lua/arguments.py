"""The arguments of a call as far as they are literals."""

from collections.abc import Mapping, Sequence
from typing import Final

from benchwright.engines.checks import UNKNOWN, Argument, Arguments, Place
from benchwright.engines.lua.expressions import CLOSERS, OPENERS, closer, is_string, string_value

_WORDS: Final[Mapping[str, object]] = {"nil": None, "true": True, "false": False}

Piece = tuple[int, int]  # first token and the one behind the last


def index_place(start: int, end: int) -> Place:
    """Return a place that stands for the tokens `start` to `end` (exclusive) until columns are asked for."""
    return Place(1, start, end)


def read_function_arguments(tokens: Sequence[str], at: int) -> Arguments:
    """Read the arguments of a function's call that starts at `at` with a parenthesis, a string or a table."""
    pieces = _call_pieces(tokens, at)
    complete = not pieces or not _may_be_several(tokens, *pieces[-1])
    return Arguments([_argument(tokens, *piece) for piece in pieces], {}, complete)


def read_method_arguments(tokens: Sequence[str], at: int, own_name: str) -> Arguments:
    """Read the arguments of a method's call, where a table at the end names arguments.

    A first argument that is `own_name` alone is the instrument itself, as in ``motor.read(motor)``.
    """
    pieces = _call_pieces(tokens, at)
    if pieces and own_name and tokens[pieces[0][0] : pieces[0][1]] == [own_name]:
        del pieces[0]
    named: dict[str, Argument] = {}
    complete = not pieces or not _may_be_several(tokens, *pieces[-1])
    if pieces and _is_table(tokens, *pieces[-1]):
        items, named = _table(tokens, pieces[-1][0])
        if items is None or not (items or named):  # a table that does not tell what it is
            complete = False
        if not items:
            del pieces[-1]
    return Arguments([_argument(tokens, *piece) for piece in pieces], named, complete)


def _call_pieces(tokens: Sequence[str], at: int) -> list[Piece]:
    if tokens[at] == "(":
        return _pieces(tokens, at)
    return [(at, closer(tokens, at) + 1 if tokens[at] == "{" else at + 1)]


def _pieces(tokens: Sequence[str], opener: int) -> list[Piece]:
    """Part what stands between two brackets at its commas."""
    pieces = []
    start = at = opener + 1
    end = closer(tokens, opener)
    depth = 0  # of functions and their blocks, whose bodies hold commas of their own
    while at < end:
        token = tokens[at]
        if token in OPENERS:
            at = closer(tokens, at)
        elif token in ("function", "do", "if", "repeat"):
            depth += 1
        elif token in ("end", "until"):
            depth -= 1
        elif depth == 0 and token in (",", ";"):
            pieces.append((start, at))
            start = at + 1
        at += 1
    if start < end:
        pieces.append((start, end))
    return pieces


def _is_table(tokens: Sequence[str], start: int, end: int) -> bool:
    return tokens[start] == "{" and closer(tokens, start) == end - 1


def _table(tokens: Sequence[str], at: int) -> tuple[list[object] | None, dict[str, Argument]]:
    """Read a table constructor: its items and what it names; no list where the text does not tell."""
    named: dict[str, Argument] = {}
    items = []
    for start, end in _pieces(tokens, at):
        if tokens[start] == "[":
            return None, {}
        if tokens[start + 1] == "=":
            named[tokens[start]] = _argument(tokens, start + 2, end)
        else:
            items.append(_literal(tokens, start, end))
    return (None, {}) if named and items else (items, named)


def _argument(tokens: Sequence[str], start: int, end: int) -> Argument:
    return Argument(_literal(tokens, start, end), index_place(start, end))


def _literal(tokens: Sequence[str], start: int, end: int) -> object:
    token = tokens[start]
    if end - start == 2 and token == "-":
        number = _number(tokens[start + 1])
        return -number if isinstance(number, (int, float)) else UNKNOWN
    if _is_table(tokens, start, end):
        items, named = _table(tokens, start)
        return items or {name: argument.value for name, argument in named.items()} or UNKNOWN
    if end - start != 1:
        return UNKNOWN
    if token in _WORDS:
        return _WORDS[token]
    text = string_value(token)
    return text if text is not None else _number(token)


def _number(token: str) -> object:
    if not (token[0].isdigit() or token[0] == "."):
        return UNKNOWN
    try:
        if token[:2] not in ("0x", "0X"):
            return int(token) if token.isdigit() else float(token)
        value = int(token, 16)
    except ValueError:
        return UNKNOWN
    return value if value < 2**63 else UNKNOWN  # Lua wraps around


def _may_be_several(tokens: Sequence[str], start: int, end: int) -> bool:
    """Tell whether an argument may be several values: a call or ``...``."""
    last = tokens[end - 1]
    if end - start == 1 or _is_table(tokens, start, end):
        return last == "..."
    return last in CLOSERS or last == "..." or is_string(last)
