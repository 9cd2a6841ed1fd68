"""From a script and an operator's wishes to the request that runs it."""

import math
from pathlib import Path

import pytest

from benchwright.bench.scripts.script_file import ScriptFile, read_script
from benchwright.bench.scripts.submission import RunOptions, parse_grant, parse_preset, submission
from benchwright.core.errors import MetadataError
from benchwright.core.limits import Preset
from benchwright.core.permissions import ALL_PERMISSIONS, Permission
from benchwright.core.run_states import StopPolicy

METADATA = """
preset = "strict"
permissions = ["device:read", "system:info"]
[parameters.count]
type = "integer"
default = 3
maximum = 10
"""


@pytest.fixture
def script(tmp_path: Path) -> ScriptFile:
    (tmp_path / "scan.lua").write_text("return 1")
    (tmp_path / "scan.toml").write_text(METADATA)
    return read_script(tmp_path / "scan.lua")


def test_the_script_decides_where_the_operator_does_not(script: ScriptFile) -> None:
    request = submission(script, RunOptions())
    assert request.grant == ["device:read", "system:info"]
    assert request.parameters == {"count": 3}
    assert (request.preset, request.limits, request.on_stop) == (None, {}, None)
    assert (request.name, request.path, request.metadata) == ("scan.lua", str(script.path), METADATA)


def test_the_operator_decides_otherwise(script: ScriptFile) -> None:
    options = RunOptions(
        parameters={"count": "7"},
        grant=frozenset(),
        timeout_s=1.5,
        preset=Preset.STANDARD,
        on_stop=StopPolicy.HOLD,
    )
    request = submission(script, options)
    assert request.grant == []
    assert request.parameters == {"count": 7}
    assert (request.preset, request.on_stop) == (Preset.STANDARD, StopPolicy.HOLD)
    assert request.limits == {"max_execution_time_s": 1.5}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"cuont": "1"}, "no parameter 'cuont'; did you mean count?"),
        ({"count": "11"}, "parameter count must be a whole number of at most 10, found '11'"),
        ({"count": "many"}, "parameter count must be a whole number of at most 10, found 'many'"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(
    script: ScriptFile, parameters: dict[str, str], sentence: str
) -> None:
    with pytest.raises(MetadataError) as raised:
        submission(script, RunOptions(parameters=parameters))
    assert raised.value.message.startswith(sentence)


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, math.nan, math.inf])
def test_a_timeout_has_to_be_a_time(script: ScriptFile, timeout_s: float) -> None:
    with pytest.raises(MetadataError, match="the timeout must be a number of seconds above 0"):
        submission(script, RunOptions(timeout_s=timeout_s))


def test_grants_by_name() -> None:
    assert parse_grant(["all"]) == ALL_PERMISSIONS
    assert parse_grant(["none"]) == frozenset()
    assert parse_grant(["device:read", " system:info "]) == {Permission.DEVICE_READ, Permission.SYSTEM_INFO}
    assert parse_grant("all") == ALL_PERMISSIONS
    assert parse_grant("none") == frozenset()
    assert parse_grant("device:read, system:info") == {Permission.DEVICE_READ, Permission.SYSTEM_INFO}
    for names in (["device:fly"], [""], ["all", "device:read"], "", "read", "all,none"):
        with pytest.raises(MetadataError, match="unknown permission"):
            parse_grant(names)


def test_presets_by_name() -> None:
    assert parse_preset("strict") is Preset.STRICT
    with pytest.raises(MetadataError, match="unknown preset 'lax'"):
        parse_preset("lax")


def test_a_name_that_is_no_text_can_be_sent(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.lua"
    path.write_text("")
    request = submission(read_script(path), RunOptions())
    assert request.name == "a\\udcff.lua"
