"""The emergency stop: of a hall of instruments under load, of benches that hang or die, as a command."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.safety.estop import emergency_stop, reset
from benchwright.core.program import program_command
from tests.benchmarks.bench_process import bench_pid, running_bench, submit
from tests.benchmarks.figure import Figure, percentile
from tests.helpers.instrument_hall import Hall, instrument_hall

COUNT = 20
LOSSES = 5  # of a desk or a bench, which takes a bench each
BOARDS = [f"board{number}" for number in range(7)]
HAMMER = """
local i = 0
while true do
  i = i + 1
  pcall(function() instruments.get("board" .. i % 7):set_motor_speed(1, 50) end)
  record{ i = i }
end
"""
RUN_ALL = 'for i = 0, 6 do instruments.get("board" .. i):set_motor_speed(1, 50) end sleep(10)'


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    yield from _hall_under_load()
    yield _loss("desk killed (-9) in a run, to the last of 7 instruments stopped, max", _kill_desk, 500)
    yield _loss("bench frozen, press to the last of 7 instruments stopped, max", _freeze_bench, None)
    yield _loss("bench killed (-9), press to the last of 7 instruments stopped, max", _kill_bench, None)
    yield _as_command()


@contextmanager
def _hall(*bad: str) -> Iterator[tuple[Hall, DataFolder, BenchClient]]:
    kinds = dict.fromkeys(BOARDS, "obedient") | {name: name for name in bad}
    with instrument_hall(**kinds) as hall, running_bench(hall.config()) as (folder, client):
        yield hall, folder, client


def _hall_under_load() -> Iterator[Figure]:
    """Stop 7 boards, a deaf and a garbled one, while 10 scripts send commands to the 7."""
    acknowledged_ms, stopped_ms, safe_ms, hung_ms = [], [], [], []
    with _hall("deaf", "garbled") as (hall, folder, client):
        for _ in range(COUNT):
            for _ in range(10):
                submit(client, HAMMER)
            hall.wait_until(True, *BOARDS)
            acknowledged_s: list[float] = []
            began_s = time.monotonic()
            reply = emergency_stop(folder, None, "benchmark", _noting(acknowledged_s))
            acknowledged_ms.append((acknowledged_s[0] - began_s) * 1000)
            hall.wait_until(False, *BOARDS)
            stopped_ms.append((max(hall.changed_s[name] for name in BOARDS) - began_s) * 1000)
            took = {each["name"]: each["duration_s"] * 1000 for each in reply.instruments}
            found = {each["name"]: each["outcome"] for each in reply.instruments}
            if found != dict.fromkeys(BOARDS, "safe") | {"deaf": "unknown", "garbled": "unknown"}:
                raise RuntimeError(f"not as it should be: {found}")
            safe_ms.append(max(took[name] for name in BOARDS))
            hung_ms.append(took["deaf"])
            reset(folder, "benchmark")
    yield _spread("hall under 10 scripts, press to acknowledged, p95", acknowledged_ms, None)
    yield _spread("hall under 10 scripts, press to the last of 7 stopped, p95", stopped_ms, 50)
    yield _spread("hall under 10 scripts, last of 7 confirmed safe, p95", safe_ms, 50)
    yield _spread("hall under 10 scripts, the hung one given up as unknown, p95", hung_ms, 2100)


def _noting(times_s: list[float]) -> Callable[[], None]:
    return lambda: times_s.append(time.monotonic())


def _loss(name: str, lose: Callable[[DataFolder, BenchClient, Hall], float], reach: float | None) -> Figure:
    """Measure from the loss, or from the press after it, to the last instrument that stopped."""
    taken_ms = []
    for _ in range(LOSSES):
        with _hall() as (hall, folder, client):
            began_s = lose(folder, client, hall)
            hall.wait_until(False)
            taken_ms.append((max(hall.changed_s.values()) - began_s) * 1000)
    return Figure(name, max(taken_ms), "ms", reach, detail={"p50": round(percentile(taken_ms, 50), 1)})


def _kill_desk(folder: DataFolder, client: BenchClient, hall: Hall) -> float:
    script = folder.path / "run.lua"
    script.write_text(RUN_ALL)
    command = program_command("script", "run", str(script), "--data-dir", str(folder.path), "--json")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as desk:
        hall.wait_until(True)
        client.close()  # it says farewell, so the other desk is the last one
        began_s = time.monotonic()
        desk.kill()
    return began_s


def _freeze_bench(folder: DataFolder, client: BenchClient, hall: Hall) -> float:
    submit(client, RUN_ALL)
    hall.wait_until(True)
    os.kill(bench_pid(client), signal.SIGSTOP)
    return _press(folder)


def _kill_bench(folder: DataFolder, client: BenchClient, hall: Hall) -> float:
    submit(client, RUN_ALL)
    hall.wait_until(True)
    os.kill(bench_pid(client), signal.SIGKILL)
    return _press(folder)


def _press(folder: DataFolder) -> float:
    began_s = time.monotonic()
    emergency_stop(folder, None, "benchmark", lambda: None)
    return began_s


def _as_command() -> Figure:
    """Measure `benchwright estop` from the start of its process."""
    with running_bench() as (folder, _):
        command = program_command("estop", "--data-dir", str(folder.path))
        acknowledged_ms, ended_ms = [], []
        for _ in range(COUNT):
            began_s = time.perf_counter()
            with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                process.stdout.readline()  # printed once the bench has latched
                acknowledged_ms.append((time.perf_counter() - began_s) * 1000)
                process.stdout.read()
            ended_ms.append((time.perf_counter() - began_s) * 1000)
            if process.returncode != 0:
                raise RuntimeError(f"estop ended with {process.returncode}")
    report_p50 = round(percentile(ended_ms, 50), 1)
    figure = _spread("estop process, start to acknowledged, p95", acknowledged_ms, 150)
    return Figure(figure.name, figure.value, "ms", 150, detail={**figure.detail, "report_p50": report_p50})


def _spread(name: str, taken_ms: list[float], reach: float | None) -> Figure:
    detail: dict[str, float | str] = {
        "p50": round(percentile(taken_ms, 50), 1),
        "max": round(max(taken_ms), 1),
        "runs": len(taken_ms),
    }
    return Figure(name, percentile(taken_ms, 95), "ms", reach, detail=detail)
