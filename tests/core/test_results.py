"""Results of scripts keep their type across a process boundary."""

import math
from typing import Any

import msgspec
import pytest

from benchwright.core.results import (
    Boolean,
    Float,
    Integer,
    List,
    Map,
    Nothing,
    ScriptResult,
    Text,
    script_result,
)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, Nothing),
        (True, Boolean),
        (1, Integer),
        (-(2**63), Integer),
        (1.0, Float),
        (math.inf, Float),
        ("é", Text),
        ([1, [None, 2.0]], List),
        ({"a": {"b": False}}, Map),
    ],
)
def test_a_result_keeps_its_type(value: Any, kind: type) -> None:
    result = script_result(value)
    assert type(result) is kind
    assert result.value == value
    received: ScriptResult = msgspec.msgpack.decode(msgspec.msgpack.encode(result), type=ScriptResult)
    assert received == result
    assert type(received.value) is type(value)


def test_what_is_no_number_stays_so() -> None:
    received = msgspec.msgpack.decode(msgspec.msgpack.encode(script_result(math.nan)), type=ScriptResult)
    assert isinstance(received, Float)
    assert math.isnan(received.value)
