"""A bench as process variables, seen by a client of EPICS over loopback."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from p4p.client.thread import Context, RemoteError

from tests.helpers.cli import TIMEOUT_S, Done, run_cli, started_cli

BENCH = """
[bench]
name = "Optics table 3"
on_desk_lost = "continue"
[instruments.esp300]
driver = "newport_esp300"
link = "sim://esp300"
limits = {{ position = [0.0, 90.0] }}
[instruments.newport]
driver = "newport_1830c"
link = "sim://newport"
[telemetry]
interval_s = 0.05
[epics]
port = 0
broadcast_port = 0
{more}
"""


@dataclass
class Served:
    """A bench of its own process, and a client of its process variables."""

    data_dir: Path
    pid: int
    ready: dict[str, Any]
    client: Any

    def run(self, *arguments: str | Path) -> Done:
        """Run a command that attaches to it."""
        return run_cli(*arguments, "--data-dir", self.data_dir)

    def get(self, name: str) -> Any:
        """Return the value of a process variable as the server sends it."""
        return self.client.get(f"Optics_table_3:{name}", timeout=TIMEOUT_S).raw

    def value(self, name: str) -> Any:
        return self.get(name).value

    def put(self, name: str, value: Any) -> None:
        self.client.put(f"Optics_table_3:{name}", value, timeout=TIMEOUT_S)

    def wait_for(self, name: str, value: Any) -> None:
        """Wait until a process variable has a value."""
        import queue

        seen: queue.Queue[Any] = queue.Queue()
        with self.client.monitor(f"Optics_table_3:{name}", seen.put):
            found: list[Any] = []
            while (last := seen.get(timeout=TIMEOUT_S)) != value:
                found.append(last)


@contextmanager
def served(folder: Path, more: str = "") -> Iterator[Served]:
    """Serve a bench with its process variables until the end of the block."""
    config = folder / "bench.toml"
    config.write_text(BENCH.format(more=more))
    data_dir = folder / "data"
    arguments = ("serve", "--epics", "--config", config, "--data-dir", data_dir, "--json")
    with started_cli(*arguments, HOME=str(folder)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        ready = json.loads(line)
        conf = {"EPICS_PVA_NAME_SERVERS": ready["epics"]["address"], "EPICS_PVA_AUTO_ADDR_LIST": "NO"}
        with Context("pva", conf=conf, useenv=False) as client:
            yield Served(data_dir, process.pid, ready, client)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT_S) == 0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as bench:
        yield bench


def test_instruments_runs_and_the_stop_are_published(bench: Served, tmp_path: Path) -> None:
    assert bench.ready["epics"]["prefix"] == "Optics_table_3:"
    position = bench.get("esp300:position")
    assert (position.alarm.severity, position.display.units) == (3, "deg")  # nobody has connected it
    assert bench.value("esp300:STATE") == "closed"
    assert bench.run("instrument", "call", "esp300", "move_absolute", "2").code == 0
    bench.wait_for("esp300:position", 2.0)
    assert bench.get("esp300:position").alarm.severity == 0
    assert bench.value("esp300:STATE") == "connected"
    velocity = float(bench.run("instrument", "call", "esp300", "get_velocity").stdout)
    bench.wait_for("esp300:get_velocity", velocity)  # read while somebody looks
    assert (bench.value("RUN:STATE"), bench.value("RUN:COUNT")) == ("idle", 0)
    (tmp_path / "scan.lua").write_text("sleep(0.01)")
    assert bench.run("script", "run", tmp_path / "scan.lua").code == 0
    bench.wait_for("RUN:STATE", "completed")
    assert bench.value("RUN:SCRIPT") == "scan.lua"
    assert bench.value("ESTOP") is False


def test_the_stop_can_be_pressed_and_not_reset(bench: Served) -> None:
    assert bench.run("instrument", "call", "esp300", "move_absolute", "1").code == 0
    bench.put("ESTOP", True)
    assert bench.value("ESTOP") is True
    assert bench.value("ESTOP:SOURCE").startswith("EPICS: ")
    assert bench.value("ESTOP:REPORT") == "esp300 safe, newport safe"
    refused = bench.run("instrument", "call", "esp300", "move_absolute", "3")
    assert "the emergency stop is active" in refused.stderr
    with pytest.raises(RemoteError, match="reset by a person at the bench"):
        bench.put("ESTOP", False)
    assert bench.run("estop", "--reset").code == 0
    bench.wait_for("ESTOP", False)


def test_nothing_else_can_be_written(bench: Served) -> None:
    with pytest.raises(RemoteError, match="this process variable is only read"):
        bench.put("esp300:position", 5)
    with pytest.raises(TimeoutError):
        bench.client.get("Optics_table_3:esp300:move_absolute", timeout=0.3)


@pytest.mark.skipif(sys.platform != "linux", reason="sockets of other processes are seen on Linux alone")
def test_it_is_seen_on_this_computer_alone(bench: Served) -> None:
    sockets = [each for each in psutil.Process(bench.pid).net_connections() if not each.raddr and each.laddr]
    listening = {each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_setpoints_where_the_configuration_allows_them(tmp_path: Path) -> None:
    with served(tmp_path, 'writes = true\nprefix = "Optics_table_3:"') as bench:
        bench.put("esp300:move_absolute", 3)
        assert bench.value("esp300:move_absolute") == 3
        bench.wait_for("esp300:position", 3.0)
        with pytest.raises(RemoteError, match="position must be a number from 0 to 90 deg, found 91"):
            bench.put("esp300:move_absolute", 91)
        bench.put("ESTOP", True)
        with pytest.raises(RemoteError, match="the emergency stop is active"):
            bench.put("esp300:move_absolute", 4)
        assert bench.value("esp300:move_absolute") == 3


def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    config = tmp_path / "bench.toml"
    config.write_text(BENCH.format(more='address = "192.0.2.1"'))
    done = run_cli("serve", "--epics", "--config", config, "--data-dir", tmp_path / "data")
    assert done.code == 2
    assert "cannot serve EPICS at 192.0.2.1" in done.stderr


def test_without_the_extra_it_says_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['p4p'] = None\n")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2] / "app")])
    done = run_cli("serve", "--epics", "--data-dir", tmp_path / "data", PYTHONPATH=path)
    assert done.code == 2
    assert done.stderr.endswith("-m pip install 'benchwright[epics]'\n")
