"""A link that is lost and comes back: what is told, what is asked anew, and what is never sent again."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from benchwright.core.errors import CallCancelled, EmergencyStopActive, InstrumentError, LinkError
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.telemetry import TelemetryPoller
from tests.instruments.fake_instrument import FakeMotor, make_motor, motor_answers
from tests.instruments.fake_server import FakeServer


class Bench:
    """A motor that hangs up at certain commands, telemetry that opens its link again, and what it tells."""

    def __init__(self, undo: ExitStack, hangs_up_at: bytes) -> None:
        self.server = undo.enter_context(FakeServer(self._answer))
        self.latch = SafetyLatch()
        self.motor: FakeMotor = make_motor(self.server, latch=self.latch)
        self.motor.port._on_state = lambda state, message: self.states.append((state, message))
        self.motor.port.BACKOFF_S = (0.0, 0.01)  # type: ignore[assignment]
        undo.callback(self.motor.port.close)
        self.states: list[tuple[str, str]] = []
        self.readings = threading.Semaphore(0)
        self._hangs_up_at = hangs_up_at
        self._poller = TelemetryPoller([self.motor], 0.005, self._on_reading)
        undo.callback(self._poller.close)

    def _answer(self, command: bytes) -> bytes | None:
        return None if command.startswith(self._hangs_up_at) else motor_answers(command)

    def _on_reading(self, read: Any) -> None:
        if any(value is not None for value in read.values.values()):
            self.readings.release()

    def poll(self) -> None:
        self._poller.start()

    def wait_for_readings(self, count: int) -> None:
        for _ in range(count):
            assert self.readings.acquire(timeout=5)


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    with ExitStack() as undo:
        yield undo


def test_a_command_is_never_sent_again(undo: ExitStack) -> None:
    """Whether it was carried out before the link was lost, nobody knows: the script gets the error."""
    bench = Bench(undo, b"MOVE")
    bench.motor.get_position()
    bench.poll()
    for number in range(1, 6):
        with pytest.raises(LinkError):
            bench.motor.move(float(number))
        while bench.readings.acquire(blocking=False):
            pass
        bench.wait_for_readings(3)  # telemetry has opened it again
    moves = [command for command in bench.server.received if command.startswith(b"MOVE")]
    assert moves == [b"MOVE %d" % number for number in range(1, 6)]
    assert bench.server.connections == 6


def test_the_loss_is_an_event_with_its_reason_and_an_error(undo: ExitStack) -> None:
    bench = Bench(undo, b"MOVE")
    with pytest.raises(LinkError, match="the other end closed tcp://"):
        bench.motor.move(1.0)
    assert [state for state, _ in bench.states] == ["connecting", "connected", "lost"]
    assert "the other end closed tcp://" in bench.states[-1][1]
    assert bench.motor.get_position() == 45.0
    assert [state for state, _ in bench.states[3:]] == ["connecting", "connected"]


def test_what_must_be_known_is_asked_anew_before_anything_else(undo: ExitStack) -> None:
    bench = Bench(undo, b"MOVE")

    def greet() -> None:
        bench.motor.port.query("UNIT?")

    bench.motor.port.on_connected = greet
    bench.motor.get_position()
    with pytest.raises(LinkError):
        bench.motor.move(1.0)
    bench.motor.get_position()
    assert bench.server.received == [b"UNIT?", b"POS?", b"MOVE 1", b"SYNC?", b"UNIT?", b"POS?"]


def test_an_instrument_that_came_back_another_one_is_not_used(undo: ExitStack) -> None:
    """What it tells of itself does not fit any more: nothing is sent to it until it does."""
    bench = Bench(undo, b"MOVE")

    def greet() -> None:
        if bench.motor.port.query("STATE?") != "calibrated":
            raise InstrumentError("motor", "it was switched off, and is not calibrated any more")

    bench.motor.port.on_connected = greet
    for _ in range(2):
        with pytest.raises(InstrumentError, match="not calibrated"):
            bench.motor.move(1.0)
    assert bench.server.received == [b"STATE?", b"STATE?"]


def test_a_wait_that_a_lost_link_ends_is_not_taken_for_its_end(undo: ExitStack) -> None:
    bench = Bench(undo, b"SETTLED?")
    scope = CallScope(Caller.SCRIPT, "run")
    with calling_as(scope), pytest.raises(LinkError):
        bench.motor.ask("SETTLED?")
    scope.cancel()
    with calling_as(scope), pytest.raises(CallCancelled):
        bench.motor.get_position()
    assert bench.server.received == [b"SETTLED?"]


def test_a_link_that_comes_back_while_latched_takes_no_command(undo: ExitStack) -> None:
    bench = Bench(undo, b"MOVE 1")
    with pytest.raises(LinkError):
        bench.motor.move(1.0)
    bench.latch.active = True
    with pytest.raises(EmergencyStopActive):
        bench.motor.move(2.0)
    assert bench.motor.get_position() == 45.0
    assert b"MOVE 2" not in bench.server.received
