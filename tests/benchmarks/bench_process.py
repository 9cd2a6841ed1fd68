"""A real bench in a process of its own, with an operator attached, for benchmarks and end-to-end tests."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.operators.launch import start_child
from benchwright.core.errors import BenchUnavailable
from benchwright.core.events import AnyEvent, RunFinished
from benchwright.core.operator_messages import BenchStatus, SubmitRun, Subscribe
from benchwright.core.permissions import ALL_PERMISSIONS


@contextlib.contextmanager
def running_bench(config: str | None = None) -> Iterator[tuple[DataFolder, BenchClient]]:
    """Start a bench on a folder of its own and attach to it; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="benchwright-bench-") as name:
        config_file = None
        if config is not None:
            config_file = Path(name) / "bench.toml"
            config_file.write_text(config, encoding="utf-8")
        folder = DataFolder.open(Path(name) / "data")
        process = start_child(folder, config_file)
        client = BenchClient.connect(folder)
        client.request(Subscribe())
        try:
            yield folder, client
        finally:
            client.close()
            process.wait(timeout=20)


def submit(client: BenchClient, source: str, language: str = "lua", **limits: float) -> str:
    """Submit a script with everything allowed; return the run's id."""
    request = SubmitRun(
        name="benchmark",
        language=language,
        source=source,
        grant=sorted(ALL_PERMISSIONS),
        limits={"max_execution_time_s": 120, **limits},
    )
    return str(client.request(request))


def events_of(client: BenchClient, count: int = 1) -> list[AnyEvent]:
    """Return the events until so many runs have finished."""
    seen: list[AnyEvent] = []
    while count:
        event = client.next_event(timeout_s=120)
        if event is None:
            raise TimeoutError("a run does not end")
        seen.append(event)
        count -= isinstance(event, RunFinished)
    return seen


def run(client: BenchClient, source: str, language: str = "lua", **limits: float) -> RunFinished:
    """Run a script to its end."""
    submit(client, source, language, **limits)
    finished = events_of(client)[-1]
    assert isinstance(finished, RunFinished)
    if finished.error is not None:
        raise RuntimeError(f"{finished.outcome}: {finished.error.message}")
    return finished


def bench_pid(client: BenchClient) -> int:
    """Return the bench's process id."""
    status = client.request(BenchStatus())
    assert isinstance(status, dict)
    assert isinstance(status["pid"], int)
    return status["pid"]


def wait_for(client: BenchClient, kind: type[AnyEvent], timeout_s: float = 30) -> AnyEvent:
    """Return the next event of a kind."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        event = client.next_event(timeout_s=1)
        if isinstance(event, kind):
            return event
    raise BenchUnavailable(f"no {kind.__name__} within {timeout_s:g} s")
