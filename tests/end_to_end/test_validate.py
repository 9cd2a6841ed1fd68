"""`benchwright script validate` to the letter; no bench is started."""

from pathlib import Path

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import run_cli

FINDINGS = {
    # Lua, Python, line, column, words
    "syntax": ("x = 1\ny = = 2", "x = 1\ny = = 2", 2, 5, ""),
    "unknown instrument": (
        'local m = instruments.get("ep300")',
        'mot_or  = instruments.get("ep300")',
        1,
        27,
        "no instrument 'ep300'; did you mean esp300?",
    ),
    "unknown method": (
        'local m = instruments.get("esp300")\nm:move_absolut(1)',
        'm = instruments.get("esp300")\nm.move_absolut(1)',
        2,
        3,
        "no method 'move_absolut' of esp300; did you mean move_absolute?",
    ),
    "out of range": (
        "device_set_motor_speed(1, 200)",
        "device_set_motor_speed(1, 200)",
        1,
        27,
        "speed must be a number from -100 to 100 %, found 200",
    ),
    "undefined": ("pritn(1)", "pritn(1)", 1, 1, "pritn is not defined; did you mean print?"),
}


@pytest.mark.parametrize("language", ["lua", "py"])
@pytest.mark.parametrize("finding", FINDINGS)
def test_a_finding_has_its_place_in_json_and_in_text(write: WriteScript, finding: str, language: str) -> None:
    lua, python, line, column, words = FINDINGS[finding]
    script = write(f"scan.{language}", lua if language == "lua" else python)
    done = run_cli("script", "validate", script, "--json")
    assert (done.code, done.stderr) == (1, "")
    (event,) = done.events
    place = {"event": "diagnostic", "file": str(script), "line": line, "column": column, "severity": "error"}
    assert place.items() <= event.items()
    assert words in event["message"]
    assert event["message"]
    assert event["code"]
    text = run_cli("script", "validate", script)
    assert text.code == 1
    assert text.stdout.startswith(f"{script}:{line}:{column}: error: {event['message']}")
    assert text.stdout.endswith(f"[{event['code']}]\n")
    assert text.stdout.count("\n") == 1


def test_a_valid_script_says_so(write: WriteScript) -> None:
    script = write("scan.lua", 'local m = instruments.get("esp300")\nm:move_absolute(1)')
    done = run_cli("script", "validate", script, "--json")
    assert (done.code, done.stdout, done.stderr) == (0, "", "")
    assert run_cli("script", "validate", script).stderr == f"{script}: no problem found\n"


@pytest.mark.parametrize("language", ["lua", "py"])
def test_a_permission_that_the_metadata_lacks_is_found(write: WriteScript, language: str) -> None:
    script = write(f"scan.{language}", "device_set_motor_speed(1, 0)", 'permissions = ["device:read"]')
    done = run_cli("script", "validate", script, "--json")
    assert done.code == 1
    assert "device:control" in done.last["message"]
    assert done.last["code"] == "permission_denied"


def test_parameters_come_from_the_metadata(write: WriteScript) -> None:
    metadata = "[parameters.start]\ndefault = 1.0\n"
    assert run_cli("script", "validate", write("scan.lua", "print(params.start)", metadata)).code == 0
    done = run_cli("script", "validate", write("scan.lua", "print(params.strat)", metadata))
    assert done.code == 1
    assert "did you mean start?" in done.stdout


def test_the_config_decides_which_instruments_there_are(write: WriteScript, tmp_path: Path) -> None:
    config = tmp_path / "bench.toml"
    config.write_text('[instruments.meter]\ndriver = "newport_1830c"\nlink = "tcp://127.0.0.1:9"\n')
    script = write("scan.lua", 'instruments.get("meter"):read_power()')
    assert run_cli("script", "validate", script).code == 1
    assert run_cli("script", "validate", script, "--config", config).code == 0


def test_of_several_files_each_is_checked_and_the_worst_decides(write: WriteScript, tmp_path: Path) -> None:
    fine, bad = write("fine.lua", "return 1"), write("bad.py", "x = = 1")
    done = run_cli("script", "validate", fine, bad, tmp_path / "none.lua", "--json")
    assert done.code == 2
    assert [event["event"] for event in done.events] == ["diagnostic", "error"]
    assert run_cli("script", "validate", bad, fine).code == 1


IMPORTS = """
import json, fit
try:
    import fit
except ImportError: pass
import json.decoder as fit2, colorsys
def later():
    from fit import peak
import absent
"""


def test_a_neighbour_that_is_not_declared_is_found_where_the_run_would_fail(write: WriteScript) -> None:
    write("fit.py", "peak = 1")
    write("colorsys.py", "Python has such a module, which goes before it")
    write("lua_fit.lua", "")
    script = write("scan.py", IMPORTS, 'version = "1.0.0"\n')
    done = run_cli("script", "validate", script, "--json")
    assert done.code == 1
    places = [(e["line"], e["column"], e["end_column"], e["code"]) for e in done.events]
    assert places == [(2, 1, 17, "unknown_name"), (8, 5, 25, "unknown_name")]
    assert all("'fit'" in event["message"] for event in done.events)
    declared = write("scan.py", IMPORTS, 'dependencies = ["fit"]\n')
    assert run_cli("script", "validate", declared, "--json").code == 0
