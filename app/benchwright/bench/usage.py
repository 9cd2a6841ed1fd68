"""Tells those who watch what the bench, its workers and each run use of this computer."""

import os
import threading
import time
from collections.abc import Callable

from benchwright.bench.runs.run import Run
from benchwright.core.events import AnyEvent, ResourcesUsed
from benchwright.worker.launching import WorkerLauncher, resident_bytes

INTERVAL_S = 1.0


class UsageReporter:
    """Publishes a `ResourcesUsed` once a second while somebody watches; reads what others count anyway.

    Args:
        runs: tells the runs that are not over.
        is_watched: tells whether anybody wants to know.
    """

    def __init__(
        self,
        launcher: WorkerLauncher,
        runs: Callable[[], list[Run]],
        is_watched: Callable[[], bool],
        publish: Callable[[AnyEvent], None],
    ) -> None:
        self._launcher = launcher
        self._runs = runs
        self._is_watched = is_watched
        self._publish = publish
        self._closed = threading.Event()
        self._measured_s = time.monotonic()
        self._bench_cpu_s = time.process_time()
        self._run_cpu_s: dict[str, float] = {}

    def start(self) -> None:
        """Begin to tell."""
        threading.Thread(target=self._tell, name="usage", daemon=True).start()

    def close(self) -> None:
        """Tell no more."""
        self._closed.set()

    def _tell(self) -> None:
        while not self._closed.wait(INTERVAL_S):
            if self._is_watched():
                self._publish(self.measure())

    def measure(self) -> ResourcesUsed:
        """Return what is used now; the processor time is that since the last time."""
        runs = {run.run_id: run.usage() for run in self._runs()}
        cpu_by_run = {run_id: usage.cpu_s for run_id, usage in runs.items()}
        used_s = sum(cpu_s - self._run_cpu_s.get(run_id, 0.0) for run_id, cpu_s in cpu_by_run.items())
        now_s, bench_cpu_s = time.monotonic(), time.process_time()
        used_s += bench_cpu_s - self._bench_cpu_s
        passed_s = max(now_s - self._measured_s, 1e-3)
        self._measured_s, self._bench_cpu_s, self._run_cpu_s = now_s, bench_cpu_s, cpu_by_run
        return ResourcesUsed(
            cpu_percent=100 * used_s / passed_s,
            memory_bytes=resident_bytes(os.getpid()) + self._launcher.resident_bytes(),
            runs=runs,
        )
