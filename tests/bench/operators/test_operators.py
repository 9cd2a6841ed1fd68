"""Operators at a bench: requests, events, a farewell, a desk that vanishes, and strangers."""

import queue
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.calls import ClientCalls
from benchwright.bench.operators.client import BenchClient
from benchwright.core.errors import (
    ArgumentError,
    BenchUnavailable,
    EmergencyStopActive,
    RunNotFound,
    ScriptRunning,
    UnknownNameError,
)
from benchwright.core.events import (
    AnyEvent,
    LinesPrinted,
    LogWritten,
    QuestionAsked,
    RowsRecorded,
    RunFinished,
    RunStateChanged,
)
from benchwright.core.operator_messages import (
    AnswerQuestion,
    BenchStatus,
    CallInstrument,
    CancelRun,
    ConnectInstrument,
    DescribeInstruments,
    ListActiveRuns,
    PauseRun,
    ResumeRun,
    Shutdown,
    SubmitRun,
    Subscribe,
)
from benchwright.core.permissions import ALL_PERMISSIONS
from benchwright.core.run_record import ActiveRun
from benchwright.core.run_states import RunState
from benchwright.instruments.config import Config
from tests.worker.puppets import wait_until


@pytest.fixture
def client(bench: BenchApplication, folder: DataFolder) -> Iterator[BenchClient]:
    with BenchClient.connect(folder) as client:
        yield client


def submission(source: str, **changes: Any) -> SubmitRun:
    values: dict[str, Any] = {"name": "test", "language": "lua", "source": source}
    return SubmitRun(**(values | {"grant": sorted(ALL_PERMISSIONS)} | changes))


def until(client: BenchClient, kind: type, **fields: Any) -> Any:
    for event in client.events():
        if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items()):
            return event
    raise AssertionError("the bench is gone")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no socket files")
@pytest.mark.usefixtures("bench")
def test_the_sockets_are_their_owners_alone(folder: DataFolder) -> None:
    for address in (folder.operator_address(), folder.safety_address()):
        assert stat.S_IMODE(Path(address).stat().st_mode) == 0o600


def test_a_run_is_submitted_and_its_events_arrive_to_the_last(client: BenchClient) -> None:
    client.request(Subscribe())
    run_id = client.request(submission('print("hello") record{ a = 1 } return 5'))
    seen: list[AnyEvent] = []
    for event in client.events():
        seen.append(event)
        if isinstance(event, RunFinished):
            break
    finished = seen[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.run_id, finished.result, finished.rows) == (run_id, 5, 1)
    assert any(isinstance(event, LinesPrinted) for event in seen)
    assert any(isinstance(event, RowsRecorded) for event in seen)


def test_a_limit_that_is_a_whole_number_holds(client: BenchClient) -> None:
    client.request(Subscribe())
    client.request(submission("for i = 1, 9 do record{ i = i } end", limits={"max_record_rows": 4}))
    finished = until(client, RunFinished)
    assert finished.outcome is RunState.RESOURCE_LIMIT
    assert finished.rows == 4
    assert "max_record_rows" in finished.error.message


def test_a_run_is_listed_paused_resumed_and_cancelled(client: BenchClient) -> None:
    client.request(Subscribe())
    run_id = str(client.request(submission("while true do sleep(0.005) checkpoint() end", name="loop")))
    until(client, RunStateChanged, state=RunState.RUNNING)
    (listed,) = msgspec.convert(client.request(ListActiveRuns()), list[ActiveRun])
    assert (listed.run_id, listed.script, listed.state) == (run_id, "loop", RunState.RUNNING)
    client.request(PauseRun(run_id=run_id))
    until(client, RunStateChanged, state=RunState.PAUSED)
    (listed,) = msgspec.convert(client.request(ListActiveRuns()), list[ActiveRun])
    assert (listed.state, listed.line, listed.from_window) == (RunState.PAUSED, 1, False)
    assert listed.question is None
    assert 0 < listed.elapsed_s < 10
    client.request(ResumeRun(run_id=run_id))
    until(client, RunStateChanged, state=RunState.RUNNING)
    with pytest.raises(ScriptRunning, match="not paused"):
        client.request(ResumeRun(run_id=run_id))
    client.request(CancelRun(run_id=run_id))
    assert until(client, RunFinished).outcome is RunState.CANCELLED
    with pytest.raises(RunNotFound):
        client.request(CancelRun(run_id=run_id))


def test_a_client_that_bounds_what_waits_loses_lines_and_is_told(client: BenchClient) -> None:
    client.most_waiting_bytes = 50_000
    client.request(Subscribe())
    client.request(submission("for i = 1, 20000 do print(i) end"))
    deadline_s = time.monotonic() + 20
    while client.request(ListActiveRuns()):
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    events: list[AnyEvent] = []
    while not events or not isinstance(events[-1], RunFinished):
        event = client.next_event(timeout_s=10)
        assert event is not None
        events.append(event)
    shown = sum(len(event.lines) for event in events if isinstance(event, LinesPrinted))
    assert 0 < shown < 20_000
    assert any("does not keep up" in event.text for event in events if isinstance(event, LogWritten))


def test_instruments_are_described_called_and_disconnected(client: BenchClient) -> None:
    described: Any = client.request(DescribeInstruments())
    assert {entry["descriptor"]["name"] for entry in described} >= {"esp300", "newport", "board"}
    assert client.request(CallInstrument(name="board", method="get_status"))
    described = client.request(DescribeInstruments())
    assert {entry["descriptor"]["name"]: entry["state"] for entry in described}["board"] == "connected"
    client.request(ConnectInstrument(name="board", action="disconnect"))
    with pytest.raises(UnknownNameError, match="did you mean board"):
        client.request(CallInstrument(name="bord", method="get_status"))
    with pytest.raises(ArgumentError, match="from -100 to 100"):
        client.request(CallInstrument(name="board", method="set_motor_speed", args=[1, 1000]))
    with pytest.raises(ArgumentError, match="connect, disconnect, reconnect"):
        client.request(ConnectInstrument(name="board", action="explode"))


def test_the_status_tells_what_runs(client: BenchClient, folder: DataFolder) -> None:
    status: Any = client.request(BenchStatus())
    assert status["data_dir"] == str(folder.path)
    assert (status["clients"], status["runs"], status["emergency"]) == (1, 0, False)


def test_a_question_that_nobody_answers_is_an_error_in_the_script(client: BenchClient) -> None:
    client.request(Subscribe())
    run_id = str(client.request(submission('return ask("ready?", {"yes"})')))
    asked = until(client, QuestionAsked)
    (listed,) = msgspec.convert(client.request(ListActiveRuns()), list[ActiveRun])
    assert listed.question == asked
    client.request(AnswerQuestion(run_id=run_id, question_id=asked.question_id, answer=""))
    finished = until(client, RunFinished)
    assert finished.outcome is RunState.FAILED
    assert "nobody answered" in finished.error.message


def test_a_second_client_sees_the_same_run(bench: BenchApplication, folder: DataFolder) -> None:
    with BenchClient.connect(folder) as first, BenchClient.connect(folder) as second:
        first.request(Subscribe())
        second.request(Subscribe())
        first.request(submission("return 1"))
        assert until(first, RunFinished).run_id == until(second, RunFinished).run_id


def test_a_farewell_leaves_the_runs_alone(bench: BenchApplication, folder: DataFolder) -> None:
    with BenchClient.connect(folder) as first:
        first.request(Subscribe())
        first.request(submission('print("here") sleep(0.2) return 9'))
        until(first, LinesPrinted)
        second = BenchClient.connect(folder)
        second.request(Subscribe())
    with second:
        assert until(second, RunFinished).result == 9


DESK = """
import sys, time
from pathlib import Path
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.data_folder import DataFolder
from benchwright.core.operator_messages import CallInstrument, SubmitRun, Subscribe

client = BenchClient.connect(DataFolder(Path(sys.argv[1])))
client.request(Subscribe())
client.request(CallInstrument(name="supply", method="output_on"))
client.request(SubmitRun(name="loop", language="lua", source="while true do end", grant=[]))
print("ready", flush=True)
time.sleep(60)
"""


def test_a_lost_desk_stops_everything_and_ends_the_bench(
    bench: BenchApplication, folder: DataFolder, allow_logs: Any
) -> None:
    allow_logs("desk is lost|emergency stop")
    ended: queue.SimpleQueue[RunFinished] = queue.SimpleQueue()
    bench.bus.subscribe(lambda event: ended.put(event) if isinstance(event, RunFinished) else None)
    command = [sys.executable, "-c", DESK, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as desk:
        assert desk.stdout is not None
        assert desk.stdout.readline() == "ready\n"
        assert bench.instruments.get("supply").invoke("is_output_on", [], {}) is True
        desk.kill()
    assert ended.get(timeout=5).outcome is RunState.EMERGENCY_STOPPED
    bench.wait()
    assert bench.instruments.get("supply").invoke("is_output_on", [], {}) is False
    assert not (folder.path / "emergency.json").exists()


def test_a_desk_that_took_leave_is_none_even_before_it_is_gone(
    bench: BenchApplication, folder: DataFolder, monkeypatch: pytest.MonkeyPatch, allow_logs: Any
) -> None:
    """Its calls are waited for, for seconds; the other desk may be lost meanwhile."""
    allow_logs("desk is lost|emergency stop")
    may_go = threading.Event()
    monkeypatch.setattr(ClientCalls, "end", lambda calls, timeout_s: timeout_s and may_go.wait(20))
    supply = bench.instruments.get("supply")
    with BenchClient.connect(folder) as other:
        other.request(Subscribe())
        command = [sys.executable, "-c", DESK, str(folder.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as desk:
            assert desk.stdout is not None
            assert desk.stdout.readline() == "ready\n"
            other.close()
            desk.kill()
    try:
        wait_until(lambda: not supply.invoke("is_output_on", [], {}))
    finally:
        may_go.set()
    bench.wait()


@pytest.mark.parametrize("body", [b"\xc1", b"\x91" * 20_000])
def test_a_malformed_frame_of_the_only_desk_is_a_lost_desk(
    bench: BenchApplication, folder: DataFolder, body: bytes, allow_logs: Any
) -> None:
    allow_logs("desk is lost|emergency stop|broke the protocol")
    ended: queue.SimpleQueue[RunFinished] = queue.SimpleQueue()
    bench.bus.subscribe(lambda event: ended.put(event) if isinstance(event, RunFinished) else None)
    with Client(folder.operator_address(), authkey=folder.auth_key()) as desk:
        source = "instruments.get('supply'):output_on() while true do end"
        submit = SubmitRun(id=2, name="test", language="lua", source=source, grant=sorted(ALL_PERMISSIONS))
        for request in (Subscribe(id=1), submit):
            desk.send_bytes(msgspec.msgpack.encode(request))
        wait_until(lambda: bench.instruments.get("supply").invoke("is_output_on", [], {}))
        desk.send_bytes(body)
        assert ended.get(timeout=5).outcome is RunState.EMERGENCY_STOPPED
    bench.wait()
    assert bench.instruments.get("supply").invoke("is_output_on", [], {}) is False


@pytest.mark.parametrize("body", [b"", b"\xc1", msgspec.msgpack.encode({"type": "nonsense"}), b"x" * 5000])
def test_a_client_that_breaks_the_protocol_is_ended_and_nobody_else(
    bench: BenchApplication, folder: DataFolder, client: BenchClient, body: bytes, expect_log: Any
) -> None:
    expect_log("broke the protocol")
    stranger = Client(folder.operator_address(), authkey=folder.auth_key())
    with stranger:
        stranger.send_bytes(body)
        with pytest.raises(EOFError):
            stranger.recv_bytes()
    assert client.request(BenchStatus())


def test_a_client_with_another_key_is_turned_away(
    bench: BenchApplication, folder: DataFolder, client: BenchClient, expect_log: Any
) -> None:
    expect_log("turned away")
    with pytest.raises(AuthenticationError):
        Client(folder.operator_address(), authkey=b"guess")
    assert client.request(BenchStatus())


def test_nothing_listens_without_a_bench(folder: DataFolder) -> None:
    with pytest.raises(BenchUnavailable, match="no bench runs"):
        BenchClient.connect(folder)


def test_a_second_bench_on_the_folder_is_refused_by_name(bench: BenchApplication, folder: DataFolder) -> None:
    with pytest.raises(BenchUnavailable, match="another bench"):
        BenchApplication(folder, Config.demo()).start()


def test_the_bench_ends_on_request(bench: BenchApplication, client: BenchClient) -> None:
    client.request(Shutdown())
    bench.wait()


def test_nothing_starts_while_latched_and_a_reset_lets_it(
    bench: BenchApplication, client: BenchClient, allow_logs: Any
) -> None:
    allow_logs("emergency stop")
    bench.emergency.press("test")
    with pytest.raises(EmergencyStopActive, match="benchwright estop --reset"):
        client.request(submission("return 1"))
    with pytest.raises(EmergencyStopActive):
        client.request(CallInstrument(name="board", method="set_motor_speed", args=[1, 10]))
    assert client.request(CallInstrument(name="board", method="get_status"))
    bench.emergency.reset("test")
    client.request(CallInstrument(name="board", method="set_motor_speed", args=[1, 10]))
