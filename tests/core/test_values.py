"""What may cross between a script and the bench."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.values import DEPTH, TEXT_BYTES, check_value, describe_type, is_finite, shown

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANYTHING = st.recursive(
    SCALARS | st.binary(max_size=3) | st.just(object()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (2**63 - 1, None),
        (-(2**63), None),
        (2**63, "an integer beyond 64 bits"),
        (10**400, "an integer beyond 64 bits"),
        (math.nan, None),
        ("x" * TEXT_BYTES, None),
        ("x" * (TEXT_BYTES + 1), f"a text longer than {TEXT_BYTES} bytes"),
        ("é" * (TEXT_BYTES // 2), None),
        ("é" * (TEXT_BYTES // 2 + 1), f"a text longer than {TEXT_BYTES} bytes"),
        ("\udc80", "a text with half a character (a lone surrogate)"),
        (nested(DEPTH), None),
        (nested(DEPTH + 1), f"nested deeper than {DEPTH}"),
        ({"a": [1, {"b": None}]}, None),
        ({1: 2}, "a map whose keys are not text"),
        ({"\udc80": 2}, "a text with half a character (a lone surrogate)"),
        ([1, b"x"], "a value of type bytes"),
        ({"a": {1, 2}}, "a value of type set"),
    ],
)
def test_what_may_cross(value: Any, why: str | None) -> None:
    assert check_value(value) == why


@given(ANYTHING)
def test_what_may_cross_can_be_sent(value: Any) -> None:
    if check_value(value) is None:
        msgspec.msgpack.encode(value)


@given(ANYTHING)
def test_any_value_can_be_named(value: Any) -> None:
    assert describe_type(value)
    assert 0 < len(shown(value)) < 200


def test_names_fit_both_languages() -> None:
    values = [None, True, 3, 2.5, "x", [1], (1,), {"a": 1}]
    names = ["nothing", "boolean", "integer", "number", "text", "list", "list", "map"]
    assert [describe_type(value) for value in values] == names


def test_values_in_sentences() -> None:
    assert [shown(value) for value in (True, 3, 10**30, 180.0, 180.0000001, 0.1 + 0.2)] == [
        "true",
        "3",
        "a huge number",
        "180",
        "180.0000001",
        "0.3",
    ]
    assert shown("it's") == '"it\'s"'
    assert shown("x" * 100) == repr("x" * 60) + "..."


def test_finite_numbers() -> None:
    assert [is_finite(value) for value in (0, 10**400, 1.5, math.nan, -math.inf)] == [
        True,
        True,
        True,
        False,
        False,
    ]
