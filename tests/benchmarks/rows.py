"""How many rows per second the recorder puts on disk, alone and beside a thread that keeps Python busy."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchwright.bench.storage.recorder import RunRecorder
from benchwright.core.values import Value
from tests.benchmarks.figure import Figure

BATCH = 300
ROWS = 600_000


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    yield Figure("rows to a durable file", rows_per_s(ROWS), "rows/s", 50_000, lower_is_better=False)
    with busy_thread():
        yield Figure(
            "rows to a durable file beside a busy thread",
            rows_per_s(ROWS // 4),
            "rows/s",
            50_000,
            lower_is_better=False,
        )


def rows_per_s(count: int) -> float:
    """Record `count` rows of three columns in batches as a worker sends them, until all are on disk."""
    columns: dict[str, list[Value]] = {
        "angle": [index * 0.1 for index in range(BATCH)],
        "power": [index * 1e-6 for index in range(BATCH)],
        "step": list(range(BATCH)),
    }
    times_s = [index * 1e-3 for index in range(BATCH)]
    with tempfile.TemporaryDirectory() as folder:
        recorder = RunRecorder(Path(folder, "data.sqlite"), lambda error: None)
        began_s = time.perf_counter()
        for _ in range(count // BATCH):
            recorder.rows(list(times_s), {name: list(values) for name, values in columns.items()})
        is_stored = recorder.flush(60.0)
        duration_s = time.perf_counter() - began_s
        if recorder.close(60.0) != count // BATCH * BATCH or not is_stored:
            raise RuntimeError(f"rows are missing: {recorder.failure}")
    return count / duration_s


@contextmanager
def busy_thread() -> Iterator[None]:
    """Keep the interpreter busy meanwhile."""
    ended = threading.Event()

    def spin() -> None:
        while not ended.is_set():
            sum(range(1000))

    thread = threading.Thread(target=spin)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    for figure in measure():
        print(figure.json())
