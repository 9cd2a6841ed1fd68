"""Makes the pictures of the window in docs/images/: the real window, on a real bench, in its main states."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication

from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.script_file import read_script
from benchwright.bench.scripts.submission import RunOptions
from benchwright.core.operator_messages import AddSchedule
from benchwright.core.resource_paths import resource_path
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval
from benchwright.gui import open_window, theme
from benchwright.gui.application import make_application
from benchwright.gui.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[1]
BROKEN = """-- Turns the polariser and reads the power behind it.
local motor = instruments.get("esp300")
local meter = instruments.get("newport")

for angle = 0, 90, 5 do
  motor:move_absolut(angle)
  record{ angle = angle, power = meter:read_power() }
end
"""


def wait_until(holds: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Serve the window until something holds."""
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline_s:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.005)


def settle(seconds: float = 0.8) -> None:
    """Let timers paint what has arrived."""
    end_s = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > end_s)


def small(picture: QPixmap) -> QImage:
    """Return a picture in 256 colours: a third of the bytes, and the same to the eye."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
    colours, counts = np.unique(np.frombuffer(image.constBits(), np.uint32), return_counts=True)
    colours = colours[np.argsort(-counts)]  # the most frequent first
    _, kinds = np.unique(colours & 0xF0F0F0, return_index=True)  # one of those that look nearly the same
    table = [int(colour) for colour in np.concatenate([colours[:96], colours[np.sort(kinds)]])[:256]]
    nearest = Qt.ImageConversionFlag.ThresholdDither
    return image.convertToFormat(QImage.Format.Format_Indexed8, table, nearest)


def add_schedules(window: MainWindow) -> None:
    """Let example scripts run at set times, and show when."""
    scan, sweep = resource_path("examples", "malus_scan.lua"), resource_path("examples", "supply_sweep.lua")
    schedules: dict[str, tuple[Path, ExecutionSchedule]] = {
        "morning scan": (scan, Cron(expression="30 7 * * mon-fri", time_zone="Europe/Berlin")),
        "drift": (sweep, Interval(start=datetime.now(UTC).replace(microsecond=0), every_s=900)),
    }
    for name, (script, schedule) in schedules.items():
        execution = scheduled(read_script(script), schedule, RunOptions(), name=name)
        window.engine.ask(AddSchedule(execution=execution))
    window.docks.raise_panel("schedule")


def take(window: MainWindow, folder: Path) -> None:
    """Lead the window through its states and take a picture of each."""

    def shot(name: str) -> None:
        settle()
        small(window.grab()).save(str(folder / f"{name}.png"), quality=0)  # PNG: packed the most
        print(folder / f"{name}.png")

    wait_until(lambda: window.model.is_attached)
    shot("fresh")
    window.tour.end()
    window.run_script()
    wait_until(lambda: window.model.run.rows >= 12)
    shot("running")
    wait_until(lambda: window.model.run.finished is not None)
    theme.apply(make_application(), theme.DARK)
    shot("dark")
    theme.apply(make_application(), theme.LIGHT)
    add_schedules(window)
    shot("schedule")
    window.editor.new_script(BROKEN, "lua", title="scan.lua")
    window.run_script()
    wait_until(lambda: window.model.run.script == "scan.lua" and window.model.run.finished is not None)
    window.docks.raise_panel("problems")
    shot("error")
    window.editor.tabs.setCurrentIndex(0)
    window.run_script()
    window.docks.raise_panel("console")
    wait_until(lambda: window.model.run.script == "malus_scan.lua" and window.model.run.rows >= 8)
    window.emergency_stop()
    wait_until(lambda: window.model.emergency.instruments)
    shot("emergency-stop")


def main() -> None:
    """Make all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    data_dir = Path(tempfile.mkdtemp(prefix="benchwright-"))
    app = make_application()
    theme.apply(app, theme.LIGHT)
    window = open_window(data_dir=data_dir)
    try:
        take(window, folder)
    finally:
        window.close()
        shutil.rmtree(data_dir, ignore_errors=True)


if __name__ == "__main__":
    main()
