"""Values that a script's text shows: the literal arguments of its calls."""

import ast
from collections.abc import Callable

from benchwright.engines.checks import UNKNOWN, Argument, Arguments, Place

_PLAIN = (bool, int, float, str, type(None))


def literal_text(node: ast.expr) -> str | None:
    """Return the value of a text literal, None for any other expression."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def arguments_of(call: ast.Call, place: Callable[[ast.expr], Place]) -> Arguments:
    """Return the arguments of a call; those after a ``*`` are not seen."""
    positional: list[Argument] = []
    for node in call.args:
        if isinstance(node, ast.Starred):
            break
        positional.append(Argument(_value(node), place(node)))
    named = {
        keyword.arg: Argument(_value(keyword.value), place(keyword.value))
        for keyword in call.keywords
        if keyword.arg is not None
    }
    complete = len(positional) == len(call.args) and len(named) == len(call.keywords)
    return Arguments(positional, named, complete)


def _value(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=value) if isinstance(value, _PLAIN):
            return value
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant(value=value)) if isinstance(
            value, (int, float)
        ) and not isinstance(value, bool):
            return -value if isinstance(sign, ast.USub) else value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            values = [_value(item) for item in items if not isinstance(item, ast.Starred)]
            whole = len(values) == len(items) and not any(value is UNKNOWN for value in values)
            return values if whole else UNKNOWN
        case ast.Dict(keys=[], values=[]):
            return {}
        case _:
            return UNKNOWN
