"""One zygote as the bench sees it: ask for workers, hear of their end (Linux)."""

import itertools
import os
import select
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Sequence
from contextlib import ExitStack

import msgspec

from benchwright.core.errors import WorkerStartError

from .command import worker_command, worker_environment
from .contract import ExitStatus, LaunchRequest, WorkerProcess
from .process_facts import resident_bytes
from .zygote_protocol import Answer, Broken, Exited, Launch, Launched, Refused, receive, send

_ANSWER_TIMEOUT_S = 30.0  # a cold disk makes the first imports slow
_SEND_TIMEOUT = struct.pack("@ll", 5, 0)
_END_TIMEOUT_S = 2.0


class ZygoteGone(Exception):
    """The zygote ended before it answered; the message is why."""


class ZygoteWorker(WorkerProcess):
    """A worker that is the zygote's child; its pidfd is the bench's hold on it."""

    def __init__(self, pid: int, pidfd: int, ends: "_BenchEnds") -> None:
        super().__init__(pid, ends.channel, ends.stdout_fd, ends.stderr_fd)
        self.pidfd: int = pidfd

    def fileno(self) -> int:
        return self.pidfd

    def kill(self) -> None:
        # The zygote kills the rest of the group before it reaps this process, while the number is its own.
        with self._lock:
            if not self._is_closed:
                _kill(self.pidfd)

    def _is_running(self) -> bool:
        with self._lock:
            return not self._is_closed and not _has_ended(self.pidfd, 0)

    def _close_descriptors(self) -> None:
        super()._close_descriptors()
        os.close(self.pidfd)

    def lose(self) -> None:
        """The zygote is gone and this process dies with it: make sure; nobody can tell how it ended."""
        self.kill()
        with self._lock:
            if not self._is_closed:
                _has_ended(self.pidfd, _END_TIMEOUT_S)
        self.finish(ExitStatus(code=None, signal=None))


class _BenchEnds:
    """The bench's ends of a new worker's channel and pipes, beside the worker's own."""

    def __init__(self) -> None:
        """Open them all, or none.

        Raises:
            OSError: There are too many open files.
        """
        with ExitStack() as undo:
            self.channel, theirs = (undo.enter_context(end) for end in socket.socketpair())
            self.stdout_fd, stdout = _pipe(undo)
            self.stderr_fd, stderr = _pipe(undo)
            undo.pop_all()
        self.theirs = (theirs.detach(), stdout, stderr)

    def close_theirs(self) -> None:
        for descriptor in self.theirs:
            os.close(descriptor)

    def close_ours(self) -> None:
        self.channel.close()
        os.close(self.stdout_fd)
        os.close(self.stderr_fd)


class _Order:
    """A worker that was asked for and is waited for."""

    def __init__(self) -> None:
        self.ends = _BenchEnds()
        self.answered = threading.Event()
        self.worker: ZygoteWorker | None = None
        self.error: Exception | None = None


class ZygoteLink:
    """A running zygote: `serve` in the thread that made it, `fork` from any other."""

    def __init__(self, entry: str, search_path: Sequence[str]) -> None:
        """Start the zygote; it dies with the calling thread.

        Raises:
            OSError: The process could not be started.
        """
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        try:
            self._process = _start_zygote(theirs.fileno(), entry, search_path)
        except OSError:
            self._connection.close()
            raise
        finally:
            theirs.close()
        self._decoder: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
        self._tickets = itertools.count(1)
        self._lock = threading.Lock()
        self._orders: dict[int, _Order] = {}
        self._workers: dict[int, ZygoteWorker] = {}  # by process id; the serving thread's own
        self._sending = threading.Lock()
        self._last_words = "the workers' parent ended unexpectedly"
        self._gone = threading.Event()

    @property
    def is_gone(self) -> bool:
        """Whether the zygote has ended, and all its workers with it."""
        return self._gone.is_set()

    def fork(self, request: LaunchRequest) -> WorkerProcess:
        """Have a worker forked for `request`.

        Raises:
            ZygoteGone: The zygote ended first.
            WorkerStartError: The system refused, or the zygote did not answer in time.
        """
        try:
            order, ticket = _Order(), next(self._tickets)
        except OSError as error:
            raise _not_started(error.strerror) from error
        try:
            self._place(order, ticket, request)
            order.answered.wait(_ANSWER_TIMEOUT_S)
        finally:
            order.ends.close_theirs()
            with self._lock:
                self._orders.pop(ticket, None)  # an answer that comes now is nobody's
            if order.worker is None:
                order.ends.close_ours()
        if order.worker is None:
            raise order.error or _not_started(f"no answer within {_ANSWER_TIMEOUT_S:g} s")
        return order.worker

    def resident_bytes(self) -> int:
        """Return the memory of the zygote in bytes, and what each worker has beyond it."""
        own = resident_bytes(self._process.pid)
        return own + sum(max(0, worker.rss_bytes() - own) for worker in list(self._workers.values()))

    def serve(self) -> None:
        """Hear the zygote until it is gone; then all its workers are gone too."""
        while received := receive(self._connection, self._decoder):
            message, descriptors = received
            match message:
                case Launched(ticket, pid):
                    self._on_launched(ticket, pid, descriptors)
                case Refused(ticket, reason):
                    self._on_refused(ticket, _not_started(reason))
                case Exited(pid, status):
                    if worker := self._workers.pop(pid, None):
                        worker.finish(status)
                case Broken(reason):
                    self._last_words = reason
        self._bury()

    def close(self) -> None:
        """End the zygote and with it all its workers; `serve` returns once that is done."""
        with self._sending:
            if not self.is_gone:
                self._connection.shutdown(socket.SHUT_RDWR)

    def _place(self, order: _Order, ticket: int, request: LaunchRequest) -> None:
        with self._lock:
            self._orders[ticket] = order
        try:
            with self._sending:
                if not self.is_gone:
                    send(self._connection, Launch(ticket, request), order.ends.theirs)
                    return
        except (BrokenPipeError, ConnectionResetError):
            self._gone.wait(_END_TIMEOUT_S)  # for its last words, and its workers' end
        except OSError as error:
            raise _not_started(error.strerror) from error
        raise ZygoteGone(self._last_words)

    def _on_launched(self, ticket: int, pid: int, descriptors: Sequence[int]) -> None:
        if not descriptors:  # lost on the way: without the bench's end of its channel, the worker leaves
            self._on_refused(ticket, _not_started("too many open files"))
            return
        pidfd = descriptors[0]
        with self._lock:
            order = self._orders.pop(ticket, None)
            if order:
                order.worker = self._workers[pid] = ZygoteWorker(pid, pidfd, order.ends)
                order.answered.set()
                return
        _kill(pidfd)
        os.close(pidfd)

    def _on_refused(self, ticket: int, error: Exception) -> None:
        with self._lock:
            order = self._orders.pop(ticket, None)
            if order:
                order.error = error
                order.answered.set()

    def _bury(self) -> None:
        self._process.kill()
        self._process.wait()
        for worker in self._workers.values():
            worker.lose()
        with self._sending:
            self._gone.set()
            self._connection.close()
        for ticket in list(self._orders):
            self._on_refused(ticket, ZygoteGone(self._last_words))


def _start_zygote(connection: int, entry: str, search_path: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        worker_command("zygote", str(connection), str(os.getpid()), entry, search_path=search_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[connection],
        env=worker_environment(),
        cwd="/",
        start_new_session=True,
    )


def _not_started(reason: str | None) -> WorkerStartError:
    return WorkerStartError(f"no worker process could be started: {reason}")


def _pipe(undo: ExitStack) -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        undo.callback(os.close, end)
    return ends


def _kill(pidfd: int) -> None:
    try:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    except ProcessLookupError:
        pass  # ended already


def _has_ended(pidfd: int, timeout_s: float) -> bool:
    watch = select.poll()
    watch.register(pidfd, select.POLLIN)
    return bool(watch.poll(timeout_s * 1000))
