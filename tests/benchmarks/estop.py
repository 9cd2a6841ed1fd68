"""How long the emergency stop takes as a command: from the start of its process to the acknowledgement."""

import subprocess
import time
from collections.abc import Iterator

from benchwright.bench.operators.launch import bench_command
from tests.benchmarks.bench_process import running_bench
from tests.benchmarks.figure import Figure, percentile

COUNT = 20


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    with running_bench() as (folder, _):
        command = bench_command("estop", "--data-dir", str(folder.path))
        acknowledged_ms, ended_ms = [], []
        for _ in range(COUNT):
            began_s = time.perf_counter()
            with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                process.stdout.readline()  # printed once the bench has latched
                acknowledged_ms.append((time.perf_counter() - began_s) * 1000)
                process.stdout.read()
            ended_ms.append((time.perf_counter() - began_s) * 1000)
            if process.returncode != 0:
                raise RuntimeError(f"estop ended with {process.returncode}")
        yield Figure(
            "estop process, start to acknowledged, p95",
            percentile(acknowledged_ms, 95),
            "ms",
            150,
            detail={
                "p50": round(percentile(acknowledged_ms, 50), 1),
                "report_p50": round(percentile(ended_ms, 50), 1),
                "runs": COUNT,
            },
        )
