"""A disk that takes nothing more: each command says so in one sentence, and an emergency stop still stops."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import TIMEOUT_S, Done, cli_command, cli_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")

# Every file stays empty; pipes and sockets are no files.
_WITHOUT_ROOM = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
os.execv(sys.argv[1], sys.argv[1:])
"""


def run_without_room(*arguments: str | Path) -> Done:
    """Run a command, and with it the bench that it starts, on a disk without room."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_ROOM, *cli_command(*arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=cli_environment(PYTHONDONTWRITEBYTECODE="1"),
        timeout=TIMEOUT_S,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "made a mistake" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("command", ["serve", "script run"])
def test_nothing_starts(tmp_path: Path, write: WriteScript, command: str) -> None:
    script = [write("scan.lua", "return 1")] if command == "script run" else []
    done = run_without_room(*command.split(), *script, "--data-dir", tmp_path / "data", "--json")
    assert done.code == 2
    assert done.stderr.startswith("error: cannot ")
    assert done.stderr.count("\n") == 1
    assert done.last["code"] == "storage_error"


def test_the_emergency_stop_stops_all_the_same(tmp_path: Path) -> None:
    done = run_without_room("estop", "--data-dir", tmp_path, "--json")
    report = json.loads(done.stdout)
    assert (report["event"], report["latched"]) == ("emergency", False)
    assert {each["outcome"] for each in report["instruments"]} == {"safe"}
    assert done.code == 1
    assert done.stderr.startswith(
        "error: the stop is not latched, and the next command may act: cannot write"
    )


def test_doctor_looks_at_all_of_it(tmp_path: Path) -> None:
    done = run_without_room("doctor", "--data-dir", tmp_path)
    assert done.code == 1
    assert "fail  data folder" in done.stdout
    assert "emergency stop" in done.stdout


def test_runs_are_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    done = run_without_room("runs", "list", "--data-dir", tmp_path / "data")
    assert (done.code, done.stderr) == (0, "no runs yet\n")
    assert not (tmp_path / "data").exists()
