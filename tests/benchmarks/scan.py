"""A 1-D scan over two simulated instruments, against the same loop in plain Python on the same links."""

import json
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from benchwright.core.program import program_command
from benchwright.instruments.config import Config
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import SafetyLatch
from tests.benchmarks.bench_process import run, running_bench
from tests.benchmarks.figure import Figure

POINTS = 500
REPEATS = 9

CONFIG = """
[bench]
name = "scan"
[rate]
operations_per_s = 1000000
burst = 1000000
[instruments.supply]
driver = "{supply_driver}"
link = "{supply}"
[instruments.multimeter]
driver = "{multimeter_driver}"
link = "{multimeter}"
"""

SCRIPT = f"""
local supply = instruments.get("supply")
local meter = instruments.get("multimeter")
supply:set_voltage(0)
for i = 1, {POINTS} do
  supply:set_voltage(i * 0.01)
  record{{ voltage = i * 0.01, current = meter:measure_current() }}
end
"""


def measure() -> Iterator[Figure]:
    """Measure all of this page; the instruments run in a process of their own, as real ones do."""
    process = subprocess.Popen(
        program_command("simulate", "--json"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        yield from _compare(_config(_addresses(process)))
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


def _compare(config: str) -> Iterator[Figure]:
    times: dict[str, list[float]] = {"ours": [], "commits": [], "lines": []}
    instruments = InstrumentSet(Config.from_text(config), SafetyLatch(), lambda name, state, message: None)
    with running_bench(config) as (_, client), closing(instruments):
        run(client, SCRIPT)
        for _ in range(REPEATS):
            began_s = time.perf_counter()
            assert run(client, SCRIPT).rows == POINTS
            times["ours"].append(time.perf_counter() - began_s)
            times["commits"].append(_plain_scan(instruments, _committed_rows))
            times["lines"].append(_plain_scan(instruments, _flushed_lines))
    ours_s, commits_s, lines_s = (median(values) for values in times.values())
    detail: dict[str, float | str] = {"points": POINTS, "ours_ms": round(ours_s * 1000, 1)}
    yield Figure(
        "1-D scan against plain Python, each point committed",
        ours_s / commits_s,
        "times",
        2.0,
        detail={**detail, "plain_ms": round(commits_s * 1000, 1)},
    )
    yield Figure(
        "1-D scan against plain Python, each point a flushed line",
        ours_s / lines_s,
        "times",
        detail={**detail, "plain_ms": round(lines_s * 1000, 1)},
    )


def _addresses(process: "subprocess.Popen[bytes]") -> dict[str, dict[str, str]]:
    assert process.stdout is not None
    found: dict[str, dict[str, str]] = {}
    while not {"supply", "multimeter"} <= found.keys():
        instrument = json.loads(process.stdout.readline())
        found[instrument["name"]] = instrument
    return found


def _config(instruments: dict[str, dict[str, str]]) -> str:
    return CONFIG.format(
        supply=instruments["supply"]["link"],
        supply_driver=instruments["supply"]["driver"],
        multimeter=instruments["multimeter"]["link"],
        multimeter_driver=instruments["multimeter"]["driver"],
    )


Keep = Callable[[float, float], object]


def _plain_scan(
    instruments: InstrumentSet, keeper: Callable[[Path], tuple[Keep, Callable[[], None]]]
) -> float:
    """The same loop on the same links in one process: no permission, no rate, no isolation."""
    supply, meter = instruments.get("supply"), instruments.get("multimeter")
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.perf_counter()
        keep, close = keeper(Path(folder))
        for i in range(1, POINTS + 1):
            supply.invoke("set_voltage", [i * 0.01], {})
            current = meter.invoke("measure_current", [], {})
            assert isinstance(current, float)
            keep(i * 0.01, current)
        close()
        return time.perf_counter() - began_s


def _committed_rows(folder: Path) -> tuple[Keep, Callable[[], None]]:
    rows = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("PRAGMA synchronous=FULL")
    rows.execute("CREATE TABLE rows(voltage REAL, current REAL)")
    return lambda *row: rows.execute("INSERT INTO rows VALUES (?, ?)", row), rows.close


def _flushed_lines(folder: Path) -> tuple[Keep, Callable[[], None]]:
    lines = (folder / "rows.csv").open("w", buffering=1, encoding="utf-8")
    return lambda voltage, current: lines.write(f"{voltage},{current}\n"), lines.close
