"""Workers for tests: a worker process that does what the test tells it, and the test's end of the string."""

import json
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lupa.lua54  # noqa: F401 - what a real worker has loaded
import psutil
import pytest

from benchwright.worker.launching import LaunchRequest, WorkerLauncher, WorkerProcess
from benchwright.worker.launching.child import Seal
from benchwright.worker.launching.spare_launcher import SpareLauncher
from benchwright.worker.launching.zygote_launcher import ZygoteLauncher
from tests.worker import attacks, attacks_on_files, attacks_on_the_system

REPOSITORY = str(Path(__file__).parents[2])
ENTRY = "tests.worker.puppets:be_puppet"
ANSWER_TIMEOUT_S = 20.0

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="fences and zygotes are Linux's")


def be_puppet(channel: socket.socket, request: LaunchRequest, seal: Seal) -> None:
    """Worker entry: run the texts that come as lines of JSON, answer each with its variable `answer`."""
    pump = threading.Event()
    threading.Thread(target=pump.wait, name="pump", daemon=True).start()
    scope = {
        "channel": channel,
        "request": request,
        "seal": seal,
        "attacks": attacks,
        "attacks_on_files": attacks_on_files,
        "attacks_on_the_system": attacks_on_the_system,
        "os": os,
        "queue": queue,
        "answer": None,
    }
    buffered = b""
    while True:
        while b"\n" not in buffered:
            more = channel.recv(65536)
            if not more:
                return
            buffered += more
        line, _, buffered = buffered.partition(b"\n")
        exec(json.loads(line), scope)
        channel.sendall(json.dumps(scope["answer"]).encode() + b"\n")


def tell(worker: WorkerProcess, source: str) -> None:
    """Have the puppet run `source`, without waiting."""
    worker.channel.sendall(json.dumps(source).encode() + b"\n")


def ask(worker: WorkerProcess, source: str) -> Any:
    """Have the puppet run `source` and return its `answer`."""
    tell(worker, source)
    return hear(worker)


def hear(worker: WorkerProcess) -> Any:
    """Return the puppet's next answer."""
    worker.channel.settimeout(ANSWER_TIMEOUT_S)
    buffered = b""
    while not buffered.endswith(b"\n"):
        more = worker.channel.recv(65536)
        if not more:
            raise AssertionError(
                f"the puppet died: {worker.wait(1)}, {os.read(worker.stderr_fd, 65536).decode()}"
            )
        buffered += more
    return json.loads(buffered)


@contextmanager
def running(launcher: WorkerLauncher, request: LaunchRequest) -> Iterator[WorkerProcess]:
    """Launch a worker that is gone after the block."""
    worker = launcher.launch(request)
    try:
        yield worker
    finally:
        worker.close()


def zygote(entry: str = ENTRY) -> ZygoteLauncher:
    """Return a launcher of puppets from a zygote."""
    return ZygoteLauncher(entry, [REPOSITORY])


def spare(entry: str = ENTRY, spares: int = 0) -> SpareLauncher:
    """Return a launcher of puppets from spares."""
    return SpareLauncher(entry, [REPOSITORY], spares)


MAKERS: dict[str, Callable[..., WorkerLauncher]] = {"zygote": zygote, "spare": spare}


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
