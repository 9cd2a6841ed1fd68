"""What `doctor` looks at on this computer: versions, packages, confinement, serial ports."""

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from benchwright import __version__
from benchwright.cli.checks import Check, Status
from benchwright.cli.doctor_clock import clock_check
from benchwright.core.program import is_bundled

_NEEDED: Final = {
    "lupa": "lupa",
    "msgspec": "msgspec",
    "platformdirs": "platformdirs",
    "psutil": "psutil",
    "pyserial": "serial",
    "pyvisa": "pyvisa",
    "pyvisa-py": "pyvisa_py",
    "tomlkit": "tomlkit",
}
# extra -> what for, distribution and module of each package that tells
_OPTIONAL: Final = {
    "gui": ("the window", {"PySide6-Essentials": "PySide6", "pyqtgraph": "pyqtgraph"}),
    "hdf5": ("export to HDF5", {"h5py": "h5py"}),
    "pymeasure": ("drivers of PyMeasure", {"PyMeasure": "pymeasure"}),
    "epics": ("EPICS", {"p4p": "p4p", "aioca": "aioca"}),
}


def system_checks() -> Iterator[Check]:
    """Look at the computer and at the installation."""
    python = platform.python_version()
    yield Check("benchwright", Status.OK, f"{__version__} with Python {python} in {sys.prefix}")
    yield Check("system", Status.OK, f"{platform.system()} {platform.release()} on {platform.machine()}")
    yield from _needed_packages()
    yield from _optional_packages()
    yield _user()
    for language in ("lua", "python"):
        yield _confinement(language)
    yield _serial_ports()
    yield clock_check()


def _needed_packages() -> Iterator[Check]:
    missing = [name for name, module in _NEEDED.items() if find_spec(module) is None]
    if missing:
        hint = f"{sys.executable} -m pip install {' '.join(missing)}"
        yield Check("packages", Status.FAIL, f"missing: {', '.join(missing)}", hint)
    else:
        yield Check("packages", Status.OK, _listed(_NEEDED))


def _optional_packages() -> Iterator[Check]:
    for extra, (purpose, packages) in _OPTIONAL.items():
        missing = [name for name, module in packages.items() if find_spec(module) is None]
        if missing:
            message = f"{purpose}: not installed ({', '.join(missing)})"
            hint = "" if is_bundled() else f"{sys.executable} -m pip install 'benchwright[{extra}]'"
            yield Check(extra, Status.WARN, message, hint)
        else:
            yield Check(extra, Status.OK, f"{purpose}: {_listed(packages)}")


def _listed(packages: Iterable[str]) -> str:
    return ", ".join(f"{name} {_version(name)}".rstrip() for name in packages)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # the bundled program carries modules without their metadata
        return ""


def _user() -> Check:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        message = "runs as root, where several fences around scripts do not hold"
        return Check("user", Status.WARN, message, "run Benchwright as an ordinary user")
    return Check("user", Status.OK, "not an administrator, as it should be")


def _confinement(language: str) -> Check:
    from benchwright.core.errors import BenchwrightError
    from benchwright.worker.launching.probe import missing_of, probe_confinement

    name = f"{language} fences"
    try:
        fences = probe_confinement("lua" if language == "lua" else "python")
    except BenchwrightError as error:
        return Check(name, Status.FAIL, f"a script's process does not start: {error.message}")
    missing = missing_of(fences)
    if missing:
        hint = "run only scripts that you trust" if language == "python" else ""
        return Check(name, Status.WARN, f"missing: {'; '.join(missing)}", hint)
    return Check(name, Status.OK, ", ".join(fences))


def _serial_ports() -> Check:
    try:
        from serial.tools.list_ports import comports
    except ImportError:
        return Check("serial ports", Status.WARN, "not looked for: pyserial is missing")
    devices = sorted(str(port.device) for port in comports())
    if sys.platform == "win32":
        return Check("serial ports", Status.OK, ", ".join(devices) or "none plugged in")
    closed = [device for device in devices if not os.access(device, os.R_OK | os.W_OK)]
    if closed:
        hint = f"sudo usermod -aG {_group_of(closed[0])} $USER    and log in again"
        return Check("serial ports", Status.WARN, f"not allowed to open {', '.join(closed)}", hint)
    return Check("serial ports", Status.OK, ", ".join(devices) or "none plugged in")


def _group_of(device: str) -> str:
    """Return the group that may open a serial port: dialout on Debian, uucp on Arch."""
    import grp

    try:
        return grp.getgrgid(os.stat(device).st_gid).gr_name  # noqa: PTH116 - the name of a device, no path of ours
    except (OSError, KeyError):
        return "dialout"
