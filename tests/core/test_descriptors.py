"""Descriptors: what they let through to a driver, and what they refuse."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.descriptors import (
    InstrumentDescriptor,
    MethodDescriptor,
    MethodKind,
    ParameterDescriptor,
)
from benchwright.core.errors import ArgumentError, UnknownNameError
from benchwright.core.permissions import Permission
from benchwright.core.values import INTEGER_BOUND

TYPES = ("float", "integer", "boolean", "text", "list", "map")
RANGED = ParameterDescriptor(name="position", minimum=0.0, maximum=180.0, unit="deg")


def method(*parameters: ParameterDescriptor) -> MethodDescriptor:
    return MethodDescriptor(
        name="move", kind=MethodKind.COMMAND, permission=Permission.DEVICE_CONTROL, parameters=parameters
    )


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        (RANGED, 0, 0.0),
        (RANGED, 180.0, 180.0),
        (ParameterDescriptor(name="n", type="integer"), 3.0, 3),
        (ParameterDescriptor(name="n", type="integer"), -(2**63), -(2**63)),
        (ParameterDescriptor(name="n", type="integer"), 2**63 - 1, 2**63 - 1),
        (ParameterDescriptor(name="n", type="integer", choices=(1, 2)), 2, 2),
        (ParameterDescriptor(name="on", type="boolean"), False, False),
        (ParameterDescriptor(name="t", type="text", choices=("a", "b")), "b", "b"),
        (ParameterDescriptor(name="l", type="list"), (1, 2), [1, 2]),
        (ParameterDescriptor(name="m", type="map"), {"a": 1}, {"a": 1}),
        (ParameterDescriptor(name="o", required=False, default=7.0), None, 7.0),
    ],
)
def test_what_fits_is_converted(parameter: ParameterDescriptor, value: Any, expected: Any) -> None:
    checked = parameter.check(value, "motor.move")
    assert checked == expected
    assert type(checked) is type(expected)


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        (RANGED, 180.0000001, "a number from 0 to 180 deg, found 180.0000001"),
        (RANGED, -1, "a number from 0 to 180 deg, found -1"),
        (RANGED, 10**400, "a number from 0 to 180 deg, found inf"),
        (RANGED, math.nan, "a number from 0 to 180 deg, found nan"),
        (RANGED, math.inf, "a number from 0 to 180 deg, found inf"),
        (RANGED, True, "a number from 0 to 180 deg, found boolean"),
        (RANGED, "90", "a number from 0 to 180 deg, found text"),
        (RANGED, None, "a number from 0 to 180 deg, found nothing"),
        (ParameterDescriptor(name="position"), math.nan, "a number, found nan"),
        (ParameterDescriptor(name="position", unit="mm"), "x", "a number in mm, found text"),
        (ParameterDescriptor(name="position", minimum=1), 0, "a number of at least 1, found 0"),
        (
            ParameterDescriptor(name="position", maximum=2**32 - 1),
            2**32,
            "a number of at most 4294967295, found 4294967296",
        ),
        (ParameterDescriptor(name="position", type="integer"), 1.5, "a whole number, found 1.5"),
        (ParameterDescriptor(name="position", type="integer"), True, "a whole number, found boolean"),
        pytest.param(
            ParameterDescriptor(name="position", type="integer"),
            10**5000,
            "a whole number, found a huge number",
            id="beyond repr",
        ),
        (
            ParameterDescriptor(name="position", type="integer"),
            2**63,
            "a whole number, found a huge number",
        ),
        (ParameterDescriptor(name="position", type="integer"), math.inf, "a whole number, found inf"),
        (ParameterDescriptor(name="position", type="boolean"), 1, "true or false, found 1"),
        (
            ParameterDescriptor(name="position", type="text", choices=("a", "b")),
            "x" * 999,
            "one of a, b, found 'xxx",
        ),
        pytest.param(
            ParameterDescriptor(name="position", type="integer", choices=(1,)),
            10**5000,
            "one of 1, found a huge number",
            id="beyond repr, with choices",
        ),
        (ParameterDescriptor(name="position", type="list"), {}, "a list, found map"),
        (ParameterDescriptor(name="position", type="map"), [], "a map, found list"),
    ],
)
def test_what_does_not_fit_is_named(parameter: ParameterDescriptor, value: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parameter.check(value, "motor.move")
    assert str(caught.value).startswith(f"motor.move: position must be {message}")


NUMBERS = st.none() | st.integers(-1000, 1000) | st.floats(-1000, 1000)
PARAMETERS = st.builds(
    ParameterDescriptor,
    name=st.just("p"),
    type=st.sampled_from(TYPES),
    unit=st.sampled_from(["", "V"]),
    minimum=NUMBERS,
    maximum=NUMBERS,
    choices=st.lists(st.integers(-5, 5) | st.sampled_from(["a", 1.5]), max_size=3).map(tuple),
    required=st.booleans(),
    default=st.just(None),
)
HOSTILE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63, math.nan, math.inf, -math.inf, -0.0, 1e308])
    | st.just(5000).map(lambda digits: 10**digits)
    | st.floats()
    | st.text()
    | st.binary()
    | st.lists(st.integers())
    | st.dictionaries(st.text(), st.floats())
    | st.just(object())
)


@given(PARAMETERS, HOSTILE)
def test_any_value_is_right_or_refused(parameter: ParameterDescriptor, value: Any) -> None:
    try:
        checked = parameter.check(value, "motor.move")
    except ArgumentError:
        return
    if value is None:
        assert checked is parameter.default
        return
    kinds = {"float": float, "integer": int, "boolean": bool, "text": str, "list": list, "map": dict}
    assert type(checked) is kinds[parameter.type]
    if isinstance(checked, (int, float)) and not isinstance(checked, bool):
        assert abs(checked) <= INTEGER_BOUND or isinstance(checked, float)
        assert math.isfinite(checked)
        assert parameter.minimum is None or checked >= parameter.minimum
        assert parameter.maximum is None or checked <= parameter.maximum


NAMES = st.sampled_from(["a", "b", "c", "d"])


@given(
    st.lists(PARAMETERS, max_size=3),
    st.lists(HOSTILE, max_size=5),
    st.dictionaries(NAMES, HOSTILE, max_size=4),
)
def test_any_call_is_bound_or_refused(
    parameters: list[ParameterDescriptor], args: list[Any], kwargs: dict[str, Any]
) -> None:
    named = [msgspec.structs.replace(p, name=n) for p, n in zip(parameters, "abc", strict=False)]
    try:
        bound = method(*named).bind("motor.move", args, kwargs)
    except ArgumentError:
        return
    assert len(bound) == len(named)
    assert len(args) + len(kwargs) <= len(named)


def test_arguments_by_position_and_by_name() -> None:
    optional = ParameterDescriptor(name="wait", type="boolean", required=False, default=True)
    move = method(RANGED, optional)
    assert move.bind("m.move", [3], {}) == [3.0, True]
    assert move.bind("m.move", [], {"wait": False, "position": 3}) == [3.0, False]
    assert move.bind("m.move", [3], {"wait": None}) == [3.0, True]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ([], {}, "m.move: position is missing; it must be a number from 0 to 180 deg"),
        ([1, 2], {}, "m.move takes 1 argument, found 2 arguments"),
        ([1], {"position": 2}, "m.move: position is given twice"),
        ([], {"positon": 2}, "m.move has no parameter 'positon'; it takes position"),
    ],
)
def test_calls_that_do_not_fit(args: list[Any], kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        method(RANGED).bind("m.move", args, kwargs)
    assert str(caught.value) == message


def test_methods_by_name() -> None:
    instrument = InstrumentDescriptor(name="esp300", driver="x", methods=(method(),))
    assert instrument.method("move").name == "move"
    with pytest.raises(UnknownNameError, match="no method 'mvoe' of esp300; did you mean move"):
        instrument.method("mvoe")


def test_a_type_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="position: unknown type 'matrix'"):
        ParameterDescriptor(name="position", type="matrix")


def test_descriptors_cross_a_process_boundary() -> None:
    instrument = InstrumentDescriptor(name="esp300", driver="x", methods=(method(RANGED),))
    wire = msgspec.msgpack.encode(instrument)
    assert msgspec.msgpack.decode(wire, type=InstrumentDescriptor) == instrument
