"""The broker against a worker that speaks the protocol itself: what is refused, and what ends the run."""

import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs import broker
from benchwright.bench.runs.broker import Broker
from benchwright.bench.runs.host_functions import HostFunctions
from benchwright.bench.runs.output import RunOutput
from benchwright.bench.runs.run import Run
from benchwright.bench.storage.recorder import RunRecorder
from benchwright.core.errors import ErrorInfo
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.permissions import Permission
from benchwright.core.rates import OnExcess, RateSettings
from benchwright.core.results import Integer, Nothing
from benchwright.core.run_states import RunState
from benchwright.core.script_messages import (
    MAX_FRAME_BYTES,
    BenchMessage,
    Call,
    Finished,
    LimitReached,
    Log,
    Output,
    Progress,
    Ready,
    Refusal,
    Reply,
    Rows,
    WorkerMessage,
)
from benchwright.worker.channel import Channel, ChannelClosed
from tests.bench.plans import plan
from tests.benchmarks.memory_instrument import MemoryInstruments


class HostileWorker:
    """A broker in a thread of its own, and the raw other end of its channel."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        bus = EventBus()
        self.run = Run(plan(**changes), bus)
        self.run.move(RunState.STARTING)
        self.instruments = cast(Any, MemoryInstruments())
        self.pressed: list[str] = []
        unused: Any = None
        functions = HostFunctions(self.instruments, unused, unused, None, self.pressed.append)
        self.recorder = RunRecorder(folder / "data.sqlite", lambda error: None)
        ours, self.socket = socket.socketpair()
        self._bench_end: Channel[WorkerMessage] = Channel(ours, WorkerMessage, MAX_FRAME_BYTES)
        self.channel: Channel[BenchMessage] = Channel(self.socket, BenchMessage, MAX_FRAME_BYTES)
        output = RunOutput(self.run, self.recorder, bus)
        self.broker = Broker(
            self.run,
            self._bench_end,
            self.instruments,
            functions,
            output,
            lambda name, run_id: None,
            lambda name, run: [],
        )
        self.broker.start()

    def call(self, target: str, method: str, *args: Any, call_id: int = 1, **kwargs: Any) -> Reply | Refusal:
        self.channel.send(Call(call_id, target, method, list(args), kwargs, 7))
        answer = self.channel.receive()
        assert isinstance(answer, (Reply, Refusal))
        return answer

    def send_raw(self, body: bytes) -> None:
        self.socket.sendall(struct.pack("<I", len(body)) + body)

    def ended(self) -> RunState:
        """Wait for the broker to end the run, and return the outcome it asked for."""
        assert self.run.stopped.wait(5)
        assert self.run.stop_request is not None
        return self.run.stop_request.outcome

    def close(self) -> None:
        self.socket.close()
        was_served = self.broker.wait(5)
        self._bench_end.close()
        self.recorder.close(5)
        assert was_served


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[HostileWorker]:
    worker = HostileWorker(tmp_path)
    yield worker
    worker.close()


def test_a_call_is_made_and_counted(worker: HostileWorker) -> None:
    assert worker.call("memory", "write", 2.5) == Reply(1, None)
    assert worker.call("memory", "read", call_id=2) == Reply(2, 2.5)
    assert {name: times.count for name, times in worker.run.calls.items()} == {
        "memory.write": 1,
        "memory.read": 1,
    }


@pytest.mark.parametrize(
    ("target", "method", "args", "code"),
    [
        ("nothing", "read", [], "unknown_name"),
        ("memory", "safe_state", [], "unknown_name"),
        ("memory", "__class__", [], "unknown_name"),
        ("memory", "invoke", ["write", [1], {}], "unknown_name"),
        ("memory", "write", [], "argument_error"),
        ("memory", "write", [1, 2], "argument_error"),
        ("memory", "write", ["one"], "argument_error"),
        ("memory", "write", [float("nan")], "argument_error"),
        ("", "shutdown", [], "unknown_name"),
        ("", "__init__", [], "unknown_name"),
        ("", "ask", [5], "argument_error"),
    ],
)
def test_what_is_not_in_the_table_is_refused_with_its_line(
    worker: HostileWorker, target: str, method: str, args: list[Any], code: str
) -> None:
    answer = worker.call(target, method, *args)
    assert isinstance(answer, Refusal)
    assert (answer.error.code, answer.error.line) == (code, 7)
    assert worker.call("memory", "read", call_id=2) == Reply(2, 0.0)


def test_a_permission_is_checked_for_each_call(tmp_path: Path) -> None:
    worker = HostileWorker(tmp_path, permissions=frozenset({Permission.DEVICE_READ}))
    answer = worker.call("memory", "write", 1.0)
    assert isinstance(answer, Refusal)
    assert answer.error.code == "permission_denied"
    assert isinstance(worker.call("memory", "read", call_id=2), Reply)
    answer = worker.call("", "system_info", call_id=3)
    assert isinstance(answer, Refusal)
    assert "system:info" in answer.error.message
    worker.close()


def test_an_excess_over_the_rate_is_an_error_in_strict(tmp_path: Path) -> None:
    rate = RateSettings(operations_per_s=0.001, burst=2, on_excess=OnExcess.ERROR)
    worker = HostileWorker(tmp_path, rate=rate)
    answers = [worker.call("memory", "write", 1.0, call_id=i) for i in range(1, 4)]
    assert [type(answer) for answer in answers] == [Reply, Reply, Refusal]
    assert isinstance(answers[2], Refusal)
    assert "try again in" in answers[2].error.message
    worker.close()


def test_the_emergency_stop_needs_no_permission_and_no_rate(tmp_path: Path) -> None:
    rate = RateSettings(operations_per_s=0.001, burst=0, on_excess=OnExcess.ERROR)
    worker = HostileWorker(tmp_path, rate=rate, permissions=frozenset())
    worker.call("", "emergency_stop")
    worker.call("", "device_emergency_stop", call_id=2)
    assert len(worker.pressed) == 2
    worker.close()


def test_a_closed_run_gets_no_call_through_but_its_rows_are_taken(worker: HostileWorker) -> None:
    worker.call("memory", "write", 1.0)
    worker.run.request_stop(RunState.CANCELLED)
    worker.channel.send(Call(2, "memory", "write", [9.0], {}), Rows([0.1], {"x": [1]}), Log("info", "last"))
    worker.socket.shutdown(socket.SHUT_WR)
    worker.socket.settimeout(0.05)
    with pytest.raises(ChannelClosed):
        worker.channel.receive()
    assert worker.instruments.get("memory").value == 1.0
    assert worker.recorder.flush(5)
    assert worker.recorder.close(5) == 1


@pytest.mark.parametrize(
    "frames",
    [
        [Call(1, "memory", "read", [], {}), Call(1, "memory", "read", [], {})],
        [Call(2, "memory", "read", [], {}), Call(1, "memory", "read", [], {})],
        [Ready({"a": "held"}), Ready({"a": "held"})],
        [Rows([0.1, 0.2], {"x": [1]})],
        [Rows([0.1], {"x": [[1]]})],
        [Rows([0.1], {f"c{i}": [1] for i in range(65)})],
        [Rows([float("nan")], {"x": [1]})],
        [Output("elsewhere", ["x"])],
        [Log("shout", "x")],
        [Rows([0.1], {"x" * 257: [1]})],
        [Progress(float("nan"), 1.0)],
        [Progress(1.0, float("inf"))],
        [LimitReached("max_execution_time_s", 30.0)],
        [LimitReached("max_scratch_mb", 256.0)],
        [LimitReached("max_variables", 1.0)],  # which this run has not
    ],
)
def test_a_frame_against_the_rules_ends_the_run(worker: HostileWorker, frames: list[Any]) -> None:
    worker.channel.send(*frames)
    assert worker.ended() is RunState.CRASHED


def test_too_many_calls_at_once_end_the_run(worker: HostileWorker) -> None:
    blocked = threading.Event()
    instrument = worker.instruments.get("memory")
    instrument.invoke = lambda method, args, kwargs: blocked.wait(5)
    worker.channel.send(*(Call(i, "memory", "read", [], {}, 1, True) for i in range(1, 10)))
    assert worker.ended() is RunState.CRASHED
    blocked.set()


def test_the_emergency_stop_is_none_too_many(worker: HostileWorker) -> None:
    blocked = threading.Event()
    worker.instruments.get("memory").invoke = lambda method, args, kwargs: blocked.wait(5)
    worker.channel.send(*(Call(i, "memory", "read", [], {}, 1, True) for i in range(1, 9)))
    assert isinstance(worker.call("", "emergency_stop", call_id=9), Refusal)
    assert len(worker.pressed) == 1
    assert not worker.run.stopped.is_set()
    blocked.set()


@pytest.mark.parametrize("size", [MAX_FRAME_BYTES + 1, 2**32 - 1])
def test_an_oversized_frame_ends_the_run(worker: HostileWorker, size: int) -> None:
    worker.socket.sendall(struct.pack("<I", size))
    assert worker.ended() is RunState.CRASHED


def test_a_worker_that_never_reads_is_ended(worker: HostileWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "REPLY_TIMEOUT_S", 0.05)
    worker.instruments.get("memory").invoke = lambda method, args, kwargs: "x" * 60_000
    for i in range(1, 1000):
        if worker.run.stopped.is_set():
            break
        try:
            worker.channel.send(Call(i, "memory", "read", [], {}), timeout_s=0.2)
        except (ChannelClosed, TimeoutError):
            break
    assert worker.ended() is RunState.CRASHED


def test_a_mistake_in_a_driver_is_an_error_in_the_script_and_not_the_end(
    worker: HostileWorker, expect_log: Any
) -> None:
    expect_log("memory.read failed")
    worker.instruments.get("memory").invoke = lambda method, args, kwargs: 1 // 0
    answer = worker.call("memory", "read")
    assert isinstance(answer, Refusal)
    assert "mistake in its driver" in answer.error.message


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["memory", "", "read", "write", "checkpoint", "emergency_stop"]) | st.text(
    max_size=10
)
TAGS = st.sampled_from(["ready", "call", "rows", "output", "log", "progress", "line", "finished", "limit"])
CALLS = st.tuples(st.integers(-9, 9), NAMES, NAMES, st.lists(VALUES, max_size=2), st.just({}))
FRAMES = st.tuples(TAGS, st.lists(VALUES, max_size=7)) | st.tuples(st.just("call"), CALLS)


@pytest.mark.fuzz
@given(st.lists(FRAMES, max_size=12))
def test_no_flood_of_frames_breaks_the_broker(frames: list[Any]) -> None:
    stay_whole(frames)


@settings(max_examples=60)
@given(st.lists(FRAMES, max_size=4))
def test_no_frames_break_the_broker(frames: list[Any]) -> None:
    stay_whole(frames)


def stay_whole(frames: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(HostileWorker(Path(folder))) as worker:
        with suppress(OSError):
            for tag, values in frames:
                worker.send_raw(msgspec.msgpack.encode([tag, *values]))
        worker.socket.shutdown(socket.SHUT_WR)
        assert worker.broker.wait(5)
        request = worker.run.stop_request
        assert request is None or request.error is None or request.error.code != "internal_error"


def test_a_limit_is_told_with_the_value_that_the_bench_knows(worker: HostileWorker) -> None:
    worker.channel.send(LimitReached("max_memory_mb", 1e9, 2**40))
    assert worker.ended() is RunState.RESOURCE_LIMIT
    assert worker.run.stop_request is not None
    assert worker.run.stop_request.error is not None
    assert worker.run.stop_request.error.message == "the run went over max_memory_mb = 50"
    assert worker.run.stop_request.error.line is None


@pytest.mark.parametrize("code", ["emergency_stop", "resource_limit", "timeout", "cancelled"])
def test_a_script_cannot_say_that_it_was_stopped(worker: HostileWorker, code: str) -> None:
    worker.channel.send(Finished(Nothing(), ErrorInfo(code, "mine", 2**31, 3)))
    worker.socket.shutdown(socket.SHUT_WR)
    assert worker.broker.wait(5)
    assert worker.broker.finished is not None
    assert worker.broker.finished.error == ErrorInfo("execution_error", "mine")


def test_log_entries_and_very_long_lines_count_as_lines(tmp_path: Path) -> None:
    limits = ScriptResourceLimits(max_output_lines=4)
    worker = HostileWorker(tmp_path, limits=limits)
    worker.channel.send(Output("stdout", ["a"]), Log("info", "b"))
    worker.channel.send(Log("info", "x" * 70_000))
    assert worker.ended() is RunState.RESOURCE_LIMIT
    worker.close()


def test_a_finished_frame_keeps_its_result(worker: HostileWorker) -> None:
    worker.channel.send(Finished(Integer(5)))
    worker.socket.shutdown(socket.SHUT_WR)
    worker.close()
    assert worker.broker.finished == Finished(Integer(5))
