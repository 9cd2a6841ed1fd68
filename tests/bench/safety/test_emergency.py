"""The emergency stop: from a script, over the safety line, without a bench, with a frozen one."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.launch import start_child
from benchwright.bench.runs.keeper import Keeper
from benchwright.bench.runs.run import Ending
from benchwright.bench.safety import emergency, safety_line
from benchwright.bench.safety.estop import emergency_stop, last_config_file, reset
from benchwright.bench.storage import files
from benchwright.core.errors import EmergencyStopActive, StorageError
from benchwright.core.program import program_command
from benchwright.core.run_states import RunState
from benchwright.instruments.config import Config
from tests.bench.operating import Operator

pytestmark = pytest.mark.usefixtures("stopping_is_logged")


@pytest.fixture
def stopping_is_logged(allow_logs: Any) -> None:
    allow_logs("emergency stop|safety line")


def outcomes(reply: safety_line.SafetyReply) -> dict[str, str]:
    return {stopped["name"]: stopped["outcome"] for stopped in reply.instruments}


MANY = 40  # more than are accepted at a time
ALL_SAFE = dict.fromkeys(("esp300", "newport", "supply", "multimeter", "board"), "safe")


@pytest.mark.parametrize("call", ["emergency_stop()", "device_emergency_stop()"])
def test_a_script_can_press_it_without_any_permission(operator: Operator, call: str) -> None:
    operator.bench.instruments.get("supply").invoke("output_on", [], {})
    finished = operator.run(f"{call} print('no line after it') record{{ a = 1 }}", grant=[])
    assert finished.outcome is RunState.EMERGENCY_STOPPED
    assert (operator.lines(), finished.rows) == ([], 0)
    assert operator.bench.emergency.active
    assert operator.bench.instruments.get("supply").invoke("is_output_on", [], {}) is False


@pytest.mark.parametrize("script", ["x = 1", "error('no line')"])
def test_a_script_that_ended_while_it_was_pressed_counts_as_stopped(
    operator: Operator, folder: DataFolder, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    keep = Keeper.keep

    def keep_and_press(keeper: Keeper, *arguments: Any) -> Ending:
        ending = keep(keeper, *arguments)
        safety_line.press(folder, "test")  # its end is decided, but not yet told
        return ending

    monkeypatch.setattr(Keeper, "keep", keep_and_press)
    finished = operator.run(script)
    assert finished.outcome is RunState.EMERGENCY_STOPPED
    assert finished.error is not None
    assert finished.error.code == "emergency_stop"


def test_the_safety_line_stops_motion_and_runs(operator: Operator, folder: DataFolder) -> None:
    run_id = operator.submit('instruments.get("esp300"):move_absolute(180)')
    operator.wait_until_called("esp300")
    acknowledged: list[float] = []
    reply = safety_line.press(folder, "test", lambda: acknowledged.append(time.monotonic()))
    assert outcomes(reply) == ALL_SAFE
    assert acknowledged
    assert operator.finished(run_id).outcome is RunState.EMERGENCY_STOPPED
    assert operator.bench.instruments.get("esp300").invoke("is_moving", [], {}) is False


def test_pressing_often_is_the_same_as_once(bench: BenchApplication, folder: DataFolder) -> None:
    reports: list[Any] = []
    threads = [
        threading.Thread(target=lambda: reports.append(safety_line.press(folder, "many")))
        for _ in range(MANY)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [outcomes(report) for report in reports] == [ALL_SAFE] * MANY


def test_a_latched_stop_outlives_the_bench_until_it_is_reset(folder: DataFolder) -> None:
    first = BenchApplication(folder, Config.demo())
    first.start()
    safety_line.press(folder, "test")
    first.close()
    second = BenchApplication(folder, Config.demo())
    second.start()
    try:
        assert second.emergency.active
        with pytest.raises(EmergencyStopActive):
            second.instruments.get("supply").invoke("output_on", [], {})
        safety_line.reset(folder, "test")
        second.instruments.get("supply").invoke("output_on", [], {})
    finally:
        second.close()


def test_without_the_key_nothing_is_pressed(bench: BenchApplication, folder: DataFolder) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.connect(folder.safety_address())
        stranger.settimeout(5)
        assert len(stranger.recv(100).strip()) == 32
        stranger.sendall(b'0000 {"command": "stop"}\n')
        assert stranger.recv(100) == b""
    assert not bench.emergency.active


def test_a_replayed_command_is_refused(bench: BenchApplication, folder: DataFolder) -> None:
    text = json.dumps({"command": "stop"})
    proof = safety_line.signature(folder.auth_key(), "another nonce", text)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.connect(folder.safety_address())
        stranger.settimeout(5)
        stranger.recv(100)
        stranger.sendall(f"{proof} {text}\n".encode())
        assert stranger.recv(100) == b""
    assert not bench.emergency.active


def test_without_a_bench_the_ports_are_opened_and_the_latch_is_set(folder: DataFolder) -> None:
    reply = emergency_stop(folder, None, "test", lambda: None)
    assert outcomes(reply) == ALL_SAFE
    assert (folder.path / "emergency.json").exists()
    reset(folder, "test")
    assert not (folder.path / "emergency.json").exists()


@pytest.mark.usefixtures("bench")
def test_a_latch_that_the_bench_cannot_keep_is_kept_by_who_pressed(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise StorageError("full")

    monkeypatch.setattr(emergency, "write_atomic", refuse)
    assert emergency_stop(folder, None, "test", lambda: None).unlatched == ""
    assert (folder.path / "emergency.json").exists()


@pytest.mark.usefixtures("bench")
def test_that_nobody_can_keep_the_latch_is_told(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(emergency, "write_atomic", refuse)
    monkeypatch.setattr(files, "write_atomic", refuse)
    reply = emergency_stop(folder, None, "test", lambda: None)
    assert (outcomes(reply), reply.unlatched) == (ALL_SAFE, "the disk is full")


def test_what_cannot_be_latched_is_stopped_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    reply = emergency_stop(DataFolder.at(tmp_path / "file" / "data"), None, "test", lambda: None)
    assert outcomes(reply) == ALL_SAFE
    assert "Not a directory" in reply.unlatched


# --- a bench in a process of its own, and instruments in another -------------------------------------------


@pytest.fixture
def instruments(tmp_path: Path) -> Iterator[Path]:
    """Simulated instruments in a process of their own; gives a configuration that names their links."""
    command = program_command("simulate", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in ALL_SAFE]
        config = tmp_path / "bench.toml"
        config.write_text(
            "".join(
                f'[instruments.{i["name"]}]\ndriver = "{i["driver"]}"\nlink = "{i["link"]}"\n' for i in lines
            )
        )
        yield config
        process.terminate()


@pytest.fixture
def bench_process(folder: DataFolder, instruments: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = start_child(folder, instruments)
    yield process
    process.kill()
    process.wait(10)


def test_a_frozen_bench_is_killed_and_its_instruments_are_stopped_by_the_fallback(
    bench_process: "subprocess.Popen[bytes]", folder: DataFolder
) -> None:
    os.kill(bench_process.pid, signal.SIGSTOP)
    began_s = time.monotonic()
    reply = emergency_stop(folder, None, "test", lambda: None)
    assert outcomes(reply) == ALL_SAFE
    assert bench_process.wait(5) == -signal.SIGKILL
    assert time.monotonic() - began_s < 5
    assert (folder.path / "emergency.json").exists()


def test_the_fallback_uses_the_configuration_of_the_bench_that_was_killed(
    bench_process: "subprocess.Popen[bytes]", folder: DataFolder, instruments: Path
) -> None:
    bench_process.kill()
    bench_process.wait(10)
    assert last_config_file(folder) == instruments
    assert outcomes(emergency_stop(folder, None, "test", lambda: None)) == ALL_SAFE


def test_a_killed_bench_leaves_no_process_behind(
    bench_process: "subprocess.Popen[bytes]", folder: DataFolder
) -> None:
    import psutil

    children = psutil.Process(bench_process.pid).children(recursive=True)
    assert children
    bench_process.kill()
    bench_process.wait(10)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
