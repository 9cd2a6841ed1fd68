"""Attempts to get out of a script's environment, and what becomes of each."""

import re

import pytest

from benchwright.core.errors import ExecutionError
from tests.engines.lua.escapes import ATTEMPTS, NO_ADDRESS, PREAMBLE, Refused
from tests.engines.lua.running import Run
from tests.engines.motor import FakeInstrument


def check(expected: object, run: Run) -> None:
    """Hold what a script said, in any way, to what the table expects of it."""
    told = f"{run.result} {run.error} {run.printed}"
    assert not re.search(r"0x[0-9a-f]{6,}|[0-9a-f]{9,}", told), told
    if isinstance(expected, Refused):
        assert run.error is not None
        assert expected.words in str(run.error)
        assert len(str(run.error).encode()) <= 4100
    elif expected is not NO_ADDRESS:
        assert run.checked() == expected


@pytest.mark.parametrize(
    ("source", "expected"), [(s, e) for _, s, e in ATTEMPTS], ids=[n for n, _, _ in ATTEMPTS]
)
def test_an_attempt_comes_to_nothing(source: str, expected: object) -> None:
    check(expected, Run(PREAMBLE + source))


def test_the_table_is_long_and_its_names_are_its_own() -> None:
    assert len({name for name, _, _ in ATTEMPTS}) == len(ATTEMPTS) >= 140


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
