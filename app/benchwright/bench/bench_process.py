"""Tells whether the bench that a run belongs to still lives, whatever became of its process number."""

import os
import sys
from pathlib import Path

from benchwright.core.run_record import BenchProcess

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> BenchProcess:
    """Return the calling process."""
    pid = os.getpid()
    return BenchProcess(pid, _identity(pid) or "")


def is_running(process: BenchProcess) -> bool:
    """Tell whether that very process runs; one that waits to be reaped does not."""
    return bool(process.identity) and _identity(process.pid) == process.identity


def _identity(pid: int) -> str | None:
    """Return boot and start time of a process, or None where it does not run."""
    if sys.platform == "linux":
        return _linux_identity(pid)
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def _linux_identity(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        boot = _BOOT_ID.read_text().strip()
    except OSError:
        return None
    state, *fields = text.rpartition(")")[2].split()  # proc(5): the name before it may hold anything
    return None if state in "ZX" else f"{boot} {fields[18]}"
