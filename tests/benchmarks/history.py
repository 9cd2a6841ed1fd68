"""How fast a history of 10,000 runs is listed and searched, by commands and in the window."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.bench.history import RunHistory
from benchwright.bench.storage.row_file import LineBatch, RowBatch, RowFile
from benchwright.core.errors import ErrorInfo
from benchwright.core.events import CallStatistics
from benchwright.core.run_record import RunRecord, encode_record
from benchwright.core.run_states import RunState
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from benchwright.gui.panels.runs.panel import RunsPanel

RUNS = 10_000
SCRIPTS = ("malus_scan.lua", "supply_sweep.lua", "warmup.py", "spectrum.lua")
TYPED = ("outcome:failed wavelength=532 lost link", "script:malus since:2026-02-01", "spectrum 780")
APP = Path(__file__).resolve().parents[2] / "app"


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        never_seen_s = _time_s(lambda: list(RunHistory(folder).find()))
        listed_s = statistics.median([_time_s(lambda: list(RunHistory(folder).find())) for _ in range(5)])
        yield Figure(f"{RUNS} runs listed by a new process", listed_s * 1000, "ms", 200)
        yield Figure(f"{RUNS} runs listed for the first time ever", never_seen_s * 1000, "ms")
        command_s = statistics.median([_command_s(folder) for _ in range(5)])
        yield Figure("runs list with three conditions, the whole command", command_s * 1000, "ms", 500)
        texts_s = _time_s(lambda: list(RunHistory(folder).find('"in no script and no log"')))
        yield Figure(f"scripts and logs of {RUNS} runs looked through", texts_s, "s")
        yield from _window(folder)


def _window(folder: Path) -> Iterator[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from benchwright.gui.application import make_application
    from benchwright.gui.controls import Controls
    from benchwright.gui.panels.runs.panel import RunsPanel
    from benchwright.gui.session import RunModel
    from tests.benchmarks.window_shell import StallMeter

    make_application()
    model = RunModel(data_dir=folder)
    panel = RunsPanel(model, Controls(lambda _: None))
    panel.resize(1200, 400)
    panel.show()
    _serve_until(lambda: panel.table.count() == RUNS)
    keys = [key for text in TYPED for key in _typed_ms(panel, text)]
    for name, at in (("until the list is painted", 0), ("processor time of it", 1)):
        times_ms = [key[at] for key in keys]
        p50 = round(statistics.median(times_ms), 1)
        load = round(os.getloadavg()[0], 1)
        detail: dict[str, float | str] = {"p50": p50, "load": load}
        yield Figure(f"slowest key while one searches, {name}", max(times_ms), "ms", 100, detail=detail)
    panel.finder.look_for('"in no script and no log"')
    meter = StallMeter()
    panel.finder.search_texts(panel.table.all_rows())
    _serve_until(lambda: not panel.finder.is_searching)
    meter.stop()
    yield meter.figure("longest stall while scripts and logs are looked through", 100)
    panel.deleteLater()
    QApplication.processEvents()


def _typed_ms(panel: "RunsPanel", text: str) -> Iterator[tuple[float, float]]:
    """Give how long the window is busy with each further letter, by the clock and by the processor."""
    from PySide6.QtWidgets import QApplication

    for end in range(1, len(text) + 1):
        began_s, began_cpu_s = time.perf_counter(), time.thread_time()
        panel.finder.look_for(text[:end])
        panel.repaint()
        QApplication.processEvents()
        yield (time.perf_counter() - began_s) * 1000, (time.thread_time() - began_cpu_s) * 1000
    panel.finder.look_for("")


def _serve_until(holds: Callable[[], bool]) -> None:
    from PySide6.QtWidgets import QApplication

    while not holds():
        QApplication.processEvents()
        time.sleep(0.001)


def _fill(folder: Path) -> None:
    """Make runs whose rows and lines are alike; what tells them apart is in their records and scripts."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    data = folder / "data.sqlite"
    file = RowFile(data)
    values: dict[str, list[object]] = {"angle": [float(each) for each in range(20)]}
    lines = LineBatch(began.isoformat(), "stdout", [f"point {number}: 1.234 mW" for number in range(100)])
    file.write([RowBatch(0, [0.1 * each for each in range(20)], values)], [lines])  # type: ignore[arg-type]
    file.join_wal()
    file.close()
    for number in range(RUNS):
        created = began + timedelta(seconds=700 * number)
        run = folder / "runs" / f"{created:%Y%m%d-%H%M%S}-{number:06x}"
        run.mkdir(parents=True)
        (run / "script.lua").write_text(
            f"-- version {number % 500}\nlocal motor = instruments.get('esp300')\n" * 20
        )
        shutil.copyfile(data, run / "data.sqlite")
        (run / "run.json").write_bytes(encode_record(_record(run.name, created, number)))


def _record(run_id: str, created: datetime, number: int) -> RunRecord:
    has_failed = number % 11 == 0
    script = SCRIPTS[number % len(SCRIPTS)]
    return RunRecord(
        run_id=run_id,
        script=script,
        path=f"/home/ada/scripts/{script}",
        language="lua",
        script_file="script.lua",
        source_sha256=f"{number % 500:064x}",
        state=RunState.FAILED if has_failed else RunState.COMPLETED,
        created=created,
        started=created,
        ended=created + timedelta(seconds=9),
        duration_s=9.0,
        parameters={"wavelength": (532.0, 633.0, 780.0)[number % 3], "start": 0.0, "label": "sample A"},
        metadata='name = "scan"\n' * 30,
        config="[instruments.esp300]\n" * 40,
        rows=20,
        calls={"esp300.move": CallStatistics(count=5, failed=0, total_s=0.1, longest_s=0.1)},
        error=ErrorInfo("execution_error", "lost link to esp300", 4) if has_failed else None,
    )


def _command_s(folder: Path) -> float:
    conditions = ("--outcome", "failed", "--param", "wavelength=500..600", "--text", "lost link")
    command = [sys.executable, "-m", "benchwright", "runs", "list", *conditions, "--data-dir", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(APP)}
    return _time_s(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))


def _time_s(do: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    do()
    return time.perf_counter() - began_s
