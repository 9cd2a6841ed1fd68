import pytest

from benchwright.core.permissions import Permission
from benchwright.engines.engine import CheckContext, EngineSettings
from benchwright.engines.lua.engine import LuaEngine, validate
from benchwright.engines.lua.static_checks import declaration_lines
from tests.engines.lua.running import CONTEXT
from tests.engines.motor import MOTOR

GET = 'local motor = instruments.get("motor")\n'


def found(source: str, context: CheckContext = CONTEXT) -> list[tuple[str, str]]:
    """Return code and the text between the places of each finding."""
    lines = source.split("\n")
    return [
        (each.code, lines[each.line - 1][each.column - 1 : each.end_column - 1])
        for each in validate(source, context)
    ]


# Programs that are right, whatever they look like.
VALID = [
    # scopes
    "local x = x",
    "local print = print print(1)",
    "local function f() return f end f()",
    "local f = function() return g end g = 1 f()",
    "do local a = 1 print(a) end a = 2 print(a)",
    "local a <const>, b <close> = 1, nil print(a, b)",
    "for i = 1, 3 do local j = i print(i, j) end",
    "for i, v in ipairs({1}) do print(i, v) end",
    "for i = (function() local n = 1 return n end)(), 3 do print(i) end",
    "while (function() local x = 1 return x end)() do break end",
    "repeat local done = true until done",
    "repeat local done = true until done local x = 1 print(x)",
    "repeat local f = function() local d = true return d end until f() print(1)",
    "repeat repeat local b = true until b local a = b_ or true until a",
    "if true then local a = 1 print(a) elseif false then local b = 2 print(b) else local c = 3 print(c) end",
    "local a local b = a print(b)",
    "local a, b, c = (function(...) return ... end)(1, 2, 3) print(a, b, c)",
    "local function f(a, b, ...) local n = select('#', ...) return a, b, n end f()",
    "local t = {} function t.f(a) return a end function t:g(b) return self, b end function t.a_b.c() end",
    "local t = { f = function(x) return x end, y = 1, ['z'] = 2; w = 3, 4 } print(t)",
    "local t = { n = 1, m = { n = 2 } } print(t.n, t.m.n)",
    "local n = 5 local t = { n = n, [n] = n, n } print(t)",
    "goto done do local x = 1 print(x) end ::done:: print(2)",
    "::top:: local a = 1 goto top",
    "for i = 1, 2 do if i == 1 then goto continue end print(i) ::continue:: end",
    "local a = 1; local b = a; print(b);",
    "local a = 1 ; (function() print(a) end)()",
    "local a = -1 local b = not a local c = #{} local d = ~1 print(a, b, c, d)",
    "local a = [[x]] local b = [==[ ]] ]==] local c = 'x' local d = 0x1p4 local e = ... print(a, b, c, d, e)",
    "local a = {} a.b, a.c = 1, 2 local x, y = a.b, a['c'] print(x, y)",
    "x, y = 1, 2 x, y = y, x print(x, y)",
    "local t = {} t[1], q, t.x = 1, 2, 3 print(q)",
    "f'x'.y, z = 1, 2 print(z) f = print",
    "local function outer() local function inner() return later end later = 1 return inner end outer()",
    "function late() return early() end function early() return 1 end late()",
    # comments and strings that look like code
    "-- undefined_name\nprint(1) -- another one: undefined()",
    "--[[ undefined() ]] print(1) --[==[ undefined ]] ]==] print(2)",
    "print('undefined()', \"undefined\", [[undefined]], 'it\\'s undefined') -- trailing undefined",
    "print[[undefined]] print'undefined' print\"undefined\"",
    "print('a\\\nundefined') print('b\\z\n   undefined')",
    # names that may well be nil
    "if jit then print(jit.version) end",
    "local unpack = unpack or table.unpack print(unpack)",
    "local log = not quiet and print or nil print(log)",
    "if type(setfenv) == 'function' then setfenv(1, {}) end",
    "if maybe ~= nil then print(maybe) end",
    "while pending do pending.run() end",
    "counter = (counter or 0) + 1",
    # globals that something unseen may define
    "load('x = 5')() print(x)",
    "_G.name = 1 print(name)",
    "_G['na' .. 'me'] = 1 print(name)",
    "setmetatable(_G, {__index = function(_, k) return k end}) print(anything)",
    "local function f(_ENV) return anything end f({})",
    "local _ENV = {print = print, x = 1} print(x)",
    # host functions of one's own
    "local function sleep(text) print(text) end sleep('x')",
    "function progress() end progress()",
    "local record = {} record.x = 1 print(record)",
    "for sleep = 1, 3 do print(sleep) end",
    "local t = { sleep = 1 } print(t.sleep) t.sleep = 'x'",
    "log_info(1, 'x', {}) log_warn() log_error(nil)",
    # instruments
    GET + "motor:move_absolute(45)",
    GET + "motor:move_absolute(45, {wait = false}) motor:move_absolute{position = 45, wait = false}",
    GET + "motor.move_absolute(motor, 45) motor.read(motor)",
    GET + "local x = 500 motor:move_absolute(x) motor:move_absolute(-x) motor:move_absolute(x * 2, x == 1)",
    GET + "motor:move_absolute(table.unpack({45, true})) motor:move_absolute(...)",
    GET + "motor:move_absolute((500))",
    GET + "motor:move_absolute(math.min(500, 3), f and true) f = nil",
    GET + "motor:move_absolute(45, nil) motor:move_absolute(1e1) motor:move_absolute(0x1)",
    GET + "motor:echo{1, 2} motor:echo({}) motor:echo({motor:read()}) motor:echo{} motor:read{}",
    GET + "local options = {} motor:move_absolute(45, options) motor:move_absolute{['pos' .. 'ition'] = 500}",
    GET + "motor = { anything = print } motor.anything()",
    GET + "do local motor = {} motor.anything() end motor:read()",
    GET + "local function f(motor) motor.anything() end f({anything = print})",
    GET + "for motor = 1, 2 do print(motor.x) end",
    GET + "motor, b = {}, 2 motor.anything()",
    "local motor = instruments.get('motor') or {} motor.anything()",
    "local motor = instruments.get('motor').read print(motor.anything)",
    "local a, motor = 1, instruments.get('motor') motor.read()",
    "local name = 'mo' local motor = instruments.get(name .. 'tor') motor.anything()",
    "local instruments = { get = function() return {} end } instruments.get('x').anything()",
    "instruments = { get = print, other = 1 } print(instruments.other)",
    "motor = instruments.get('motor') motor:read() motor = nil",
    "print(params.start, params['start'], params[1], params.other or 5) params.other = 5",
    "local params = {} print(params.anything)",
    "sleep(0.5) progress(1, 2) record{ a = 1 } telemetry_read{'a.b'} ask('x?') ask('x?', {'a', 'b'})",
    "device_set_motor_speed(1, -100) device_set_motor_speed(255, 100.0) device_set_digital_output(8, true)",
    "record(setmetatable({}, {})) sleep(...) sleep(f()) f = print record(row) row = {}",
]


@pytest.mark.parametrize("source", VALID)
def test_no_false_alarm(source: str) -> None:
    assert validate(source, CONTEXT) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("print(missing)", [("undefined_name", "missing")]),
        ("missing()", [("undefined_name", "missing")]),
        ("missing.x = 1", [("undefined_name", "missing")]),
        ("print(missing.x or 1)", [("undefined_name", "missing")]),
        ("if missing.x then end", [("undefined_name", "missing")]),
        ("do local inner = 1 end print(inner)", [("undefined_name", "inner")]),
        ("for i = 1, 3 do end print(i)", [("undefined_name", "i")]),
        ("repeat local d = 1 until d print(d)", [("undefined_name", "d")]),
        ("local x = x1", [("undefined_name", "x1")]),
        ("local function f(a) end print(a)", [("undefined_name", "a")]),
        ("local t = { a = 1 } print(a)", [("undefined_name", "a")]),
        ("local t = { missing }", [("undefined_name", "missing")]),
        ("local t = { x = missing }", [("undefined_name", "missing")]),
        ("function t.f() end", [("undefined_name", "t")]),
        ("io.open('x')", [("undefined_name", "io")]),
        ("print(a) print(a)", [("undefined_name", "a"), ("undefined_name", "a")]),
        ("print('µ', missing)", [("undefined_name", "missing")]),
        ("instruments.get('moto')", [("unknown_name", "'moto'")]),
        ('x = instruments.get "moto"', [("unknown_name", '"moto"')]),
        ("instruments.gett('motor')", [("unknown_name", "gett")]),
        ("instruments.get('motor'):rea()", [("unknown_name", "rea")]),
        ("instruments.get('motor').rea()", [("unknown_name", "rea")]),
        ("instruments:get('motor').rea()", [("unknown_name", "rea")]),
        ("instruments:get('motr')", [("unknown_name", "'motr'")]),
        ("instruments:gett('motor')", [("unknown_name", "gett")]),
        (GET + "motor:rea()", [("unknown_name", "rea")]),
        (GET + "local f = motor.rea", [("unknown_name", "rea")]),
        (GET + "function f() return motor:rea() end", [("unknown_name", "rea")]),
        (GET + "local t = { m = motor:rea() }", [("unknown_name", "rea")]),
        ("motor = instruments.get('motor') motor:rea()", [("unknown_name", "rea")]),
        (
            "local a, b = instruments.get('motor'), instruments.get('motor') b:rea()",
            [("unknown_name", "rea")],
        ),
        (GET + "motor:move_absolute(181)", [("argument_range", "181")]),
        (GET + "motor:move_absolute(-1)", [("argument_range", "-1")]),
        (GET + "motor:move_absolute(- 1)", [("argument_range", "- 1")]),
        (GET + "motor:move_absolute(1e3)", [("argument_range", "1e3")]),
        (GET + "motor:move_absolute(0xFFF)", [("argument_range", "0xFFF")]),
        (GET + "motor:move_absolute('x')", [("argument_type", "'x'")]),
        (GET + "motor:move_absolute'x'", [("argument_type", "'x'")]),
        (GET + "motor:move_absolute{45}", [("argument_type", "{45}")]),
        (GET + "motor:move_absolute(45, 1)", [("argument_type", "1")]),
        (GET + "motor:move_absolute()", [("argument_count", "move_absolute")]),
        (GET + "motor.move_absolute(motor)", [("argument_count", "move_absolute")]),
        (GET + "motor:move_absolute(1, true, 3)", [("argument_count", "3")]),
        (GET + "motor:read(1)", [("argument_count", "1")]),
        (GET + "motor:move_absolute(45, {wait = 1})", [("argument_type", "1")]),
        (GET + "motor:move_absolute{position = 200}", [("argument_range", "200")]),
        (GET + "motor:move_absolute{position = 2, speed = 3}", [("argument_name", "3")]),
        (GET + "motor:move_absolute{wait = true}", [("argument_count", "move_absolute")]),
        (GET + "motor:move_absolute(500, f()) f = 1", [("argument_range", "500")]),
        (GET + "motor:move_absolute(function() return 1, 2 end, 5)", [("argument_type", "5")]),
        ("sleep(11)", [("argument_range", "11")]),
        ("sleep()", [("argument_count", "sleep")]),
        ("record(5)", [("argument_type", "5")]),
        ("record{1, 2}", [("argument_type", "{1, 2}")]),
        ("device_set_motor_speed(256, -101)", [("argument_range", "256"), ("argument_range", "-101")]),
        ("device_set_digital_output(1.5, 'on')", [("argument_type", "1.5"), ("argument_type", "'on'")]),
        ("ask('x', 5)", [("argument_type", "5")]),
        ("print(params.strat)", [("unknown_name", "strat")]),
        ("print(params['strat'])", [("unknown_name", "'strat'")]),
        ("require('optics')", [("unknown_name", "'optics'")]),
        ("local o = require 'optics'", [("unknown_name", "'optics'")]),
    ],
)
def test_findings_and_their_places(source: str, expected: list[tuple[str, str]]) -> None:
    assert found(source) == expected


def test_the_message_says_what_was_meant() -> None:
    [finding] = validate("local reading = 1\nprint(readng)", CONTEXT)
    assert (finding.message, finding.line, finding.column) == (
        "readng is not defined; did you mean reading?",
        2,
        7,
    )
    [finding] = validate("io.open('x')", CONTEXT)
    assert finding.message == "io is not available to scripts"


def test_permissions() -> None:
    context = CheckContext({"motor": MOTOR}, frozenset({Permission.DEVICE_READ}))
    source = GET + "motor:read()\nmotor:move_absolute(45)\nsystem_info()\nemergency_stop()"
    expected = [("permission_denied", "move_absolute"), ("permission_denied", "system_info")]
    assert found(source, context) == expected


def test_without_a_context_only_the_syntax_is_checked() -> None:
    assert LuaEngine(EngineSettings()).validate("missing() instruments.get('x')", "script") == []


def test_modules_and_the_globals_they_define() -> None:
    settings = EngineSettings(dependencies={"lib": "function helper() end local private = 1"})
    engine = LuaEngine(settings, CONTEXT)
    assert engine.validate("require('lib') helper()", "script") == []
    findings = engine.validate("require('lib') helper() private() require('other')", "script")
    assert [(each.code, each.column) for each in findings] == [("undefined_name", 25), ("unknown_name", 43)]


def test_a_module_whose_text_is_not_known_may_define_anything() -> None:
    context = CheckContext(dependencies=frozenset({"lib"}))
    assert validate("require('lib') helper()", context) == []


def test_declarations_are_counted_where_they_stand() -> None:
    source = (
        "local a, b = 1\n"
        "function f(x, ...) local y = x return y end\n"
        "for i = 1, 2 do for k, v in pairs({}) do end end\n"
        "a = 2 g = 3 g = 4\n"
        "local t = { field = 1 } t.other = 2\n"
        "local function h(self) end function t:m(z) end\n"
    )
    assert declaration_lines(source) == [1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 6, 6]


def test_long_brackets_that_nobody_writes_are_left_alone() -> None:
    deep = "=" * 50
    assert validate(f"x = [{deep}[ end end ]{deep}] missing()", CONTEXT) == []
    many = "".join(f"x = [{'=' * n}[ end ]{'=' * n}] " for n in range(41))
    assert validate(many, CONTEXT) == []
    assert declaration_lines(many) == []


def test_a_thousand_lines_are_checked_in_time() -> None:
    body = "do local a = motor:read() if a > 1 then motor:move_absolute(a) end record{ a = a } end\n"
    source = GET + body * 1000
    findings = validate(source + "missing()", CONTEXT)
    assert [(each.line, each.column) for each in findings] == [(1002, 1)]
