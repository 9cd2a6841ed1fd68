"""What the system tells about a running process: memory, processor time, members of its session.

Every answer is about a *number*; the caller makes sure that the process still exists when the answer is used.
"""

import os
import stat
import sys
import time
from functools import cache
from pathlib import Path

_SCHEDULER_CLOCK = 2  # CPUCLOCK_SCHED in the kernel's clock numbers


def resident_bytes(pid: int) -> int:
    """Return the resident memory of `pid` in bytes, 0 when there is no such process."""
    if sys.platform != "linux":
        return _psutil_facts(pid)[0]
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _page_size()
    except (FileNotFoundError, ProcessLookupError):
        return 0


def cpu_seconds(pid: int) -> float:
    """Return the processor time of all threads of `pid` in seconds, 0 when there is no such process."""
    if sys.platform != "linux":
        return _psutil_facts(pid)[1]
    try:
        return time.clock_gettime((~pid << 3) | _SCHEDULER_CLOCK)  # clock_getcpuclockid(3) of that process
    except OSError:
        return 0.0


def unlinked_bytes(pid: int, folder: str, largest: int) -> int:
    """Return what deleted files take that `pid` keeps: open, or mapped from `folder`; on Linux only, else 0.

    Args:
        folder: its real path; what else is mapped may be a library that was replaced meanwhile.
        largest: what a file counts that is mapped and no longer open, as its size is out of sight.
    """
    if sys.platform != "linux":
        return 0
    sizes: dict[int, int] = {}  # by number of the file, as it may be open more than once
    try:
        mapped = _unlinked_and_mapped(pid, folder)
        for task in os.scandir(f"/proc/{pid}/task"):  # a thread can have descriptors of its own
            sizes |= _unlinked_and_open(f"{task.path}/fd")
        if closed := mapped - sizes.keys():
            still_mapped = _unlinked_and_mapped(pid, folder)  # else it was closed and unmapped meanwhile
            sizes |= dict.fromkeys(closed & still_mapped, largest)
    except OSError:
        pass  # the process has ended
    return sum(sizes.values())


def _unlinked_and_open(descriptors: str) -> dict[int, int]:
    sizes = {}
    for descriptor in os.scandir(descriptors):
        try:
            status = Path(descriptor.path).stat()
        except OSError:
            continue  # closed meanwhile
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
            sizes[status.st_ino] = status.st_blocks * 512
    return sizes


def _unlinked_and_mapped(pid: int, folder: str) -> set[int]:
    start, end = f"{folder}/".encode(), b" (deleted)"
    with Path(f"/proc/{pid}/maps").open("rb") as maps:
        lines = (line.rstrip(b"\n").split(maxsplit=5) for line in maps)
        return {int(line[4]) for line in lines if line[-1].startswith(start) and line[-1].endswith(end)}


def session_members(session: int) -> list[int]:
    """Return the processes of `session` that exist, zombies not counted; on Linux only, else always empty."""
    if sys.platform != "linux":
        return []
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [pid for pid in pids if _session_and_life(pid) == (session, True)]


def _session_and_life(pid: int) -> tuple[int, bool]:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0, False
    state, _, _, session = stat.rpartition(")")[2].split()[:4]
    return int(session), state not in "ZX"


def _psutil_facts(pid: int) -> tuple[int, float]:
    import psutil

    try:
        process = psutil.Process(pid)
        used = process.cpu_times()
        return process.memory_info().rss, used.user + used.system
    except psutil.Error:
        return 0, 0.0


@cache
def _page_size() -> int:
    return os.sysconf("SC_PAGE_SIZE")
