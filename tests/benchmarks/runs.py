"""Figures of runs on a real bench: how soon they start, what a call costs, what they need."""

import time
from collections.abc import Iterator

from benchwright.bench.operators.client import BenchClient
from benchwright.core.events import LinesPrinted, RunFinished
from tests.benchmarks.bench_process import events_of, run, running_bench, submit
from tests.benchmarks.figure import Figure, percentile

IN_MEMORY = """
[bench]
name = "benchmark"
max_concurrent_runs = {concurrent}
[rate]
operations_per_s = 1000000000
burst = 1000000000
[instruments.memory]
driver = "in_memory"
link = "memory://"
"""

FIRST_LINE = 'print("first")'

CALLS = """
local memory = instruments.get("memory")
local clock = os.clock
for i = 1, {count} do memory:read() end
"""

SUMS = """
local sum = 0
for i = 1, 100000 do sum = sum + i * {factor} end
return sum
"""


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    with running_bench() as (_, client):
        yield from _starts(client)
        yield from _starts(client, "python")
        yield from _thirty_at_once(client)


def _first_lines(client: BenchClient, language: str, count: int) -> list[float]:
    """Return the times from `count` requests at once to the first printed line of each, in ms."""
    began_s = time.monotonic()
    for _ in range(count):
        submit(client, FIRST_LINE, language)
    events = events_of(client, count)
    return [(event.monotonic_s - began_s) * 1000 for event in events if isinstance(event, LinesPrinted)]


def _starts(client: BenchClient, language: str = "lua") -> Iterator[Figure]:
    reach = (10.0, 150.0) if language == "lua" else (None, None)
    _first_lines(client, language, 2)
    singles = [time_ms for _ in range(100) for time_ms in _first_lines(client, language, 1)]
    yield Figure(
        f"request to first line, {language}, warm, p50",
        percentile(singles, 50),
        "ms",
        reach[0],
        detail={"p95": round(percentile(singles, 95), 2), "runs": len(singles)},
    )
    together = [time_ms for _ in range(10) for time_ms in _first_lines(client, language, 10)]
    yield Figure(
        f"request to first line, {language}, 10 at once, p95",
        percentile(together, 95),
        "ms",
        reach[1],
        detail={"p50": round(percentile(together, 50), 2), "runs": len(together)},
    )


def _thirty_at_once(client: BenchClient) -> Iterator[Figure]:
    expected = {submit(client, SUMS.format(factor=n)): n * 5000050000 for n in range(30)}
    finished = [event for event in events_of(client, 30) if isinstance(event, RunFinished)]
    right = sum(event.result == expected[event.run_id] for event in finished)
    yield Figure("scripts at once that finish with right results, of 30", right, "runs", 30, False)


__all__ = ["measure", "run"]
