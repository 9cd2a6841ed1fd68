"""Starting worker processes: forked from a zygote on Linux, from warm spares elsewhere."""

import os
import sys
from collections.abc import Sequence

from benchwright.core.errors import WorkerStartError

from .command import WORKER_SWITCH, run_worker_process
from .contract import DEFAULT_ENTRY, ExitStatus, LaunchRequest, WorkerLauncher, WorkerProcess
from .process_facts import resident_bytes

__all__ = [
    "DEFAULT_ENTRY",
    "WORKER_SWITCH",
    "ExitStatus",
    "LaunchRequest",
    "WorkerLauncher",
    "WorkerProcess",
    "WorkerStartError",
    "make_launcher",
    "resident_bytes",
    "run_worker_process",
]


def make_launcher(entry: str = DEFAULT_ENTRY, search_path: Sequence[str] = ()) -> WorkerLauncher:
    """Return the best launcher for this system; see the launchers for the arguments."""
    if sys.platform == "linux" and _has_pidfds():
        from .zygote_launcher import ZygoteLauncher

        return ZygoteLauncher(entry, search_path)
    from .spare_launcher import SpareLauncher

    return SpareLauncher(entry, search_path)


def _has_pidfds() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False  # a kernel before 5.3, or a container that forbids them
    return True
