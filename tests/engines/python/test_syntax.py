"""Where the text of a script is wrong: line and column in characters, whatever counts Python gives."""

import pytest

from benchwright.core.diagnostics import Severity
from benchwright.core.errors import CompilationError
from benchwright.engines.python.validation import validate
from tests.engines.python.harness import kind, run_script

PLACES = [
    # from the parser, which counts characters
    ('é = "ü"; x = = 3\n', "invalid syntax", 1, 14, 15),
    ("é = f(a b)\n", "invalid syntax. Perhaps you forgot a comma?", 1, 7, 10),
    ("é = (1,\n", "'(' was never closed", 1, 5, 6),
    ('é = "abc\n', "unterminated string literal (detected at line 1)", 1, 5, 6),
    ('x = 1\né = """abc\n', "unterminated triple-quoted string literal (detected at line 2)", 2, 5, 6),
    (
        "é = 1; f() = 3\n",
        "cannot assign to function call here. Maybe you meant '==' instead of '='?",
        1,
        8,
        11,
    ),
    ("x = 1 \\ 2\n", "unexpected character after line continuation character", 1, 8, 9),
    ("x = 1\r\ny = = 2\r\n", "invalid syntax", 2, 5, 6),
    ("x = 1\ry = = 2\n", "invalid syntax", 2, 5, 6),
    ("x = '\u2028'\ny = = 2\n", "invalid syntax", 2, 5, 6),
    ("\ufeffx = = 1\n", "invalid syntax", 1, 5, 6),
    ("try:\n  pass\né = 1\n", "expected 'except' or 'finally' block", 3, 1, 2),
    # indentation
    ("if 1:\nx = 'é'\n", "expected an indented block after 'if' statement on line 1", 2, 1, 2),
    ("x = 1\n    y = 2\n", "unexpected indent", 2, 5, 6),
    ("if 1:\n        x = 1\n    y = 2\n", "unindent does not match any outer indentation level", 3, 5, 6),
    ("if é:", "expected an indented block after 'if' statement on line 1", 1, 6, 7),
    # from the compiler, which counts bytes
    ("é = 1; return é\n", "'return' outside function", 1, 8, 16),
    ("def f():\n    é = 1; await é\n", "'await' outside async function", 2, 12, 19),
    ("é = f(ü=1, ü=2)\n", "keyword argument repeated: ü", 1, 12, 15),
    ("é = 1; break\n", "'break' outside loop", 1, 8, 13),
    ("def f(é, é): pass\n", "duplicate argument 'é' in function definition", 1, 10, 11),
    ("def f():\n    é = 1; global é\n", "name 'é' is assigned to before global declaration", 2, 12, 20),
    # from neither
    ("x = 1\né\0\n", "a null character, which no script may hold", 2, 2, 3),
    ("x = 1\né = '\ud800'\n", "half a character (a lone surrogate), which no text may hold", 2, 6, 7),
    ("-" * 100_000 + "1", "the script is nested too deeply", 1, 1, 2),
    ("", "", 0, 0, 0),
]


@pytest.mark.parametrize(("source", "message", "line", "column", "end_column"), PLACES[:-1])
def test_the_place_of_a_syntax_error(
    source: str, message: str, line: int, column: int, end_column: int
) -> None:
    [found] = validate(source, "scan.py")
    if "null" not in message:  # Python 3.11.3 and older name it otherwise
        assert found.message == message
    assert (found.line, found.column, found.end_column) == (line, column, end_column)
    assert (found.severity, found.code) == (Severity.ERROR, "syntax")


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ('é = 1; x = f"ü{a b}"\n', 1, 16),
        ('é = 1\nx = f"""ü\n{a b}"""\n', 3, 2),
        ('é = 1; x = f"ü{a + }"\n', 1, 20),
    ],
)
def test_a_place_within_an_f_string(source: str, line: int, column: int) -> None:
    [found] = validate(source, "scan.py")
    assert found.line == line
    assert abs(found.column - column) <= 2  # Python 3.11 points at the bracket, later ones at the operator


def test_running_tells_the_same_as_validating() -> None:
    for source, *_ in PLACES[:-1]:
        [found] = validate(source, "scan.py")
        run = run_script(source)
        assert kind(run.error) is CompilationError, source
        error = run.error
        place = (error.message, error.line, error.column, error.end_column)
        assert place == (found.message, found.line, found.column, found.end_column)
        assert run.output == []


MANY_FORMS = """\
é = {'ü': [1, (2)]}
async def f(a, *b, c=1):
    async with a as x, b:
        yield f'{x!r:>{c}}'
@f
class A(é, k=1):
    x: int = lambda y: y
match é:
    case {'a': [*_]}: pass
try:
    1
except* E: 2
"""


def test_every_mutilated_text_is_valid_or_has_a_place() -> None:
    source = MANY_FORMS
    lines = source.split("\n")
    for index in range(len(source)):
        for text in (
            source[:index],
            source[:index] + source[index + 1 :],
            f"{source[:index]}({source[index:]}",
        ):
            for found in validate(text, "scan.py"):
                length = len([*text.split("\n"), ""][found.line - 1])
                assert 1 <= found.line <= len(lines) + 1
                assert 1 <= found.column <= length + 1, (text, found)
                assert found.column < found.end_column <= length + 2, (text, found)


def test_warnings_of_the_compiler_are_shown() -> None:
    [found] = validate("x = 1\nif x is 'é':\n    pass\n", "scan.py")
    assert (found.severity, found.code, found.line) == (Severity.WARNING, "syntax_warning", 2)
    assert (found.column, found.end_column) == (1, 13)


def test_what_is_too_deep_to_follow_is_valid() -> None:
    assert validate("x = " + "-" * 400 + "1", "scan.py") == []
    assert validate("x = " + " + ".join(["1"] * 900), "scan.py") == []


def test_await_is_valid_outside_of_functions() -> None:
    assert validate("import asyncio\nawait asyncio.sleep(1)\n", "scan.py") == []
    assert validate("", "scan.py") == []
