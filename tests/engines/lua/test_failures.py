"""Run-time errors: their words, line, column and traceback."""

import pytest

from benchwright.core.errors import CompilationError, ExecutionError, ResourceLimitExceeded, UnknownNameError
from benchwright.core.limits import PRESETS, Preset, ScriptResourceLimits
from tests.engines.lua.running import Run


def failure(source: str, **given: object) -> tuple[str, int | None, int | None]:
    error = Run(source, **given).error  # type: ignore[arg-type]
    assert type(error) is ExecutionError, error
    return str(error), error.line, error.column


@pytest.mark.parametrize(
    ("source", "words", "line", "column"),
    [
        ("\n  missing()", "attempt to call a nil value (global 'missing')", 2, 3),
        ("local t\n\nprint(t.x)", "attempt to index a nil value (local 't')", 3, 7),
        ("local t = {}\nprint(t.inner.x)", "attempt to index a nil value (field 'inner')", 2, 9),
        ("local t = {}\nt:go()", "attempt to call a nil value (method 'go')", 2, 3),
        ("local u\nlocal function f()\n  return u.x\nend\nf()", "(upvalue 'u')", 3, 10),
        ("local a = {}\nlocal b = 'µ' .. a", "attempt to concatenate a table value (local 'a')", 2, 18),
        ("x = 1 + nothing", "attempt to perform arithmetic on a nil value (global 'nothing')", 1, 9),
        ("x = y.y + 1", "(global 'y')", 1, None),
        ("return 1 < {}", "attempt to compare number with table", 1, None),
        ("return #5", "attempt to get length of a number value", 1, None),
        ("\nlocal s = string.rep({})", "bad argument #1 to 'rep'", 2, 18),
        ("tonumber('z', 99)", "bad argument #2 to 'tonumber' (base out of range)", 1, 1),
        ("error('plain')", "plain", 1, None),
        ("\nerror('no place', 0)", "no place", 2, None),
        ("local function f() error('of the caller', 2) end\n\nf()", "of the caller", 3, None),
        ("error(42)", "42", 1, None),
        ("\nassert(false, 'asserted')", "asserted", 2, None),
        ("\nassert(nil)", "assertion failed!", 2, None),
        ("error('two\\nlines')", "two\nlines", 1, None),
        ("return 1 // 0", "attempt to divide by zero", 1, None),
        (
            "local t = setmetatable({}, {__index = function(_, k)\nerror('no ' .. k) end})\nreturn t.x",
            "no x",
            2,
            None,
        ),
        ("coroutine.wrap(function()\n  nothing()\nend)()", "(global 'nothing')", 2, 3),
        ("for i = 1, 10, 0 do end", "'for' step is zero", 1, None),
        ("for i = 'a', 10 do end", "bad 'for' initial value", 1, None),
        ("local a <close> = 5", "variable 'a' got a non-closable value", 1, None),
    ],
)
def test_the_place_of_an_error(source: str, words: str, line: int, column: int | None) -> None:
    message, found_line, found_column = failure(source)
    assert words in message
    assert not message.startswith("script:")
    assert (found_line, found_column) == (line, column)


def traceback_of(source: str, **given: object) -> list[str]:
    run = Run(source, **given)  # type: ignore[arg-type]
    return str(getattr(run.error, "traceback", "")).splitlines()


def test_a_traceback_shows_lines_of_the_script_alone() -> None:
    source = (
        'local motor = instruments.get("motor")\n'
        "local function inner(x)\n"
        "  motor:nothing()\n"
        "end\n"
        "function outer()\n"
        "  inner(1) return 1\n"
        "end\n"
        "local t = { method = function(self) outer() return 1 end }\n"
        "pcall(error)\n"
        "table.sort({1, 2}, function() t:method() return true end)\n"
    )
    assert traceback_of(source) == [
        "script:3: in function 'inner'",
        "script:6: in function 'outer'",
        "script:8: in function 'method'",
        "script:10: in function at line 10",
        "script:10: in main chunk",
    ]


def test_a_deep_traceback_is_cut() -> None:
    lines = traceback_of("local function f(n) if n == 0 then error('x') end f(n - 1) return 1 end\nf(1000)")
    assert len(lines) == 21
    assert lines[-1] == "..."


def test_an_error_in_a_module_is_told_at_the_line_that_called_it() -> None:
    run = Run(
        'local lib = require("lib")\n\nlib.go()',
        dependencies={"lib": "return { go = function()\n  none() return 1 end }"},
    )
    assert isinstance(run.error, ExecutionError)
    assert (run.error.line, run.error.column) == (3, None)
    assert str(run.error) == "lib.lua:2: attempt to call a nil value (global 'none')"
    assert run.error.traceback == "lib.lua:2: in function 'go'\nscript:3: in main chunk"


def test_an_error_of_the_host_in_a_module_keeps_its_class() -> None:
    run = Run('local x\nrequire("lib")', dependencies={"lib": '\n\n\ninstruments.get("none")'})
    assert isinstance(run.error, UnknownNameError)
    assert str(run.error).startswith("lib.lua:4: no instrument 'none'")
    assert run.place[0] == 2


def test_an_error_in_a_loaded_chunk() -> None:
    message, line, _ = failure("\nload('\\n\\n\\nmissing()', '=chunk')()")
    assert (message, line) == ("chunk:4: attempt to call a nil value (global 'missing')", 2)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("scan.lua", "scan.lua"),
        ("a b/ü.lua", "a b/ü.lua"),
        ("x\ny", "x?y"),
        ("n" * 100, "n" * 59),
        ("ü" * 40, "ü" * 29),
        ("", ""),
    ],
)
def test_any_name_of_a_script_can_be_told(name: str, shown: str) -> None:
    run = Run("local ok, why = pcall(function() error('x') end)\nprint(why) none()", name=name)
    assert run.printed == [f"{shown}:1: x"]
    assert run.place == (2, 12)
    assert getattr(run.error, "traceback", None) == f"{shown}:2: in main chunk"


def test_stack_overflow_is_an_ordinary_error() -> None:
    run = Run(
        "local function f() return 1 + f() end local ok, why = pcall(f) return why",
        limits=ScriptResourceLimits(max_memory_mb=200),
    )
    assert "stack overflow" in str(run.checked())


@pytest.mark.parametrize("max_memory_mb", [*range(20, 80, 5), 200])
def test_endless_recursion_names_its_line_whichever_bound_it_meets(max_memory_mb: int) -> None:
    source = "\nlocal function f() return 1 + f() end\nf()"
    error = Run(source, limits=ScriptResourceLimits(max_memory_mb=max_memory_mb)).error
    texts = "stack overflow", f"the run went over max_memory_mb = {max_memory_mb}"
    assert isinstance(error, ExecutionError | ResourceLimitExceeded)
    assert (str(error) in texts, error.line) == (True, 2), error


@pytest.mark.parametrize(
    "call",
    [
        "setmetatable({}, 5)",
        "setmetatable(5, {})",
        "setmetatable(instruments.get('motor'), {})",
        "string.rep()",
        "string.rep('x', 'y')",
        "('x'):rep({})",
        "string.format('%d', 'x')",
        "string.format('%d', 1.5)",
        "string.format('%y', 1)",
        "string.format('%s')",
        "tostring()",
        "pcall()",
        "xpcall(print)",
        "coroutine.create(5)",
        "coroutine.wrap(5)",
        "coroutine.resume(5)",
        "coroutine.close(5)",
        "coroutine.wrap(function() error({}) end)()",
        "coroutine.wrap(function() none() end)()",
        "load({})",
        "math.randomseed({})",
        "collectgarbage()",
        "require(5)",
        "require('none')",
        "instruments.get()",
        "instruments.get('motor'):none()",
        "instruments.get('motor')[5]()",
        "instruments.get('motor').x = 1",
        "instruments.get('motor')()",
        "instruments.list():x()",
        "record(5)",
        "record{[1] = 5}",
        "table.concat({{}})",
        "table.insert({}, 1, 2, 3)",
        "table.insert(5, 1)",
        "table.pack(1):x()",
        "table.move({}, 1, 2)",
        "string.gsub('x', '%', '')",
        "getmetatable('x').y = 1",
    ],
)
@pytest.mark.parametrize("preset", list(Preset))
def test_no_error_shows_our_own_lua(call: str, preset: Preset) -> None:
    run = Run(f"local ok, why = pcall(function()\n  {call}\nend)\nprint(why)\n{call}", limits=PRESETS[preset])
    assert run.error is not None
    seen = f"{run.printed} {run.error} {getattr(run.error, 'traceback', '')}"
    assert "benchwright" not in seen, seen
    assert run.place[0] == 5
    assert "error object" in str(run.error) or run.printed[0].startswith("script:2: "), run.printed


@pytest.mark.parametrize(
    "source", ["('x'):upper() return 7", "(print or 1)() return 7", "; return 7", "{} = 1"]
)
def test_a_script_may_begin_with_a_bracket(source: str) -> None:
    run = Run(source)
    assert isinstance(run.error, CompilationError) if source[0] == "{" else run.checked() == 7
