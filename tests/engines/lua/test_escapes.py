"""Attempts to get out of a script's environment, and what becomes of each."""

import re

import pytest

from benchwright.core.errors import ExecutionError
from tests.engines.lua.running import FakeInstrument, Run

# Name of the attempt, the script, and the value that it must return.
HARMLESS: list[tuple[str, str, object]] = [
    ("io", "return io == nil and os.execute == nil and os.getenv == nil and os.exit == nil", True),
    ("files by os", "return os.remove == nil and os.rename == nil and os.tmpname == nil", True),
    ("locale", "return os.setlocale == nil", True),
    ("debug", "return debug == nil and _G.debug == nil and rawget(_G, 'debug') == nil", True),
    ("package", "return package == nil and dofile == nil and loadfile == nil and warn == nil", True),
    ("lupa", "return python == nil and lupa == nil", True),
    ("dump", "return string.dump == nil and ('').dump == nil", True),
    ("globals by load", "return load('return debug or io or package or python')()", None),
    ("globals by load with env", "return load('return _G, debug', 'x', 't', {})()", None),
    ("globals by _ENV", "local g = _ENV return g == _G and g.debug == nil", True),
    (
        "binary chunk",
        "local f, why = load('\\27Lua', 'x', 'b') return f == nil and why",
        "attempt to load a binary chunk (mode is 't')",
    ),
    ("binary chunk, mode bt", "return (load('\\27LuaT\\0', 'x', 'bt'))", None),
    (
        "binary chunk in pieces",
        "local s = '\\27Lua' return (load(function() local r = s s = nil return r end))",
        None,
    ),
    (
        "endless reader",
        "local f, why = load(function() return ' ' end) return why",
        "a chunk longer than 1048576 bytes",
    ),
    ("long chunk", "return (load((' '):rep(2^20 + 1)))", None),
    ("failing reader", "local f, why = load(function() error('no', 0) end) return why", "no"),
    (
        "nested chunk",
        "local f, why = load(('('):rep(100000)) return f == nil and why:match('overflow')",
        "overflow",
    ),
    ("string metatable", "return getmetatable('') == nil and getmetatable(print) == nil", True),
    ("methods of strings", "string.upper = function() return 'mine' end return ('x'):upper()", "X"),
    ("methods by metatable", "return pcall(setmetatable, 'x', {})", False),
    (
        "own string method",
        "function string.trim(s) return (s:gsub('^%s+', '')) end return ('  x'):trim()",
        "x",
    ),
    ("metatable of an instrument", "return getmetatable(motor)", False),
    ("fields of a proxy", "return next(motor) == nil and #motor == 0", True),
    ("rawset on a proxy", "rawset(motor, 'read', 5) return instruments.get('motor').read", 5),
    ("function attributes", "return pcall(function() return motor.read.__self__ end)", False),
    ("host attributes", "return pcall(function() return record.__globals__ end)", False),
    (
        "global metatable that throws",
        "setmetatable(_G, {__index = error, __newindex = error}) return motor:read()",
        1.5,
    ),
    ("own debug table", "debug = {traceback = function() error('gotcha') end} return motor:read()", 1.5),
    ("no _ENV", "local m = motor do local _ENV = nil return m:read() end", 1.5),
    (
        "replaced builtins",
        "error, type, select, next, pcall, tostring, rawget = nil return motor:read{}",
        1.5,
    ),
    (
        "emptied libraries",
        "for _, t in ipairs{string, table} do for k in pairs(t) do t[k] = nil end end return motor:read{}",
        1.5,
    ),
    (
        "metamethods of arguments",
        "return motor:echo(setmetatable({1}, {__index = error, __len = error, __pairs = error}))",
        1.5,
    ),
    (
        "equality with a proxy",
        "return motor.echo(setmetatable({1}, {__eq = function() error('x') end}))",
        1.5,
    ),
    ("too many values", "return (pcall(table.unpack, {}, 1, 1e7))", False),
    ("many arguments", "local t = {} for i = 1, 200 do t[i] = i end return motor:echo(table.unpack(t))", 1.5),
    ("pcall in pcall", "local function f() return pcall(f) end return type(f())", "boolean"),
    ("xpcall handler that fails", "return (xpcall(error, function(e) error(e) end, 'x'))", False),
    (
        "yield in a callback",
        "return coroutine.wrap(function() return (pcall(string.gsub, 'x', 'x', coroutine.yield)) end)()",
        False,
    ),
    ("close the main thread", "return (pcall(coroutine.close, (coroutine.running())))", False),
    (
        "close it from another",
        "local m = coroutine.running() return (pcall(coroutine.wrap(function() coroutine.close(m) end)))",
        False,
    ),
    ("resume the main thread", "local main = coroutine.running() return (coroutine.resume(main))", False),
    ("yield of the main thread", "return (pcall(coroutine.yield))", False),
    ("no coroutine", "local _, main = coroutine.running() return main and not coroutine.isyieldable()", True),
    (
        "sort with a bad order",
        "return (pcall(table.sort, {3, 1, 2, 5, 4}, function() return true end)) ~= nil",
        True,
    ),
    ("levels of error", "return select(2, pcall(error, 'x', 1e15))", "x"),
    ("date", "return (pcall(os.date, '%Ez')) or (pcall(os.date, '*t', 1e300))", False),
    (
        "sandboxed clock",
        "return math.type(os.time()) == 'integer' and os.clock() >= 0 and #os.date() > 0",
        True,
    ),
    ("seed", "return select('#', math.randomseed())", 0),
    (
        "seed given",
        "math.randomseed(42) local a = math.random(1000) math.randomseed(42) return a == math.random(1000)",
        True,
    ),
    (
        "weak tables",
        "local t = setmetatable({}, {__mode = 'k'}) t[{}] = 1 return collectgarbage('count') > 0",
        True,
    ),
]

ADDRESSES = [
    "return tostring({})",
    "return tostring(print)",
    "return tostring(coroutine.create(print))",
    "return tostring(motor)",
    "return tostring(setmetatable({}, {__name = 'thing'}))",
    "return string.format('%s', {})",
    "return ('%-20s|%10s'):format(print, {})",
    "print({}, print, motor) return printed",
    "return select(2, pcall(string.format, '%p', {}))",
    "return select(2, pcall(string.format, '%%%-10p', 'x'))",
    "return select(2, pcall(function() return {} .. '' end))",
    "return select(2, pcall(error, {})) and ''",
    "return select(2, pcall(setmetatable({}, {__tostring = function() return {} end}).x))",
]

# Name of the attempt, the script, and words of the error that ends it.
REFUSED: list[tuple[str, str, str]] = [
    ("finalizer", "setmetatable({}, {__gc = function() end})", "__gc is not available"),
    ("finalizer of false", "setmetatable({}, {__gc = false})", "__gc is not available"),
    ("collector", "collectgarbage('stop')", 'takes only "count"'),
    ("address by format", "string.format('%p', {})", "%p is not available"),
    ("undeclared module", "require('os')", "no dependency 'os'"),
    ("path as module", "require('../../etc/passwd')", "no dependency"),
    ("odd module", "require({})", "takes the name of a module"),
    (
        "error that is a table",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        "(error object is a table)",
    ),
    ("error that is nil", "error()", "(error object is a nil)"),
    ("error that is a function", "error(print)", "(error object is a function)"),
    ("long error", "error(('x'):rep(1e6))", "x" * 1000),
    ("error with bytes", "error('\\xff\\0')", "\ufffd\0"),
    ("yield", "coroutine.yield()", "attempt to yield from outside a coroutine"),
    (
        "text of a thing that is none",
        "print(setmetatable({}, {__tostring = function() return 5 end}))",
        "must return a string",
    ),
    ("proxy field", "motor.read = print", "cannot be changed"),
    ("odd method", "local x = motor[{}]", "must be a text"),
    ("method with bytes", "local x = motor['\\xff']", "must be a text"),
]


@pytest.mark.parametrize(
    ("source", "result"), [(s, r) for _, s, r in HARMLESS], ids=[n for n, _, _ in HARMLESS]
)
def test_an_attempt_comes_to_nothing(source: str, result: object) -> None:
    run = Run('local motor = instruments.get("motor")\n' + source)
    assert run.checked() == result


@pytest.mark.parametrize(("source", "words"), [(s, w) for _, s, w in REFUSED], ids=[n for n, _, _ in REFUSED])
def test_an_attempt_is_refused(source: str, words: str) -> None:
    run = Run('local motor = instruments.get("motor")\n' + source)
    assert run.error is not None
    assert words in str(run.error)
    assert len(str(run.error).encode()) <= 4100


@pytest.mark.parametrize("source", ADDRESSES)
def test_no_address_of_memory_is_told(source: str) -> None:
    run = Run('local motor, printed = instruments.get("motor"), ""\n' + source)
    told = f"{run.result} {run.error} {run.printed}"
    assert not re.search(r"0x[0-9a-f]{6,}|[0-9a-f]{9,}", told), told


def test_things_keep_their_number() -> None:
    run = Run("local a, b = {}, {} return tostring(a) == tostring(a) and tostring(a) ~= tostring(b)")
    assert run.checked() is True


def test_a_script_cannot_reach_the_next_one() -> None:
    Run("leak = 1 string.leak = 1 math.pi = 3 function string.trim() end").checked()
    assert (
        Run("return leak == nil and string.leak == nil and math.pi > 3.1 and ('').trim == nil").checked()
        is True
    )


def test_a_failing_host_cannot_be_outlived() -> None:
    motor = FakeInstrument(error=KeyboardInterrupt())
    source = (
        'local m = instruments.get("motor")\n'
        "local function try() while true do xpcall(m.read, function() return try() end) end end\n"
        "local function again() while true do pcall(try) coroutine.resume(coroutine.create(try)) end end\n"
        "coroutine.wrap(again)()"
    )
    with pytest.raises(KeyboardInterrupt):
        Run(source, motor=motor)
    assert len(motor.calls) == 1


def test_nothing_of_a_script_runs_after_its_end() -> None:
    run = Run(
        "local function closing() print('closed') end\n"
        "suspended = coroutine.wrap(function()\n"
        "  local x <close> = setmetatable({}, {__close = closing})\n"
        "  coroutine.yield()\n"
        "end)\n"
        "suspended()"
    )
    del run.engine
    assert run.printed == []


def test_an_error_closes_what_is_to_be_closed() -> None:
    source = (
        "local x <close> = setmetatable({}, {__close = function(_, why) print('closed', why) end})\n"
        "error('first')"
    )
    run = Run(source)
    assert run.printed == ["closed\tscript:2: first"]
    assert type(run.error) is ExecutionError
    assert (str(run.error), run.place[0]) == ("first", 2)


def test_an_error_while_closing_takes_the_place_of_the_first() -> None:
    run = Run(
        "local x <close> = setmetatable({}, {__close = function() error('second') end})\nerror('first')"
    )
    assert (str(run.error), run.place[0]) == ("second", 1)
