"""Starting, watching and ending worker processes, by both launchers."""

import os
import re
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from benchwright.worker.launching import (
    WORKER_SWITCH,
    ExitStatus,
    LaunchRequest,
    WorkerLauncher,
    WorkerProcess,
    make_launcher,
)
from benchwright.worker.launching.command import worker_command, worker_environment
from benchwright.worker.launching.zygote_launcher import ZygoteLauncher
from tests.worker.puppets import (
    MAKERS,
    REPOSITORY,
    ask,
    hear,
    is_alive,
    on_linux,
    read_all,
    running,
    tell,
    wait_until,
)


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
    assert re.fullmatch(r"err\nthe worker failed at <string>:1: KeyError: 'inside'\n", errors)


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
