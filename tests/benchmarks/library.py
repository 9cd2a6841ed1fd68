"""How fast a library of 5,000 scripts is listed and searched."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchwright.bench.library import ScriptManager
from benchwright.core.resource_paths import resource_path
from tests.benchmarks.figure import Figure

SCRIPTS = 5_000
QUERIES = ("s", "scan 47", "number 4711", "#optics velocity", "not there")


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "library")
        _fill(folder)
        never_seen_s = _time_s(ScriptManager(folder).list)
        listed_s = statistics.median([_time_s(ScriptManager(folder).list) for _ in range(5)])
        yield Figure(f"{SCRIPTS} scripts listed by a new process", listed_s * 1000, "ms", 300)
        yield Figure(f"{SCRIPTS} scripts listed for the first time ever", never_seen_s * 1000, "ms")
        library = ScriptManager(folder)
        entries = library.list()
        first_s = _time_s(lambda: library.search("number 4711", entries))
        slowest_s = max(_time_s(partial(library.search, query, entries)) for query in QUERIES)
        yield Figure("slowest search among them, text included", slowest_s * 1000, "ms", 100)
        yield Figure("the first search, which reads all text", first_s * 1000, "ms")


def _fill(folder: Path) -> None:
    source = resource_path("examples", "malus_scan.lua").read_text("utf-8")
    metadata = resource_path("examples", "malus_scan.toml").read_text("utf-8")
    for number in range(SCRIPTS):
        below = folder / f"folder{number % 50}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"scan{number}.lua").write_text(f"{source}-- number {number}\n", "utf-8")
        (below / f"scan{number}.toml").write_text(metadata.replace("Malus scan", f"Scan {number}"), "utf-8")
    time.sleep(0.1)  # files of this moment are read again: they may change without another time


def _time_s(do: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    do()
    return time.perf_counter() - began_s
