"""Finds out in which time zone this computer is."""

import os
from pathlib import Path

from benchwright.core.errors import InvalidSchedule
from benchwright.core.schedules import find_zone

_LINK = Path("/etc/localtime")
_NAME_FILE = Path("/etc/timezone")


def local_zone_name() -> str:
    """Return the name of the computer's time zone; ``UTC`` where the system does not tell."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _linked(), _written()):
        try:
            if name:
                return find_zone(name).key
        except InvalidSchedule:
            continue
    return "UTC"


def _linked() -> str:
    folder, marker, name = os.path.realpath(_LINK).partition("zoneinfo/")
    return name.removeprefix("posix/") if folder and marker else ""


def _written() -> str:
    try:
        return _NAME_FILE.read_text(errors="replace").strip()
    except OSError:
        return ""
