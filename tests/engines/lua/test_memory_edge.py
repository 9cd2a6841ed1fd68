"""Scripts that call the host while memory runs out, put together at random: none may hang or abort."""

import random

import pytest

from benchwright.core.errors import InstrumentTimeout, ResourceLimitExceeded, UnknownNameError
from benchwright.core.limits import ScriptResourceLimits
from tests.engines.lua.running import Run
from tests.engines.motor import FakeInstrument

FILLING = [
    "t[#t + 1] = ('x'):rep(SIZE)",
    "t[#t + 1] = {i, i, i}",
    "t[#t + 1] = i",
    "t['k' .. i] = i",
    "t[#t + 1] = coroutine.wrap(function() coroutine.yield() end) t[#t]()",
    "t[#t + 1] = function() return i end",
    "g = ('y'):rep(SIZE)",
    "t[#t + 1] = tostring(i) .. 'z'",
    "t[#t + 1] = load('return 1')",
]
CALLING = [
    "m:read('q')",
    "pcall(m.read, 'x')",
    "record{a = i, b = 'x'}",
    "print(i, t)",
    "pcall(m.echo, m, {1, 2, {3}})",
    "string.format('%s', {})",
    "pcall(function() return m.nothing end)",
    "instruments.list()",
    "pcall(error, 'x')",
    "require('lib')",
    "coroutine.wrap(function() m:read() end)()",
]
WRAPPING = [
    "BODY",
    "pcall(function() BODY end)",
    "for _ = 1, 3 do pcall(function() BODY end) end",
    "coroutine.wrap(function() BODY end)()",
]
REPLIES = [1.5, "r" * 3000, [1.0] * 500, {"a": ["x"] * 50}, "é" * 20_000, None, 7, True]
EXPECTED = (ResourceLimitExceeded, InstrumentTimeout, UnknownNameError, type(None))


def check(seed: int) -> None:
    chance = random.Random(seed)
    filling = " ".join(chance.sample(FILLING, chance.randint(1, 3)))
    calling = " ".join(chance.sample(CALLING, chance.randint(1, 3)))
    body = f"for i = 1, 5000 do {filling} if i % {chance.choice([1, 3, 10, 97])} == 0 then {calling} end end"
    source = "local m = instruments.get('motor')\nlocal t = {}\n" + chance.choice(WRAPPING).replace(
        "BODY", body
    )
    run = Run(
        source.replace("SIZE", str(chance.choice([1, 40, 41, 1000, 20_000]))),
        limits=ScriptResourceLimits(
            max_memory_mb=chance.choice([0.1, 0.5, 1]), max_instructions=chance.choice([None, 300_000])
        ),
        motor=FakeInstrument(
            reply=chance.choice(REPLIES),  # type: ignore[arg-type]
            error=chance.choice([None, None, None, InstrumentTimeout("motor", "no answer " * 100)]),
        ),
        dependencies={"lib": "return 1"},
    )
    assert type(run.error) in EXPECTED, (source, run.error)


@pytest.mark.parametrize("seed", range(0, 40, 10))
def test_running_out_of_memory_at_any_moment(seed: int) -> None:
    for number in range(seed, seed + 10):
        check(number)


@pytest.mark.soak
def test_running_out_of_memory_at_very_many_moments() -> None:
    for number in range(1000, 1500):
        check(number)
