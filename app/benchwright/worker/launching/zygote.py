"""The zygote: a single-threaded process with everything imported that forks a worker whenever the bench asks.

It is also the parent that reaps its workers, and the adopter of whatever they leave behind. Linux only.
"""

import os
import select
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

import msgspec

from benchwright.worker.confinement.libc import architecture
from benchwright.worker.confinement.privileges import adopt_orphans, die_with_parent, hide_memory

from .child import become_worker, load_entry, settle_memory
from .contract import ExitStatus, LaunchRequest
from .zygote_protocol import Broken, Exited, Launch, Launched, Refused, receive, send

_FIRST_TO_GO = "500"  # of 1000: when memory runs out, the kernel takes a worker and not the bench


class Birth(NamedTuple):
    """What a just forked child is to become; `descriptors`: channel, standard output, standard error."""

    request: LaunchRequest
    descriptors: list[int]


class Zygote:
    """Forks workers on request and reports their end, over one connection to the bench."""

    def __init__(self, bench: socket.socket) -> None:
        self._bench = bench
        self._decoder = msgspec.msgpack.Decoder(Launch)
        self._workers: dict[int, int] = {}  # pid by pidfd
        self._events = select.poll()
        self._events.register(bench, select.POLLIN)

    def serve(self) -> Birth | None:
        """Return `None` in the zygote when the bench is gone, and a `Birth` in every forked child."""
        while True:
            for descriptor, _ in self._events.poll():
                if descriptor in self._workers:
                    self._bury(descriptor)
                    continue
                received = receive(self._bench, self._decoder)
                if received is None:
                    return None
                message, descriptors = received
                if self._fork(message.ticket, descriptors) == 0:
                    self._bench.close()
                    return Birth(message.request, descriptors)

    def _fork(self, ticket: int, descriptors: Sequence[int]) -> int | None:
        """Fork; return 0 in the child."""
        try:
            pid = os.fork()
        except OSError as error:
            self._tell(Refused(ticket, error.strerror or "no process could be forked"))
            pid = None
        if pid:
            pidfd = os.pidfd_open(pid)
            self._workers[pidfd] = pid
            self._events.register(pidfd, select.POLLIN)
            self._tell(Launched(ticket, pid), (pidfd,))
        if pid != 0:
            for descriptor in descriptors:
                os.close(descriptor)
        return pid

    def _bury(self, pidfd: int) -> None:
        """Reap an ended worker with all that is left of its group and report it."""
        pid = self._workers.pop(pidfd)
        self._events.unregister(pidfd)
        os.close(pidfd)
        try:
            os.killpg(pid, signal.SIGKILL)  # not reaped yet: the number is still its own
        except ProcessLookupError:
            pass  # it ended before it had a group
        _, status, usage = os.wait4(pid, 0)
        self._tell(Exited(pid, ExitStatus.from_wait(status, usage, self._end_strays())))

    def _tell(self, message: Launched | Refused | Exited, descriptors: tuple[int, ...] = ()) -> None:
        try:
            send(self._bench, message, descriptors)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the bench is gone: the next look at the connection ends us

    def _end_strays(self) -> int:
        """Kill and reap the processes that dead workers left to us; return how many there were."""
        ended = 0
        while strays := _children() - set(self._workers.values()):
            for pid in strays:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            ended += len(strays)
        return ended


def main(arguments: Sequence[str]) -> NoReturn:
    """Be a zygote.

    Args:
        arguments: The connection's descriptor, the bench's process id, the worker's entry `module:function`.
    """
    connection, bench_pid, entry_name = arguments
    bench = socket.socket(fileno=int(connection))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent(int(bench_pid))
    _offer_itself_first()
    hide_memory()
    adopt_orphans()
    try:
        entry = load_entry(entry_name)
    except Exception as error:  # noqa: BLE001 - an import can raise anything; the bench is told
        send(bench, Broken(f"{entry_name} cannot be imported: {error!r}"))
        os._exit(1)
    architecture()  # reads its table, once for all workers
    settle_memory()
    zygote_pid = os.getpid()
    birth = Zygote(bench).serve()
    if birth is None:
        os._exit(0)
    channel, stdout, stderr = birth.descriptors
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    become_worker(entry, socket.socket(fileno=channel), birth.request, zygote_pid)


def _offer_itself_first() -> None:
    try:
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
    except OSError:
        pass  # offered even more by whoever started the bench, or a container that does not let us


def _children() -> set[int]:
    try:
        return {int(pid) for pid in Path("/proc/thread-self/children").read_text(encoding="ascii").split()}
    except FileNotFoundError:
        return set()  # a kernel without that list: seccomp alone keeps workers from leaving anything
