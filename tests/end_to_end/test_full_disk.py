"""A disk that takes nothing more: each command says so in one sentence, and an emergency stop still stops."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import TIMEOUT_S, Done, cli_command, cli_environment, run_cli, served_bench

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")

# No file grows beyond that; pipes and sockets are no files.
_LITTLE_ROOM = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


def run_without_room(*arguments: str | Path, room_bytes: int = 0) -> Done:
    """Run a command, and with it the bench that it starts, where files stay that small."""
    done = subprocess.run(
        [sys.executable, "-c", _LITTLE_ROOM, str(room_bytes), *cli_command(*arguments)],
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


def test_a_run_ends_and_what_was_recorded_before_can_be_read(tmp_path: Path, write: WriteScript) -> None:
    rows_then_flood = """
local function rows(first, last)
  for i = first, last do record{ i = i, text = string.rep("x", 100) } end
end
device_set_motor_speed(1, 50)
rows(1, 100)
sleep(0.5) -- these are on disk by now; the flood may meet the full disk in its very first commit
rows(101, 100000)
"""
    script = write("flood.lua", rows_then_flood)
    data = ("--data-dir", tmp_path / "data")
    done = run_without_room("script", "run", script, *data, "--json", room_bytes=500_000)
    assert (done.code, done.last["outcome"]) == (1, "failed")
    assert "data.sqlite cannot be written: " in done.last["error"]["message"]
    assert [(each["name"], each["outcome"]) for each in done.last["instruments"]] == [("board", "safe")]
    rows = done.last["rows"]
    assert 100 <= rows < 100_000
    run_id = done.last["run_id"]
    exported = run_cli("runs", "export", run_id, *data, "-o", tmp_path / "rows.csv")
    assert (exported.code, exported.stderr) == (0, "")
    numbers = [line.split(",")[1] for line in (tmp_path / "rows.csv").read_text().splitlines()[1:]]
    assert numbers == [str(i) for i in range(1, rows + 1)]


def test_an_output_that_has_no_room_leaves_the_data_where_it_is(tmp_path: Path, write: WriteScript) -> None:
    script = write("rows.lua", 'for i = 1, 100 do record{ text = string.rep("x", 1000) } end')
    target = tmp_path / "rows.json"
    (tmp_path / "data").mkdir()
    with served_bench(tmp_path / "data"):
        done = run_without_room(
            "script", "run", script, "--data-dir", tmp_path / "data", "--output", target, room_bytes=50_000
        )
    assert done.code == 1
    assert f"error: cannot write {target}: " in done.stderr
    assert "the data is safe; try again with: benchwright runs export" in done.stderr
    assert f" -o {target} --data-dir {tmp_path / 'data'}\n" in done.stderr
    assert not target.exists()


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
