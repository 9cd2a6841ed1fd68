"""How soon the window is on the screen: a real `python main.py`, and the pixels of an X server."""

import contextlib
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.figure import Figure, percentile

ROOT = Path(__file__).resolve().parents[2]
STARTS = int(os.environ.get("WINDOW_STARTS", "12"))
_STRIDE = 4 * 97  # looks at one pixel of so many
_SHARE = 0.3  # of the pixels looked at are another colour than the empty screen: it is painted
_GIVE_UP_S = 20.0


def measure() -> Iterator[Figure]:
    """Measure the time from the start of the process to the painted window; needs Xvfb."""
    if sys.platform != "linux" or shutil.which("Xvfb") is None:
        print("first paint is not measured: there is no Xvfb", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="benchwright-paint-") as name:
        environment = {**os.environ, "XDG_DATA_HOME": name}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # people's machines keep what was compiled
        found = paint_times([sys.executable, "main.py"], ROOT, STARTS, environment)
    painted_ms = [ms for ms, _ in found]
    yield Figure(
        "window, start of the process to first paint, p50",
        percentile(painted_ms, 50),
        "ms",
        300,
        detail={
            "best": round(min(painted_ms), 1),
            "worst": round(max(painted_ms), 1),
            "cpu_p50": round(percentile([ms for _, ms in found], 50), 1),
            "starts": STARTS,
            "load": round(os.getloadavg()[0], 1),
        },
    )


def paint_times(
    command: Sequence[str], folder: Path, starts: int, environment: Mapping[str, str]
) -> list[tuple[float, float]]:
    """Start a window so often and return for each start the time to its first paint and its CPU time, in ms.

    Args:
        command: what starts it.
        folder: where.
        starts: how often it is measured; once more it is started before, unmeasured.
        environment: what it is given beside the screen.
    """
    with tempfile.TemporaryDirectory(prefix="benchwright-screen-") as name, screen(Path(name)) as shown:
        display, pixels = shown
        surroundings = {**environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        times = [_start(command, folder, surroundings, pixels) for _ in range(starts + 1)]
    return times[1:]  # the first warms the disk's cache and writes the bytecode


@contextlib.contextmanager
def screen(folder: Path) -> Iterator[tuple[str, mmap.mmap]]:
    """Serve a virtual screen; its pixels are memory that both processes see."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-fbdir", str(folder), "-screen", "0", "1280x800x24"]
    with subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                display = f":{told.readline().strip()}"
            with Path(folder, "Xvfb_screen0").open("rb") as file:
                yield display, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        finally:
            server.terminate()


def _start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], pixels: mmap.mmap
) -> tuple[float, float]:
    deadline_s = time.perf_counter() + _GIVE_UP_S
    empty = pixels[::_STRIDE]
    began_s = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as program:
        while _difference(empty, pixels[::_STRIDE]) < _SHARE:
            time.sleep(0.001)
            if time.perf_counter() > deadline_s or program.poll() is not None:
                raise RuntimeError("the window does not come")
        took_ms = (time.perf_counter() - began_s) * 1000
        fields = Path(f"/proc/{program.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        cpu_ms = (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
        time.sleep(1.0)  # it has attached to its bench, which then ends with it
        program.send_signal(signal.SIGINT)
    while _difference(empty, pixels[::_STRIDE]) > 0:
        time.sleep(0.01)
        if time.perf_counter() > deadline_s:
            raise RuntimeError("the window does not go")
    return took_ms, cpu_ms


def _difference(before: bytes, now: bytes) -> float:
    return sum(map(int.__ne__, before, now)) / len(before)
