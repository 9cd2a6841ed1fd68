"""Syntax errors: the exact place of the token that Lua stumbled over."""

import random
from pathlib import Path

import pytest

from benchwright.core.diagnostics import Severity
from benchwright.core.errors import CompilationError
from benchwright.engines.engine import EngineSettings
from benchwright.engines.lua.engine import LuaEngine, validate
from benchwright.engines.lua.runtime import compile_error
from benchwright.engines.lua.source import to_bytes
from benchwright.engines.lua.syntax import syntax_error
from benchwright.engines.lua.tokens import Lines, Span, tokens_of
from tests.engines.lua.running import Run

EXAMPLES = Path(__file__).parents[3] / "resources" / "examples"


def place(source: str) -> tuple[int, int, int]:
    """Return the place between ``«`` and ``»``; that of the end of the text has no ``»``."""
    line_start = source.rfind("\n", 0, source.index("«")) + 1
    line = source.count("\n", 0, line_start) + 1
    column = source.index("«") - line_start + 1
    end = source.index("»") - line_start if "»" in source else column + 1
    return line, column, end


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("x = «=» 3", "unexpected symbol near '='"),
        ("x = «3x»", "malformed number near '3x'"),
        ("x = «0x»", "malformed number"),
        ("x = 1 + «1e+»", "malformed number"),
        ("x = «1..2»", "malformed number"),
        ("x = «@»", "unexpected symbol near '@'"),
        ("x = «é»", "unexpected symbol"),
        ("s = 'ü' «=» 1", "unexpected symbol near '='"),
        ("\t\tx = «)»", "unexpected symbol near ')'"),
        ("x = \0 3".replace("\0", "«\0»"), "unexpected symbol"),
        ("x = «'abc»\ny = 1", "unfinished string"),
        ('x = «"abc»', "unfinished string"),
        ("x = «'abc\\»", "unfinished string"),
        ("x = 'a«\\q»b'", "invalid escape sequence"),
        ("x = 'ä«\\300'»", "decimal escape too large"),
        ("x = '«\\xZ»Z'", "hexadecimal digit expected"),
        ("x = «[[»abc\n\ny", "unfinished long string"),
        ("x = [[a]] .. «[==[»b [[ ]] [==[", "unfinished long string"),
        ("x = 1\n«--[=[» abc\n", "unfinished long comment"),
        ("x = 1 --[[ a ]] --[[ b\n ]]  «--[[» abc --[[\n--[[", "unfinished long comment"),
        ("x = 5 +«", "unexpected symbol near <eof>"),
        ("if x then\n  y = 1\n«", "'end' expected (to close 'if' at line 1) near <eof>"),
        ("for«", "<name> expected near <eof>"),
        ("x = ((1 + 2)\n«y» = 3", "')' expected (to close '(' at line 1) near 'y'"),
        ("print('b' «'b'» 5)", "')' expected near ''b''"),
        ("return 1 «x» = 2", "<eof> expected near 'x'"),
        ("end_ = 1 «end»", "<eof> expected near 'end'"),
        ("f() «=» 4", "syntax error near '='"),
        ("a.b:c «=» 5", "function arguments expected near '='"),
        ("function f(a, «1») end", "<name> or '...' expected near '1'"),
        ("local function f() return «...» end", "cannot use '...' outside a vararg function"),
        ("local x <const> = 1\n\n«x» = 2", "attempt to assign to const variable 'x'"),
        ("local x <«foo»> = 1", "unknown attribute 'foo'"),
        ("\ngoto «nope»\nx = 1\n", "no visible label 'nope'"),
        ("function f()\n «break» end\nx = 1\n", "break outside"),
        ("::a:: x = a ::«a»::", "label 'a' already defined on line 1"),
        ("if x then goto «a» end\nlocal x\n::a::\nprint(x)", "jumps into the scope of local 'x'"),
        ("x = 1 y = 2 «then» z = 3", "unexpected symbol near 'then'"),
        ("x, y = 1, «,» 2", "unexpected symbol near ','"),
        ("t = { a = 1, b «c» = 2 }", "'}' expected near 'c'"),
        ("x = [[\n\n]] «]»", "unexpected symbol near ']'"),
    ],
)
def test_the_place_is_that_of_the_token(marked: str, words: str) -> None:
    source = marked.replace("«", "").replace("»", "")
    [found] = validate(source)
    assert words in found.message
    assert (found.line, found.column, found.end_column) == place(marked)
    assert (found.code, found.severity) == ("syntax", Severity.ERROR)
    assert not found.message.startswith("?")


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("\ufeffx = = 1", 1, 5),
        ("#!/usr/bin/env lua\nx = = 1", 2, 5),
        ("\ufeff#! [[\nx = = 1", 2, 5),
        ("x = 1\r\ny = = 2\r\n", 2, 5),
        ("x = 1\ry = = 2", 2, 5),
        ("x = [[a\r\nb]] = 2", 2, 5),
        ("-- \u2028 one line still\nx = = 1", 2, 5),
        ("x = 1\x0cy = = 2", 1, 11),
    ],
)
def test_lines_are_counted_as_lua_does(source: str, line: int, column: int) -> None:
    [found] = validate(source)
    assert (found.line, found.column) == (line, column)


def test_what_is_valid_stays_valid_without_its_marks() -> None:
    assert validate("\ufeff#!/usr/bin/env lua -x [[\r\nreturn 1\r\n") == []
    assert Run("\ufeff#!lua\r\nreturn [[a\r\nb]]").checked() == "a\nb"


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("x = 1\nx = " + "(" * 5000 + "1" + ")" * 5000, 2, 201),
        ("\n\nx = " + "- " * 5000 + "1", 3, None),
        ("do " * 5000 + "end " * 5000, 1, None),
        ("x = " + "\n{" * 5000 + "}" * 5000, 198, 1),
    ],
)
def test_what_is_nested_too_deeply_is_placed(source: str, line: int, column: int | None) -> None:
    [found] = validate(source)
    assert found.message == "the script is nested too deeply"
    assert abs(found.line - line) < 3
    assert column is None or abs(found.column - column) < 10
    assert found.code == "syntax"


@pytest.mark.parametrize("source", ["\x1bLua", "\x1bLuaT\x00\x19\x93\r\n"])
def test_a_binary_chunk_is_no_script(source: str) -> None:
    [found] = validate(source)
    assert found.message == "the script is a binary chunk, not text"
    assert isinstance(Run(source).error, CompilationError)


@pytest.mark.parametrize(
    "source", ["", "\n", "-- only a comment", "x = '\ud800'", "--[==[ ]] ]==] x = 1", "return;"]
)
def test_odd_texts_that_are_valid(source: str) -> None:
    assert validate(source) == []


def test_running_a_text_that_is_not_valid_names_the_place() -> None:
    run = Run("x = 1\ny = = 2")
    assert isinstance(run.error, CompilationError)
    assert (run.error.line, run.error.column, run.error.end_column) == (2, 5, 6)
    assert str(run.error) == "unexpected symbol near '='"


def test_nothing_is_run_by_a_check() -> None:
    printed: list[object] = []
    engine = LuaEngine(EngineSettings())
    engine.register_function("print", lambda *args: printed.append(args))
    assert engine.validate("print(1)", "x") == []
    assert printed == []


def test_a_long_line_is_searched_in_few_steps() -> None:
    source = "f(" + "(1)+" * 20_000 + "1)) return"
    [found] = validate(source)
    assert (found.line, found.column) == (1, len(source) - len(") return") + 1)


VALID = """
local a, b <const> = 1, 0x1F
do local t = {1, 2, x = 3, [4] = "y", f = function(...) return ... end} end
for i = 1, 10, 2 do if i % 2 == 0 then break elseif i > 3 then a = a + i else t = nil end end
for k, v in pairs({}) do print(k, v) end
while not a do a = -a ^ 2 .. "s" end
repeat local z = a until z
function m.n:o(x) return self, x end
print(#a, ~a, a // b, a >> 1, [[long
string]], 'q', 1e-5)
-- [[ comment ]] --[==[ long
comment ]==]
"""
SOURCES = [VALID, *(path.read_text() for path in sorted(EXAMPLES.glob("*.lua")))]
INSERTED = [
    "end",
    "then",
    "=",
    ")",
    "(",
    "{",
    "}",
    "local",
    "x",
    "5",
    '"s"',
    ",",
    ";",
    "..",
    "do",
    "not",
    "<",
    "...",
]


def mutated(seed: int) -> str:
    """Return a valid text with one token left out, put in, doubled or replaced."""
    chance = random.Random(seed)
    source = chance.choice(SOURCES)
    tokens = tokens_of(source)
    token = chance.choice(tokens)
    before, after = source[: token.start], source[token.end :]
    word = chance.choice([chance.choice(INSERTED), chance.choice(tokens).text])
    return chance.choice(
        [
            before + after,
            f"{before}{word} {token.text}{after}",
            f"{before}{token.text} {token.text}{after}",
            before + word + after,
        ]
    )


def first_wrong_token(source: str) -> Span | None:
    """Return the first token up to which the text cannot be completed any more, found by trying all."""
    lines = Lines(source)
    for token in tokens_of(source):
        message = compile_error(to_bytes(source[: token.end]))
        if message and not message.endswith("near <eof>"):
            return lines.span(token.start, token.end)
    return None


@pytest.mark.parametrize("seed", range(0, 600, 100))
def test_the_place_in_mutated_texts(seed: int) -> None:
    for number in range(seed, seed + 100):
        source = mutated(number)
        found = syntax_error(source)
        if (
            found is None or "attribute" in found.message
        ):  # named by itself: the token before the one it is met at
            continue
        expected = first_wrong_token(source)
        if expected is None:
            assert found.message.endswith("<eof>"), source
        else:
            assert (found.line, found.column) == (expected.line, expected.column), (number, found.message)
