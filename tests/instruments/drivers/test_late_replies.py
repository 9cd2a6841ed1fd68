"""No reply ever answers another question: not under load, not late, not after a stop."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from benchwright.core.errors import CallCancelled, InstrumentError, InstrumentTimeout
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.links.tcp import TcpLink
from benchwright.instruments.port import Port
from benchwright.instruments.simulation import Faults, SimulationServer
from benchwright.instruments.telemetry import TelemetryPoller
from tests.instruments.virtual import make_driver, serving, tcp_link, virtual

NAME = "newport_esp300"


class Scripted:
    """An instrument whose answers come when the test says so."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connection: socket.socket | None = None
        self._reader: Any = None

    def accept(self) -> None:
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(5)
        self._reader = self.connection.makefile("rb")

    def hears(self) -> bytes:
        return bytes(self._reader.readline().strip())

    def says(self, *lines: str) -> None:
        assert self.connection is not None
        self.connection.sendall("".join(f"{line}\n" for line in lines).encode())

    def close(self) -> None:
        for end in (self._reader, self.connection, self.listener):
            if end is not None:
                end.close()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with closing(Scripted()) as found:
        yield found


@pytest.fixture
def board(scripted: Scripted) -> Iterator[Any]:
    port = scripted.listener.getsockname()[1]
    instrument = make_driver("generic_multimeter", TcpLink("127.0.0.1", port), timeout_s=0.05)
    yield instrument
    instrument.port.close()


def in_background(call: Any) -> tuple[threading.Thread, list[object]]:
    found: list[object] = []

    def work() -> None:
        try:
            found.append(call())
        except InstrumentError as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, found


def open_and_miss_an_answer(scripted: Scripted, board: Any) -> None:
    thread, found = in_background(board.measure_voltage)
    scripted.accept()
    assert scripted.hears() == b"MEAS:VOLT:DC?"
    thread.join()
    assert isinstance(found[0], InstrumentTimeout)


def test_a_reply_that_comes_after_the_next_question_is_dropped(scripted: Scripted, board: Any) -> None:
    open_and_miss_an_answer(scripted, board)
    board.port.timeout_s = 2.0
    thread, found = in_background(board.measure_current)
    assert scripted.hears() == b"*IDN?"
    scripted.says("+1.11E+00", "Maker,Meter,1,2")  # the late one, then the identity
    assert scripted.hears() == b"MEAS:CURR:DC?"
    scripted.says("+2.22E+00")
    thread.join()
    assert found == [2.22]


def test_several_late_replies_and_half_ones_are_dropped(scripted: Scripted, board: Any) -> None:
    open_and_miss_an_answer(scripted, board)
    board.port.timeout_s = 2.0
    thread, found = in_background(board.measure_current)
    assert scripted.hears() == b"*IDN?"
    scripted.says("+1.1", "", "9.9,1,2,3", "+1.11E+00", "Maker,Meter,1,2")
    assert scripted.hears() == b"MEAS:CURR:DC?"
    scripted.says("+2.22E+00")
    thread.join()
    assert found == [2.22]


def test_a_late_identity_is_not_the_answer_to_the_question_that_gets_in_step(
    scripted: Scripted, board: Any
) -> None:
    thread, found = in_background(board.identify)
    scripted.accept()
    assert scripted.hears() == b"*IDN?"
    thread.join()
    board.port.timeout_s = 2.0
    thread, found = in_background(board.identify)
    assert scripted.hears() == b"*IDN?"
    scripted.says("Maker,Meter,1,old", "Maker,Meter,1,2")
    assert scripted.hears() == b"*IDN?"
    scripted.says("Maker,Meter,1,new")
    thread.join()
    assert found == ["Maker,Meter,1,new"]


def test_an_instrument_that_stays_silent_is_not_believed_until_it_answers(
    scripted: Scripted, board: Any
) -> None:
    open_and_miss_an_answer(scripted, board)
    for _ in range(3):
        with pytest.raises(InstrumentTimeout):
            board.measure_current()
        assert scripted.hears() == b"*IDN?"


def test_a_senseless_reply_makes_the_port_ask_again(scripted: Scripted, board: Any) -> None:
    board.port.timeout_s = 2.0
    thread, found = in_background(board.measure_voltage)
    scripted.accept()
    assert scripted.hears() == b"MEAS:VOLT:DC?"
    scripted.says("@@", "+5.00E+00")  # noise, then the reply proper
    thread.join()
    assert isinstance(found[0], InstrumentError)
    thread, found = in_background(board.measure_current)
    assert scripted.hears() == b"*IDN?"
    scripted.says("Maker,Meter,1,2")
    assert scripted.hears() == b"MEAS:CURR:DC?"
    scripted.says("+2.22E+00")
    thread.join()
    assert found == [2.22]


def test_without_such_a_question_the_link_is_opened_anew(scripted: Scripted) -> None:
    link = TcpLink("127.0.0.1", scripted.listener.getsockname()[1])
    port = Port(link, "plain", write_terminator=b"\n", read_terminator=b"\n", timeout_s=0.05)
    thread, _ = in_background(lambda: port.query("A?"))
    scripted.accept()
    thread.join()
    port.timeout_s = 2.0
    old = scripted.connection
    assert old is not None
    thread, found = in_background(lambda: port.query("B?"))
    old_reader = scripted._reader
    scripted.accept()
    old.close()
    old_reader.close()
    assert scripted.hears() == b"B?"
    scripted.says("b")
    thread.join()
    assert found == ["b"]
    port.close()


def ask_and_check(server: SimulationServer, instrument: Any, count: int, wrong: list[object]) -> None:
    """Ask two kinds of question in turn, the answers of which are known, and note what does not fit."""
    for _ in range(count):
        for question, expected in (("VA?", 12.5), ("AC?", 321.0)):
            try:
                found = instrument._ask_float(question)
            except InstrumentError:
                continue
            if found != expected:
                wrong.append((question, found))


@pytest.fixture
def server() -> Iterator[SimulationServer]:
    with serving(NAME) as server:
        yield server


def run_interleaved(server: SimulationServer, instrument: Any, threads: int, count: int) -> list[object]:
    """Ask from several threads while telemetry reads the position, which is 0; return what is wrong."""
    wrong: list[object] = []
    readings: list[float | None] = []
    poller = TelemetryPoller([instrument], 0.002, lambda read: readings.extend(read.values.values()))
    workers = [
        threading.Thread(target=ask_and_check, args=(server, instrument, count, wrong))
        for _ in range(threads)
    ]
    poller.start()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    poller.close()
    return wrong + [reading for reading in readings if reading not in (0.0, None)]


def prepared(server: SimulationServer, timeout_s: float) -> Any:
    instrument = make_driver(NAME, tcp_link(server, NAME), timeout_s=2.0)
    instrument.set_velocity(12.5)
    instrument._set("AC321")
    instrument.port.timeout_s = timeout_s
    return instrument


@pytest.mark.parametrize(
    "faults",
    [
        "",
        "latency=0.02@every:50",  # later than the timeout
        "latency=0.02@0.02,garbage=0.01,partial=0.01,silence=0.005",
        "disconnect=every:60",
    ],
)
def test_interleaved_questions_never_swap_replies(server: SimulationServer, faults: str) -> None:
    instrument = prepared(server, timeout_s=0.012)
    instrument.port.BACKOFF_S = (0.0,)
    server.set_faults(NAME, Faults.parse(faults))
    assert run_interleaved(server, instrument, threads=2, count=300) == []
    server.set_faults(NAME, Faults())
    instrument.port.timeout_s = 2.0
    assert instrument._ask_float("VA?") == 12.5
    instrument.port.close()


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("faults", ["", "latency=0.02@0.003,garbage=0.001,partial=0.001"])
def test_a_hundred_thousand_interleaved_questions_never_swap_replies(
    server: SimulationServer, faults: str
) -> None:
    instrument = prepared(server, timeout_s=0.015)
    server.set_faults(NAME, Faults.parse(faults))
    assert run_interleaved(server, instrument, threads=2, count=25_000) == []
    instrument.port.close()


def test_a_stopped_callers_reply_goes_to_nobody() -> None:
    with virtual(NAME) as (motor, server):
        motor.set_velocity(12.5)
        server.set_faults(NAME, Faults.parse("latency=0.03"))
        for _ in range(5):
            scope = CallScope(Caller.SCRIPT, "run")

            def ask(scope: CallScope = scope) -> None:
                with calling_as(scope), pytest.raises(CallCancelled):
                    motor.identify()

            thread = threading.Thread(target=ask)
            thread.start()
            while not motor.port.lock.is_busy:
                pass
            scope.cancel()
            thread.join()
            assert motor.get_velocity() == 12.5
