"""Lines of keys in TOML text."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.errors import ConfigurationError
from benchwright.core.toml_source import KeyPath, line_of, parse_toml

HUGE = "x = 1\ny = 1" + "0" * 5000


def test_a_number_of_too_many_digits_is_said() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_toml(HUGE, "a.toml")
    assert str(caught.value) == "a.toml: not valid TOML: a number has too many digits"


TRICKY = '''\
# a comment with [brackets] and = signs
title = "a # b"
text = """
[not.a.table]
key = 1
quotes "" inside \\""" and at the end""""
after = 1
path = 'C:\\[x]'
raw = \'\'\'
[[nor.this]]
\'\'\'
a.b . "c d" = 2
"quoted \\u00e9" = 3
'single "q"' = 4
list = [  # comment ]
    1, "two ] # no", [3,
    4],
    { x = 1, y = { z = 2 } },
]
when = 1979-05-27 07:32:00  # a date
inline = { one = 1, two.three = [5, 6], "fo}ur" = "}" }

[table]
x = 1
[ table . sub ]
y = 2
[[plots]]
x = "angle"
[[plots]]
x = "time"
[plots.style]
colour = "red"
[[plots.lines]]
n = 1
[[plots.lines]]
n = 2
[late.deep]
k = 1
[late]
j = 1
'''


@pytest.mark.parametrize(
    ("path", "start"),
    [
        (["title"], "title ="),
        (["text"], "text ="),
        (["after"], "after ="),
        (["path"], "path ="),
        (["raw"], "raw ="),
        (["a"], "a.b"),
        (["a", "b"], "a.b"),
        (["a", "b", "c d"], "a.b"),
        (["quoted é"], '"quoted'),
        (['single "q"'], "'single"),
        (["list", 0], "    1,"),
        (["list", 1], "    1,"),
        (["list", 2, 0], "    1,"),
        (["list", 2, 1], "    4]"),
        (["list", 3, "y", "z"], "    { x"),
        (["when"], "when"),
        (["inline", "two", "three", 1], "inline"),
        (["inline", "fo}ur"], "inline"),
        (["table"], "[table]"),
        (["table", "sub", "y"], "y = 2"),
        (["plots"], "[[plots]]"),
        (["plots", 0, "x"], 'x = "angle"'),
        (["plots", 1, "x"], 'x = "time"'),
        (["plots", 1, "style", "colour"], "colour"),
        (["plots", 1, "lines", 0, "n"], "n = 1"),
        (["plots", 1, "lines", 1, "n"], "n = 2"),
        (["late", "deep"], "[late.deep]"),
        (["late"], "[late]"),
        (["late", "j"], "j = 1"),
    ],
)
def test_lines_of_tricky_text(path: list[str | int], start: str) -> None:
    tomllib.loads(TRICKY)
    line = line_of(TRICKY, path)
    assert line is not None
    assert TRICKY.splitlines()[line - 1].startswith(start)


@pytest.mark.parametrize(
    "path", [["not"], ["nor"], ["key"], ["plots", 2], ["list", 4], [], ["inline", "five"]]
)
def test_what_is_not_there_has_no_line(path: list[str | int]) -> None:
    assert line_of(TRICKY, path) is None


def test_windows_line_ends_and_byte_order_mark() -> None:
    text = "\ufeffa = 1\r\n[t]\r\nb = '''\r\nx\r\n'''\r\nc = 2\r\n"
    assert parse_toml(text, "f.toml") == {"a": 1, "t": {"b": "x\n", "c": 2}}
    assert [line_of(text, path) for path in (["a"], ["t"], ["t", "b"], ["t", "c"])] == [1, 2, 3, 6]


def _paths(value: Any, path: KeyPath = ()) -> list[KeyPath]:
    found = [path] if path else []
    if isinstance(value, dict):
        found += [p for key, item in value.items() for p in _paths(item, (*path, key))]
    elif isinstance(value, list):
        found += [p for index, item in enumerate(value) for p in _paths(item, (*path, index))]
    return found


def test_every_path_of_the_tricky_text_has_a_line() -> None:
    assert [path for path in _paths(tomllib.loads(TRICKY)) if line_of(TRICKY, path) is None] == []


_FRAGMENTS = st.sampled_from(
    [
        "a",
        "b.c",
        "=",
        " ",
        "\n",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ",",
        '"',
        '"""',
        "'",
        "'''",
        "\\",
        "#",
        "1",
        "x = 1\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_FRAGMENTS, max_size=25).map("".join))
def test_any_text_is_survived_and_valid_text_is_wholly_known(text: str) -> None:
    line_of(text, ["a"])
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for path in _paths(content):
        assert line_of(text, path) is not None, path


def test_deep_nesting_is_survived() -> None:
    text = "a = 1\nb = " + "[" * 100_000
    assert line_of(text, ["a"]) == 1
    with pytest.raises(ConfigurationError, match=r"f\.toml: not valid TOML: nested too deeply"):
        parse_toml(text, "f.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb == 2\n", "f.toml:2: not valid TOML: Invalid value (column 4)"),
        ("a = 1\nb = ", "f.toml:2: not valid TOML: Invalid value, at the end of the file"),
        ("a = 1\na = 2\n", "f.toml:2: not valid TOML: Cannot overwrite a value (column 6)"),
        ("é = 1\n", "f.toml:1: not valid TOML: Invalid statement (column 1)"),
    ],
)
def test_an_error_names_file_line_and_column(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_toml(text, "f.toml")
    assert str(caught.value) == message


def test_a_number_beyond_measure_is_an_error_too() -> None:
    with pytest.raises(ConfigurationError, match=r"f\.toml: not valid TOML"):
        parse_toml("a = " + "9" * 5000, "f.toml")
