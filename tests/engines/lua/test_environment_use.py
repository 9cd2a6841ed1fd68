"""Lua as a script sees it: its own meaning stays intact."""

import pytest

from benchwright.core.errors import CompilationError, ExecutionError, UnknownNameError
from benchwright.core.limits import PRESETS, Preset
from tests.engines.lua.running import Run

PRESET_LIMITS = [PRESETS[Preset.STANDARD], PRESETS[Preset.STRICT]]

LUA = [
    ("return select('#', pcall(function() return 1, nil, nil end))", 4),
    ("return select(2, xpcall(function(a, b) return a + b end, print, 2, 3))", 5),
    ("return (select(2, xpcall(error, function(m) return m .. '!' end, 'x')))", "x!"),
    ("local ok, e = pcall(error, {code = 5}) return e.code", 5),
    ("local ok, e = pcall(error) return ok == false and e == nil", True),
    ("return select(2, pcall(pcall))", "bad argument #1 to 'pcall' (value expected)"),
    (
        "return select(2, pcall(xpcall, print, 5))",
        "bad argument #2 to 'xpcall' (function expected, got number)",
    ),
    (
        (
            "local function f() for i = 1, 5 do coroutine.yield(i) end end\n"
            "local s = 0 for w in coroutine.wrap(f) do s = s + w end return s"
        ),
        15,
    ),
    (
        (
            "local c = coroutine.create(function(a) local b = coroutine.yield(a + 1) return b * 2 end)\n"
            "local _, x = coroutine.resume(c, 1) local _, y = coroutine.resume(c, 10)\n"
            "return {x, y, coroutine.status(c)}"
        ),
        [2, 20, "dead"],
    ),
    ("return coroutine.wrap(function() return pcall(coroutine.yield, 7) end)()", 7),
    (
        (
            "local f = coroutine.wrap(function() return select(2, pcall(coroutine.yield)) end)\n"
            "f() return f('back')"
        ),
        "back",
    ),
    ("return coroutine.wrap(function() return coroutine.isyieldable() end)()", True),
    ("return coroutine.wrap(function() return select(2, coroutine.running()) end)()", False),
    ("local c = coroutine.create(print) return {coroutine.close(c), coroutine.status(c)}", [True, "dead"]),
    ("return select(2, coroutine.resume(coroutine.create(function() error('in', 0) end)))", "in"),
    ("return select(2, pcall(coroutine.wrap(function() error('in', 0) end)))", "in"),
    ("local f = coroutine.wrap(function() error({1}) end) local _, e = pcall(f) return e", [1]),
    (
        "local f = coroutine.wrap(function() end) f() return select(2, pcall(f))",
        "cannot resume dead coroutine",
    ),
    (
        "return select(2, pcall(coroutine.create, 5)):match('function expected')",
        "function expected",
    ),
    (
        "return tostring(nil) .. tostring(true) .. tostring(1) .. tostring(1.0) .. tostring('x')",
        "niltrue11.0x",
    ),
    ("return select(2, pcall(tostring))", "bad argument #1 to 'tostring' (value expected)"),
    ("return tostring(setmetatable({}, {__tostring = function() return 'me' end}))", "me"),
    (
        "return string.format('%5.2f|%d|%s|%q|%%p|%x', 3.14159, 42, {} ~= nil, 'a', 255)",
        ' 3.14|42|true|"a"|%p|ff',
    ),
    (
        "return string.format('%s %s', setmetatable({}, {__tostring = function() return 'me' end}), nil)",
        "me nil",
    ),
    ("return ('%d'):format(3) .. ('x'):rep(3, ',')", "3x,x,x"),
    ("return ('x'):rep(0) .. ('x'):rep(-1) .. ('ab'):rep(1)", "ab"),
    ("return ('10' + 5) * '2'", 30),
    ("return 'a' .. 1 .. 2.0", "a12.0"),
    ("return #('µ') + utf8.len('µ')", 3),
    ("return load('return ...')(5)", 5),
    ("return load('return x', 'c', 't', {x = 9})()", 9),
    ("return load('x = 1', 'c', 't', nil) ~= nil and x == nil", True),
    ("local i = 0 return load(function() i = i + 1 return ({'return', ' 1', ' + 2'})[i] end)()", 3),
    ("return select(2, load('x = = 1', '=name'))", "name:1: unexpected symbol near '='"),
    ("return select(2, load('x = = 1'))", "[string \"x = = 1\"]:1: unexpected symbol near '='"),
    ("return select(2, pcall(load, {}))", "bad argument #1 to 'load' (function expected, got table)"),
    (
        (
            "local m = {__index = function(_, k) return k end, __call = function(_, x) return x end}\n"
            "local t = setmetatable({}, m) return t.a .. t(1)"
        ),
        "a1",
    ),
    ("return getmetatable(setmetatable({}, {__metatable = 'locked'}))", "locked"),
    ("local m = {} return getmetatable(setmetatable({}, m)) == m", True),
    (
        "return select(2, pcall(setmetatable, {}, 5))",
        "bad argument #2 to 'setmetatable' (nil or table expected, got number)",
    ),
    (
        "return select(2, pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))",
        "cannot change a protected metatable",
    ),
    (
        (
            "local m, n = {__pairs = function(t) return next, {a = 1, b = 2} end}, 0\n"
            "for k in pairs(setmetatable({1}, m)) do n = n + 1 end return n"
        ),
        2,
    ),
    (
        "local t = {5, 2, 8} table.sort(t, function(a, b) return a > b end) return table.concat(t, ',')",
        "8,5,2",
    ),
    ("return _VERSION", "Lua 5.4"),
    ("return type(_G) .. type(_ENV) .. tostring(_G == _ENV)", "tabletabletrue"),
    ("x = 5 return _G.x + _ENV['x']", 10),
    ("goto done do return 1 end ::done:: return 2", 2),
    (
        (
            "local log = {} local m = {__close = function() log[1] = 'closed' end}\n"
            "do local x <close> = setmetatable({}, m) end return log"
        ),
        ["closed"],
    ),
    ("return math.type(1), 2", "integer"),
    ("return 1 // 0.0 == math.huge and 5 // 2 == 2 and 5 % -3 == -1 and 1 << 62 > 0", True),
    ("local function f(...) return select('#', ...), ... end return (select(3, f(1, nil, 3)))", None),
    ("local function sum(n) if n == 0 then return 0 end return sum(n - 1) end return sum(100000)", 0),
    ("return os.date('!%Y-%m-%d', 0) .. os.difftime(5, 3)", "1970-01-012.0"),
    ("return (...) == nil and select('#', ...) == 0", True),
]


@pytest.mark.parametrize("limits", PRESET_LIMITS, ids=["standard", "strict"])
@pytest.mark.parametrize(("source", "result"), LUA)
def test_lua_means_what_it_means(source: str, result: object, limits: object) -> None:
    assert Run(source, limits=limits).checked() == result  # type: ignore[arg-type]


def test_as_many_variables_as_lua_allows() -> None:
    names = ", ".join(f"v{i}" for i in range(200))
    assert Run(f"local {names} = 1 return v0").checked() == 1


def test_a_name_that_the_engine_uses_is_free() -> None:
    assert Run("return _main == nil").checked() is True
    assert Run("_main, _main_ = 1, 2 return _main + _main_").checked() == 3


# Modules.


def test_a_module_is_loaded_once() -> None:
    run = Run(
        "local a, b = require('lib'), require('lib') return {a == b, a.count, loads}",
        dependencies={"lib": "loads = (loads or 0) + 1 return { count = loads }"},
    )
    assert run.checked() == [True, 1, 1]


def test_what_modules_return() -> None:
    modules = {"nothing": "x = 1", "no": "return false", "args": "return {...}", "text": "return 'x'"}
    source = "return {require('nothing'), require('no'), require('args')[1], require('text')}"
    assert Run(source, dependencies=modules).checked() == [True, False, "args", "x"]


def test_modules_require_each_other_but_not_themselves() -> None:
    modules = {
        "a": "return { b = require('b') }",
        "b": "return 5",
        "loop": "return require('pool')",
        "pool": "require('loop')",
    }
    assert Run("return require('a').b", dependencies=modules).checked() == 5
    run = Run("return require('loop')", dependencies=modules)
    assert "module 'loop' requires itself" in str(run.error)


def test_a_module_that_failed_can_be_tried_again() -> None:
    source = "tries = 0 pcall(require, 'lib') local ok, v = pcall(require, 'lib') return {ok, v}"
    modules = {"lib": "tries = tries + 1 if tries == 1 then error('first') end return 'second'"}
    assert Run(source, dependencies=modules).checked() == [True, "second"]


def test_a_module_lives_in_the_same_environment() -> None:
    modules = {
        "lib": "#!lua\r\nshared = 1 return {debug == nil, io == nil, print ~= nil, instruments.list()}"
    }
    source = "local seen = require('lib') return {seen[1], seen[2], seen[3], seen[4][1], shared}"
    assert Run(source, dependencies=modules).checked() == [True, True, True, "motor", 1]


def test_what_a_module_loads_requires_what_the_module_does() -> None:
    modules = {"a": "return load('seen = true return require(\"b\")')()", "b": "return 5"}
    requires = {"": ("a",), "a": ("b",), "b": ()}
    run = Run("local found = require('a') return {found, seen}", dependencies=modules, requires=requires)
    assert run.checked() == [5, True]
    run = Run("return load('return require(\"b\")')()", dependencies=modules, requires=requires)
    assert "no dependency 'b' declared in script.toml" in str(run.error)


def test_modules_that_are_not_there_or_not_valid() -> None:
    run = Run("\nrequire('optic')", dependencies={"optics": ""})
    assert isinstance(run.error, UnknownNameError)
    message = "no dependency 'optic' declared in script.toml; did you mean optics? (there is: optics)"
    assert str(run.error) == message
    assert run.place == (2, 9)
    run = Run("\nrequire('bad')", dependencies={"bad": "x =\n= 1"})
    assert isinstance(run.error, ExecutionError)
    assert not isinstance(run.error, CompilationError)
    assert str(run.error) == "module 'bad' is not valid: bad.lua:2: unexpected symbol near '='"
    assert run.place[0] == 2
    assert Run("return pcall(require, 'bad')", dependencies={"bad": "\x1bLua"}).checked() is False
