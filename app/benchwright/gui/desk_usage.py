"""What the window's own process uses of this computer."""

import os
import time


class DeskUsage:
    """Measures processor time from one time to the next, and memory."""

    def __init__(self) -> None:
        self._measured_s = time.monotonic()
        self._cpu_s = time.process_time()

    def measure(self) -> tuple[float, int]:
        """Return the percentage of one core since the last time, and the resident memory in bytes."""
        from benchwright.worker.launching import resident_bytes  # not before the first paint

        now_s, cpu_s = time.monotonic(), time.process_time()
        percent = 100 * (cpu_s - self._cpu_s) / max(now_s - self._measured_s, 1e-3)
        self._measured_s, self._cpu_s = now_s, cpu_s
        return percent, resident_bytes(os.getpid())
