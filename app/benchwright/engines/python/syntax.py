"""Compiles a script, and says where its text is wrong."""

import ast
import re
from types import CodeType

from benchwright.core.errors import CompilationError
from benchwright.engines.checks import Place
from benchwright.engines.python.positions import Text

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def compile_script(source: str, file: str) -> CodeType:
    """Compile a script; `await` may stand outside functions.

    Raises:
        CompilationError: with line and column.
    """
    try:
        code: CodeType = compile(source, file, "exec", flags=_FLAGS, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _compilation_error(error, source) from None
    return code


def parse_script(source: str, file: str) -> ast.Module:
    """Return the syntax tree of a script that compiles."""
    tree = compile(source, file, "exec", flags=_FLAGS | ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


def _compilation_error(error: Exception, source: str) -> CompilationError:
    text = Text(source)
    if isinstance(error, SyntaxError) and error.lineno is not None:
        place = _place(error, error.lineno, text, source)
        return CompilationError(error.msg, place.line, place.column, place.end_column)
    if isinstance(error, UnicodeEncodeError):
        return _at("half a character (a lone surrogate), which no text may hold", source, error.start)
    if "\0" in source:
        return _at("a null character, which no script may hold", source, source.index("\0"))
    if isinstance(error, (RecursionError, MemoryError)):
        return CompilationError("the script is nested too deeply")
    return CompilationError(str(error))


def _at(message: str, source: str, index: int) -> CompilationError:
    before = Text(source[:index])
    column = len(before.line(len(before))) + 1
    return CompilationError(message, len(before), column, column + 1)


def _place(error: SyntaxError, number: int, text: Text, source: str) -> Place:
    line = text.line(number)
    start, end = error.offset or 1, error.end_offset or 0
    if isinstance(error, IndentationError) and not error.msg.startswith("expected"):
        start = end = len(line) - len(line.lstrip()) + 1
    elif not _parses(source):  # the parser counts characters, the compiler bytes
        shift = _shift_within_f_string(error, line)
        start, end = start + shift, end + shift
    else:
        start, end = text.column(number, start - 1), text.column(number, end - 1)
    start = min(max(start, 1), len(line) + 1)
    if error.end_lineno not in {None, number}:
        end = len(line) + 1
    return Place(number, start, max(min(end, len(line) + 1), start + 1))


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _shift_within_f_string(error: SyntaxError, line: str) -> int:
    """Python 3.11 reads the expressions of f-strings apart, in brackets, and counts columns from there."""
    expression = re.fullmatch(r"\((.*)\)\n?", error.text or "", re.DOTALL)
    if expression is None or (error.text or "").strip() == line.strip():
        return 0
    return max(line.find("{" + expression[1]), 0)
