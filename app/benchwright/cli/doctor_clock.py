"""What `doctor` looks at in the computer's clock, by which runs are dated and schedules start."""

import ctypes
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchwright.cli.checks import Check, Status
from benchwright.core.program import is_bundled

_TIME_ERROR: Final = 5  # what adjtimex(2) returns while nothing keeps the clock right
_TIMEX_BYTES: Final = 512  # more than struct timex has anywhere


def clock_check(now: datetime | None = None, *, is_synchronised: bool | None = None) -> Check:
    """Tell whether the clock can be right, and whether something keeps it so.

    Args:
        now: the time, by default that of the clock.
        is_synchronised: whether something keeps it right, by default what the system says.
    """
    now = now or datetime.now(UTC)
    program = Path(sys.executable if is_bundled() else __file__)  # the bundle's modules are no files
    installed = datetime.fromtimestamp(program.stat().st_mtime, UTC)
    shown = f"{now.astimezone():%Y-%m-%d %H:%M %Z}"
    if now < installed - timedelta(days=1):
        message = f"{shown}, which is before Benchwright was installed ({installed:%Y-%m-%d})"
        return Check("clock", Status.WARN, message, _hint())
    kept = _is_synchronised() if is_synchronised is None else is_synchronised
    if kept is False:
        message = f"{shown}; nothing keeps it right, and runs and schedules go by it"
        return Check("clock", Status.WARN, message, _hint())
    return Check("clock", Status.OK, f"{shown}, kept right by the network" if kept else shown)


def _hint() -> str:
    return {"linux": "sudo timedatectl set-ntp true", "win32": "w32tm /resync"}.get(
        sys.platform, "set it in the system's settings"
    )


def _is_synchronised() -> bool | None:
    """Return what the kernel says of its clock, None where it is not known; see adjtimex(2)."""
    if sys.platform != "linux":
        return None
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # all zero: read only
    try:
        state: int = ctypes.CDLL(None).adjtimex(buffer)
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR
