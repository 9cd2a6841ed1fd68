"""The smoke test's window: the bundle's, on a virtual screen, with real keys."""

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from Xlib import X

from benchwright.gui import theme
from smoke_bundle import TIMEOUT_S, Bundle, check
from tests.benchmarks.window_paint import paint_times
from tests.end_to_end.screen import Place, User, virtual_screen

STARTS: Final = int(os.environ.get("WINDOW_STARTS", "9"))
PAINT_LIMIT_MS: Final = 400
SCREEN: Final = Place(0, 0, 1280, 800)
ENDLESS: Final = "while true do sleep(0.05) end\n"
_NO_OBSERVER: Final = Path()


def check_offscreen(bundle: Bundle) -> None:
    """A window without a screen opens a script and closes."""
    before = len(bundle.runs())
    script = bundle.resources("examples", "malus_scan.py")
    process = bundle.start("benchwright-window", str(script), QT_QPA_PLATFORM="offscreen")
    try:
        wait_for(lambda: len(bundle.processes()) >= 2 or process.poll() is not None, "its bench")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    check((process.returncode, stdout, stderr) == (0, "", ""), f"{process.returncode}: {stdout}{stderr}")
    check(len(bundle.runs()) == before, "opening a script ran it")


def check_screen(bundle: Bundle) -> None:
    """A script is opened and not run, then run by F5, with its curve."""
    before = len(bundle.runs())
    with window(bundle, "benchwright", "open", str(bundle.resources("examples", "malus_scan.lua"))) as user:
        check(len(bundle.runs()) == before, "opening a script ran it")
        user.press("F5")
        run = next_run(bundle, before)
        check((run["outcome"], run["rows"]) == ("completed", 19), str(run))
        curve = theme.LIGHT.curves[0]
        wait_for(lambda: len(user.columns_with(curve, SCREEN)) > 100, "the curve")


def check_stops(bundle: Bundle) -> None:
    """A run is cancelled by its key, another by the emergency stop."""
    script = str(bundle.write("endless window.lua", ENDLESS))
    before = len(bundle.runs())
    for keys, outcome in (("shift+F5", "cancelled"), ("ctrl+shift+space", "emergency_stopped")):
        with window(bundle, "benchwright-window", script) as user:
            user.press("F5")
            wait_for_run(bundle, before)
            time.sleep(0.3)
            user.press(keys)
            run = next_run(bundle, before)
            check(run["outcome"] == outcome, str(run))
        before += 1
    bundle.run("estop", "--reset")


def check_first_paint(bundle: Bundle) -> str:
    """The window is soon on the screen."""
    times = paint_times(bundle.command("benchwright-window"), bundle.home, STARTS, bundle.environment)
    painted_ms = sorted(ms for ms, _ in times)
    middle = statistics.median(painted_ms)
    load = os.getloadavg()[0]
    said = f"p50 {middle:.0f} ms, best {painted_ms[0]:.0f}, worst {painted_ms[-1]:.0f}, load {load:.1f}"
    check(middle <= PAINT_LIMIT_MS, said)
    return said


@contextmanager
def window(bundle: Bundle, *command: str) -> Iterator[User]:
    """Open the bundle's window on a screen of its own, with the keyboard in it."""
    with virtual_screen() as screen:
        process: Any = bundle.start(*command, DISPLAY=screen, QT_QPA_PLATFORM="xcb")
        user: Any = User(screen, _NO_OBSERVER, process)
        try:
            wait_for(lambda: top_window(user) is not None, "the window")
            time.sleep(1.5)  # the panels behind the first paint
            user._display.set_input_focus(top_window(user), X.RevertToParent, X.CurrentTime)
            user._display.sync()
            time.sleep(0.5)
            yield user
        finally:
            user.close()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=TIMEOUT_S)


def top_window(user: Any) -> Any:
    """Return the largest window on the screen that is shown, None where there is none."""
    shown = [
        each for each in user._root.query_tree().children if each.get_attributes().map_state == X.IsViewable
    ]
    return max(shown, key=lambda each: each.get_geometry().width, default=None)


def wait_for_run(bundle: Bundle, before: int) -> None:
    """Wait until there is a run beyond those of before."""
    wait_for(lambda: len(bundle.runs()) > before, "the run")


def next_run(bundle: Bundle, before: int) -> dict[str, Any]:
    """Wait until a run beyond those of before has ended, and return it."""
    wait_for(lambda: len(runs := bundle.runs()) > before and runs[-1]["ended"], "the end of the run")
    newest: dict[str, Any] = bundle.runs()[-1]
    return newest


def wait_for(holds: Callable[[], object], what: str) -> None:
    """Wait until something holds."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while not holds():
        check(time.monotonic() < deadline_s, f"{what} does not come")
        time.sleep(0.05)


CHECKS: Final = (check_offscreen, check_screen, check_stops, check_first_paint)
