"""Checks a Python script without running it: its syntax, its names, and its calls of the bench."""

import threading
import warnings
from typing import Final

from benchwright.core.diagnostics import SYNTAX, Diagnostic, Severity
from benchwright.core.errors import CompilationError
from benchwright.engines.engine import CheckContext
from benchwright.engines.python.positions import Text
from benchwright.engines.python.static_checks import check
from benchwright.engines.python.syntax import compile_script, parse_script

_compiling: Final = threading.Lock()  # what gathers warnings belongs to the whole process


def validate(source: str, name: str, context: CheckContext | None = None) -> list[Diagnostic]:
    """Return what is wrong with a script, syntax first; nothing of it is run.

    Args:
        source: its text.
        name: what messages call it.
        context: what is known of the bench; without it, instruments and parameters are not checked.
    """
    source = source.removeprefix("\ufeff")
    text = Text(source)
    try:
        found = _compile_warnings(source, name, text)
    except CompilationError as error:
        return [_syntax_error(error)]
    try:
        found += check(parse_script(source, name), text, context)
    except RecursionError:
        pass  # it compiles, but is nested deeper than we can follow
    return sorted(found, key=lambda diagnostic: (diagnostic.line, diagnostic.column))


def _compile_warnings(source: str, name: str, text: Text) -> list[Diagnostic]:
    """Compile, and return what Python warns of, such as ``is`` with a literal."""
    with _compiling, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile_script(source, name)
    return [_warning(str(warning.message), warning.lineno, text) for warning in caught]


def _syntax_error(error: CompilationError) -> Diagnostic:
    return Diagnostic(
        severity=Severity.ERROR,
        message=error.message,
        line=error.line,
        column=error.column,
        end_column=error.end_column,
        code=SYNTAX,
    )


def _warning(message: str, number: int, text: Text) -> Diagnostic:
    line = text.line(number)
    return Diagnostic(
        severity=Severity.WARNING,
        message=message,
        line=number,
        column=len(line) - len(line.lstrip()) + 1,
        end_column=len(line.rstrip()) + 1,
        code="syntax_warning",
    )
