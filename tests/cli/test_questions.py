"""Understanding what a person typed."""

import pytest

from benchwright.cli.questions import chosen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ok\n", "ok"),
        ("c", "cancel"),
        ("2", "cancel"),
        ("OK", "ok"),
        ("3", "3 times"),
        ("4", None),
        ("", None),
        ("x", None),
    ],
)
def test_a_choice_is_its_text_its_number_or_its_only_start(text: str, expected: str | None) -> None:
    assert chosen(text, ["ok", "cancel", "3 times"]) == expected


def test_a_start_that_fits_two_choices_is_none() -> None:
    assert chosen("st", ["start", "stop"]) is None
