"""Whatever process is killed at whatever moment: what was done a second before is there, and all opens.

A bench records the rows of a run and starts schedules while a desk, which is a process of its own, saves,
imports and schedules scripts. Then one of them dies: the bench, the process that executes the script, or the
desk.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psutil
import pytest

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.library import ScriptManager
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.scheduling import ScheduleStore
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.events import RowsRecorded, RunFinished
from benchwright.core.operator_messages import SubmitRun, Subscribe
from benchwright.core.resource_paths import resource_path
from benchwright.core.run_states import RunState
from tests.helpers.cli import cli_environment, started_cli

LOSS_S = 1.0
TIMEOUT_S = 60.0
NEVER_BUSY = "\n[schedules]\nmax_cpu_percent = 100\nmax_memory_percent = 100\n"
RECORD = "local n = 0\nwhile true do\n  record{ n = n, twice = 2 * n }\n  n = n + 1\n  sleep(0.003)\nend\n"

VICTIMS = ("bench", "worker", "desk")
OUTCOMES = {  # the bench itself is ended in the end
    "bench": RunState.INTERRUPTED,
    "worker": RunState.CRASHED,
    "desk": RunState.CANCELLED,
}

# Tells each thing once it is done: saved, imported and scheduled scripts, with their number.
DESK = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.library import ScriptManager
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.script_file import read_script
from benchwright.bench.scripts.submission import RunOptions
from benchwright.core.operator_messages import AddSchedule
from benchwright.core.schedules import Interval

folder, round_ = DataFolder(Path(sys.argv[1])), sys.argv[2]
library, shared = ScriptManager(folder.library), Path(sys.argv[3]).read_bytes()
start = datetime.now(UTC) + timedelta(seconds=0.3)
with BenchClient.connect(folder) as client:
    for turn in range(100_000):
        key = f"{round_}/scan.lua"
        library.save(key, f"return {turn}" + " " * (turn % 50), f'name = "turn {turn}"')
        print("saved", turn, flush=True)
        library.sharing.take(shared, "shared.toml", f"{round_}/{turn}")
        print("imported", turn, flush=True)
        if turn % 5 == 0:
            schedule = Interval(start=start + timedelta(seconds=turn / 50), every_s=3600)
            script, name = read_script(folder.library / key), f"{round_} {turn}"
            execution = scheduled(script, schedule, RunOptions(), name=name)
            client.request(AddSchedule(execution=execution))
            print("scheduled", turn, flush=True)
        time.sleep(0.01)
"""


class Desk:
    """A process that works in the library and the schedule, and what it has told so far."""

    def __init__(self, folder: DataFolder, round_: str, shared: Path) -> None:
        command = [sys.executable, "-c", DESK, str(folder.path), round_, str(shared)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL,
                                        env=cli_environment())  # fmt: skip
        self.done: list[tuple[float, str, int]] = []  # monotonic, what, number
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            what, number = line.split()
            self.done.append((time.monotonic(), what, int(number)))

    def kill(self) -> None:
        """Kill it if it lives, and hear out what it told."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def told(self, what: str) -> list[int]:
        """Return the numbers of what was done."""
        return [number for _, done, number in self.done if done == what]


class Watcher:
    """The person who started a run: what it recorded, as it arrives, and its end."""

    def __init__(self, folder: DataFolder) -> None:
        self.client = BenchClient.connect(folder)
        self.client.request(Subscribe())
        request = SubmitRun(name="record.lua", language="lua", source=RECORD, grant=[])
        self.run_id = str(self.client.request(request))
        self.rows: list[tuple[float, int]] = []  # monotonic, how many there are by then
        self.finished: RunFinished | None = None
        self.has_rows = threading.Event()
        self.over = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for event in self.client.events():
            if event.run_id == self.run_id:
                if isinstance(event, RowsRecorded):
                    self.rows.append((time.monotonic(), event.first + len(event.times_s)))
                    self.has_rows.set()
                elif isinstance(event, RunFinished):
                    self.finished = event
                    self.over.set()
        self.over.set()

    def close(self) -> None:
        self.client.close()
        self._reader.join()

    def recorded_before(self, moment_s: float) -> int:
        """Return how many rows there were at a time, as far as the person knew."""
        return max((count for at, count in self.rows if at <= moment_s), default=0)


def workers_of(bench: psutil.Process) -> list[psutil.Process]:
    """Return the processes that execute scripts; one that only starts them is left out."""
    return [each for each in bench.children(recursive=True) if not each.children()]


@contextmanager
def serving(folder: DataFolder) -> Iterator[psutil.Process]:
    with started_cli("serve", "--data-dir", folder.path, "--json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "bench_ready"
        yield psutil.Process(process.pid)
        process.terminate()
        process.wait(TIMEOUT_S)


def kill_in_the_middle(
    folder: DataFolder, victim: str, after_s: float, number: int, shared: Path
) -> dict[str, int]:
    """Let all go on, kill the victim, check what is left; return how much there was to lose."""
    with serving(folder) as bench:
        watcher = Watcher(folder)
        desk = Desk(folder, f"round {number}", shared)
        try:
            assert watcher.has_rows.wait(TIMEOUT_S)
            wait_for(lambda: bool(desk.told("scheduled")))
            time.sleep(after_s)
            killed_s = time.monotonic()
            for process in {"bench": [bench], "worker": workers_of(bench), "desk": []}[victim]:
                process.kill()
            if victim != "worker":
                desk.kill()
            if victim != "desk":
                assert watcher.over.wait(TIMEOUT_S)
        finally:
            desk.kill()
            watcher.close()
    rows = check_run(folder, victim, watcher, killed_s)
    check_library(folder, desk, f"round {number}")
    check_schedules(folder, desk, f"round {number}")
    return {"rows": rows, **{what: len(desk.told(what)) for what in ("saved", "imported", "scheduled")}}


def wait_for(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to that"
        time.sleep(0.005)


def check_run(folder: DataFolder, victim: str, watcher: Watcher, killed_s: float) -> int:
    """The run tells how it ended, and has all rows up to a second before; return how many there are."""
    store = RunStore(folder.path)
    record = store.load(watcher.run_id)
    assert record.state is OUTCOMES[victim]
    assert victim == "desk" or record.reason or record.error
    numbers = [values["n"] for _, _, values in store.rows(watcher.run_id)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= watcher.recorded_before(killed_s - LOSS_S)
    assert store.source(watcher.run_id) == RECORD
    return len(numbers)


def check_library(folder: DataFolder, desk: Desk, round_: str) -> None:
    """Every script and version that the desk told of is there, and nothing is half there."""
    library = ScriptManager(folder.library)
    entries = {entry.key: entry for entry in library.list()}
    assert all(entry.language and not entry.problem for entry in entries.values())
    versions = [
        library.version(f"{round_}/scan.lua", each.id) for each in library.versions(f"{round_}/scan.lua")
    ]
    assert {each.source.strip() for each in versions} >= {f"return {turn}" for turn in desk.told("saved")}
    for turn in desk.told("imported"):
        assert library.text_of(f"{round_}/{turn}/shared.lua").source == "return 'shared'"


def check_schedules(folder: DataFolder, desk: Desk, round_: str) -> None:
    """Every schedule that the desk told of is there; what it started is a run that there is, and once."""
    records, _, problems = ScheduleStore(folder.schedules).load()
    assert problems == []
    assert {each.execution.name for each in records} >= {
        f"{round_} {turn}" for turn in desk.told("scheduled")
    }
    started = [each for record in records for each in record.history if each.run_id]
    assert len({each.run_id for each in started}) == len(started)
    for record in records:
        times = [*(each.planned for each in record.history if each.run_id), *record.waiting]
        assert len(set(times)) == len(times)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """An exported script."""
    library = ScriptManager(tmp_path / "another")
    library.create("shared.lua", "return 'shared'", 'name = "Shared"')
    file = tmp_path / "shared.toml"
    file.write_bytes(library.sharing.export(library.path_of("shared.lua")))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder.open(tmp_path / "data")
    folder.config_file.write_text(resource_path("demo_bench.toml").read_text("utf-8") + NEVER_BUSY)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_older_than_a_second_is_lost(folder: DataFolder, shared: Path, victim: str) -> None:
    after_s = LOSS_S + Random(victim).uniform(0.0, 0.3)  # so that there are rows that must be there
    lost = kill_in_the_middle(folder, victim, after_s, 0, shared)
    assert min(lost.values()) > 0


@pytest.mark.soak
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_nothing_older_than_a_second_is_lost_at_200_random_moments(folder: DataFolder, shared: Path) -> None:
    random, told = Random(), Counter[str]()
    for number in range(200):
        if number % 20 == 0:
            shutil.rmtree(folder.library, ignore_errors=True)  # listing thousands of scripts takes its time
            shutil.rmtree(folder.schedules, ignore_errors=True)
        victim = random.choice(VICTIMS)
        lost = kill_in_the_middle(folder, victim, random.uniform(0.0, 1.5), number, shared)
        told.update({f"killed {victim}": 1, **lost})
        print(number, victim, lost, flush=True)
    print(dict(told))
