"""Starting, watching and ending worker processes, by both launchers."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import psutil
import pytest

from benchwright.core.errors import WorkerStartError
from benchwright.worker.launching import (
    WORKER_SWITCH,
    ExitStatus,
    LaunchRequest,
    WorkerLauncher,
    WorkerProcess,
    make_launcher,
    zygote_protocol,
)
from benchwright.worker.launching.command import worker_command, worker_environment
from benchwright.worker.launching.zygote_launcher import ZygoteLauncher
from benchwright.worker.launching.zygote_protocol import Broken
from tests.worker.puppets import REPOSITORY, ask, hear, on_linux, running, spare, tell, zygote

MAKERS: dict[str, Callable[..., WorkerLauncher]] = {"zygote": zygote, "spare": spare}


@pytest.fixture(params=[pytest.param("zygote", marks=on_linux), "spare"])
def launcher(request: pytest.FixtureRequest) -> Iterator[WorkerLauncher]:
    launcher = MAKERS[request.param]()
    yield launcher
    launcher.close()


@pytest.fixture
def wanted(tmp_path: Path) -> LaunchRequest:
    return LaunchRequest(language="python", scratch_dir=str(tmp_path), run_id="20260101-000000-abcdef")


@pytest.fixture
def worker(launcher: WorkerLauncher, wanted: LaunchRequest) -> Iterator[WorkerProcess]:
    with running(launcher, wanted) as worker:
        yield worker


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def wait_until(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come true in time"
        time.sleep(0.002)


def read_all(descriptor: int) -> bytes:
    found = b""
    while more := os.read(descriptor, 65536):
        found += more
    return found


# --- a worker's life --------------------------------------------------------------------------------------


def test_a_worker_gets_its_request_and_a_channel(worker: WorkerProcess, wanted: LaunchRequest) -> None:
    answer = "answer = [os.getpid(), request.run_id, request.language, request.max_memory_mb]"
    assert ask(worker, answer) == [worker.pid, wanted.run_id, "python", 50]


def test_a_worker_that_leaves_is_reported(worker: WorkerProcess) -> None:
    assert worker.wait(0) is None
    tell(worker, "os._exit(7)")
    status = worker.wait(10)
    assert isinstance(status, ExitStatus)
    assert (status.code, status.signal, status.strays) == (7, None, 0)
    assert select.select([worker.fileno()], [], [], 10)[0], "the descriptor tells, too"
    assert worker.leftovers() == []


def test_what_a_worker_writes_can_be_read(worker: WorkerProcess) -> None:
    tell(worker, "import sys; print('à'); print('err', file=sys.stderr); raise KeyError('inside')")
    status = worker.wait(10)
    assert status is not None
    assert status.code == 1
    assert read_all(worker.stdout_fd) == "à\n".encode()
    errors = read_all(worker.stderr_fd).decode()
    assert errors.startswith("err\nTraceback")
    assert errors.endswith("KeyError: 'inside'\n")


def test_standard_input_is_empty(worker: WorkerProcess) -> None:
    assert ask(worker, "import sys; answer = sys.stdin.read()") == ""


@pytest.mark.parametrize(
    "occupation",
    [
        "while True: pass",
        "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64)); time.sleep(1000)",
        "os.write(1, bytes(1 << 20))",  # nobody reads: it waits for the full pipe
        "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
        "import signal; seal(); signal.pause()",
    ],
)
def test_a_kill_ends_whatever_it_does(worker: WorkerProcess, occupation: str) -> None:
    tell(worker, f"channel.sendall(b'0\\n')\n{occupation}")
    hear(worker)
    worker.kill()
    worker.kill()
    status = worker.wait(10)
    assert status is not None
    assert (status.code, status.signal) == (None, signal.SIGKILL)
    assert not is_alive(worker.pid)
    worker.kill()


def test_memory_and_processor_time_are_told(worker: WorkerProcess) -> None:
    before, cpu_before = worker.rss_bytes(), worker.cpu_s()
    grow = """
import time
block = b"x" * (32 << 20)
end = time.process_time() + 0.05
while time.process_time() < end: pass
"""
    ask(worker, grow)
    assert worker.rss_bytes() - before > 30 << 20
    assert worker.cpu_s() - cpu_before > 0.04
    worker.kill()
    status = worker.wait(10)
    assert status is not None
    assert status.peak_rss_bytes > 32 << 20
    assert worker.cpu_s() == status.cpu_s > 0.04
    assert worker.rss_bytes() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="fork")
@pytest.mark.parametrize("end", ["is killed", "leaves"])
def test_what_a_worker_left_behind_is_gone_with_it(worker: WorkerProcess, end: str) -> None:
    """An unsealed worker can fork; its group goes with it."""
    stray = ask(worker, "import time\nanswer = os.fork()\nif answer == 0: time.sleep(1000)")
    assert stray in worker.leftovers()
    if end == "leaves":
        tell(worker, "os._exit(0)")
    else:
        worker.kill()
    assert worker.wait(10) is not None
    wait_until(lambda: not is_alive(stray))
    assert worker.leftovers() == []


@on_linux
@pytest.mark.parametrize("launcher", ["zygote"], indirect=True)
def test_what_hides_in_another_session_is_found_too(worker: WorkerProcess) -> None:
    source = """
import time
out, into = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(into, str(os.getpid()).encode())
        time.sleep(1000)
    os._exit(0)
answer = int(os.read(out, 20))
"""
    stray = ask(worker, source)
    assert is_alive(stray)
    worker.kill()
    status = worker.wait(10)
    assert status is not None
    assert status.strays >= 1
    assert not is_alive(stray)


def test_the_time_of_a_kill_and_of_an_exit_may_fall_together(
    launcher: WorkerLauncher, wanted: LaunchRequest
) -> None:
    for _ in range(10):
        with running(launcher, wanted) as worker:
            killers = [threading.Thread(target=worker.kill) for _ in range(4)]
            tell(worker, "os._exit(0)")
            for killer in killers:
                killer.start()
            status = worker.wait(10)
            for killer in killers:
                killer.join()
            assert status is not None
            assert (status.code, status.signal) in {(0, None), (None, signal.SIGKILL)}


def test_the_number_of_a_dead_worker_is_never_signalled(worker: WorkerProcess) -> None:
    """A kill after the end must not reach who may have the number by then."""
    worker.kill()
    assert worker.wait(10) is not None
    with subprocess.Popen([sys.executable, "-I", "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        worker.pid = bystander.pid
        worker.kill()
        assert bystander.stdin is not None
        bystander.stdin.write(b"\n")
    assert bystander.returncode == 0


def test_closing_ends_the_process_and_its_descriptors(
    launcher: WorkerLauncher, wanted: LaunchRequest
) -> None:
    worker = launcher.launch(wanted)
    ask(worker, "answer = 1")
    worker.close()
    worker.close()
    worker.kill()
    assert worker.wait(10) is not None
    assert worker.channel.fileno() == -1


def test_a_bad_scratch_folder_is_reported_by_the_worker(launcher: WorkerLauncher) -> None:
    request = LaunchRequest(language="lua", scratch_dir="/nowhere/at/all", run_id="test")
    with running(launcher, request) as worker:
        status = worker.wait(10)
        assert status is not None
        assert status.code == 1
        assert b"/nowhere/at/all" in read_all(worker.stderr_fd)


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
        resource.setrlimit(resource.RLIMIT_NOFILE, (_highest_descriptor() + 20, hard))
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
    for count in range(
        6 + 1
    ):  # two ends of a channel and of two pipes, and at last the pidfd is one too many
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


# --- the choice -------------------------------------------------------------------------------------------


@on_linux
def test_linux_gets_a_zygote(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pidfds(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    assert isinstance(make_launcher(), ZygoteLauncher)
    monkeypatch.setattr(os, "pidfd_open", no_pidfds)
    assert not isinstance(make_launcher(), ZygoteLauncher)


# --- the command line -------------------------------------------------------------------------------------


@on_linux
@pytest.mark.parametrize("maker", ["zygote", "spare"])
def test_a_frozen_executable_starts_its_own_workers(
    maker: str, wanted: LaunchRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable = tmp_path / "benchwright"
    paths = f"PYTHONPATH={REPOSITORY}/app:{REPOSITORY}"
    executable.write_text(f'#!/bin/sh\n{paths} exec {sys.executable} -m benchwright "$@"\n')
    executable.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(executable))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker_command("zygote", "7") == [str(executable), WORKER_SWITCH, "zygote", "7"]
    launcher = MAKERS[maker]()
    try:
        with running(launcher, wanted) as worker:
            assert ask(worker, "answer = list(seal())")
    finally:
        launcher.close()


def test_the_environment_of_a_worker_holds_nothing_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    environment = worker_environment()
    assert environment["TZ"] == "Europe/Berlin"
    assert not {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "PATH", "USER"} & environment.keys()
