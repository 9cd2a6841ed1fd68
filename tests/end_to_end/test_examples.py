"""The examples: each validates without a finding and runs on the demo bench."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.resource_paths import resource_path
from tests.helpers.cli import ServedBench, cli_environment, run_cli

EXAMPLES = resource_path("examples")
# script -> parameters that make it short, rows it leaves
SCRIPTS: dict[str, tuple[dict[str, Any], int]] = {
    "first_script.lua": ({}, 1),
    "first_script.py": ({}, 1),
    "malus_scan.lua": ({"stop": 4, "step": 2}, 3),
    "malus_scan.py": ({"stop": 4, "step": 2}, 3),
    "supply_sweep.lua": ({"points": 3, "settle": 0.01}, 3),
    "supply_sweep.py": ({"points": 3, "settle": 0.01}, 3),
    "board_demo.lua": ({}, 5),
    "board_demo.py": ({}, 5),
    "await_example.py": ({"stop": 2}, 1),
}


def test_every_example_is_tried() -> None:
    scripts = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".lua", ".py")}
    assert scripts == {*SCRIPTS, "api_example.py"}


def test_all_validate_without_a_finding() -> None:
    done = run_cli("script", "validate", *(EXAMPLES / name for name in SCRIPTS), "--json")
    assert (done.code, done.stdout) == (0, "")


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_runs_and_leaves_its_rows(bench: ServedBench, name: str) -> None:
    parameters, rows = SCRIPTS[name]
    arguments = [word for key, value in parameters.items() for word in ("--param", f"{key}={value}")]
    done = bench.run("script", "run", EXAMPLES / name, "--json", *arguments)
    assert done.last["error"] is None
    assert done.code == 0
    assert len(done.of_kind("row")) == done.last["rows"] >= rows


def test_both_languages_scan_alike(bench: ServedBench) -> None:
    scans = []
    for name in ("malus_scan.lua", "malus_scan.py"):
        done = bench.run("script", "run", EXAMPLES / name, "--json", "--param", "stop=6", "--param", "step=3")
        assert done.last["result"]["points"] == 3
        scans.append(done.fields("row", "values"))
    for lua, python in zip(*scans, strict=True):
        assert lua == {name: pytest.approx(value, rel=0.01) for name, value in python.items()}


def test_the_board_demo_can_press_the_emergency_stop(bench: ServedBench) -> None:
    for name in ("board_demo.lua", "board_demo.py"):
        pressed = ("--param", "press_emergency_stop=true")
        done = bench.run("script", "run", EXAMPLES / name, "--json", *pressed)
        assert (done.code, done.last["outcome"], done.last["rows"]) == (6, "emergency_stopped", 5)
        assert bench.run("estop", "--reset").code == 0


def test_the_program_of_the_api_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "api_example.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=cli_environment(),
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    angles = [float(line.split()[0]) for line in done.stdout.splitlines()]
    assert angles == [0.0, 5.0, 10.0]
    assert not list(tmp_path.iterdir())
