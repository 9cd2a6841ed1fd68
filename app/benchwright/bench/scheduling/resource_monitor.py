"""Watches the computer, so that no scheduled run starts on one that has enough to do."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

_WINDOW_S: Final = 5.0  # over which the use of the processor is averaged
MIN_FREE_DISK_BYTES: Final = 200 * 1000 * 1000


class Load(NamedTuple):
    """How much the computer has to do."""

    cpu_percent: float
    memory_percent: float
    free_disk_bytes: int


class SystemLoad:
    """Measures the load; the processor's is an average over some seconds of regular calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._samples: deque[tuple[float, float, float]] = deque()  # monotonic, busy and all seconds

    def __call__(self) -> Load:
        import psutil

        return Load(
            cpu_percent=self._cpu_percent(psutil.cpu_times()),
            memory_percent=float(psutil.virtual_memory().percent),
            free_disk_bytes=int(psutil.disk_usage(str(self._folder)).free),
        )

    def _cpu_percent(self, times: tuple[float, ...]) -> float:
        idle = getattr(times, "idle", 0.0) + getattr(times, "iowait", 0.0)
        # On Linux the time of guests is in that of user and nice already.
        every = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        now_s = time.monotonic()
        self._samples.append((now_s, every - idle, every))
        while len(self._samples) > 2 and self._samples[1][0] < now_s - _WINDOW_S:
            self._samples.popleft()
        _, first_busy, first_every = self._samples[0]
        passed = every - first_every
        return min(100.0, 100.0 * (every - idle - first_busy) / passed) if passed > 0 else 0.0


class ResourceMonitor:
    """Says why a scheduled run is to wait.

    Args:
        measure: tells the load.
        count_runs: tells how many runs there are, started by whomever.
        max_runs: with so many of them no scheduled one starts.
    """

    def __init__(
        self,
        measure: Callable[[], Load],
        count_runs: Callable[[], int],
        max_runs: int,
        *,
        max_cpu_percent: float = 80.0,
        max_memory_percent: float = 80.0,
    ) -> None:
        self._measure = measure
        self._count_runs = count_runs
        self._max_runs = max_runs
        self._max_cpu_percent = max_cpu_percent
        self._max_memory_percent = max_memory_percent
        self._load = Load(0.0, 0.0, MIN_FREE_DISK_BYTES)

    def sample(self) -> None:
        """Look at the load; to be called about once a second."""
        self._load = self._measure()

    def why_hold(self) -> str:
        """Return why a run is to wait, such as ``CPU 92 %``; empty where none is."""
        load, count = self._load, self._count_runs()
        if load.cpu_percent > self._max_cpu_percent:
            return f"CPU {load.cpu_percent:.0f} %"
        if load.memory_percent > self._max_memory_percent:
            return f"memory {load.memory_percent:.0f} %"
        if load.free_disk_bytes < MIN_FREE_DISK_BYTES:
            return f"disk: {load.free_disk_bytes / 1e6:.0f} MB free"
        if count >= self._max_runs:
            return f"{count} {'script runs' if count == 1 else 'scripts run'}"
        return ""
