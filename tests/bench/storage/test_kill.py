"""A process that records is killed at any moment: what was promised is on disk, and the file opens."""

import random
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from benchwright.bench.storage.run_data import RunData
from tests.bench.storage.helpers import names_in, start_python

LOSS_S = 1.0

# Prints, for each batch: the time, the rows that were accepted, and those that a flush has confirmed.
RECORD = """
import sys, time
from pathlib import Path
from benchwright.bench.storage.recorder import RunRecorder

path, flushes = Path(sys.argv[1]), sys.argv[4] == "flush"
batch, pause_s = int(sys.argv[2]), float(sys.argv[3])
recorder = RunRecorder(path, lambda error: print("failed", error, flush=True))
accepted = confirmed = 0
while True:
    numbers = list(range(accepted, accepted + batch))
    recorder.rows([n * 0.5 for n in numbers], {"n": numbers, f"only {accepted // 1000 % 20}": [True] * batch})
    accepted += batch
    if flushes and recorder.flush(10):
        confirmed = accepted
    print(time.monotonic(), accepted, confirmed, flush=True)
    time.sleep(pause_s)
"""


def record_and_kill(
    path: Path, batch: int, pause_s: float, mode: str, moment_s: float
) -> tuple[int, int, int]:
    """Return the rows that had to survive, the confirmed ones, and all that were begun."""
    with start_python(RECORD, path, batch, pause_s, mode) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
        reader.start()
        try:
            process.wait(moment_s)
        except subprocess.TimeoutExpired:
            killed_s = time.monotonic()
            process.kill()
        reader.join(10)
    whole = [line.split() for line in lines if line.count(" ") == 2 and line.endswith("\n")]
    old = [int(accepted) for at, accepted, _ in whole if float(at) < killed_s - LOSS_S]
    return max(old, default=0), int(whole[-1][2]), int(whole[-1][1]) + batch


def check_file(path: Path, least: int, most: int) -> None:
    numbers = [values["n"] for _, _, values in RunData(path).rows()]
    assert numbers == list(range(len(numbers)))
    assert least <= len(numbers) <= most
    RunData(path).join_wal()
    assert names_in(path.parent) == [path.name]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert RunData(path).count() == len(numbers)


@pytest.mark.parametrize("moment", range(4))
def test_no_confirmed_row_is_lost(tmp_path: Path, moment: int) -> None:
    path = tmp_path / "run" / "data.sqlite"
    path.parent.mkdir()
    moment_s = random.Random(moment).uniform(0.0, 0.25)
    _, confirmed, begun = record_and_kill(path, 20 + 300 * moment, 0.0, "flush", moment_s)
    assert confirmed > 0
    check_file(path, confirmed, begun)


@pytest.mark.parametrize(("batch", "pause_s"), [(1, 0.01), (300, 0.005)])
def test_no_row_accepted_a_second_ago_is_lost(tmp_path: Path, batch: int, pause_s: float) -> None:
    path = tmp_path / "run" / "data.sqlite"
    path.parent.mkdir()
    least, _, begun = record_and_kill(path, batch, pause_s, "run", LOSS_S + 0.2)
    assert least > 0
    check_file(path, least, begun)
