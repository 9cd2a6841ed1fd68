import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.errors import ExecutionError
from benchwright.core.results import Float, Integer, List, Map, Nothing, Text
from benchwright.core.values import DEPTH, INTEGER_BOUND, TEXT_BYTES, Value
from benchwright.engines.engine import EngineSettings
from benchwright.engines.lua.codec import decode, encode
from benchwright.engines.lua.engine import LuaEngine
from tests.engines.lua.running import Run
from tests.engines.motor import FakeInstrument

integers = st.integers(-INTEGER_BOUND, INTEGER_BOUND - 1)
scalars = st.none() | st.booleans() | integers | st.floats() | st.text(max_size=20)
inside = st.booleans() | integers | st.floats() | st.text(max_size=20)  # nothing has no place in a Lua table
values = st.recursive(
    scalars,
    lambda children: (
        st.lists(children.filter(lambda v: v is not None), max_size=5)
        | st.dictionaries(st.text(max_size=8), children.filter(lambda v: v is not None), max_size=5)
    ),
    max_leaves=12,
)


def bits(value: Any) -> Any:
    """Return a form of a value in which NaN, -0.0 and the two kinds of number can be told apart."""
    match value:
        case float():
            return "float", "nan" if math.isnan(value) else struct.pack("<d", value)
        case list():
            return [bits(item) for item in value]
        case dict():
            return (
                {key: bits(item) for key, item in value.items()} if value else []
            )  # Lua has one empty table
        case _:
            return type(value).__name__, value


@given(values)
def test_what_python_writes_python_reads(value: Value) -> None:
    if not _has_float_list(value):
        assert bits(decode(encode(value))) == bits(value)


def _has_float_list(value: Any) -> bool:
    """Tell whether there is a list of floats alone, whose short form only Lua reads."""
    if isinstance(value, dict):
        return any(map(_has_float_list, value.values()))
    if not isinstance(value, list):
        return False
    return (bool(value) and all(type(item) is float for item in value)) or any(map(_has_float_list, value))


@given(values)
def test_a_value_survives_the_way_into_lua_and_back(value: Value) -> None:
    source = "local m = instruments.get('motor') local v = m:read() m:echo(v, 0) return v"
    run = Run(source, motor=FakeInstrument(reply=value))
    if run.error is None:
        assert bits(run.result) == bits(value)
        assert bits(run.motor.calls[1][1][0]) == bits(value)
    else:
        assert "nested deeper" in str(run.error)


@given(values)
def test_a_parameter_survives_too(value: Value) -> None:
    assert bits(Run("return params.x", params={"x": value}).checked()) == bits(value)


@given(st.dictionaries(st.text(max_size=10), inside, min_size=1, max_size=10))
def test_a_row_survives(row: dict[str, Any]) -> None:
    run = Run("record(params.row)", params={"row": row})
    run.checked()
    assert bits(run.rows) == bits([row])


@given(st.binary(max_size=40))
def test_any_bytes_end_in_a_text_or_a_clear_error(data: bytes) -> None:
    literal = "".join(f"\\{byte:03d}" for byte in data)
    run = Run(f'return "{literal}"')
    try:
        expected = data.decode()
    except UnicodeDecodeError:
        assert type(run.error) is ExecutionError
        assert str(run.error) == "the script's result cannot be a text that is not valid UTF-8"
    else:
        assert run.checked() == expected


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("return", Nothing()),
        ("return nil", Nothing()),
        ("local x = 1", Nothing()),
        ("return 3", Integer(3)),
        ("return 3.0", Float(3.0)),
        ("return 7 // 2", Integer(3)),
        ("return 6 / 2", Float(3.0)),
        ("return math.maxinteger", Integer(2**63 - 1)),
        ("return math.mininteger", Integer(-(2**63))),
        ("return math.maxinteger + 1", Integer(-(2**63))),
        ("return 2^63", Float(2.0**63)),
        ("return 9223372036854775808", Float(2.0**63)),
        ("return 0xffffffffffffffff", Integer(-1)),
        ("return math.huge", Float(math.inf)),
        ("return -math.huge", Float(-math.inf)),
        ("return 5e-324", Float(5e-324)),
        ("return 'µ\\0'", Text("µ\0")),
        ("return 1, 2, 3", Integer(1)),
        ("return {}", List([])),
        ("return {1, 2.5, 'x', true}", List([1, 2.5, "x", True])),
        ("return {1, nil, 3}", Map({"1": 1, "3": 3})),
        ("return {[2] = 'b'}", Map({"2": "b"})),
        ("return {[1.5] = 'b'}", Map({"1.5": "b"})),
        ("return {a = 1, b = {2}}", Map({"a": 1, "b": [2]})),
        ("return setmetatable({1}, {__index = error, __len = error})", List([1])),
        ("local t = {1} return {t, t}", List([[1], [1]])),
    ],
)
def test_results(source: str, result: object) -> None:
    found = LuaEngine(EngineSettings()).execute_script(source)
    assert found == result
    assert type(found.value) is type(getattr(result, "value"))  # noqa: B009 - of any kind of result


def test_signs_and_nan_stay() -> None:
    assert bits(Run("return -0.0").result) == bits(-0.0)
    assert math.isnan(Run("return 0/0").result)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("return print", "a function"),
        ("return coroutine.create(print)", "a thread"),
        ("return instruments.get('motor')", "an instrument"),
        ("return {instruments.get}", "a function"),
        ("local t = {} t[1] = t return t", "a table that contains itself"),
        (
            f"local t = 1 for i = 1, {DEPTH + 1} do t = {{t}} end return t",
            f"nested deeper than {DEPTH} levels",
        ),
        (f"return ('x'):rep({TEXT_BYTES + 1})", f"a text longer than {TEXT_BYTES} bytes"),
        ("return {['\\xff'] = 1}", "not valid UTF-8"),
        ("return {[{}] = 1}", "a table with a table as key"),
        ("local t = {} for i = 1, 30000 do t[i] = i end return t", "more than 256 KB"),
    ],
)
def test_results_that_cannot_be(source: str, why: str) -> None:
    error = Run(source).error
    assert type(error) is ExecutionError
    assert str(error).startswith("the script's result cannot be ")
    assert why in str(error)


def test_the_deepest_and_longest_that_can_be() -> None:
    assert Run(f"local t = 1 for i = 1, {DEPTH} do t = {{t}} end return t").error is None
    assert Run(f"return ('x'):rep({TEXT_BYTES})").checked() == "x" * TEXT_BYTES


@pytest.mark.parametrize(
    ("reply", "expression", "seen"),
    [
        (2**63, "math.type(v)", "float"),
        (10**400, "v == math.huge", True),
        (-(10**400), "v == -math.huge", True),
        ([2**63], "math.type(v[1])", "float"),
        ([1.0, 2.0], "math.type(v[2])", "float"),
        ([1, 2.0], "math.type(v[1])", "integer"),
        ((1, 2), "#v", 2),
        ("\ud800", "v", "?"),
        ([], "next(v) == nil", True),
        ({}, "next(v) == nil", True),
        ([None, 1], "v[1] == nil and v[2]", 1),
    ],
)
def test_odd_replies(reply: Any, expression: str, seen: object) -> None:
    run = Run(
        f"local v = instruments.get('motor'):read() return {expression}", motor=FakeInstrument(reply=reply)
    )
    assert run.checked() == seen
