"""What an operator does to instruments by hand: raw commands, traffic, stopping a call, making safe."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators import traffic
from benchwright.bench.operators.client import BenchClient
from benchwright.core.errors import (
    ArgumentError,
    BenchwrightError,
    CallCancelled,
    ConfigurationError,
    EmergencyStopActive,
    InstrumentError,
    InstrumentTimeout,
    UnknownNameError,
)
from benchwright.core.events import Exchange, RunFinished, TrafficSeen
from benchwright.core.operator_messages import (
    AskIdentity,
    CallInstrument,
    CancelCall,
    MakeSafe,
    SendRaw,
    SubmitRun,
    Subscribe,
    WatchTraffic,
)
from benchwright.core.permissions import ALL_PERMISSIONS
from benchwright.core.raw_text import MAX_SHOWN_BYTES, parse_typed, shown_bytes
from benchwright.core.run_states import RunState
from benchwright.instruments.simulation import Faults, shared_virtual_bench


@pytest.fixture
def client(bench: BenchApplication, folder: DataFolder) -> Iterator[BenchClient]:
    with BenchClient.connect(folder) as client:
        yield client


class Call:
    """A request that is under way in a thread."""

    def __init__(self, client: BenchClient, request: Any) -> None:
        self.value: Any = None
        self.error: BenchwrightError | None = None
        self._thread = threading.Thread(target=self._run, args=(client, request))
        self._thread.start()

    def _run(self, client: BenchClient, request: Any) -> None:
        try:
            self.value = client.request(request)
        except BenchwrightError as error:
            self.error = error

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()


def until(holds: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def exchanges(client: BenchClient, enough: Callable[[list[Exchange]], bool]) -> list[Exchange]:
    """Return the exchanges that are seen until there are enough."""
    seen: list[Exchange] = []
    deadline_s = time.monotonic() + 10
    while not enough(seen):
        assert time.monotonic() < deadline_s, seen
        event = client.next_event(0.1)
        if isinstance(event, TrafficSeen):
            seen += event.exchanges
    return seen


def position(client: BenchClient) -> float:
    value = client.request(CallInstrument(name="esp300", method="get_position"))
    assert isinstance(value, float)
    return value


# --- bytes as text ----------------------------------------------------------------------------------------


def test_bytes_are_shown_escaped_and_bounded() -> None:
    assert shown_bytes(b"VE?\r\n\t\\\x00\xff") == "VE?\\r\\n\\t\\\\\\x00\\xff"
    assert shown_bytes(b"a" * 5000) == "a" * MAX_SHOWN_BYTES + "… (5,000 bytes)"


@pytest.mark.parametrize(("typed", "means"), [("1TP?", "1TP?"), ("a\\r\\n\\x1b\\\\", "a\r\n\x1b\\")])
def test_escapes_are_resolved(typed: str, means: str) -> None:
    assert parse_typed(typed) == means


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "nothing"),
        ("\\q", "unknown escape"),
        ("a\\", "unknown escape"),
        ("45°", "only ASCII"),
        ("\\xff", "ASCII"),
        ("a" * 2000, "at most"),
    ],
)
def test_what_cannot_be_sent_is_said(typed: str, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        parse_typed(typed)


# --- raw commands -----------------------------------------------------------------------------------------


def test_raw_question_is_answered_and_raw_command_is_not_waited_for(client: BenchClient) -> None:
    assert "ESP300" in str(client.request(SendRaw(name="esp300", text="VE?")))
    assert client.request(SendRaw(name="esp300", text="1VA25")) is None
    assert client.request(CallInstrument(name="esp300", method="get_velocity")) == 25.0


@pytest.mark.parametrize("latency_s", [0.0, 0.03])
def test_reply_that_nobody_waited_for_answers_no_other_question(
    client: BenchClient, latency_s: float
) -> None:
    assert position(client) == 0.0
    shared_virtual_bench().set_faults("esp300", Faults(latency_s=latency_s))
    for text in ("VE?", "ve?", "1VA?", "VE?\\r1VA?\\rVE?"):
        client.request(SendRaw(name="esp300", text=text, expects_reply=False))
        assert position(client) == 0.0, text
    client.request(SendRaw(name="esp300", text="VE?\\r1VA?\\r1AC?"))  # three replies, one is read
    assert position(client) == 0.0


def test_mistake_in_a_raw_command_is_not_blamed_on_the_next_call(client: BenchClient) -> None:
    client.request(CallInstrument(name="esp300", method="set_velocity", args=[30.0]))
    client.request(SendRaw(name="esp300", text="1ZZ9"))
    client.request(CallInstrument(name="esp300", method="set_velocity", args=[20.0]))


def test_raw_command_is_refused_while_latched(
    bench: BenchApplication, client: BenchClient, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("emergency stop")
    bench.emergency.press("test")
    with pytest.raises(EmergencyStopActive):
        client.request(SendRaw(name="esp300", text="1TP?"))
    bench.emergency.reset("test")
    assert client.request(SendRaw(name="esp300", text="1TP?"))


def test_raw_question_without_an_answer_ends_after_the_timeout_of_the_instrument(
    bench: BenchApplication, client: BenchClient
) -> None:
    bench.instruments.get("newport").port.timeout_s = 0.05
    with pytest.raises(InstrumentTimeout):
        client.request(SendRaw(name="newport", text="NONSENSE?"))
    with pytest.raises(UnknownNameError):
        client.request(SendRaw(name="newpor", text="D?"))


def test_raw_command_beside_a_script_swaps_no_reply(client: BenchClient) -> None:
    client.request(Subscribe())
    source = (
        'local m = instruments.get("esp300") for i = 1, 150 do '
        "assert(m.get_velocity() ~= m.get_position()) assert(m.identify():find('ESP')) end return 'fine'"
    )
    client.request(SubmitRun(name="t", language="lua", source=source, grant=sorted(ALL_PERMISSIONS)))
    finished: list[RunFinished] = []
    for expects_reply in cycle((True, False)):
        if finished:
            break
        client.request(SendRaw(name="esp300", text="1AC?", expects_reply=expects_reply))
        event = client.next_event(0.001)
        finished += [event] if isinstance(event, RunFinished) else []
    assert (finished[0].outcome, finished[0].result) == (RunState.COMPLETED, "fine"), finished[0].error


# --- traffic ----------------------------------------------------------------------------------------------


def test_traffic_of_what_is_watched_is_seen_whole(client: BenchClient) -> None:
    client.request(Subscribe())
    client.request(WatchTraffic(names=["newport"]))
    client.request(CallInstrument(name="esp300", method="identify"))
    client.request(SendRaw(name="newport", text="L0"))
    client.request(SendRaw(name="newport", text="A?"))
    seen = exchanges(client, lambda all_: any(each.sent.startswith("A?") for each in all_))
    by_sent = {each.sent: each for each in seen if each.caller == "operator"}
    assert not any("VE?" in sent for sent in by_sent)  # of the other instrument
    assert by_sent["L0\\n"].received is None
    answered = by_sent["A?\\n"]
    assert answered.received
    assert answered.received.endswith("\\n")
    assert 0 < answered.duration_s < 5
    assert not answered.error


def test_failed_exchange_says_why(bench: BenchApplication, client: BenchClient) -> None:
    bench.instruments.get("newport").port.timeout_s = 0.05
    client.request(Subscribe())
    client.request(WatchTraffic(names=["newport"]))
    with pytest.raises(InstrumentTimeout):
        client.request(SendRaw(name="newport", text="X?"))
    (failed, *_) = exchanges(client, lambda all_: any(each.sent == "X?\\n" for each in all_))[-1:]
    assert (failed.received, failed.caller) == (None, "operator")
    assert "0.05" in failed.error


def test_nothing_is_listened_to_once_nobody_watches(bench: BenchApplication, folder: DataFolder) -> None:
    port = bench.instruments.get("newport").port
    with BenchClient.connect(folder) as one:
        one.request(WatchTraffic(names=["newport"]))
        with BenchClient.connect(folder) as other:
            other.request(WatchTraffic(names=["newport", "esp300"]))
            one.request(WatchTraffic())
            assert len(port.listeners) == 1
        until(lambda: not port.listeners)
        with pytest.raises(UnknownNameError, match="did you mean newport"):
            one.request(WatchTraffic(names=["newprt"]))
    assert not port.end_listeners


def test_chatty_instrument_is_bounded_and_what_a_person_does_is_not_lost(
    bench: BenchApplication, client: BenchClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "MAX_PER_BATCH", 5)
    client.request(Subscribe())
    client.request(WatchTraffic(names=["board"]))
    source = 'local b = instruments.get("board") while true do b.get_status() end'
    client.request(SubmitRun(name="t", language="lua", source=source, grant=sorted(ALL_PERMISSIONS)))
    missed, raw, batches = 0, 0, []
    for _ in range(3):
        client.request(SendRaw(name="board", text="ID?"))
    deadline_s = time.monotonic() + 10
    while not missed or raw < 3:
        assert time.monotonic() < deadline_s
        event = client.next_event(0.1)
        if isinstance(event, TrafficSeen):
            missed += event.missed
            raw += sum(each.caller == "operator" and "ID?" in each.sent for each in event.exchanges)
            batches.append(sum(each.caller == "script" for each in event.exchanges))
    assert max(batches) <= 5


# --- stopping and making safe -----------------------------------------------------------------------------


def test_cancelled_move_is_halted(client: BenchClient) -> None:
    client.request(CallInstrument(name="esp300", method="set_velocity", args=[20.0]))
    move = Call(client, CallInstrument(name="esp300", method="move_absolute", args=[170.0], call="card 1"))
    until(lambda: position(client) > 0.5)
    client.request(CancelCall(call="another"))
    client.request(CancelCall(call="card 1"))
    move.join()
    assert isinstance(move.error, CallCancelled)
    assert move.error.message == "esp300 was stopped"
    assert client.request(CallInstrument(name="esp300", method="is_moving")) is False
    assert position(client) < 100


def test_client_that_leaves_leaves_nothing_moving(bench: BenchApplication, folder: DataFolder) -> None:
    client = BenchClient.connect(folder)
    client.request(CallInstrument(name="esp300", method="set_velocity", args=[20.0]))
    move = Call(client, CallInstrument(name="esp300", method="move_absolute", args=[170.0]))
    until(lambda: position(client) > 0.5)
    client.close()
    move.join()
    with BenchClient.connect(folder) as other:
        until(lambda: other.request(CallInstrument(name="esp300", method="is_moving")) is False)


def test_bench_that_ends_leaves_nothing_moving(bench: BenchApplication, client: BenchClient) -> None:
    move = Call(client, CallInstrument(name="esp300", method="move_absolute", args=[170.0]))
    until(lambda: position(client) > 0.5)
    bench.close()
    move.join()
    host, port = shared_virtual_bench().addresses()["esp300"].removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"1MD?\r")
        assert connection.recv(10) == b"1\r\n"


def test_cancelled_question_halts_nothing(client: BenchClient) -> None:
    client.request(CallInstrument(name="esp300", method="move_absolute", args=[10.0], kwargs={"wait": False}))
    wait = Call(client, CallInstrument(name="esp300", method="wait_settled", call="w"))
    until(lambda: position(client) > 0.5)
    client.request(CancelCall(call="w"))
    wait.join()
    assert isinstance(wait.error, CallCancelled)
    client.request(CallInstrument(name="esp300", method="wait_settled"))
    assert position(client) == pytest.approx(10.0, abs=0.01)


def test_one_instrument_is_made_safe(client: BenchClient) -> None:
    client.request(CallInstrument(name="supply", method="output_on"))
    report: Any = client.request(MakeSafe(name="supply"))
    assert (report["name"], report["outcome"]) == ("supply", "safe")
    assert client.request(CallInstrument(name="supply", method="is_output_on")) is False


def test_silent_instrument_is_not_called_safe(bench: BenchApplication, client: BenchClient) -> None:
    bench.instruments.get("supply").port.timeout_s = 0.05
    client.request(CallInstrument(name="supply", method="identify"))
    shared_virtual_bench().set_faults("supply", Faults.parse("silence=1"))
    report: Any = client.request(MakeSafe(name="supply"))
    assert report["outcome"] == "unknown"


# --- who is there -----------------------------------------------------------------------------------------


def test_free_link_is_asked_who_it_is(client: BenchClient) -> None:
    client.request(CallInstrument(name="multimeter", method="identify"))
    link = shared_virtual_bench().addresses()["multimeter"]
    assert "," in str(client.request(AskIdentity(link=link)))


def test_link_of_an_instrument_is_not_asked(client: BenchClient) -> None:
    with pytest.raises(ArgumentError, match="is the link of supply"):
        client.request(AskIdentity(link="sim://supply"))


def test_bad_or_dead_link_says_so(client: BenchClient) -> None:
    with pytest.raises(ConfigurationError, match="is no link"):
        client.request(AskIdentity(link="sreial:///dev/x"))
    with pytest.raises(InstrumentError):
        client.request(AskIdentity(link="tcp://127.0.0.1:1", timeout_s=0.5))


def test_nobody_is_asked_while_latched(
    bench: BenchApplication, client: BenchClient, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("emergency stop")
    client.request(CallInstrument(name="multimeter", method="identify"))
    bench.emergency.press("test")
    with pytest.raises(EmergencyStopActive):
        client.request(AskIdentity(link=shared_virtual_bench().addresses()["multimeter"]))
