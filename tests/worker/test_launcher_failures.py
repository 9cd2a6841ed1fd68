"""Many workers at once, and what remains when a zygote, a spare or the bench dies."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import psutil
import pytest

from benchwright.core.errors import WorkerStartError
from benchwright.worker.launching import (
    ExitStatus,
    LaunchRequest,
    WorkerLauncher,
    zygote_protocol,
)
from benchwright.worker.launching.zygote_launcher import ZygoteLauncher
from benchwright.worker.launching.zygote_link import ZygoteLink
from benchwright.worker.launching.zygote_protocol import Broken
from tests.worker.puppets import (
    MAKERS,
    REPOSITORY,
    ask,
    children,
    hear,
    is_alive,
    on_linux,
    read_all,
    running,
    spare,
    tell,
    wait_until,
    zygote,
)

# --- many -------------------------------------------------------------------------------------------------


def test_thirty_at_once(launcher: WorkerLauncher, wanted: LaunchRequest) -> None:
    count = 30 if isinstance(launcher, ZygoteLauncher) else 6
    with ThreadPoolExecutor(10) as pool:
        workers = list(pool.map(launcher.launch, [wanted] * count))
    try:
        for number, worker in enumerate(workers):
            tell(worker, f"answer = [os.getpid(), {number}]")
        assert [hear(worker) for worker in workers] == [[w.pid, n] for n, w in enumerate(workers)]
    finally:
        for worker in workers:
            worker.close()
    assert all(worker.wait(10) for worker in workers)


def test_launches_leave_no_descriptor_behind(launcher: WorkerLauncher, wanted: LaunchRequest) -> None:
    def launch(count: int) -> None:
        for _ in range(count):
            with running(launcher, wanted) as worker:
                pass
            assert worker.wait(10)

    def open_now() -> int:
        return sum(process.num_fds() for process in (psutil.Process(), *children()))

    launch(2)
    before = open_now()
    launch(200 if isinstance(launcher, ZygoteLauncher) else 5)
    # A spare on its way holds some, and so does the zygote for a worker that it is about to reap.
    wait_until(lambda: open_now() <= before + 8)


def _highest_descriptor() -> int:
    return max(int(path.name) for path in Path("/proc/self/fd").iterdir())


@contextmanager
def few_descriptors(count: int) -> Iterator[None]:
    """Leave this process `count` descriptors to open."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (_highest_descriptor() + 200, hard))
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(count):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)


@on_linux
def test_too_few_descriptors_are_an_error_and_no_leak(
    launcher: WorkerLauncher, wanted: LaunchRequest
) -> None:
    launcher.launch(wanted).close()
    before = psutil.Process().num_fds()
    needed = 6  # two ends of a channel and of two pipes; at last the pidfd is one too many
    for count in range(needed + 1):
        with few_descriptors(count), pytest.raises(WorkerStartError, match="(?i)too many open files"):
            launcher.launch(wanted)
    with few_descriptors(20), running(launcher, wanted) as worker:
        assert ask(worker, "answer = 1") == 1
    assert psutil.Process().num_fds() == before


# --- when something dies ----------------------------------------------------------------------------------


@on_linux
def test_a_dead_zygote_takes_its_workers_along_and_is_replaced(wanted: LaunchRequest) -> None:
    launcher = zygote()
    try:
        with running(launcher, wanted) as first:
            ask(first, "answer = 1")
            os.kill(psutil.Process(first.pid).ppid(), signal.SIGKILL)
            with running(launcher, wanted) as second:
                assert ask(second, "answer = os.getppid()") != os.getpid()
                assert first.wait(10) == ExitStatus(code=None, signal=None)
                assert not is_alive(first.pid)
    finally:
        launcher.close()


@on_linux
def test_launches_survive_a_zygote_that_dies_again_and_again(wanted: LaunchRequest) -> None:
    launcher = zygote()

    def launch_and_kill_its_parent(_: int) -> bool:
        with running(launcher, wanted) as worker:
            try:
                os.kill(psutil.Process(worker.pid).ppid(), signal.SIGKILL)
            except psutil.NoSuchProcess:
                pass  # somebody else's kill was faster
            return worker.wait(10) is not None

    try:
        with ThreadPoolExecutor(3) as pool:
            launches = [pool.submit(launch_and_kill_its_parent, n) for n in range(6)]
            outcomes = [launch.exception(timeout=30) for launch in launches]
        assert {type(error) for error in outcomes} <= {type(None), WorkerStartError}
        with running(launcher, wanted) as worker:
            assert ask(worker, "answer = 1") == 1
    finally:
        launcher.close()


@on_linux
@pytest.mark.parametrize("entry", ["tests.worker.no_such_module:entry", "tests.worker.puppets:no_such_entry"])
def test_an_entry_that_cannot_be_imported_is_named(wanted: LaunchRequest, entry: str) -> None:
    launcher = zygote(entry)
    try:
        with pytest.raises(WorkerStartError, match=r"cannot be imported: \w+Error"):
            launcher.launch(wanted)
    finally:
        launcher.close()


def test_a_spare_that_cannot_import_its_entry_says_so(wanted: LaunchRequest) -> None:
    launcher = spare("tests.worker.no_such_module:entry", spares=0)
    try:
        with running(launcher, wanted) as worker:
            status = worker.wait(10)
            assert status is not None
            assert status.code == 1
            assert b"No module named 'tests.worker.no_such_module'" in read_all(worker.stderr_fd)
    finally:
        launcher.close()


def test_a_spare_that_died_waiting_is_passed_over(wanted: LaunchRequest) -> None:
    before = children()
    launcher = spare(spares=1)
    launcher.start()
    try:
        wait_until(lambda: children() - before)
        (idle,) = children() - before
        idle.kill()
        wait_until(lambda: not is_alive(idle.pid))
        with running(launcher, wanted) as worker:
            assert ask(worker, "answer = 1") == 1
    finally:
        launcher.close()


@pytest.mark.parametrize("maker", [pytest.param("zygote", marks=on_linux), "spare"])
def test_a_closed_launcher_has_ended_everything(maker: str, wanted: LaunchRequest) -> None:
    before = children()
    launcher = MAKERS[maker]()
    with running(launcher, wanted) as worker:
        ask(worker, "answer = 1")
        launcher.close()
        assert worker.wait(10) is not None
        with pytest.raises(WorkerStartError, match="the bench is closing"):
            launcher.launch(wanted)
    assert children() <= before


def test_closing_a_launcher_that_never_started(wanted: LaunchRequest) -> None:
    zygote().close()
    spare().close()


def test_a_program_that_cannot_be_started_is_an_error(
    wanted: LaunchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for maker in MAKERS.values():
        launcher = maker()
        try:
            with monkeypatch.context() as patch:
                patch.setattr(sys, "executable", "/nowhere/python")
                with pytest.raises(WorkerStartError, match="/nowhere/python|No such file"):
                    launcher.launch(wanted)
            with running(launcher, wanted) as worker:
                assert ask(worker, "answer = 1") == 1
        finally:
            launcher.close()


BENCH = """
import sys
from benchwright.worker.launching import LaunchRequest
from tests.worker import puppets
launcher = getattr(puppets, sys.argv[1])()
request = LaunchRequest(language="python", scratch_dir=sys.argv[2], run_id="test")
worker = launcher.launch(request)
print(puppets.ask(worker, "answer = [os.getpid(), os.getppid()]"), flush=True)
puppets.tell(worker, "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64)); signal.pause()")
sys.stdin.read()
"""


@on_linux
@pytest.mark.parametrize("maker", ["zygote", "spare"])
@pytest.mark.parametrize("death", ["killed", "leaves"])
def test_workers_die_with_the_bench(maker: str, death: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", BENCH, maker, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": f"{REPOSITORY}/app:{REPOSITORY}"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as bench:
        assert bench.stdout is not None
        worker, parent = eval(bench.stdout.readline())
        assert is_alive(worker)
        family = psutil.Process(bench.pid).children(recursive=True)
        assert {worker, parent} <= {process.pid for process in family} | {bench.pid}
        if death == "killed":
            bench.kill()
    wait_until(lambda: not any(is_alive(process.pid) for process in family), timeout_s=5)


@on_linux
def test_last_words_come_through_when_the_request_was_never_read() -> None:
    """The kernel tells of the unread request first, then hands out what was sent."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    decoder = msgspec.msgpack.Decoder(Broken)
    with ours:
        with theirs:
            ours.send(b"unread")
            zygote_protocol.send(theirs, Broken("why"))
        assert zygote_protocol.receive(ours, decoder) == (Broken("why"), [])
        assert zygote_protocol.receive(ours, decoder) is None


@on_linux
def test_a_zygote_that_dies_at_once_keeps_nobody_waiting(
    wanted: LaunchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be gone before the thread that waits for it looks."""

    class ShortLived(ZygoteLink):
        def __init__(self, entry: str, search_path: Sequence[str]) -> None:
            super().__init__(entry, search_path)
            self.close()
            super().serve()  # to its end, while all who wait are kept out

        def serve(self) -> None:
            """It has ended already."""

    monkeypatch.setattr("benchwright.worker.launching.zygote_launcher.ZygoteLink", ShortLived)
    launcher = zygote()
    try:
        with pytest.raises(WorkerStartError, match="ended"):
            launcher.launch(wanted)
    finally:
        launcher.close()
