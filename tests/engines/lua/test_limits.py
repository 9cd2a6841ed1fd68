from typing import NoReturn

import pytest

from benchwright.core.errors import ExecutionError, ResourceLimitExceeded
from benchwright.core.limits import PRESETS, Preset, ScriptResourceLimits
from benchwright.engines.engine import EngineSettings
from benchwright.engines.lua.engine import LuaEngine
from tests.engines.lua.running import Run
from tests.engines.motor import FakeInstrument

STRICT = PRESETS[Preset.STRICT]
SMALL = ScriptResourceLimits(max_memory_mb=4)


def met(run: Run) -> tuple[str, float, int | None]:
    assert isinstance(run.error, ResourceLimitExceeded), run.error
    return run.error.limit, run.error.value, run.error.line


@pytest.mark.parametrize(
    "source",
    [
        "\nwhile true do end",
        "\nlocal function f() return f() end f()",
        "\nfor i = 1, math.huge do end",
        "\npcall(function() while true do end end)",
        "\nwhile true do pcall(function() while true do end end) end",
        "\nwhile true do xpcall(error, function() while true do end end) end",
        "\ncoroutine.wrap(function() while true do end end)()",
        "\nwhile true do coroutine.wrap(function() local x = 1 end)() end",
        "\nwhile true do coroutine.resume(coroutine.create(function() error('x') end)) end",
        "\nf = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end",
        "\nlocal x <close> = setmetatable({}, {__close = function() end}) while true do end",
        "\nsetmetatable(_G, {__index = function() while true do end end}) local y = x",
        "\ntable.sort({1, 2, 3}, function() while true do end end)",
        "\nload('while true do end')()",
        "\nstring.gsub('x', 'x', function() while true do end end)",
        "\nfor _ in function() return 1 end do end",
    ],
)
def test_the_instruction_limit_cannot_be_outlived(source: str) -> None:
    assert met(Run(source, limits=STRICT)) == ("max_instructions", 1_000_000, 2)


def test_instructions_below_the_limit_are_no_matter() -> None:
    run = Run("local s = 0 for i = 1, 200000 do s = s + i end return s", limits=STRICT)
    assert run.checked() == 20000100000


@pytest.mark.parametrize(
    "source",
    [
        "for i = 1, 1e5 do local t = {} end\nlocal t = {} for i = 1, 1e9 do t[i] = i end",
        "for i = 1, 1e5 do t = {} end\npcall(function() local t = {} for i = 1, 1e9 do t[i] = i end end)",
        "\nlocal t = {} for i = 1, 1e9 do t[i] = i end",
        "\nlocal t = {} while true do t[#t + 1] = 'x' end",
        "\nlocal t = {} while true do t = {t} end",
        "\nlocal t = {} for i = 1, 1e9 do t[i] = {} end",
        "\nlocal s = 'x' while true do s = s .. s end",
        "\nreturn ('x'):rep(1e10)",
        "\nreturn ('x'):rep(3e6) .. ('y'):rep(3e6)",
        "\nreturn string.rep('', 1e9, 'x')",
        "\nreturn table.concat({('x'):rep(2e6), ('x'):rep(2e6), ('x'):rep(2e6)})",
        "\nlocal t = {} pcall(function() while true do t[#t + 1] = 1 end end) return #t",
        "\nlocal t = {} xpcall(function() while true do t[#t + 1] = 1 end end, print) return #t",
        "\nlocal t = {} coroutine.resume(coroutine.create(function() while true do t[#t + 1] = 1 end end))",
        "\nlocal t = {} coroutine.wrap(function() while true do t[#t + 1] = 1 end end)()",
        "\nlocal function f() return 1 + f() end f()",
        "\nlocal t = {} while true do t[#t + 1] = load('return 1')() end",
        "\nstring.gsub(('x'):rep(1e6), 'x', ('y'):rep(100))",
        "\nload('x = \"' .. ('y'):rep(1e6) .. '\" .. x', 'c', 't', {x = ('z'):rep(2e6)})()",
    ],
)
def test_the_memory_limit_ends_the_run_at_its_line(source: str) -> None:
    limit, value, line = met(Run(source, limits=SMALL))
    assert (limit, value, line) == ("max_memory_mb", 4, 2)


def test_memory_that_is_let_go_counts_no_more() -> None:
    run = Run("local n = 0 for i = 1, 2000 do n = n + #('x'):rep(10000 + i) end return n", limits=SMALL)
    assert run.checked() == sum(10000 + i for i in range(1, 2001))


def test_a_reply_that_does_not_fit_ends_the_run() -> None:
    motor = FakeInstrument(reply=[float(i) for i in range(25_000)])
    source = 'local m, t = instruments.get("motor"), {}\nwhile true do t[#t + 1] = m:read() end'
    assert met(Run(source, limits=SMALL, motor=motor)) == ("max_memory_mb", 4, 2)


def test_garbage_makes_room_for_a_reply() -> None:
    motor = FakeInstrument(reply="x" * 60_000)
    source = 'local m = instruments.get("motor")\nfor i = 1, 500 do m:read() end return "done"'
    assert Run(source, limits=SMALL, motor=motor).checked() == "done"


@pytest.mark.parametrize("fill", ["('x'):rep(1000)", "{}", "i"])
def test_calls_at_the_very_edge_of_memory_neither_hang_nor_abort(fill: str) -> None:
    source = (
        'local m, t = instruments.get("motor"), {}\n'
        f"for i = 1, 1e9 do t[i] = {fill} if i % 10 == 0 then pcall(m.read, 'x') end end"
    )
    limits = ScriptResourceLimits(max_memory_mb=1)
    motor = FakeInstrument(reply={"text": "y" * 3000})
    assert met(Run(source, limits=limits, motor=motor))[:2] == ("max_memory_mb", 1)


def test_memory_runs_out_within_many_coroutines_under_all_limits() -> None:
    source = (
        "\nlocal t = {} coroutine.wrap(function() while true do t[#t + 1] = {} instruments.list() end end)()"
    )
    limits = ScriptResourceLimits(max_memory_mb=1, max_instructions=10_000_000)
    assert met(Run(source, limits=limits)) == ("max_memory_mb", 1, 2)


def test_a_limit_too_small_for_lua_itself() -> None:
    limits = ScriptResourceLimits(max_memory_mb=0.01)
    assert met(Run("return 1", limits=limits))[:2] == ("max_memory_mb", 0.01)


def test_a_text_too_large_to_be_compiled_within_the_limit() -> None:
    source = "\n".join(f"x{i} = 'text number {i}'" for i in range(30_000))
    assert met(Run(source, limits=ScriptResourceLimits(max_memory_mb=1)))[:2] == ("max_memory_mb", 1)


@pytest.mark.parametrize(
    "source",
    [
        "\nreturn ('x'):rep(10001)",
        "\nreturn table.concat({('x'):rep(6000), ('x'):rep(6000)})",
        "\nreturn ('x'):rep(5000):gsub('x', 'yyy')",
        "\nreturn string.format('%s%s', ('x'):rep(6000), ('x'):rep(6000))",
        "\nprint(('x'):rep(5000) .. ('x'):rep(5001))",
        "\nrecord{ a = ('x'):rep(5000) .. ('x'):rep(5001) }",
        "\ninstruments.get('motor'):echo(('x'):rep(5000) .. ('x'):rep(5001))",
        "\ninstruments.get('motor'):echo({('x'):rep(5000) .. ('x'):rep(5001)})",
        "\npcall(string.rep, 'x', 10001) return 1",
    ],
)
def test_the_string_limit(source: str) -> None:
    run = Run(source, limits=STRICT)
    assert met(run) == ("max_string_length", 10_000, 2)
    assert (run.motor.calls, run.rows, run.printed) == ([], [], [])


@pytest.mark.parametrize(
    "source",
    [
        "\nlocal t = {} for i = 1, 1001 do table.insert(t, i) end",
        "\nlocal t = {} for i = 1, 1001 do t[i] = i end instruments.get('motor'):echo(t)",
        "\nlocal t = {} for i = 1, 1001 do t['k' .. i] = i end instruments.get('motor'):echo{t}",
        "\nlocal t = {} for i = 1, 600 do t[i] = i end table.move(t, 1, 600, 601)",
        "\ntable.pack(table.unpack({}, 1, 1001))",
    ],
)
def test_the_array_limit(source: str) -> None:
    run = Run(source, limits=STRICT)
    assert met(run) == ("max_array_size", 1_000, 2)
    assert run.motor.calls == []


KEPT_TEXTS = [
    "\nlocal s = 'x' while #s <= 10000 do s = s .. s end",
    "\ns = ('x'):rep(9000) s = s .. s",
    "\nlocal t = { deep = { deeper = {} } } t.deep.deeper[1] = ('x'):rep(9000) .. ('x'):rep(9000)",
    "\nlocal function f(s) local long = s .. s for i = 1, 100 do end return 1 end f(('x'):rep(9000))",
    "\nlocal t = {} t[('x'):rep(9000) .. ('x'):rep(9000)] = 1",
    "\ncoroutine.wrap(function() local s = ('x'):rep(9000) s = s .. s for i = 1, 100 do end end)()",
    "\nt = coroutine.create(function() s = ('x'):rep(9000) .. 'x' s = s .. s end) coroutine.resume(t)",
    "\nlocal s = ('x'):rep(9000) pcall(function() s = s .. s error('x') end) return 1",
]
KEPT_LISTS = [
    "\nlocal t = {} for i = 1, 1001 do t[i] = i end",
    "\nlocal t = {} for i = 1, 1001 do t['k' .. i] = i end",
    "\nlist = {} for i = 1, 1001 do list[#list + 1] = i end",
    "\nlocal t = { a = {} } for i = 1, 1001 do t.a[i] = i end",
    "\nlocal t = setmetatable({}, { __index = {} }) for i = 1, 1001 do getmetatable(t).__index[i] = i end",
    "\nlocal t = {} local function f() for i = 1, 1001 do t[i] = i end end pcall(f)",
    "\nfor i = 1, 2 do local t = {} for i = 1, 1001 do t[i] = i end select('#', t) end",
]


@pytest.mark.parametrize("source", KEPT_TEXTS)
def test_a_text_that_is_kept_is_held_to_the_limit_too(source: str) -> None:
    assert met(Run(source, limits=STRICT)) == ("max_string_length", 10_000, 2)


@pytest.mark.parametrize("source", KEPT_LISTS)
def test_a_table_that_is_kept_is_held_to_the_limit_too(source: str) -> None:
    assert met(Run(source, limits=STRICT)) == ("max_array_size", 1_000, 2)


@pytest.mark.parametrize(
    "source",
    [
        "local t = {} for i = 1, 1000 do t[i] = i end return #t",
        "local t = {} for i = 1, 1000 do t['k' .. i] = i end return 1000",
        "local s = ('x'):rep(5000) s = s .. s return #s // 10",
        "local t = {} for i = 1, 1000 do t[i] = {} for k = 1, 100 do t[i][k] = k end end return #t",
        "for i = 1, 900 do _G['v' .. i] = i end return 1000",
    ],
)
def test_what_is_just_below_the_limits_of_sizes_passes(source: str) -> None:
    assert Run(source, limits=STRICT).checked() == 1000


def test_sizes_are_held_to_where_nothing_else_is() -> None:
    source = "\nlocal t = {} for i = 1, 50 do t[i] = i end"
    assert met(Run(source, limits=ScriptResourceLimits(max_array_size=49))) == ("max_array_size", 49, 2)
    assert Run(source, limits=ScriptResourceLimits(max_array_size=50)).error is None


def test_globals_that_no_text_shows_are_counted() -> None:
    source = "\nfor i = 1, 1001 do _G['v' .. i] = i end"
    assert met(Run(source, limits=STRICT)) == ("max_variables", 1_000, 2)


def test_the_bounded_functions_still_do_their_work() -> None:
    source = (
        "local t = {3, 1} table.insert(t, 2) table.insert(t, 1, 9) table.sort(t)\n"
        "local s, n = ('a-b'):gsub('-', '+')\n"
        "return { table.concat(t, ','), s, n, string.format('%d %s', 3, {1} ~= nil), table.pack(1, nil, 3).n,"
        " #table.move({1, 2}, 1, 2, 2) }"
    )
    assert Run(source, limits=STRICT).checked() == ["1,2,3,9", "a+b", 1, "3 true", 3, 3]


def test_errors_of_the_bounded_functions_are_those_of_the_script() -> None:
    run = Run("\nlocal s = table.concat({{}})", limits=STRICT)
    assert (str(run.error), run.place[0]) == ("invalid value (table) at index 1 in table for 'concat'", 2)
    run = Run("\ntable.insert(5, 5)", limits=STRICT)
    assert run.place[0] == 2
    assert "table expected" in str(run.error)


def test_the_variable_limit_counts_declarations_before_anything_runs() -> None:
    limits = ScriptResourceLimits(max_variables=5)
    source = "local a, b = 1\nfunction f(x) return x end\nfor i = 1, 2 do print(i) end\nlocal c\n"
    assert met(Run(source, limits=limits)) == ("max_variables", 5, 4)
    assert Run(source, limits=limits).printed == []
    assert Run(source, limits=ScriptResourceLimits(max_variables=6)).printed == ["1", "2"]
    assert Run("x = 1 x = 2 x = 3", limits=ScriptResourceLimits(max_variables=1)).error is None


def test_a_limit_of_a_host_function_cannot_be_caught() -> None:
    def record(row: object) -> None:
        raise ResourceLimitExceeded("max_record_rows", 7)

    run = Run("\nwhile true do pcall(record, {a = 1}) end", functions={"record": record})
    assert met(run) == ("max_record_rows", 7, 2)


class _Stopped(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize(
    ("source", "limits", "limit"),
    [
        ("\nwhile true do pcall(function() while true do end end) end", STRICT, "max_instructions"),
        ("\nlocal t = {} while true do t[#t + 1] = 1 end", SMALL, "max_memory_mb"),
        ("\nreturn ('x'):rep(10001)", STRICT, "max_string_length"),
    ],
)
def test_a_limit_is_told_at_once_and_before_anything_unwinds(
    source: str, limits: ScriptResourceLimits, limit: str
) -> None:
    told: list[tuple[str, int | None, list[str]]] = []
    printed: list[str] = []

    def on_limit(error: ResourceLimitExceeded) -> NoReturn:
        told.append((error.limit, error.line, list(printed)))
        raise _Stopped

    engine = LuaEngine(EngineSettings(limits=limits), on_limit=on_limit)
    engine.register_function("print", lambda stream, text: printed.append(str(text)))
    closing = "local x <close> = setmetatable({}, {__close = function() print('closed') end})"
    with pytest.raises(_Stopped):
        engine.execute_script(closing + source)
    assert told == [(limit, 2, [])]
    assert printed == []


def test_an_error_that_only_looks_like_a_limit() -> None:
    assert type(Run("error('not enough money')").error) is ExecutionError
