"""A bench that hangs is found out though nobody presses anything, and its instruments are put safe."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators import watch
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.safety import safety_line
from benchwright.core.errors import BenchUnavailable
from benchwright.core.operator_messages import BenchStatus
from tests.helpers.cli import TIMEOUT_S, cli_command, cli_environment, started_cli

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot freeze a process")
SILENCE_S = 0.1
LOOP = "local m = instruments.get('esp300') while true do sleep(0.02) end"


@contextmanager
def bench_to_end(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    """Serve a bench that the test brings to its end."""
    with started_cli("serve", "--data-dir", data_dir, "--json", HOME=str(data_dir)) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a bench be asked after a silence that tests can wait for."""
    monkeypatch.setattr(watch, "SILENCE_S", SILENCE_S)


@pytest.mark.usefixtures("impatient")
def test_a_frozen_bench_is_ended_and_every_request_with_it(
    tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("does not answer; it is ended")
    with bench_to_end(tmp_path) as bench:
        client = BenchClient.connect(DataFolder.at(tmp_path))
        client.request(BenchStatus())
        bench.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, bench.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(BenchUnavailable, match="the bench is gone"):
            client.request(BenchStatus(), timeout_s=None)
        client.close()
        assert bench.wait(TIMEOUT_S) == -signal.SIGKILL


@pytest.mark.usefixtures("impatient")
def test_a_bench_with_nothing_to_say_is_left_alone(tmp_path: Path) -> None:
    with bench_to_end(tmp_path) as bench:
        client = BenchClient.connect(DataFolder.at(tmp_path))
        for _ in range(3):
            assert client.next_event(5 * SILENCE_S) is None
        assert client.request(BenchStatus()) is not None
        client.close()
        bench.send_signal(signal.SIGTERM)


def test_asking_stops_and_latches_nothing(tmp_path: Path) -> None:
    with bench_to_end(tmp_path) as bench:
        safety_line.ping(DataFolder.at(tmp_path))
        assert not (tmp_path / "emergency.json").exists()
        bench.send_signal(signal.SIGTERM)


def test_a_command_whose_bench_freezes_ends_and_puts_the_instruments_safe(tmp_path: Path) -> None:
    script = tmp_path / "loop.lua"
    script.write_text(LOOP, "utf-8")
    arguments = ("script", "run", script, "--data-dir", tmp_path / "data", "--timeout", "60", "--json")
    with subprocess.Popen(
        cli_command(*arguments), stdout=subprocess.PIPE, text=True, env=cli_environment()
    ) as process:
        assert process.stdout is not None
        while '"running"' not in process.stdout.readline():
            pass
        pid = DataFolder.at(tmp_path / "data").bench_pid()
        assert pid is not None
        frozen_s = time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        last = json.loads(process.stdout.read().splitlines()[-1])
        assert process.wait(TIMEOUT_S) == 1
    assert (last["event"], last["outcome"]) == ("run_finished", "interrupted")
    assert {each["outcome"] for each in last["instruments"]} == {"safe"}
    assert time.monotonic() - frozen_s < TIMEOUT_S
