"""How Benchwright starts itself: from source, installed, or from the two programs of its bundle."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

# From source the one program is both; with this as its first argument it is the window, with files to open.
WINDOW_SWITCH: Final = "--window"

_COMMAND: Final = "benchwright"
_WINDOW: Final = "benchwright-window"


def is_bundled() -> bool:
    """Tell whether this is a program of the bundle: no Python outside it, nothing can be installed."""
    return bool(getattr(sys, "frozen", False))


def program_command(*arguments: str) -> list[str]:
    """Return the command line that runs Benchwright itself, without its window, with these arguments."""
    if is_bundled():
        return [_beside(_COMMAND), *arguments]
    return [*python_command(), "-m", "benchwright", *arguments]


def python_command() -> list[str]:
    """Return what starts this Python, which imports nothing from the folder that it is started in.

    People start it among their scripts, and a script may well be called serial.py.
    """
    return [sys.executable, "-P"]


def window_command(*files: str) -> list[str]:
    """Return the command line that opens these files in the window."""
    if is_bundled():
        return [_beside(_WINDOW), *files]
    return program_command(WINDOW_SWITCH, *files)


def become_window(*files: str) -> int:
    """Go on as the window with these files; where the system cannot do that, start it and return 0."""
    command = window_command(*files)
    if sys.platform != "win32":
        os.execv(command[0], command)
    subprocess.Popen(command)  # the exec of Windows would not quote a name with spaces
    return 0


def _beside(name: str) -> str:
    here = Path(sys.executable)
    return str(here.with_name(name + here.suffix))
