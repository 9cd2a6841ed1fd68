"""A bench without a free descriptor or thread: it waits for one without a whirl, and serves on."""

import errno
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.safety import safety_line
from benchwright.core.errors import BenchUnavailable
from benchwright.core.operator_messages import BenchStatus, CallInstrument
from tests.helpers.cli import ServedBench, served_bench

CALL = CallInstrument(name="supply", method="get_voltage")


@pytest.fixture
def bench_process(tmp_path: Path) -> Iterator[ServedBench]:
    with served_bench(tmp_path / "data") as bench:
        yield bench


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process")
def test_a_bench_without_a_free_descriptor_serves_again_once_there_are_some(
    bench_process: ServedBench,
) -> None:
    import resource

    folder, process = DataFolder.open(bench_process.data_dir), bench_process.pid
    limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
    lowest = min(set(range(1000)) - {int(path.name) for path in Path(f"/proc/{process}/fd").iterdir()})
    resource.prlimit(process, resource.RLIMIT_NOFILE, (lowest, limits[1]))
    served: list[Any] = []
    waiting = [
        threading.Thread(target=lambda: served.append(_status(folder))),
        threading.Thread(target=lambda: served.append(_ping(folder))),
    ]
    for thread in waiting:
        thread.start()
    time.sleep(0.2)  # for it to fail in; it has to come right however far it got
    resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
    for thread in waiting:
        thread.join(10)
    assert len(served) == len(waiting)


def _ping(folder: DataFolder) -> str:
    safety_line.ping(folder)
    return "heard"


def _status(folder: DataFolder) -> Any:
    with BenchClient.connect(folder) as client:
        return client.request(BenchStatus())


def test_a_listener_that_fails_is_not_asked_in_a_whirl(bench: BenchApplication, folder: DataFolder) -> None:
    server = bench._server
    listener, asked = server._listener, []

    class Exhausted:
        """A listener whose process has no descriptor left."""

        def accept(self) -> Any:
            asked.append(time.monotonic())
            raise OSError(errno.EMFILE, "Too many open files")

    server._listener = Exhausted()  # type: ignore[assignment]
    with BenchClient.connect(folder) as first:  # by the accept that was under way
        while len(asked) < 5:
            time.sleep(0.001)
        server._listener = listener
        with BenchClient.connect(folder) as second:
            assert first.request(BenchStatus())
            assert second.request(BenchStatus())
    assert asked[4] - asked[0] > 0.03


@pytest.mark.parametrize("name", ["operator", "operator writer"])
def test_a_bench_without_a_free_thread_turns_a_client_away_and_serves_the_next(
    bench: BenchApplication,
    folder: DataFolder,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: Callable[[str], None],
    name: str,
) -> None:
    expect_log("turned away")
    with (
        WithoutThreads(monkeypatch, name),
        pytest.raises(BenchUnavailable),
        BenchClient.connect(folder) as client,
    ):
        client.request(BenchStatus())
    with BenchClient.connect(folder) as client:
        assert client.request(BenchStatus())


def test_a_call_that_gets_no_thread_is_refused_and_the_client_is_served_on(
    bench: BenchApplication, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BenchClient.connect(folder) as client:
        with WithoutThreads(monkeypatch, "operator call"), pytest.raises(BenchUnavailable, match="no thread"):
            client.request(CALL)
        assert client.request(CALL) == 0.0
    with BenchClient.connect(folder) as client:
        while client.request(BenchStatus())["clients"] > 1:  # type: ignore[call-overload,index,operator]
            time.sleep(0.001)


class WithoutThreads:
    """Within it no thread of that name can be started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._patch, self._name = monkeypatch, name

    def __enter__(self) -> None:
        start, name = threading.Thread.start, self._name

        def refuse(thread: threading.Thread) -> None:
            if thread.name == name:
                raise RuntimeError("can't start new thread")
            start(thread)

        self._patch.setattr(threading.Thread, "start", refuse)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()
