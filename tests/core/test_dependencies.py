"""What a script says of the scripts that it needs."""

import pytest

from benchwright.core.dependencies import Dependency, parse_dependency, version_numbers


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("helpers", Dependency("helpers")),
        (" my-helpers_2 ", Dependency("my-helpers_2")),
        ("µ >= 1", Dependency("µ", "1")),
        ("helpers>=1.2.10", Dependency("helpers", "1.2.10")),
        ("helpers 1.2", None),
        ("helpers > 1.2", None),
        ("helpers >= 1.x", None),
        ("helpers >= ", None),
        ("../helpers", None),
        ("optics/helpers", None),
        ("helpers.lua", None),
        ("", None),
        ("a\nb", None),
    ],
)
def test_a_name_and_the_lowest_version(text: str, meant: Dependency | None) -> None:
    assert parse_dependency(text) == meant


def test_versions_are_ordered_by_their_numbers() -> None:
    ordered = ["0", "0.9", "0.10", "1.2", "1.2.1", "1.10", "2"]
    numbers = [version_numbers(each) for each in ordered]
    assert None not in numbers
    assert numbers == sorted(numbers, key=lambda each: each or ())
    assert version_numbers("1.2") == version_numbers("1.2.0.0")
    for text in ("", "beta", "1.2-rc1", "v1", "1..2", "9" * 5000, "²"):
        assert version_numbers(text) is None
