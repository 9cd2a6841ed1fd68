"""The source line with its caret."""

import pytest

from benchwright.cli.excerpt import excerpt


@pytest.mark.parametrize(
    ("source", "place", "expected"),
    [
        ("local x = = 1", (1, 11, 12), ["1 | local x = = 1", "  |           ^"]),
        ("a\nlocal motr = 1\n", (2, 7, 11), ["2 | local motr = 1", "  |       ^~~~"]),
        ("a\n\tfoo()", (2, 2, None), ["2 | \tfoo()", "  | \t^"]),
        ("x = '電' + y", (1, 11, 12), ["1 | x = '電' + y", "  |            ^"]),
        ("x = 'e\u0301' + y", (1, 8, None), ["1 | x = 'e\u0301' + y", "  |       ^"]),
        ("if x then", (1, 10, None), ["1 | if x then", "  |          ^"]),
        ("x\r\ny\r\n", (1, 1, None), ["1 | x", "  | ^"]),
        ("a\x1b[31m", (1, 2, None), ["1 | a\ufffd[31m", "  |  ^"]),
        ("no column", (1, None, None), ["1 | no column"]),
        ("beyond", (2, 1, None), []),
        ("beyond", (1, 99, None), ["1 |"]),
    ],
)
def test_the_caret_is_under_the_column(
    source: str, place: tuple[int, int | None, int | None], expected: list[str]
) -> None:
    assert excerpt(source, *place) == [f"  {line}" for line in expected]


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    source = "-" * 5000 + "HERE" + "-" * 5000
    shown, marker = excerpt(source, 1, 5001, 5005)
    assert len(shown) < 120
    assert shown[marker.index("^") :].startswith("HERE")
    assert marker.endswith("^~~~")
