"""Metadata of older schemas: read as the current one, and brought to it by an edit."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.bench.library.metadata_editing import edited_metadata
from benchwright.core.errors import MetadataError
from benchwright.core.metadata import parse_metadata
from benchwright.core.toml_source import renamed_keys

DRAFT = """\
# the first scan of all
title = "Old scan" # kept
schema = 0   # a draft
created = 2025-01-02
keywords = [
  "optics", # both
  "scan",
]
"engine" = "lua"
description = '''
title = "not a key"
'''
requires = ["helpers >= 1.2"]

[params.start] # degrees
default = 3.0

[params.stop]
default = 9.0

[[plots]]
y = "power"
title = "Power"
"""


def test_a_draft_is_read_as_what_it_means() -> None:
    metadata = parse_metadata(DRAFT, "scan.toml")
    assert (metadata.name, metadata.language, metadata.schema) == ("Old scan", "lua", 1)
    assert metadata.tags == ("optics", "scan")
    assert metadata.dependencies == ("helpers >= 1.2",)
    assert list(metadata.parameters) == ["start", "stop"]
    assert metadata.created_at is not None
    assert metadata.plots[0].title == "Power"


def test_an_edit_writes_the_current_schema_and_leaves_the_rest() -> None:
    edited = edited_metadata(DRAFT, {"author": "Ada"}, "scan.toml")
    wanted = DRAFT.replace('title = "Old', 'name = "Old').replace("schema = 0", "schema = 1")
    for old, new in {
        "created =": "created_at =",
        "keywords": "tags",
        '"engine"': "language",
        "requires": "dependencies",
        "[params.": "[parameters.",
    }.items():
        wanted = wanted.replace(old, new)
    assert edited == wanted.replace('1.2"]\n', '1.2"]\nauthor = "Ada"\n')
    assert parse_metadata(edited, "scan.toml").author == "Ada"


def test_metadata_that_does_not_say_stays_silent() -> None:
    assert edited_metadata('name = "x"\n', {"author": "A"}, "s.toml") == 'name = "x"\nauthor = "A"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("schema = 0\nname = 'x'\ntitle = 'y'", "s.toml:3: title: is called name since schema 1"),
        ("schema = 0\ntitel = 'y'", "s.toml:2: titel: unknown key"),
        ("\nschema = 0\nkeywords = 3", "s.toml:3: tags: must be a list of texts"),
        ("title = 'y'", "s.toml:1: title: unknown key"),
        ("schema = 3", "s.toml:1: schema: is 3, of a newer Benchwright"),
        ("schema = '0'", "s.toml:1: schema: must be a whole number"),
        ("schema = 0.0", "s.toml:1: schema: must be a whole number"),
        ("schema = -9223372036854775808", "s.toml:1: schema: must be a whole number"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, sentence: str) -> None:
    for read in (parse_metadata, lambda text, file: edited_metadata(text, {"author": "A"}, file)):
        with pytest.raises(MetadataError) as raised:
            read(text, "s.toml")
        assert raised.value.message.startswith(sentence)


keys = st.sampled_from(["title", '"title"', "'title'", "name2", "x.title", '"a.b"'])
values = st.sampled_from(['"title = 1"', "'''\ntitle = 2\n'''", "{ title = 3 }", "['title', # title = 4\n]"])


@given(st.dictionaries(keys, values), st.sampled_from(["", "[title]\ntitle = 1\n", "[[title.a]]\nb = 1\n"]))
def test_only_keys_of_the_top_level_get_another_name(pairs: dict[str, str], end: str) -> None:
    text = "".join(f"{key} = {value} # title = 0\n" for key, value in pairs.items()) + end
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # the same key twice
    after = tomllib.loads(renamed_keys(text, {"title": "caption"}))
    assert after == {{"title": "caption"}.get(key, key): value for key, value in before.items()}
