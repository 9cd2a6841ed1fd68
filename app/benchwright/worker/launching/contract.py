"""What the bench asks of a launcher, and what it gets back: one process per run."""

import os
import socket
import sys
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from benchwright.worker.confinement import Profile

from .process_facts import cpu_seconds, resident_bytes, session_members, unlinked_bytes

if TYPE_CHECKING:
    from resource import struct_rusage

DEFAULT_ENTRY = "benchwright.worker.main:run_worker"


class LaunchRequest(Profile, frozen=True, kw_only=True):
    """What a new worker process is told before its channel opens: its confinement, and the run it is for."""

    run_id: str


class ExitStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker process ended.

    Attributes:
        code: Its exit code, `None` when a signal ended it.
        signal: The signal that ended it. Both are `None` when nobody was left who could tell.
        cpu_s: Processor time it used, in seconds.
        peak_rss_bytes: The most memory it had resident, in bytes, shared pages included.
        strays: How many processes it left behind; they are gone too.
    """

    code: int | None
    signal: int | None
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0
    strays: int = 0

    @classmethod
    def from_wait(cls, wait_status: int, usage: "struct_rusage", strays: int = 0) -> Self:
        """Return what `os.wait4` said in its second and third value."""
        code = os.waitstatus_to_exitcode(wait_status)
        return cls(
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu_s=usage.ru_utime + usage.ru_stime,
            peak_rss_bytes=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            strays=strays,
        )


class WorkerProcess(ABC):
    """One worker process as the bench holds it; every method may be called from any thread.

    Attributes:
        pid: Its process id, which is also its session and process group.
        pidfd: A descriptor that means this very process, where the system has such; closed by `close`.
        channel: The bench's end of its channel.
        stdout_fd: Read end of its standard output; whoever reads it must not fall behind.
        stderr_fd: Read end of its standard error, likewise.
    """

    pidfd: int | None = None

    def __init__(self, pid: int, channel: socket.socket, stdout_fd: int, stderr_fd: int) -> None:
        self.pid = pid
        self.channel = channel
        self.stdout_fd = stdout_fd
        self.stderr_fd = stderr_fd
        self._status: ExitStatus | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._is_closed = False

    @abstractmethod
    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the process has ended; never read from it."""

    @abstractmethod
    def kill(self) -> None:
        """End the process and its group, and never another process; does nothing when it has ended."""

    def wait(self, timeout_s: float | None = None) -> ExitStatus | None:
        """Return how the process ended, or `None` if it still runs after `timeout_s` seconds.

        Once there is a status, the process is reaped and no process of its session is left.
        """
        self._ended.wait(timeout_s)
        return self._status

    def rss_bytes(self) -> int:
        """Return the resident memory in bytes, shared pages included; 0 once the process has ended."""
        resident = resident_bytes(self.pid)
        return resident if self._is_running() else 0

    def cpu_s(self) -> float:
        """Return the processor time used so far, in seconds."""
        used = cpu_seconds(self.pid)
        if self._is_running():
            return used
        status = self.wait(0)
        return status.cpu_s if status else 0.0

    def unlinked_bytes(self, folder: str, largest: int) -> int:
        """Return what files take that were deleted in `folder` and are still in use; see `process_facts`."""
        found = unlinked_bytes(self.pid, folder, largest)
        return found if self._is_running() else 0

    def leftovers(self) -> list[int]:
        """Return the processes of its session that still run; none after `wait`, else a fence has failed."""
        return session_members(self.pid)

    def close(self) -> None:
        """Kill the process if it still runs and close all descriptors; nobody may wait on them any more."""
        self.kill()
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._close_descriptors()

    def finish(self, status: ExitStatus) -> None:
        """Take note of how the process ended; for the launcher alone."""
        self._status = status
        self._ended.set()

    def _close_descriptors(self) -> None:
        self.channel.close()
        os.close(self.stdout_fd)
        os.close(self.stderr_fd)

    @abstractmethod
    def _is_running(self) -> bool:
        """Return whether `pid` is still this process's number."""


class WorkerLauncher(Protocol):
    """Starts worker processes; `launch` may be called from several threads at once."""

    def start(self) -> None:
        """Warm up, without waiting for it."""

    def launch(self, request: LaunchRequest) -> WorkerProcess:
        """Start a worker for `request`.

        Raises:
            WorkerStartError: The system or the worker's own code did not let it start.
        """

    def resident_bytes(self) -> int:
        """Return the memory of all its processes in bytes, workers included; what they share counts once."""

    def close(self) -> None:
        """End the launcher and all its workers."""
