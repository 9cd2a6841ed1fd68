from typing import Any

import pytest

from benchwright.core.errors import (
    ArgumentError,
    BenchwrightError,
    ExecutionError,
    InstrumentTimeout,
    PermissionDenied,
    UnknownNameError,
)
from benchwright.engines.engine import HostFunction
from tests.engines.lua.running import Run
from tests.engines.motor import FakeInstrument

GET = 'local motor = instruments.get("motor")\n'


@pytest.mark.parametrize(
    ("call", "args", "kwargs"),
    [
        ("motor:move_absolute(45)", [45], {}),
        ("motor.move_absolute(45)", [45], {}),
        ("motor.move_absolute(motor, 45)", [45], {}),
        ("motor:move_absolute(45.5, false)", [45.5, False], {}),
        ("motor:move_absolute(45, {wait = false})", [45], {"wait": False}),
        ("motor.move_absolute(45, {wait = false})", [45], {"wait": False}),
        ("motor:move_absolute{position = 45, wait = false}", [], {"position": 45, "wait": False}),
        ("motor:move_absolute(nil, true)", [None, True], {}),
        ("motor:move_absolute{45}", [[45]], {}),
        ("motor:read()", [], {}),
        ("motor.read()", [], {}),
        ("motor:read{}", [], {}),
        ("motor:echo{1, 2}", [[1, 2]], {}),
        ("motor:echo{}", [[]], {}),
        ("motor.echo({{1}, {a = 2}})", [[[1], {"a": 2}]], {}),
        ('motor:echo("µ")', ["µ"], {}),
    ],
)
def test_arguments_arrive_as_they_were_written(call: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    run = Run(GET + call)
    run.checked()
    (_, got_args, got_kwargs, line), *rest = run.motor.calls
    assert (got_args, got_kwargs, line, rest) == (args, kwargs, 2, [])
    assert [type(a) for a in got_args] == [type(a) for a in args]


def test_an_instrument_is_got_with_a_colon_too() -> None:
    source = "return instruments:get('motor') == instruments.get('motor') and instruments:list()[1]"
    assert Run(source).checked() == "motor"
    for call in ("instruments:get('none')", "instruments.get('none')"):
        assert type(Run(call).error) is UnknownNameError
    for call in ("instruments:get()", "instruments.get()", "instruments:get(5)"):
        assert "takes the name of an instrument" in str(Run(call).error)


def test_the_value_of_a_call_comes_back() -> None:
    reply: dict[str, Any] = {"a": [1, 2.5, "x", None], "b": {}, "c": True}
    run = Run(
        GET + "local r = motor:read() return {r.a[1], r.a[2], r.a[3], r.c, #r.a}",
        motor=FakeInstrument(reply=reply),
    )
    assert run.checked() == [1, 2.5, "x", True, 3]


def test_tables_that_come_back_are_new_each_time() -> None:
    source = GET + "local a, b = motor:read(), motor:read() a[1] = 9 return b[1] == 1 and a ~= b"
    assert Run(source, motor=FakeInstrument(reply=[1])).checked() is True


def test_list_of_instruments_and_proxies() -> None:
    assert Run("return instruments.list()").checked() == ["motor"]
    assert Run(GET + "return motor == instruments.get('motor')").checked() is True
    assert Run(GET + "return tostring(motor)").checked() == "instrument motor"
    assert "cannot be changed" in str(Run(GET + "motor.speed = 3").error)
    assert "protected metatable" in str(Run(GET + "setmetatable(motor, {})").error)


def test_unknown_instrument_names_the_known_ones() -> None:
    run = Run('local x = 1\nreturn instruments.get("moto")')
    assert isinstance(run.error, UnknownNameError)
    assert str(run.error) == "no instrument 'moto'; did you mean motor? (there is: motor)"
    assert run.place == (2, 24)
    assert "takes the name" in str(Run("instruments.get(5)").error)
    assert "takes the name" in str(Run('instruments.get("\\xff")').error)


def test_unknown_method_says_what_was_meant() -> None:
    run = Run(GET + "motor:move_absolut(3)")
    assert isinstance(run.error, UnknownNameError)
    assert "no method 'move_absolut' of motor; did you mean move_absolute?" in str(run.error)
    assert run.place == (2, 7)
    assert run.motor.calls == []


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ("print", "a function"),
        ("coroutine.create(print)", "a thread"),
        ("motor.read", "a function"),
        ("{{motor}}", "an instrument"),
        ("1, motor", "an instrument"),
        ('"\\xff"', "not valid UTF-8"),
        ('{"\\xed\\xa0\\x80"}', "not valid UTF-8"),
        ('("x"):rep(70000)', "longer than 65536 bytes"),
        ("loop", "contains itself"),
        ("deep", "nested deeper than 8"),
        ("{[{}] = 1}", "a table as key"),
        ("{[true] = 1}", "a boolean as key"),
        ("long", "more than 256 KB"),
        ("wide", "more than 256 KB"),
    ],
)
def test_what_cannot_leave_lua_is_refused_by_name(argument: str, why: str) -> None:
    run = Run(
        GET
        + "local loop = {} loop.x = {loop} local deep = 1 for i = 1, 9 do deep = {deep} end "
        + "local long = {} for i = 1, 40000 do long[i] = i end "
        + "local wide = {} for i = 1, 200000 do wide[i] = true end "
        + f"motor:echo({argument})"
    )
    assert isinstance(run.error, ArgumentError)
    assert str(run.error).startswith("motor.echo cannot take ")
    assert why in str(run.error)
    assert run.place[0] == 2
    assert run.motor.calls == []


def test_an_error_of_the_host_keeps_its_class_line_and_column() -> None:
    denied = PermissionDenied("device:control", "motor.move_absolute")
    run = Run(GET + "\nmotor:move_absolute(45)", motor=FakeInstrument(error=denied))
    assert run.error is denied
    assert run.place == (3, 7)
    assert getattr(run.error, "traceback", None) == "script:3: in main chunk"


@pytest.mark.parametrize(
    "rethrow",
    [
        "local ok, why = pcall(motor.read) error(why, 0)",
        "local ok, why = pcall(function() motor:read() end) error(why, 0)",
        "local ok, why = pcall(function() motor:read() end) error(why)",
        "local ok, why = xpcall(motor.read, function(m) return m end) error(why, 0)",
        "assert(pcall(motor.read))",
        "coroutine.wrap(function() motor:read() end)()",
        "coroutine.wrap(motor.read)()",
        "assert(coroutine.resume(coroutine.create(motor.read)))",
        "return motor:read()",
        "local x <close> = setmetatable({}, {__close = function() end}) motor:read()",
    ],
)
def test_a_rethrown_error_keeps_its_class(rethrow: str) -> None:
    error = InstrumentTimeout("motor", "no answer within 2 s")
    run = Run(GET + rethrow, motor=FakeInstrument(error=error))
    assert run.error is error
    assert run.place[0] == 2
    assert run.motor.calls[0][3] == 2


def test_pcall_sees_plain_text_with_the_scripts_line() -> None:
    error = InstrumentTimeout("motor", "no answer within 2 s")
    source = GET + "\nlocal ok, why = pcall(function()\n  motor:read()\nend)\nreturn {ok, why, type(why)}"
    run = Run(source, motor=FakeInstrument(error=error))
    assert run.checked() == [False, "script:4: motor: no answer within 2 s", "string"]


def test_a_caught_error_does_not_colour_a_later_one() -> None:
    run = Run(
        GET + "pcall(motor.read) error('something else')",
        motor=FakeInstrument(error=PermissionDenied("device:read", "motor.read")),
    )
    assert type(run.error) is ExecutionError
    assert str(run.error) == "something else"


def test_many_caught_errors_are_not_kept() -> None:
    def fail(text: object) -> None:
        raise BenchwrightError(str(text))

    run = Run("for i = 1, 1000 do pcall(log_warn, i) end return 1", functions={"log_warn": fail})
    assert run.checked() == 1
    assert len(run.engine._ledger._raised) <= 32


def test_a_mistake_of_the_host_ends_the_run_and_is_raised_as_it_is() -> None:
    motor = FakeInstrument(error=ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        Run(GET + "while true do pcall(motor.read) end", motor=motor)
    assert len(motor.calls) == 1


def test_values_that_the_host_cannot_give_are_a_mistake_of_the_host() -> None:
    with pytest.raises(TypeError, match="object"):
        Run(GET + "motor:read()", motor=FakeInstrument(reply=object()))  # type: ignore[arg-type]


def test_lines_are_those_of_the_script() -> None:
    source = GET + (
        "local function twice()\n"  # 2
        "  motor:read()\n"  # 3
        "  return motor:read()\n"  # 4, a tail call: its line is gone, that of its caller is told
        "end\n"
        "twice()\n"  # 6
        "pcall(motor.read)\n"  # 7
        "load('\\n\\n\\n\\nlocal m = ... m:read()')(motor)\n"  # 8
        "coroutine.wrap(motor.read)()\n"  # 9
        "require('lib').read(motor)\n"  # 10
        "record{ a = motor:read() }\n"  # 11
        "return motor:read()"  # 12
    )
    run = Run(source, dependencies={"lib": "\n\n\nreturn { read = function(m) m:read() end }"})
    run.checked()
    assert [call[3] for call in run.motor.calls] == [3, 6, 7, 8, 9, 10, 11, 12]
    assert run.engine.current_line == 12


def test_functions_take_their_arguments_by_position() -> None:
    got: list[object] = []

    def ask(*args: object) -> str:
        got.extend(args)
        return "ok"

    functions: dict[str, HostFunction] = {"ask": ask, "checkpoint": lambda *args: got.extend(args)}
    run = Run('checkpoint() return ask("ready?", {"yes", "no"})', functions=functions)
    assert run.checked() == "ok"
    assert got == ["ready?", ["yes", "no"]]


def test_rows_come_with_columns_in_the_order_of_the_text() -> None:
    run = Run(
        "for i = 1, 3 do record{ zeta = i, alpha = i / 2, mid = true, name = 'µ' } end\n"
        "record{ spectrum = {1, 2}, angle = 3 }"
    )
    run.checked()
    assert run.rows[0] == {"zeta": 1, "alpha": 0.5, "mid": True, "name": "µ"}
    assert [list(row) for row in run.rows] == [["zeta", "alpha", "mid", "name"]] * 3 + [["spectrum", "angle"]]
    assert run.rows[3] == {"spectrum": [1, 2], "angle": 3}


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("record(5)", "a number"),
        ("record()", "a nil"),
        ("record{1, 2}", "record{ angle = 45 }"),
        ("record{{1}}", "record{ angle = 45 }"),
        ("record{a = print}", "a function"),
        ("record{['\\xff'] = 1}", "record{ angle = 45 }"),
        ("record{a = '\\xff'}", "not valid UTF-8"),
        ("local t = {} for i = 1, 65 do t['c' .. i] = i end record(t)", "more than 64"),
        ("record(instruments.get('motor'))", "a table"),
    ],
)
def test_rows_that_are_none_are_refused(call: str, why: str) -> None:
    run = Run("\n" + call)
    assert isinstance(run.error, ArgumentError)
    assert why in str(run.error)
    assert run.place[0] == 2
    assert run.rows == []


def test_texts_to_print_and_log_take_anything() -> None:
    run = Run(
        "print() print('a', 1, nil, true, 2.0) print('bad \\xff') log_info('x', 5)\n"
        "print(setmetatable({}, {__tostring = function() return 'me' end}))\n"
        "print(('x'):rep(70000))"
    )
    run.checked()
    assert run.printed[:4] == ["", "a\t1\tnil\ttrue\t2.0", "bad \ufffd", "me"]
    assert run.printed[4] == "x" * 65536 + "... (cut)"
    assert run.logged == ["x\t5"]


def test_parameters() -> None:
    params: dict[str, Any] = {"start": 1, "name": "µ", "list": [1, {"x": 2.5}], "on": True}
    source = "return {params.start, params.name, params.list[2].x, params.on, params.missing == nil}"
    assert Run(source, params=params).checked() == [1, "µ", 2.5, True, True]
