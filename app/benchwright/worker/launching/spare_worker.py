"""A worker that is the bench's own child, made by plain `subprocess` (any system)."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO, cast

from benchwright.worker.confinement.windows import WorkerJob

from .command import worker_command, worker_environment
from .contract import ExitStatus, LaunchRequest, WorkerProcess
from .spare_child import encode_request


class SpareWorker(WorkerProcess):
    """One process: first a spare that imports and waits, then the worker of one run."""

    def __init__(self, entry: str, search_path: Sequence[str]) -> None:
        """Start the spare; on Linux it dies with the calling thread.

        Raises:
            OSError: The process could not be started.
        """
        with ExitStack() as undo:
            channel, theirs = (undo.enter_context(end) for end in socket.socketpair())
            self._exit_notice, self._exit_signal = (undo.enter_context(end) for end in socket.socketpair())
            self._process = _start_spare(theirs, entry, search_path)
            undo.pop_all()
        theirs.close()
        self._streams = cast(tuple[IO[bytes], IO[bytes]], (self._process.stdout, self._process.stderr))
        stdout_fd, stderr_fd = (stream.fileno() for stream in self._streams)
        super().__init__(self._process.pid, channel, stdout_fd, stderr_fd)
        self._job: WorkerJob | None = None
        self._watcher = threading.Thread(target=self._watch, name=f"worker-{self.pid}-watch", daemon=True)
        self._watcher.start()

    def assign(self, request: LaunchRequest) -> None:
        """Make it the worker of `request`.

        Raises:
            OSError: The process is gone, or (Windows) could not be confined.
        """
        if sys.platform == "win32":
            self._job = WorkerJob(request, int(self._process._handle))
        self.channel.sendall(encode_request(request))

    def last_words(self) -> str:
        """Wait for its end and return the last line it wrote to standard error."""
        self.wait()
        lines = os.read(self.stderr_fd, 65536).decode(errors="replace").splitlines()
        return lines[-1] if lines else ""

    def fileno(self) -> int:
        return self._exit_notice.fileno()

    def close(self) -> None:
        super().close()
        self._watcher.join()

    def kill(self) -> None:
        with self._lock:
            if self._process.returncode is None:
                self._kill_all()

    def _kill_all(self) -> None:
        if sys.platform == "win32":
            if self._job:
                self._job.terminate()
            self._process.kill()
        else:
            try:
                os.killpg(self.pid, signal.SIGKILL)  # not reaped yet: the number is still its own
            except (PermissionError, ProcessLookupError):
                pass  # nobody is left; macOS says the former when all that is left waits to be reaped

    def _is_running(self) -> bool:
        with self._lock:
            return self._process.returncode is None

    def _watch(self) -> None:
        if sys.platform == "win32":
            self._process.wait()
            status = ExitStatus(code=self._process.returncode, signal=None)
        else:
            _wait_unreaped(self.pid)
            with self._lock:
                self._kill_all()  # whatever is left of its group
                _, wait_status, usage = os.wait4(self.pid, 0)
                self._process.returncode = os.waitstatus_to_exitcode(wait_status)
            status = ExitStatus.from_wait(wait_status, usage)
        self.finish(status)
        self._exit_signal.close()

    def _close_descriptors(self) -> None:
        self.channel.close()
        self._exit_notice.close()
        for stream in self._streams:
            stream.close()
        if self._job:
            self._job.close()


def _wait_unreaped(pid: int) -> None:
    """Wait until the child `pid` has ended, and leave it to be reaped."""
    if sys.platform == "darwin":
        ended = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        queue = select.kqueue()
        try:
            queue.control([ended], 1)
        except ProcessLookupError:
            pass  # it has ended already
        finally:
            queue.close()
    else:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def _start_spare(channel: socket.socket, entry: str, search_path: Sequence[str]) -> subprocess.Popen[bytes]:
    shares_by_text = sys.platform == "win32"
    descriptor = "-" if shares_by_text else str(channel.fileno())
    process = subprocess.Popen(
        worker_command("spare", descriptor, str(os.getpid()), entry, search_path=search_path),
        bufsize=0,
        stdin=subprocess.PIPE if shares_by_text else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=() if shares_by_text else [channel.fileno()],
        env=worker_environment(),
        start_new_session=True,
    )
    if sys.platform == "win32" and process.stdin:
        with process.stdin as stdin:
            stdin.write(channel.share(process.pid))
    return process
