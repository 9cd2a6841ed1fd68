"""How long cancel and emergency stop take while a script floods the window."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks import stop_listener
from tests.benchmarks.figure import Figure
from tests.benchmarks.window_shell import answers, open_shell, serve, serve_for, start_flood

if TYPE_CHECKING:
    from benchwright.gui.main_window import MainWindow

STOPS = int(os.environ.get("WINDOW_STOPS", "30"))


def measure(port: int | None = None) -> Iterator[Figure]:
    """Measure how long cancel and emergency stop take in the flood."""
    command = [sys.executable, "-m", "tests.benchmarks.stop_listener"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as listener:
        assert listener.stdout is not None
        assert listener.stdin is not None
        port = int(listener.stdout.readline())
        heard: queue.SimpleQueue[float] = queue.SimpleQueue()
        lines = listener.stdout
        threading.Thread(target=lambda: _listen(lines, heard), daemon=True).start()
        try:
            with open_shell(stop_listener.CONFIG.format(port=port)) as window:
                yield from _cancels(window)
                yield from _emergencies(window, heard)
        finally:
            listener.stdin.close()


def _listen(lines: Iterable[str], heard: "queue.SimpleQueue[float]") -> None:
    for line in lines:
        heard.put(float(line))


def _cancels(window: "MainWindow") -> Iterator[Figure]:
    taken_ms, shown_ms = [], []
    for _ in range(max(3, STOPS // 3)):
        start_flood(window)
        serve_for(1.0)
        taken_ms.append(0.0)
        began_s = time.perf_counter()
        window.actions_by_id["action.cancel"].trigger()
        taken_ms[-1] = serve(lambda: str(window.model.run.state) in ("stopping", "cancelled"))
        serve(lambda: not window.model.is_busy)
        shown_ms.append((time.perf_counter() - began_s) * 1000)
    yield answers("window, cancel in the flood, click to its first effect shown, p95", taken_ms, 100)
    yield answers("window, cancel in the flood, click to shown as cancelled, p95", shown_ms, None)


class Stop(NamedTuple):
    """How long one emergency stop took from the click, in ms."""

    bytes_ms: float
    acknowledged_ms: float
    latched_ms: float


def _emergencies(window: "MainWindow", heard: "queue.SimpleQueue[float]") -> Iterator[Figure]:
    stops = [_emergency(window, heard) for _ in range(STOPS)]
    name = "window, emergency stop in the flood, click to"
    yield answers(f"{name} bytes at the instrument, p99", [stop.bytes_ms for stop in stops], 30, 99)
    yield answers(f"{name} acknowledged by the bench, p99", [stop.acknowledged_ms for stop in stops], 100, 99)
    yield answers(f"{name} latched look, p99", [stop.latched_ms for stop in stops], 100, 99)


def _emergency(window: "MainWindow", heard: "queue.SimpleQueue[float]") -> Stop:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    start_flood(window)
    serve_for(0.5)
    _drain(heard)
    began: list[float] = []
    acknowledged: list[float] = []

    def note() -> None:
        acknowledged.append(time.monotonic())

    window.stopper.acknowledged.connect(note)
    _click_later(window, began, lambda: QTest.mousePress(window.estop, Qt.MouseButton.LeftButton))
    serve(lambda: began and window.estop.is_latched)
    latched_s = time.monotonic()
    serve(lambda: acknowledged)
    stop = Stop(
        *((at_s - began[0]) * 1000 for at_s in (heard.get(timeout=10), acknowledged[0], latched_s)),
    )
    window.stopper.acknowledged.disconnect(note)
    QTest.mouseRelease(window.estop, Qt.MouseButton.LeftButton)
    serve(lambda: not window.model.is_busy and not window.stopper.is_pressing)
    serve(lambda: window.model.emergency.latched)
    window.stopper.reset()
    serve(lambda: not window.model.emergency.latched)
    return stop


def _click_later(window: "MainWindow", began: list[float], click: Callable[[], None]) -> None:
    """Press at a moment that the GUI thread did not choose: what it is busy with counts."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject

    class Finger(QObject):
        """Presses when its event arrives."""

        def event(self, event: QEvent) -> bool:
            click()
            return True

    finger = Finger(window)

    def press() -> None:
        time.sleep(0.05)
        began.append(time.monotonic())
        QCoreApplication.postEvent(finger, QEvent(QEvent.Type.User))

    threading.Thread(target=press, daemon=True).start()


def _drain(heard: "queue.SimpleQueue[float]") -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            heard.get_nowait()
