"""Figures of a worker at work: the cost of a call, the memory it needs, the rows it records."""

import itertools
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.execution import RunExecution, Services
from benchwright.bench.runs.host_functions import HostFunctions
from benchwright.bench.runs.run import Run
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.events import AnyEvent, LinesPrinted, RunFinished
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.rates import RateSettings
from benchwright.core.run_states import RunState
from benchwright.instruments.port import SafetyLatch
from benchwright.worker.launching import WorkerLauncher, make_launcher
from tests.bench.plans import plan
from tests.benchmarks.figure import Figure, percentile
from tests.benchmarks.memory_instrument import MemoryInstruments

CALL_COUNT = 20_000

TIMED_CALLS = {
    "lua": """
local memory = instruments.get("memory")
for i = 1, 500 do memory:read() end
for i = 1, {count} do memory:read() end
""",
    "python": """
memory = instruments.get("memory")
for i in range(500 + {count}):
    memory.read()
""",
}

ROWS = """
for i = 1, {count} do record{{ angle = i * 0.5, power = i / 3 }} end
"""

IDLE = {
    "lua": 'print("here") for i = 1, 1000 do sleep(0.05) end',
    "python": 'print("here")\nfor i in range(1000): sleep(0.05)',
}


class Stage:
    """What a run needs of a bench, with an instrument in memory and nothing else around it."""

    def __init__(self, launcher: WorkerLauncher, folder: Path) -> None:
        self.bus = EventBus()
        self.instruments = cast(Any, MemoryInstruments())
        unused: Any = None
        functions = HostFunctions(self.instruments, unused, unused, None, lambda source: None)
        self.services = Services(
            bus=self.bus,
            store=RunStore(folder),
            launcher=launcher,
            instruments=self.instruments,
            functions=functions,
            check_holder=lambda name, run_id: None,
            others_commanding=lambda name, run: [],
            latch=SafetyLatch(),
            scratch=folder / "scratch",
            config_text="",
            config_sha256="",
        )
        self._count = 0

    def run(self, source: str, language: str) -> Run:
        """Make a run that has time, memory and rate in plenty."""
        self._count += 1
        return Run(
            plan(
                f"20260101-000000-{self._count:06x}",
                source,
                language=language,
                limits=ScriptResourceLimits(max_execution_time_s=120),
                rate=RateSettings(operations_per_s=1e9, burst=1e9),
            ),
            self.bus,
        )

    def carry_out(self, run: Run) -> RunFinished:
        """Carry a run out and return how it ended."""
        seen: list[AnyEvent] = []
        stop = self.bus.subscribe(seen.append)
        RunExecution(run, self.services).carry_out()
        stop()
        finished = seen[-1]
        assert isinstance(finished, RunFinished)
        if finished.error is not None:
            raise RuntimeError(finished.error.message)
        return finished


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    sys.setswitchinterval(0.0005)  # as the bench does
    with tempfile.TemporaryDirectory(prefix="benchwright-bench-") as name:
        launcher = make_launcher()
        launcher.start()
        try:
            stage = Stage(launcher, Path(name))
            for language in ("lua", "python"):
                yield from _calls(stage, language)
            yield from _rows(stage)
            for language in ("lua", "python"):
                yield from _memory(stage, language)
        finally:
            launcher.close()


def _calls(stage: Stage, language: str) -> Iterator[Figure]:
    """Time each call from its arrival to the next one's: the whole round as the script sees it."""
    arrivals = stage.instruments.get("memory").arrivals_s
    arrivals.clear()
    stage.carry_out(stage.run(TIMED_CALLS[language].format(count=CALL_COUNT), language))
    rounds_us = [(b - a) * 1e6 for a, b in itertools.pairwise(arrivals)]
    reach = (60.0, 1000.0) if language == "lua" else (None, None)
    yield Figure(f"call overhead, {language}, p50", percentile(rounds_us, 50), "us", reach[0])
    yield Figure(
        f"call overhead, {language}, p99",
        percentile(rounds_us, 99),
        "us",
        reach[1],
        detail={"calls": len(rounds_us), "max": round(max(rounds_us))},
    )


def _rows(stage: Stage) -> Iterator[Figure]:
    count = 500_000
    finished = stage.carry_out(stage.run(ROWS.format(count=count), "lua"))
    assert finished.rows == count
    yield Figure(
        "rows from a Lua script to a durable file",
        count / finished.duration_s,
        "rows/s",
        50_000,
        lower_is_better=False,
        detail={"rows": count, "from": "start of the run to the closed file"},
    )


def _memory(stage: Stage, language: str) -> Iterator[Figure]:
    run = stage.run(IDLE[language], language)
    here = threading.Event()
    pids: list[int] = []
    stop = stage.bus.subscribe(lambda event: here.set() if isinstance(event, LinesPrinted) else None)
    original = stage.services.launcher.launch

    def launch(request: Any) -> Any:
        worker = original(request)
        pids.append(worker.pid)
        return worker

    stage.services.launcher.launch = launch  # type: ignore[method-assign]
    thread = threading.Thread(target=RunExecution(run, stage.services).carry_out)
    thread.start()
    try:
        if not here.wait(30):
            raise TimeoutError("the script does not start")
        private = _private_bytes(pids[0])
    finally:
        run.request_stop(RunState.CANCELLED)
        thread.join(10)
        stop()
        del stage.services.launcher.launch
    reach = 8.0 if language == "lua" else None
    yield Figure(f"private memory of a running {language} script", private / 2**20, "MB", reach)


def _private_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))
