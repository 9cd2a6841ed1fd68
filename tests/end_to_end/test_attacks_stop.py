"""Nothing of a script runs after a stop; `test_stop_matrix.py` has all that it may try against one."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from tests.end_to_end.attacking import workers
from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench, served_bench, started_cli

# The first one is frozen by a signal from outside.
HAMMERS = {
    "frozen.lua": "print('here') while true do record{ a = 1 } end",
    "hammer.lua": "local m = instruments.get('newport') print('here')\n"
    "while true do pcall(m.read_power) pcall(device_set_motor_speed, 1, 50) record{ a = 1 } end",
    "hammer.py": "m = instruments.get('newport')\nprint('here')\nwhile True:\n    try:\n"
    "        m.read_power(); device_set_motor_speed(2, 50); record(a=1)\n    except BaseException: pass",
    "held.py": "import ctypes\nprint('here')\nctypes.PyDLL(None).sleep(1000)",
    "flood.lua": "print('here') while true do print(string.rep('x', 1000)) end",
}


def test_an_emergency_stop_ends_all_of_them_at_once(tmp_path: Path, write: WriteScript) -> None:
    with served_bench(tmp_path / "data") as bench, ExitStack() as stack:
        runs = []
        for name, source in HAMMERS.items():
            command = ("script", "run", write(name, source), "--json", "--data-dir", bench.data_dir)
            runs.append(stack.enter_context(started_cli(*command)))
            until_here(runs[-1])
            if name == "frozen.lua":
                (frozen,) = workers(bench)
                os.kill(frozen, signal.SIGSTOP)
        assert len(workers(bench)) == len(HAMMERS)
        assert bench.run("estop").code == 0
        for run in runs:
            last, code = end_of(run)
            assert (last["outcome"], code) == ("emergency_stopped", 6)
        assert workers(bench) == []
        wait_for_standstill(bench, "1")
        wait_for_standstill(bench, "2")
        assert bench.run("estop", "--reset").code == 0


ACTS_LATE = """
import atexit, threading, time
def act(motor):
    try:
        record(late=motor)
        device_set_motor_speed(motor, 50)
    except BaseException: pass
class Late:
    def __del__(self): act(11)
late = Late()
def thread():
    while True:
        time.sleep(0.001)
        if stopping: act(12)
stopping = False
threading.Thread(target=thread).start()
atexit.register(act, 13)
device_set_motor_speed(1, 50)
instruments.get("esp300").move_absolute(1)
record(i=1)
print("here")
try:
    while True: sleep(10)
finally:
    stopping = True
    act(14)
"""


def test_nothing_of_a_script_acts_after_a_stop(bench: ServedBench, write: WriteScript) -> None:
    command = ("script", "run", write("late.py", ACTS_LATE), "--json", "--data-dir", bench.data_dir)
    with started_cli(*command) as run:
        until_here(run)
        run.send_signal(signal.SIGINT)
        last, code = end_of(run)
    assert (last["outcome"], code, last["rows"]) == ("cancelled", 130, 1)
    assert {each["name"]: each["outcome"] for each in last["instruments"]} == {
        "board": "safe",
        "esp300": "safe",
    }
    assert last["calls"]["board.set_motor_speed"]["count"] == 1
    for motor in ("11", "12", "13", "14"):
        assert motor_speed(bench, motor) == 0
    wait_for_standstill(bench, "1")


def test_a_zygote_that_is_killed_takes_its_runs_along_and_is_replaced(
    tmp_path: Path, write: WriteScript
) -> None:
    source = "device_set_motor_speed(1, 50) record{ i = 1 } sleep(0.1) print('here') while true do end"
    with served_bench(tmp_path / "data") as bench:
        command = ("script", "run", write("run.lua", source), "--json", "--data-dir", bench.data_dir)
        with started_cli(*command) as run:
            until_here(run)
            (zygote,) = psutil.Process(bench.pid).children()
            zygote.kill()
            last, code = end_of(run)
        assert (last["outcome"], code, last["rows"]) == ("crashed", 1, 1)
        assert "was lost" in last["error"]["message"]
        assert [(each["name"], each["outcome"]) for each in last["instruments"]] == [("board", "safe")]
        again = bench.run("script", "run", write("next.lua", "return 1"), "--json")
        assert (again.code, again.last["result"]) == (0, 1)


def test_no_signal_tears_a_line_of_an_unbuffered_command(bench: ServedBench, write: WriteScript) -> None:
    script = write("rows.lua", "print('here') while true do record{ a = 1.5, b = 2 } end")
    command = ("script", "run", script, "--json", "--data-dir", bench.data_dir)
    with started_cli(*command, PYTHONUNBUFFERED="1") as run:
        until_here(run)
        assert run.stdout is not None
        while waiting_bytes(run.stdout.fileno()) < PIPE_IS_FULL:
            time.sleep(0.01)  # it writes into a pipe that nobody empties: the signal comes while it waits
        run.send_signal(signal.SIGINT)
        last, code = end_of(run)
    assert (last["outcome"], code) == ("cancelled", 130)


# --- looking at the bench ---------------------------------------------------------------------------------


PIPE_IS_FULL = 60_000


def motor_speed(bench: ServedBench, motor: str) -> float:
    """Return how fast a motor of the board turns."""
    return float(bench.run("instrument", "call", "board", "get_motor_speed", motor).stdout)


def wait_for_standstill(bench: ServedBench, motor: str) -> None:
    """Wait until a motor has run down."""
    deadline_s = time.monotonic() + 10
    while motor_speed(bench, motor) != 0:
        assert time.monotonic() < deadline_s


def waiting_bytes(descriptor: int) -> int:
    """Return how much stands in a pipe."""
    return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)


def until_here(run: "subprocess.Popen[str]") -> None:
    """Read a run's events until its script has printed "here"."""
    assert run.stdout is not None
    for line in run.stdout:
        if json.loads(line).get("text") == "here":
            return
    raise AssertionError("it ended before it was here")


def end_of(run: "subprocess.Popen[str]") -> tuple[dict[str, Any], int]:
    """Read a run's events, each a whole line, to the end; return the last and the exit code."""
    assert run.stdout is not None
    *_, last = (json.loads(line) for line in run.stdout)
    return last, run.wait(10)
