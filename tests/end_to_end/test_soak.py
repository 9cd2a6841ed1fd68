"""A bench that is worked hard for long: every run is accounted for, and nothing grows."""

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.safety import safety_line
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import BenchwrightError
from benchwright.core.events import RunFinished
from benchwright.core.operator_messages import CancelRun, SubmitRun, Subscribe
from benchwright.core.permissions import ALL_PERMISSIONS
from benchwright.core.run_states import FINAL_STATES, RunState
from tests.end_to_end.attacking import workers
from tests.helpers.cli import ServedBench, served_bench

CONFIG = """
[bench]
controller = "board"
[instruments.esp300]
driver = "newport_esp300"
link = "sim://esp300"
timeout_s = 0.3
faults = { garbage = 0.01, silence = 0.005 }
[instruments.newport]
driver = "newport_1830c"
link = "sim://newport"
timeout_s = 0.3
faults = { latency = "0.05@0.1", garbage = 0.02, partial = 0.02, silence = 0.01, disconnect = 0.01 }
[instruments.board]
driver = "controller_board"
link = "sim://board"
timeout_s = 0.3
faults = { disconnect = 0.01 }
"""
SCRIPTS = (
    ("lua", "return 1"),
    ("lua", "for i = 1, 2000 do record{ i = i, t = 'x' } end sleep(1)"),
    ("lua", "while true do end"),
    ("lua", "while true do pcall(error) end"),
    (
        "lua",
        'local m = instruments.get("newport") for i = 1, 40 do record{ p = m:read_power() } sleep(0.02) end',
    ),
    ("lua", 'instruments.get("esp300"):move_absolute(math.random() * 20)'),
    ("lua", "local t = {} while true do t[#t + 1] = string.rep('x', 1e5) end"),
    ("lua", "for i = 1, 20000 do print(i) end sleep(0.5)"),
    ("lua", "for i = 1, 30 do pcall(device_set_motor_speed, i, 10) sleep(0.05) end error('expected')"),
    ("python", "import time\ntime.sleep(3)\nrecord(a=1)"),
    ("python", "import os\nos._exit(7)"),
    ("python", "import threading\nthreading.Thread(target=lambda: None).start()\nwhile True: record(a=1.5)"),
    (
        "python",
        "m = instruments.get('newport')\nfor _ in range(40):\n    record(p=m.read_power())\n    sleep(0.02)",
    ),
    ("python", "try:\n    while True: sleep(1)\nfinally:\n    print('never')"),
)
AT_ONCE = 10


class Level(NamedTuple):
    """What must not grow from run to run."""

    threads: int
    children: int
    descriptors: int
    memory_mb: float
    scratch: int


class Worker:
    """Keeps ten runs going, and stops, kills and halts at random; remembers how each ended.

    Args:
        bench: what it works on.
        chance: the source of what it does.
    """

    def __init__(self, bench: ServedBench, client: BenchClient, chance: random.Random) -> None:
        self.outcomes: dict[str, RunState] = {}
        self.rows: dict[str, int] = {}
        self.deeds: Counter[str] = Counter()
        self._bench, self._client, self._chance = bench, client, chance
        self._folder = DataFolder.at(bench.data_dir)
        self._active: set[str] = set()
        client.request(Subscribe(telemetry=False))

    def work(self, runs: int, seconds: float) -> None:
        """Go on until so many runs are over and so much time has passed, then let the last ones end."""
        end_s = time.monotonic() + seconds
        target = len(self.outcomes) + runs
        while len(self.outcomes) < target or time.monotonic() < end_s:
            for _ in range(AT_ONCE - len(self._active)):
                self._submit()
            self._watch(0.05)
            self._interfere()
        deadline_s = time.monotonic() + 60
        while self._active:
            assert time.monotonic() < deadline_s, f"never ended: {self._active}"
            self._stop_one()
            self._watch(0.05)

    def level(self) -> Level:
        """Return what the bench uses, once it is at rest."""
        deadline_s = time.monotonic() + 10
        while workers(self._bench) and time.monotonic() < deadline_s:
            self._watch(0.05)
        process = psutil.Process(self._bench.pid)
        family = [process, *process.children(recursive=True)]
        return Level(
            threads=process.num_threads(),
            children=len(family) - 1,
            descriptors=process.num_fds(),
            memory_mb=sum(each.memory_info().rss for each in family) / 2**20,
            scratch=len(list(self._folder.scratch.iterdir())),
        )

    def _submit(self) -> None:
        language, source = self._chance.choice(SCRIPTS)
        request = SubmitRun(
            name=f"soak.{language}",
            language=language,
            source=source,
            grant=sorted(ALL_PERMISSIONS),
            limits={"max_execution_time_s": self._chance.choice((0.2, 1.0, 5.0)), "max_record_rows": 50_000},
        )
        with suppress(BenchwrightError):  # refused while the emergency stop is latched
            self._active.add(str(self._client.request(request)))

    def _watch(self, timeout_s: float) -> None:
        event = self._client.next_event(timeout_s)
        while event is not None:
            if isinstance(event, RunFinished):
                assert event.run_id not in self.outcomes, "it ended twice"
                self.outcomes[event.run_id] = event.outcome
                self.rows[event.run_id] = event.rows
                self._active.discard(event.run_id)
            event = self._client.next_event(0.0001)

    def _interfere(self) -> None:
        deed = self._chance.choices(("nothing", "cancel", "kill worker", "estop"), (80, 15, 5, 0.3))[0]
        self.deeds[deed] += 1
        if deed == "cancel":
            self._stop_one()
        elif deed == "kill worker" and (pids := workers(self._bench)):
            with suppress(ProcessLookupError):
                os.kill(self._chance.choice(pids), signal.SIGKILL)
        elif deed == "estop":
            self._tell_safety_line(safety_line.press)
            self._tell_safety_line(safety_line.reset)

    def _tell_safety_line(self, command: Callable[[DataFolder, str], object]) -> None:
        """Press or reset; where the computer has more to do than it can, again and again."""
        while True:
            try:
                command(self._folder, "soak")
            except safety_line.BenchSilent:
                self.deeds["heard late"] += 1
            else:
                return

    def _stop_one(self) -> None:
        if self._active:
            run_id = self._chance.choice(sorted(self._active))
            with suppress(BenchwrightError):  # it is over
                self._client.request(CancelRun(run_id=run_id, kill=self._chance.random() < 0.3))


@contextmanager
def at_work(folder: Path, seed: int) -> Iterator[Worker]:
    """Serve a bench whose instruments misbehave, and somebody to work it."""
    config = folder / "bench.toml"
    config.write_text(CONFIG, "utf-8")
    with (
        served_bench(folder / "data", "--config", config) as bench,
        closing(BenchClient.connect(DataFolder.at(bench.data_dir))) as client,
    ):
        yield Worker(bench, client, random.Random(seed))


def check_accounts(worker: Worker, store: RunStore) -> None:
    """Hold what is on disk against what the bench told: no run is missing, and no row."""
    records = {record.run_id: record for record in store.list()}
    assert records.keys() == worker.outcomes.keys()
    for run_id, outcome in worker.outcomes.items():
        assert outcome in FINAL_STATES
        assert (records[run_id].state, records[run_id].rows) == (outcome, worker.rows[run_id])
        with closing(sqlite3.connect(store.folder(run_id).data_path)) as file:
            assert file.execute("SELECT count(*) FROM rows").fetchone() == (worker.rows[run_id],)


@pytest.mark.parametrize(
    ("warm_up_runs", "runs", "seconds", "growth_mb"),
    [
        pytest.param(15, 30, 2.0, 150, id="short"),
        pytest.param(2000, 1000, 1200.0, 30, id="long", marks=[pytest.mark.soak, pytest.mark.timeout(3000)]),
    ],
)
def test_a_bench_that_is_worked_hard_leaks_nothing(
    tmp_path: Path, warm_up_runs: int, runs: int, seconds: float, growth_mb: float
) -> None:
    """Work it until its allocator has met all kinds of floods, and again: the level is that of before."""
    with at_work(tmp_path, seed=runs) as worker:
        worker.work(warm_up_runs, 0.0)
        before = worker.level()
        worker.work(runs, seconds)
        after = worker.level()
        print(f"\n{len(worker.outcomes)} runs: {dict(Counter(worker.outcomes.values()))}")
        print(f"deeds: {dict(worker.deeds)}\nbefore: {before}\nafter:  {after}")
        check_accounts(worker, RunStore(tmp_path / "data"))
    assert after.threads <= before.threads + 3
    assert after.children <= before.children + 1
    assert after.descriptors <= before.descriptors + 5
    assert after.memory_mb <= before.memory_mb + growth_mb
    assert after.scratch == 0
