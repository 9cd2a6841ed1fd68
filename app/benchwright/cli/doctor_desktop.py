"""What `doctor` looks at for the window: whether Qt starts on the display, and what it lacks where not."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchwright.cli.checks import Check, Status
from benchwright.core.program import is_bundled, python_command

_TIMEOUT_S: Final = 20.0
_START: Final = (
    "import pyside6_scintilla\n"
    "from PySide6.QtWidgets import QApplication\n"
    "app = QApplication([])\n"
    "screen = app.primaryScreen()\n"
    "print(app.platformName(), screen.size().width(), screen.size().height(), screen.devicePixelRatio())"
)
_MISSING: Final = re.compile(r"(lib[\w.+-]+\.so[\d.]*)(?: => not found|: cannot open shared object)")
# Which package of Debian and Ubuntu has a library that Qt needs.
DEBIAN_PACKAGES: Final = {
    "libdbus-1.so.3": "libdbus-1-3",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libGL.so.1": "libgl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def desktop_checks() -> Iterator[Check]:
    """Start Qt in a process of its own; nothing where the window is not installed or is a bundle's."""
    if find_spec("PySide6") is not None and not is_bundled():
        yield window_check(os.environ)


def window_check(environment: "os._Environ[str] | dict[str, str]") -> Check:
    """Tell whether the window can open with this environment, and what to type where it cannot."""
    if _lacks_display(environment):
        message = "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
        return Check("window", Status.WARN, message, "log in on the desktop, or: ssh -X; commands need none")
    try:
        done = subprocess.run(
            [*python_command(), "-c", _START],
            capture_output=True,
            text=True,
            check=False,
            env=dict(environment),
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return Check("window", Status.WARN, f"Qt did not start within {_TIMEOUT_S:g} s")
    if done.returncode == 0:
        platform, width, height, scale = done.stdout.split()
        return Check("window", Status.OK, f"opens ({platform}, {width} x {height}, scale {float(scale):g})")
    return _explained(done.stderr)


def _lacks_display(environment: "os._Environ[str] | dict[str, str]") -> bool:
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform not in ("win32", "darwin") and not any(map(environment.get, named))


def _explained(stderr: str) -> Check:
    missing = sorted({*_MISSING.findall(stderr), *_missing_libraries()})
    if missing:
        message = f"the system lacks libraries of Qt: {', '.join(missing)}"
        return Check("window", Status.WARN, message, _install_hint(missing))
    lines = [line for line in stderr.splitlines() if line.strip()]
    why = next((line for line in lines if "display" in line.lower()), lines[-1] if lines else "Qt aborted")
    return Check("window", Status.WARN, f"cannot open: {why.removeprefix('qt.qpa.xcb: ')}")


def _install_hint(missing: Iterable[str]) -> str:
    packages = sorted({DEBIAN_PACKAGES[each] for each in missing if each in DEBIAN_PACKAGES})
    return f"sudo apt install {' '.join(packages)}" if packages else "install them with the system's packages"


def _missing_libraries() -> list[str]:
    """Return what Qt's own files are linked against and the system does not have (Linux)."""
    spec = find_spec("PySide6")
    if sys.platform != "linux" or spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(next(iter(spec.submodule_search_locations))) / "Qt"
    files = [folder / "lib" / "libQt6Gui.so.6", folder / "plugins" / "platforms" / "libqxcb.so"]
    try:
        done = subprocess.run(
            ["ldd", *files],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return _MISSING.findall(done.stdout)
