"""Past runs on the command line and from a program: found, shown, compared, made again, exported."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import benchwright
from benchwright.core.events import RunFinished
from benchwright.core.run_states import RunState
from tests.end_to_end.conftest import WriteScript
from tests.end_to_end.terminal import person_at
from tests.helpers.cli import ServedBench, run_cli, served_bench

METADATA = """permissions = ["device:read", "system:info"]
[parameters.wavelength]
type = "float"
default = 532.0
unit = "nm"
[limits]
max_execution_time_s = 20
[[plots]]
x = "wavelength"
y = ["power"]
units = { power = "W" }
"""
SCAN = """print("laser at " .. params.wavelength)
record{wavelength = params.wavelength, power = 0.5}
system_info()
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    """A bench on which three runs were made: a scan at two wavelengths, and one that failed."""
    folder = tmp_path_factory.mktemp("history")
    scripts = folder / "scripts"
    scripts.mkdir()
    (scripts / "scan.lua").write_text(SCAN)
    (scripts / "scan.toml").write_text(METADATA)
    (scripts / "fails.py").write_text("raise ValueError('no light on the meter')\n")
    with served_bench(folder / "data") as served:
        served.run("script", "run", scripts / "scan.lua")
        served.run("script", "run", scripts / "scan.lua", "--param", "wavelength=633")
        served.run("script", "run", scripts / "fails.py")
        yield served


def runs(bench: ServedBench, *arguments: str) -> list[dict[str, Any]]:
    done = bench.run("runs", "list", *arguments, "--json")
    assert done.code == 0, done.stderr
    return done.events


def scan_ids(bench: ServedBench) -> tuple[str, str]:
    """Return the ids of the runs at 532 and at 633."""
    completed = ("--script", "scan.lua", "--outcome", "completed", "--limit", "1")  # others are refused
    (first,) = runs(bench, *completed, "--param", "wavelength=532")
    (second,) = runs(bench, *completed, "--param", "wavelength=633")
    return first["run_id"], second["run_id"]


@pytest.mark.parametrize(
    ("conditions", "scripts"),
    [
        (("--script", "fails"), ["fails.py"]),
        (("--script", "fails.py", "--script", "nothing"), ["fails.py"]),
        (("--outcome", "failed"), ["fails.py"]),
        (("--outcome", "timeout", "--outcome", "failed"), ["fails.py"]),
        (("--param", "wavelength=600..700"), ["scan.lua"]),
        (("--text", "LASER at 633", "--outcome", "completed"), ["scan.lua"]),
        (("--text", "record{wavelength", "--param", "wavelength=..600"), ["scan.lua"]),
        (("--text", "no light on the meter"), ["fails.py"]),
        (("--since", "today", "--outcome", "failed"), ["fails.py"]),
        (("--since", "1h", "--until", "today", "--text", "raise ValueError"), ["fails.py"]),
        (("--until", "2020-01-01"), []),
        (("--text", "laser", "--text", "no light"), []),
    ],
)
def test_runs_are_found(bench: ServedBench, conditions: tuple[str, ...], scripts: list[str]) -> None:
    assert {run["script"] for run in runs(bench, *conditions)} == set(scripts)


def test_where_none_fits_it_says_so(bench: ServedBench) -> None:
    done = bench.run("runs", "list", "--outcome", "crashed")
    assert (done.code, done.stdout, done.stderr) == (0, "", "no run fits that\n")


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (("--since", "2026-02-30"), "'2026-02-30' is no date; write one like 2026-11-30"),
        (("--outcome", "faild"), "no outcome 'faild'; did you mean failed? (there is: cancelled,"),
        (("--param", "wavelength"), "NAME=VALUE or NAME=FROM..TO, found 'wavelength'"),
    ],
)
def test_a_condition_that_makes_no_sense_is_one_sentence(
    tmp_path: Path, condition: tuple[str, str], sentence: str
) -> None:
    done = run_cli("runs", "list", *condition, "--data-dir", tmp_path, "--json")
    assert done.code == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.last["code"] == "query_error"


def test_details_with_the_log_and_the_script_today(bench: ServedBench, write: WriteScript) -> None:
    script = write("today.lua", "for i = 1, 30 do print('line ' .. i) end\n")
    run_id = bench.run("script", "run", script, "--json").last["run_id"]
    short = bench.run("runs", "show", run_id).stdout
    assert "last lines (10 more with --log):" in short
    assert "on disk:" in short
    whole = bench.run("runs", "show", run_id, "--log", "--diff").stdout
    assert "stdout   line 1\n" in whole
    assert whole.endswith("the script is the same today\n")
    script.write_text("for i = 1, 31 do print('line ' .. i) end\n")
    changed = bench.run("runs", "show", run_id, "--diff")
    assert "+for i = 1, 31 do" in changed.stdout
    events = bench.run("runs", "show", run_id, "--log", "--diff", "--json").events
    assert [event["event"] for event in events] == ["run", *["line"] * 30, "changes"]
    script.unlink()
    gone = bench.run("runs", "show", run_id, "--diff")
    assert gone.code == 2
    assert "today.lua is not there any more" in gone.stderr


def test_two_runs_are_compared(bench: ServedBench) -> None:
    first, second = scan_ids(bench)
    text = bench.run("runs", "compare", first, second).stdout
    assert text.splitlines()[0].split() == ["What", first, second]
    assert ["parameters", "wavelength", "532", "633"] in [line.split() for line in text.splitlines()]
    assert "the same in both: script, metadata, configuration, name, outcome, " in text
    event = bench.run("runs", "compare", first, second, "--json").last
    assert (event["event"], event["first"], event["second"]) == ("comparison", first, second)
    assert {"topic": "parameters", "name": "wavelength", "first": 532.0, "second": 633.0} in event[
        "differences"
    ]
    assert event["texts"] == []
    (failed,) = runs(bench, "--outcome", "failed")
    other = bench.run("runs", "compare", first, failed["run_id"])
    assert "+raise ValueError('no light on the meter')" in other.stdout
    assert bench.run("runs", "compare", first, "2001").code == 2


def test_a_run_is_made_again_as_it_was(bench: ServedBench, tmp_path: Path) -> None:
    _, second = scan_ids(bench)
    target = tmp_path / "again.csv"
    done = bench.run("runs", "rerun", second, "--output", target, "--json")
    assert done.code == 0, done.stderr
    assert done.last["event"] == "run_finished"
    assert done.of_kind("row")[0]["values"] == {"wavelength": 633.0, "power": 0.5}
    assert target.read_text().splitlines()[0] == "time_s,wavelength,power"
    again, was = (bench.run("runs", "show", run, "--json").last for run in (done.last["run_id"], second))
    for same in (
        "parameters",
        "limits",
        "permissions",
        "preset",
        "on_stop",
        "source_sha256",
        "path",
        "metadata",
    ):
        assert again[same] == was[same], same
    assert again["limits"]["max_execution_time_s"] == 20
    refused = bench.run("runs", "rerun", second, "--grant", "none")
    assert refused.code == 5
    existing = bench.run("runs", "rerun", second, "--output", target)
    assert existing.code == 2
    assert "exists already" in existing.stderr


def test_what_was_granted_to_the_text_is_not_asked_for_again(bench: ServedBench, write: WriteScript) -> None:
    script = write("asks.lua", "return system_info().system ~= nil", METADATA)
    first = bench.run("script", "run", script, "--json").last["run_id"]  # nobody was asked
    arguments = ("runs", "rerun", first, "--data-dir", bench.data_dir)
    with person_at(*arguments) as person:
        person.wait_for("[y/N] ")
        person.type("n\n")
        assert person.leave() == 5
    with person_at(*arguments) as person:
        person.wait_for("[y/N] ")
        person.type("y\n")
        assert person.leave() == 0
    script.write_text("return 'another text'")
    with person_at(*arguments) as person:
        assert person.leave() == 0
        assert "asks for" not in person.seen
        assert "result: true" in person.lines


def test_a_run_without_its_record_cannot_be_made_again(bench: ServedBench) -> None:
    broken = bench.data_dir / "runs" / "20260101-000000-abcdef"
    broken.mkdir()
    (broken / "script.lua").write_text("return 1")
    done = bench.run("runs", "rerun", broken.name)
    (broken / "script.lua").unlink()
    broken.rmdir()
    assert done.code == 2
    assert done.stderr == f"error: {broken.name} cannot be run again: its run.json is missing\n"


def test_space_is_told_by_script(bench: ServedBench) -> None:
    spaces = {event["script"]: event for event in bench.run("runs", "space", "--json").events}
    assert spaces["scan.lua"]["runs"] >= 2
    assert spaces["scan.lua"]["size_bytes"] > 10_000
    done = bench.run("runs", "space")
    assert done.stdout.split()[:3] == ["Script", "Runs", "Size"]
    assert "Benchwright deletes none of it" in done.stderr


READS_WITH_H5PY_ALONE = """
import json, sys, h5py
assert "benchwright" not in sys.modules
with h5py.File(sys.argv[1]) as file:
    print(json.dumps({
        "units": {name: each.attrs["unit"] for name, each in file["columns"].items()},
        "time": file["time_s"].attrs["unit"],
        "power": list(file["columns/power"][:]),
        "metadata": file.attrs["metadata"],
        "parameters": json.loads(file.attrs["parameters"]),
        "outcome": json.loads(file.attrs["record"])["state"],
        "source": file.attrs["source"],
    }))
"""


def test_hdf5_has_units_and_metadata_for_plain_h5py(bench: ServedBench, tmp_path: Path) -> None:
    first, _ = scan_ids(bench)
    target = tmp_path / "scan.h5"
    assert bench.run("runs", "export", first, "-o", target).code == 0
    command = [sys.executable, "-I", "-c", READS_WITH_H5PY_ALONE, str(target)]
    read = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert read == {
        "units": {"wavelength": "nm", "power": "W"},
        "time": "s",
        "power": [0.5],
        "metadata": METADATA,
        "parameters": {"wavelength": 532.0},
        "outcome": "completed",
        "source": SCAN,
    }
    before = target.read_bytes()
    again = bench.run("runs", "export", first, "-o", target)
    assert again.code == 2
    assert "exists already and is not overwritten" in again.stderr
    assert target.read_bytes() == before


def test_the_library_of_a_program_finds_compares_and_runs_again(bench: ServedBench) -> None:
    history = benchwright.RunHistory(bench.data_dir)
    (failed,) = history.find("script:fails no light")
    assert failed.state is RunState.FAILED
    first, second = scan_ids(bench)
    found = history.compare(first, second)
    assert ("parameters", "wavelength") in [(each.topic, each.name) for each in found.differences]
    assert [values["power"] for _, _, values in history.rows(first)] == [0.5]
    query = benchwright.RunQuery.parse("wavelength=633")
    assert first not in [run.run_id for run in history.find(query)]
    *_, finished = benchwright.run_again(second, data_dir=bench.data_dir)
    assert isinstance(finished, RunFinished)
    assert finished.outcome is RunState.COMPLETED
    *_, refused = benchwright.run_again(second, data_dir=bench.data_dir, grant=[])
    assert isinstance(refused, RunFinished)
    assert refused.error is not None
    assert refused.error.code == "permission_denied"
