"""Finds the threads and processes that a test left behind."""

import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

GRACE_S = 2.0  # what has been told to end may still be on its way out


class LeakCheck:
    """Remembers what ran before a test, to tell afterwards what the test should have ended."""

    def __init__(self, private_folder: Path) -> None:
        """Take note of what runs now.

        Args:
            private_folder: processes that live in this folder or name it in their environment belong to the
                test, also when their parent is gone.
        """
        self._private_folder = str(private_folder)
        self._threads = set(threading.enumerate())
        self._children = set(_child_pids())
        self._processes = set(psutil.pids())

    def leaks(self, grace_s: float = GRACE_S) -> list[str]:
        """Return one line for each thread and process that is still there after a grace."""
        deadline = time.monotonic() + grace_s
        while (found := self._find()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return found

    def _find(self) -> list[str]:
        return [*self._thread_leaks(), *self._process_leaks()]

    def _thread_leaks(self) -> list[str]:
        new = set(threading.enumerate()) - self._threads
        return [f"thread {thread.name!r} still runs" for thread in new if not thread.daemon]

    def _process_leaks(self) -> list[str]:
        children = set(_child_pids()) - self._children
        orphans = {pid for pid in set(psutil.pids()) - self._processes - children if self._is_ours(pid)}
        return [f"process {_described(pid)} is left" for pid in sorted(children | orphans)]

    def _is_ours(self, pid: int) -> bool:
        if pid == os.getpid():
            return False
        try:
            process = psutil.Process(pid)
            places = [process.cwd(), *process.environ().values()]
        except (psutil.Error, OSError):  # gone meanwhile, or somebody else's
            return False
        return any(place.startswith(self._private_folder) for place in places)


def _child_pids() -> Iterable[int]:
    if sys.platform == "linux":
        return _linux_child_pids()
    return [child.pid for child in psutil.Process().children()]


def _linux_child_pids() -> list[int]:
    # A hundred times faster than asking every process of the machine for its parent.
    pids: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        try:
            pids.extend(int(pid) for pid in (task / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):  # the thread ended meanwhile
            continue
    return pids


def _described(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"{pid} ({process.status()}: {' '.join(process.cmdline()) or process.name()})"
    except psutil.Error:
        return str(pid)
