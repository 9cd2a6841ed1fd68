"""Figures of the window: its first paint, and how it answers under a flood of lines, rows and telemetry.

The window is built offscreen in this process, on a real bench. ``WINDOW_SECONDS`` (60) is how long the flood
lasts, ``WINDOW_ONLY`` names parts to measure (paint, flood, stop, telemetry, file).
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import window_paint, window_stops
from tests.benchmarks.figure import Figure
from tests.benchmarks.window_shell import StallMeter, memory_mb, open_shell, serve, serve_for, start_flood

if TYPE_CHECKING:
    from benchwright.gui.main_window import MainWindow

SECONDS = float(os.environ.get("WINDOW_SECONDS", "60"))
TELEMETRY_SAMPLES = 8 * 3600 * 10
CHANNELS = 20


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    parts: dict[str, Callable[[], Iterator[Figure]]] = {
        "paint": window_paint.measure,
        "flood": lambda: _in_window(_flood),
        "stop": window_stops.measure,
        "telemetry": lambda: _in_window(_telemetry),
        "file": lambda: _in_window(_large_file),
    }
    chosen = os.environ.get("WINDOW_ONLY", "").replace(",", " ").split() or list(parts)
    for name in chosen:
        yield from parts[name]()


def _in_window(part: "Callable[[MainWindow], Iterator[Figure]]") -> Iterator[Figure]:
    with open_shell() as window:
        yield from part(window)


def _flood(window: "MainWindow") -> Iterator[Figure]:
    start_flood(window)
    serve_for(2.0)  # pyqtgraph is loaded, the first curves are there
    meter = StallMeter()
    lines: list[int] = []
    window.model.lines_arrived.connect(lambda event: lines.append(len(getattr(event, "lines", ()))))
    rows, began_s, cpu_s, memory = window.model.run.rows, time.perf_counter(), time.thread_time(), []
    while time.perf_counter() - began_s < SECONDS:
        serve_for(min(1.0, SECONDS))
        memory.append(memory_mb())
    lasted_s = time.perf_counter() - began_s
    meter.stop()
    yield meter.figure(
        "window, longest stall in a flood of lines and 8 traces",
        100,
        seconds=round(lasted_s, 1),
        lines_per_s=round(sum(lines) / lasted_s),
        rows_per_s=round((window.model.run.rows - rows) / lasted_s),
        gui_cpu_share=round((time.thread_time() - cpu_s) / lasted_s, 2),
    )
    yield Figure(
        "window, memory of the desk in that flood",
        max(memory),
        "MB",
        detail={"after_a_quarter": round(memory[len(memory) // 4]), "at_the_end": round(memory[-1])},
    )
    window.actions_by_id["action.cancel"].trigger()
    took_ms = serve(lambda: not window.model.is_busy)
    yield Figure("window, cancel in that flood, click to shown as cancelled", took_ms, "ms")


def _telemetry(window: "MainWindow") -> Iterator[Figure]:
    """Feed the telemetry of 8 hours at a high speed, then at its own with all of it on the screen."""
    from PySide6.QtWidgets import QToolButton

    from benchwright.core.events import TelemetryRead

    window.docks.raise_panel("plots")
    names = [f"device{index}.value" for index in range(CHANNELS)]
    units = dict.fromkeys(names, "V")
    start_s = time.monotonic() - TELEMETRY_SAMPLES / 10

    def sample(index: int, at_s: float) -> TelemetryRead:
        values: dict[str, float | None] = {
            name: (index * 0.001 + place) % 5 for place, name in enumerate(names)
        }
        return TelemetryRead(values={**values}, units=units, monotonic_s=at_s)

    meter, index, began_s = StallMeter(), 0, time.perf_counter()
    while index < TELEMETRY_SAMPLES:
        turn_s = time.perf_counter()
        while time.perf_counter() - turn_s < 0.01 and index < TELEMETRY_SAMPLES:
            window.model.happened(sample(index, start_s + index / 10))
            index += 1
        serve_for(0.002)
    fed_s = time.perf_counter() - began_s
    yield meter.figure(
        "window, longest stall while 8 h of telemetry of 20 channels are fed",
        100,
        samples_per_s=round(TELEMETRY_SAMPLES / fed_s),
        memory_mb=round(memory_mb()),
    )
    window.plots.restore_state({"telemetry": {"channels": names, "window": "8 h"}})
    switch = window.plots.findChild(QToolButton, "plots.show_telemetry")
    assert switch is not None
    switch.click()
    serve_for(0.5)
    meter.restart()
    until_s = time.perf_counter() + 10
    while time.perf_counter() < until_s:
        window.model.happened(sample(index, time.monotonic()))
        index += 1
        serve_for(0.1)
    yield meter.figure("window, longest stall with 8 h of telemetry shown, at 10 Hz", 100)
    meter.stop()


def _large_file(window: "MainWindow") -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "large.lua")
        line = "local value = 1.5 -- a line of a large script, of some length\n"
        file.write_text(line * (10_000_000 // len(line)), encoding="utf-8")
        serve_for(1.0)
        meter = StallMeter()
        began_s = time.perf_counter()
        window.editor.open_file(file)
        serve(lambda: (buffer := window.editor.current()) is not None and buffer.path == file)
        shown_ms = (time.perf_counter() - began_s) * 1000
        serve_for(3.0)
        yield meter.figure(
            "window, longest stall while a file of 10 MB is opened", 200, shown_ms=round(shown_ms)
        )
        meter.stop()
