"""Many short runs at once, some of them cancelled or killed: each is accounted for, and nothing is left."""

import random
import threading
from collections import Counter
from pathlib import Path

import psutil
import pytest

from benchwright.core.errors import RunNotFound
from benchwright.core.events import RunFinished
from benchwright.core.run_states import FINAL_STATES
from tests.bench.operating import Operator

SCRIPTS = (
    "return 1",
    "for i = 1, 1000 do record{ i = i } end",
    "while true do end",
    'instruments.get("esp300"):move_absolute(math.random() * 3)',
    'error("expected")',
    "local t = {} for i = 1, 1e5 do t[i] = i end sleep(0.02)",
    'for i = 1, 50 do instruments.get("newport"):read_power() end',
)
AT_ONCE = 10


def left_over(process: psutil.Process) -> dict[str, int]:
    """Return what must not grow from run to run."""
    scratch = Path("/proc/self/fd")
    return {
        "threads": process.num_threads(),
        "children": len(process.children(recursive=True)),
        "descriptors": len(list(scratch.iterdir())) if scratch.is_dir() else 0,
    }


def run_batch(operator: Operator, chance: random.Random) -> list[RunFinished]:
    """Run ten scripts at once and stop those that are still there after a while."""
    run_ids = [operator.submit(chance.choice(SCRIPTS)) for _ in range(AT_ONCE)]

    def stop_all() -> None:
        for run_id in run_ids:
            try:
                operator.bench.supervisor.cancel(run_id, kill=chance.random() < 0.3)
            except RunNotFound:
                pass  # it is over

    stopper = threading.Timer(0.1, stop_all)
    stopper.start()
    finished = [operator.finished_among(run_id) for run_id in run_ids]
    stopper.join()
    operator.seen.clear()
    assert operator.bench.supervisor.wait_until_idle(10)
    return finished


@pytest.mark.parametrize("batches", [3, pytest.param(100, marks=pytest.mark.soak)])
def test_many_runs_leave_nothing(operator: Operator, batches: int) -> None:
    chance = random.Random(1)
    process = psutil.Process()
    for name in operator.bench.instruments.names:
        operator.bench.instruments.connect(name)
    run_batch(operator, chance)
    before = left_over(process)
    outcomes = Counter(finished.outcome for _ in range(batches) for finished in run_batch(operator, chance))
    assert outcomes.total() == batches * AT_ONCE
    assert outcomes.keys() <= FINAL_STATES
    after = left_over(process)
    assert {name: after[name] - before[name] for name in before if after[name] > before[name] + 2} == {}
    assert list(operator.bench.folder.scratch.iterdir()) == []
