"""A window on a real bench in this process, a flood for it, and what tells how long it stalls."""

import contextlib
import gc
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.figure import Figure, percentile

if TYPE_CHECKING:
    from benchwright.gui.main_window import MainWindow

LINES_PER_S, ROWS_PER_S = 1_000_000 / 60, 100_000  # a trace is a column: each row is a point of all 8

# Prints and records at a steady pace, as far as it is let; never ends by itself.
FLOOD = """
local turn = 0
while true do
  for i = 1, {lines} do print("line " .. turn .. " of the flood: 1.234567 V, 0.987654 A") end
  for i = 1, {rows} do
    local x = turn + i * 0.001
    record{{ t1 = x, t2 = x * 2, t3 = -x, t4 = i, t5 = x * 0.5, t6 = turn % 7, t7 = x % 1, t8 = x % 3 }}
  end
  turn = turn + 1
  sleep(0.002)
end
"""


class StallMeter:
    """Notes how late a timer of the GUI thread fires; `stalls_ms` are the gaps beyond its interval."""

    INTERVAL_MS = 5

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.stalls_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(self.INTERVAL_MS)

    def _tick(self) -> None:
        now_s = time.perf_counter()
        self.stalls_ms.append(max(0.0, (now_s - self._last_s) * 1000 - self.INTERVAL_MS))
        self._last_s = now_s

    def restart(self) -> None:
        """Forget what was."""
        self.stalls_ms.clear()
        self._last_s = time.perf_counter()

    def stop(self) -> None:
        """Measure no more."""
        self._timer.stop()

    def figure(self, name: str, reach: float, **detail: float | str) -> Figure:
        """Return the longest stall."""
        return Figure(
            name,
            max(self.stalls_ms),
            "ms",
            reach,
            detail={
                "p99": round(percentile(self.stalls_ms, 99), 1),
                "p50": round(percentile(self.stalls_ms, 50), 2),
                "ticks": len(self.stalls_ms),
                **detail,
                "load": round(os.getloadavg()[0], 1),
            },
        )


@contextlib.contextmanager
def open_shell(config: str | None = None) -> "Iterator[MainWindow]":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from benchwright.gui import open_window
    from benchwright.gui.application import hasten, make_application

    hasten()
    app = make_application()
    with tempfile.TemporaryDirectory(prefix="benchwright-window-") as name:
        config_file = None
        if config is not None:
            config_file = Path(name, "bench.toml")
            config_file.write_text(config, encoding="utf-8")
        window = open_window(config_file, Path(name, "data"))
        try:
            serve(lambda: window.model.is_attached)
            gc.freeze()  # as the program does
            yield window
        finally:
            if window.model.is_busy:
                window.runner.cancel()
                serve(lambda: not window.model.is_busy)
            window._leave()
            window.hide()
            window.deleteLater()
            app.processEvents()


def serve(holds: Callable[[], object], timeout_s: float = 60.0) -> float:
    """Serve the window as its event loop does until something holds; return how long that took in ms."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer = QEventLoop(), QTimer()
    began_s = time.perf_counter()

    def look() -> None:
        if holds() or time.perf_counter() - began_s > timeout_s:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(1)
    if not holds():
        loop.exec()
    if not holds():
        raise TimeoutError("it did not happen in time")
    return (time.perf_counter() - began_s) * 1000


def serve_for(seconds: float) -> None:
    """Serve the window for a while."""
    until_s = time.perf_counter() + seconds
    serve(lambda: time.perf_counter() >= until_s, seconds + 60)


def start_flood(window: "MainWindow") -> None:
    """Run a script that prints and records without an end."""
    metadata = "[limits]\nmax_execution_time_s = 3600\nmax_output_lines = 1000000000\n"
    turns_per_s = 100  # the pauses are shorter than that: what it reaches is measured
    text = FLOOD.format(lines=round(LINES_PER_S / turns_per_s), rows=round(ROWS_PER_S / turns_per_s))
    window.editor.new_script(text, "lua", title="flood.lua", metadata_text=metadata)
    window.actions_by_id["action.run"].trigger()
    serve(lambda: window.model.run.rows > 0)


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) if _has_proc() else 0
    return pages * resource.getpagesize() / 1e6


def _has_proc() -> bool:
    return Path("/proc/self/statm").exists()


def answers(name: str, times_ms: list[float], reach: float | None, percent: int = 95) -> Figure:
    detail: dict[str, float | str] = {
        "p50": round(percentile(times_ms, 50), 1),
        "worst": round(max(times_ms), 1),
        "times": len(times_ms),
        "load": round(os.getloadavg()[0], 1),
    }
    return Figure(name, percentile(times_ms, percent), "ms", reach, detail=detail)
