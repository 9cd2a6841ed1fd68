"""Values as a person types them."""

from typing import Any

import pytest

from benchwright.cli.command import UsageError, parse
from benchwright.cli.instrument_call import parse_call_arguments, parse_value
from benchwright.cli.main import commands_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("45", 45),
        ("-1e-3", -1e-3),
        ("0x10", "0x10"),
        ("TRUE", True),
        ("false", False),
        ("null", None),
        ("W", "W"),
        ('"45"', "45"),
        ("[1, 2]", [1, 2]),
        ('{"a": [true]}', {"a": [True]}),
        ("[1, 2", "[1, 2"),
        ("", ""),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: Any) -> None:
    found = parse_value(text)
    assert (found, type(found)) == (value, type(value))


def test_named_values_follow_positional_ones() -> None:
    assert parse_call_arguments(["1", "wait=false", "unit=a=b"]) == ([1], {"wait": False, "unit": "a=b"})
    with pytest.raises(UsageError, match="'2' has no name"):
        parse_call_arguments(["wait=false", "2"])
    with pytest.raises(UsageError, match="wait is given twice"):
        parse_call_arguments(["wait=false", "wait=true"])


def test_a_text_with_an_equals_sign_but_no_name_is_a_text() -> None:
    assert parse_call_arguments(["1=2", "a b=3"]) == (["1=2", "a b=3"], {})


def test_negative_numbers_are_arguments_and_options_stand_anywhere() -> None:
    words = ["esp300", "--json", "move_relative", "-1.5e-3", "-.5", "--data-dir", "/x", "wait=false"]
    arguments = parse(commands_of("instrument")["call"], "benchwright instrument call", words)
    assert arguments.json
    assert str(arguments.data_dir) == "/x"
    assert parse_call_arguments(arguments.arguments) == ([-1.5e-3, -0.5], {"wait": False})
