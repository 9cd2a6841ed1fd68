"""Ctrl-C, SIGTERM, a reader that leaves, a bench that dies: what becomes of a run and of the command."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from benchwright.bench.data_folder import DataFolder
from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench, run_cli, served_bench, started_cli

ENDLESS = 'record{ i = 1 }\nsleep(0.3)\nprint("here")\nwhile true do sleep(1) end'


def wait_for_output(process: "subprocess.Popen[str]", text: str) -> list[dict[str, Any]]:
    """Read events until a script printed a text."""
    assert process.stdout is not None
    events = []
    for line in process.stdout:
        events.append(json.loads(line))
        if events[-1].get("text") == text:
            return events
    raise AssertionError(f"it ended before it printed {text!r}: {events[-1:]}")


def rest_of(process: "subprocess.Popen[str]") -> list[dict[str, Any]]:
    """Read all events to the end."""
    assert process.stdout is not None
    return [json.loads(line) for line in process.stdout]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels_the_run(
    bench: ServedBench, write: WriteScript, number: signal.Signals
) -> None:
    script = write("endless.lua", ENDLESS)
    with started_cli("script", "run", script, "--json", "--data-dir", bench.data_dir) as process:
        wait_for_output(process, "here")
        process.send_signal(number)
        last = rest_of(process)[-1]
        assert process.wait(10) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "cancelling; Ctrl-C again kills the run\n"
    assert (last["event"], last["outcome"], last["rows"]) == ("run_finished", "cancelled", 1)


def test_the_second_signal_kills_the_run(bench: ServedBench, write: WriteScript) -> None:
    script = write("endless.py", 'print("here")\nwhile True: pass')
    with started_cli("script", "run", script, "--json", "--data-dir", bench.data_dir) as process:
        wait_for_output(process, "here")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        last = rest_of(process)[-1]
        assert process.wait(10) == 130
    assert (last["event"], last["outcome"]) == ("run_finished", "cancelled")


def test_a_signal_while_a_bench_starts_ends_the_command(tmp_path: Path, write: WriteScript) -> None:
    script = write("endless.lua", ENDLESS)
    folder = DataFolder.open(tmp_path / "data")
    command = ("script", "run", script, "--json", "--data-dir", folder.path)
    # With the folder locked no bench comes up; the command has begun to look for one when it made the key.
    # The signal may come between the opening of a file and the block that closes it: no warning, then.
    with folder.lock(), started_cli(*command, PYTHONWARNINGS="ignore") as process:
        while not (folder.path / "auth.key").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "cancelled\n"
        assert [event["code"] for event in rest_of(process)] == ["cancelled"]


def test_a_reader_that_leaves_does_not_end_the_run(bench: ServedBench, write: WriteScript) -> None:
    source = 'print("here")\nfor i = 1, 20 do sleep(0.01) print(i) record{ i = i } end'
    script = write("talk.lua", source)
    with started_cli("script", "run", script, "--data-dir", bench.data_dir) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "here\n"
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(10) == 0
    assert errors.startswith("nobody reads the output any more; the run goes on\n")
    assert "completed in" in errors
    assert ": 20 rows in " in errors


def test_a_bench_that_dies_leaves_an_interrupted_run(tmp_path: Path, write: WriteScript) -> None:
    script = write("endless.lua", ENDLESS)
    data_dir = tmp_path / "data"
    with started_cli("serve", "--data-dir", data_dir, "--json") as served:
        assert served.stdout is not None
        assert served.stdout.readline()
        with started_cli("script", "run", script, "--json", "--data-dir", data_dir) as process:
            wait_for_output(process, "here")
            served.kill()
            last = rest_of(process)[-1]
            assert process.wait(10) == 1
    assert (last["event"], last["outcome"]) == ("run_finished", "interrupted")
    assert last["error"]["message"] == "the bench is gone"
    assert Path(last["data_path"]).exists()
    listed = run_cli("runs", "list", "--json", "--data-dir", data_dir)
    assert [(run["run_id"], run["outcome"]) for run in listed.events] == [(last["run_id"], "interrupted")]
    assert listed.events[0]["rows"] == 1


def test_without_a_bench_one_is_started_and_ends_after_the_run(tmp_path: Path, write: WriteScript) -> None:
    script = write("scan.lua", "return instruments.get('newport'):read_power() > 0")
    done = run_cli("script", "run", script, "--json", "--data-dir", tmp_path / "data")
    assert (done.code, done.last["result"]) == (0, True)


def test_nobody_answers_a_question_in_a_pipe(bench: ServedBench, write: WriteScript) -> None:
    script = write("ask.lua", 'return ask("Go on?", {"yes", "no"})')
    done = bench.run("script", "run", script, "--json")
    assert done.code == 1
    assert "nobody answered the question 'Go on?'" in done.last["error"]["message"]
    assert done.fields("question", "choices") == [["yes", "no"]]


def test_an_emergency_stop_ends_the_run_and_the_next_is_refused_until_the_reset(
    tmp_path: Path, write: WriteScript
) -> None:
    script = write("endless.lua", ENDLESS)
    with served_bench(tmp_path / "data") as bench:
        with started_cli("script", "run", script, "--json", "--data-dir", bench.data_dir) as process:
            wait_for_output(process, "here")
            stopped = bench.run("estop", "--json")
            last = rest_of(process)[-1]
            assert process.wait(10) == 6
        assert (last["event"], last["outcome"]) == ("run_finished", "emergency_stopped")
        assert stopped.code == 0
        assert [event["event"] for event in stopped.events] == ["acknowledged", "emergency"]
        assert {each["outcome"] for each in stopped.last["instruments"]} == {"safe"}
        refused = bench.run("script", "run", script, "--json")
        assert refused.code == 6
        assert refused.last["event"] == "error"
        assert "estop --reset" in refused.last["message"]
        assert bench.run("instrument", "call", "esp300", "move_absolute", "1").code == 6
        assert bench.run("estop", "--reset").stdout == "the emergency stop is reset\n"
        assert bench.run("instrument", "call", "esp300", "move_absolute", "1").code == 0


def test_an_interrupted_call_stops_the_motion_that_it_began(bench: ServedBench) -> None:
    call = ("instrument", "call", "esp300")
    assert bench.run(*call, "move_absolute", "0").code == 0
    with started_cli(*call, "move_absolute", "170", "--data-dir", bench.data_dir) as process:
        while bench.run(*call, "is_moving").stdout != "true\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "esp300 is stopped\ncancelled\n"
    assert bench.run(*call, "is_moving").stdout == "false\n"
    assert float(bench.run(*call, "get_position").stdout) < 170
