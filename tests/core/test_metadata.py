"""Metadata of scripts: what is read, what is refused, and how parameters get their values."""

from datetime import UTC, datetime
from typing import Any

import pytest

from benchwright.core.errors import MetadataError
from benchwright.core.limits import Preset
from benchwright.core.metadata import ScriptMetadata, convert_parameters, parse_metadata
from benchwright.core.permissions import Permission
from benchwright.core.run_states import StopPolicy

FULL = """\
schema = 1
name = "Malus"
version = "1.2.0"
author = "E. Malus"
description = "Power over angle."
created_at = 2024-05-31T12:00:00Z
modified_at = "2024-06-01T08:30:00+02:00"
tags = ["optics", "scan"]
permissions = ["device:read", "device:control"]
dependencies = ["fits"]
min_engine_version = "0.1"
language = "lua"
exclusive = ["esp300"]
preset = "strict"
on_stop = "hold"

[limits]
max_execution_time_s = 12.5
max_instructions = 500000

[parameters.step]
type = "float"
default = 5
minimum = 0.1
maximum = 90
unit = "deg"
label = "Step"

[parameters.mode]
type = "text"
choices = ["fast", "fine"]
default = "fine"

[parameters]
repeats = { type = "int", minimum = 1 }
dry = { default = false }

[[plots]]
x = "angle"
y = "power"
title = "Malus"
[[plots]]
y = ["power", "fit"]
units = { power = "mW" }
[[plots]]
x = "column"
y = "row"
z = "signal"
"""


def test_every_field_is_read() -> None:
    metadata = parse_metadata(FULL, "malus.toml")
    assert metadata.name == "Malus"
    assert metadata.created_at == datetime(2024, 5, 31, 12, tzinfo=UTC)
    assert metadata.modified_at == datetime(2024, 6, 1, 6, 30, tzinfo=UTC)
    assert metadata.permissions == {Permission.DEVICE_READ, Permission.DEVICE_CONTROL}
    assert (metadata.preset, metadata.on_stop) == (Preset.STRICT, StopPolicy.HOLD)
    assert metadata.limits == {"max_execution_time_s": 12.5, "max_instructions": 500000}
    assert (metadata.tags, metadata.dependencies, metadata.exclusive) == (
        ("optics", "scan"),
        ("fits",),
        ("esp300",),
    )
    assert [(p.x, p.y, p.z, p.title, p.units) for p in metadata.plots] == [
        ("angle", ("power",), "", "Malus", {}),
        ("", ("power", "fit"), "", "", {"power": "mW"}),
        ("column", ("row",), "signal", "", {}),
    ]
    assert {name: p.type for name, p in metadata.parameters.items()} == {
        "step": "float",
        "mode": "text",
        "repeats": "integer",
        "dry": "boolean",
    }
    step = metadata.parameters["step"]
    assert (step.default, step.minimum, step.maximum, step.unit, step.label) == (5.0, 0.1, 90, "deg", "Step")


def test_nothing_declared_gives_the_defaults() -> None:
    assert parse_metadata("", "folder/scan.toml") == ScriptMetadata(name="scan")
    assert ScriptMetadata().permissions == {Permission.DEVICE_READ}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "s.toml:1: not valid TOML: Invalid value, at the end of the file"),
        (
            "schema = 2",
            "s.toml:1: schema: is 2, of a newer Benchwright; this one reads up to 1: update it",
        ),
        ("schema = true", "s.toml:1: schema: must be a whole number from 0 to 1, found true"),
        ("schema = -1", "s.toml:1: schema: must be a whole number from 0 to 1, found -1"),
        (
            "dependencies = [\n'fit',\n'..']",
            "s.toml:3: dependencies[1]: '..' is not the name of a script, such as helpers or helpers >= 1.2",
        ),
        ("\nauthour = 'x'", "s.toml:2: authour: unknown key; did you mean author?"),
        ("version = 1.0", "s.toml:1: version: must be a text in quotes, found 1 (number)"),
        ("tags = 'x'", "s.toml:1: tags: must be a list of texts, found 'x' (text)"),
        ("tags = [\n'x',\n3]", "s.toml:3: tags[1]: must be a text in quotes, found 3 (integer)"),
        (
            "created_at = 12:30:00",
            "s.toml:1: created_at: must be a date and time such as 2024-05-31T12:00:00Z, found ",
        ),
        (
            "created_at = 'soon'",
            "s.toml:1: created_at: must be a date and time such as 2024-05-31T12:00:00Z, found ",
        ),
        (
            "permissions = ['device:reed']",
            "s.toml:1: permissions[0]: unknown 'device:reed'; did you mean device:read?",
        ),
        (
            "min_engine_version = 'new'",
            "s.toml:1: min_engine_version: must be a version such as 1.2, found 'new'",
        ),
        (
            "preset = 'stric'",
            "s.toml:1: preset: unknown 'stric'; did you mean strict? (there is: standard, strict)",
        ),
        ("on_stop = true", "s.toml:1: on_stop: must be a text in quotes, found true (boolean)"),
        ("limits = 3", "s.toml:1: limits: must be a table, found 3 (integer)"),
        (
            "[limits]\nmax_memory = 3",
            "s.toml:2: limits.max_memory: unknown limit; did you mean max_memory_mb?",
        ),
        (
            "[limits]\nmax_memory_mb = -3",
            "s.toml:2: limits.max_memory_mb: must be a number above 0, found -3",
        ),
        (
            "[limits]\nmax_memory_mb = nan",
            "s.toml:2: limits.max_memory_mb: must be a number above 0, found nan",
        ),
        (
            "[limits]\nmax_memory_mb = inf",
            "s.toml:2: limits.max_memory_mb: must be a number above 0, found inf",
        ),
        (
            "[limits]\nmax_array_size = 2.5",
            "s.toml:2: limits.max_array_size: must be a whole number above 0, found 2.5",
        ),
        (
            "plots = 1",
            "s.toml:1: plots: must be an array of tables, each headed [[plots]], found 1 (integer)",
        ),
        (
            "[plots]\nx = 'a'",
            "s.toml:1: plots: must be an array of tables, each headed [[plots]], found table",
        ),
        ("[[plots]]\n[[plots]]\nz = 1", "s.toml:1: plots[0].y: needs the recorded column to show"),
        ("[[plots]]\ny = 'a'\nw = 1", "s.toml:3: plots[0].w: unknown key"),
        ("[[plots]]\ny = 'a'\nz = 1", "s.toml:3: plots[0].z: must be a text in quotes"),
        (
            "[[plots]]\ny = ['a', 'b']\nz = 'c'",
            "s.toml:2: plots[0].y: must be one recorded column where z gives a colour to each place",
        ),
        ("[[plots]]\ny = 'a'\nunits = { a = 1 }", "s.toml:3: plots[0].units.a: must be a text in quotes"),
        ("[parameters]\na = 1", "s.toml:2: parameters.a: must be a table, found 1 (integer)"),
        (
            "[parameters.'a b']",
            "s.toml:1: parameters.a b: must be a name of letters, digits and _, found 'a b'",
        ),
        ("[parameters.a]\nmin = 1", "s.toml:2: parameters.a.min: unknown key; did you mean"),
        (
            "[parameters.a]",
            "s.toml:1: parameters.a.type: needs a type (there is: boolean, float, integer, text)",
        ),
        (
            "[parameters.a]\ntype = 'flaot'",
            "s.toml:2: parameters.a.type: unknown 'flaot'; did you mean float? (there is: ",
        ),
        (
            "[parameters.a]\ntype = 'text'\nminimum = 1",
            "s.toml:3: parameters.a.minimum: is for numbers, and a is a text",
        ),
        (
            "[parameters.a]\ntype = 'float'\nminimum = 2\nmaximum = 1",
            "s.toml:3: parameters.a.minimum: must not be above maximum = 1",
        ),
        (
            "[parameters.a]\ntype = 'float'\nmaximum = 1\ndefault = 2",
            "s.toml:4: parameters.a.default: must be a number of at most 1, found 2",
        ),
        (
            "[parameters.a]\ntype = 'integer'\ndefault = 1.5",
            "s.toml:3: parameters.a.default: must be a whole number, found 1.5",
        ),
        (
            "[parameters.a]\ntype = 'text'\nchoices = []",
            "s.toml:3: parameters.a.choices: must be a list of values, found list",
        ),
        (
            "[parameters.a]\nchoices = [1, 'x']",
            "s.toml:2: parameters.a.choices[1]: must be a whole number, found 'x'",
        ),
        (
            "[parameters.a]\nchoices = [1, 2]\ndefault = 3",
            "s.toml:3: parameters.a.default: must be one of 1, 2, found 3",
        ),
        (
            "[parameters.a]\ntype = 'integer'\ndefault = 0x" + "f" * 5000,
            "s.toml:3: parameters.a.default: must be a whole number, found a huge number",
        ),
    ],
)
def test_a_mistake_names_its_place(text: str, message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        parse_metadata(text, "s.toml")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("step", "2.5", 2.5),
        ("step", 7, 7.0),
        ("step", "90", 90.0),
        ("repeats", "3", 3),
        ("repeats", "1e3", 1000),
        ("repeats", 4.0, 4),
        ("mode", "fast", "fast"),
        ("dry", "yes", True),
        ("dry", " FALSE ", False),
        ("dry", "0", False),
        ("dry", True, True),
    ],
)
def test_a_given_value_becomes_one_of_its_type(name: str, given: Any, value: Any) -> None:
    metadata = parse_metadata(FULL, "s.toml")
    converted = convert_parameters(metadata, {"repeats": 1, name: given})[name]
    assert converted == value
    assert type(converted) is type(value)


def test_defaults_fill_what_is_not_given() -> None:
    metadata = parse_metadata(FULL, "s.toml")
    expected = {"step": 5.0, "mode": "fine", "repeats": 2, "dry": False}
    assert convert_parameters(metadata, {"repeats": "2"}) == expected
    assert convert_parameters(metadata, {"repeats": "2", "mode": None}) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "parameter repeats has no value; it must be a whole number of at least 1"),
        ({"repeats": None}, "parameter repeats has no value"),
        ({"repeats": "two"}, "parameter repeats must be a whole number of at least 1, found 'two'"),
        ({"repeats": "1.5"}, "parameter repeats must be a whole number of at least 1, found '1.5'"),
        ({"repeats": 0}, "parameter repeats must be a whole number of at least 1, found 0"),
        ({"repeats": True}, "parameter repeats must be a whole number of at least 1, found true"),
        ({"repeats": 10**400}, "parameter repeats must be a whole number of at least 1, found a huge number"),
        ({"repeats": "9" * 5000}, "parameter repeats must be a whole number of at least 1, found '999"),
        ({"repeats": 1, "step": "91"}, "parameter step must be a number from 0.1 to 90 deg, found '91'"),
        ({"repeats": 1, "step": "nan"}, "parameter step must be a number from 0.1 to 90 deg, found 'nan'"),
        ({"repeats": 1, "step": [1]}, "parameter step must be a number from 0.1 to 90 deg, found list"),
        ({"repeats": 1, "mode": "slow"}, "parameter mode must be one of fast, fine, found 'slow'"),
        ({"repeats": 1, "dry": "maybe"}, "parameter dry must be true or false, found 'maybe'"),
        ({"repeat": 1}, "no parameter 'repeat'; did you mean repeats? (there is: dry, mode, repeats, step)"),
    ],
)
def test_an_ill_fitting_value_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        convert_parameters(parse_metadata(FULL, "s.toml"), given)
    assert str(caught.value).startswith(message)


def test_type_names_have_synonyms() -> None:
    for written, meant in {"number": "float", "int": "integer", "bool": "boolean", "string": "text"}.items():
        metadata = parse_metadata(f"[parameters.a]\ntype = '{written}'", "s.toml")
        assert metadata.parameters["a"].type == meant
    metadata = parse_metadata("[parameters.a]\ntype = 'choice'\nchoices = ['x', 'y']", "s.toml")
    assert metadata.parameters["a"].type == "text"
