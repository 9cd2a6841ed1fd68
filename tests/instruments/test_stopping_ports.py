"""The emergency stop against whoever holds, wants or opens an instrument's port at that moment."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from benchwright.core.errors import BenchwrightError, CallCancelled, EmergencyStopActive
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.links.bounded import THREAD_NAME
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import stop_all
from tests.instruments.fake_instrument import FakeMotor, make_motor, motor_answers
from tests.instruments.fake_server import Answer, FakeServer

SAFE = [("motor", "safe")]


class Bench:
    """Motors, callers in threads of their own, and the latch."""

    def __init__(self, undo: ExitStack) -> None:
        self.latch = SafetyLatch()
        self.errors: list[BenchwrightError] = []
        self._undo = undo

    def motor(self, answer: Answer = motor_answers, timeout_s: float = 2.0) -> tuple[FakeMotor, FakeServer]:
        server = self._undo.enter_context(FakeServer(answer))
        motor = make_motor(server, latch=self.latch, timeout_s=timeout_s)
        self._undo.callback(motor.port.close)
        return motor, server

    def start(self, work: Callable[[], object], caller: Caller = Caller.OPERATOR) -> threading.Thread:
        """Do something on behalf of a caller, and note the error that ends it."""

        def run() -> None:
            with calling_as(CallScope(caller)):
                try:
                    work()
                except BenchwrightError as error:
                    self.errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        self._undo.callback(thread.join, 5)
        return thread

    def stop(self, *motors: FakeMotor, deadline_s: float = 2.0) -> list[tuple[str, str]]:
        return [(each.name, each.outcome) for each in stop_all(motors, self.latch, deadline_s)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as undo:
        yield Bench(undo)


def after_stop(server: FakeServer) -> list[bytes]:
    """Return what the motor got after the stop bytes."""
    return server.received[server.received.index(b"!") + 1 :]


def test_a_command_that_waits_for_its_turn_is_not_sent_any_more(bench: Bench) -> None:
    motor, server = bench.motor()
    motor.port._min_interval_s = 0.3
    motor.ask("POS?")
    caller = bench.start(lambda: motor.move(1.0))
    while not motor.port.lock.is_busy:
        time.sleep(0.001)
    assert bench.stop(motor) == SAFE
    caller.join()
    assert not [command for command in server.received if command.startswith(b"MOVE")]
    assert len(bench.errors) == 1


def test_a_command_behind_a_late_reply_is_not_sent_any_more(bench: Bench) -> None:
    """To get in step again takes a while, and the stop comes in that while."""
    motor, server = bench.motor(lambda command: b"" if command == b"SYNC?" else motor_answers(command))
    motor.port.open()
    motor.port.distrust_input()
    caller = bench.start(lambda: motor.move(1.0))
    server.wait_for(b"SYNC?")
    bench.latch.active = True
    server.send(b"sync\n")
    caller.join()
    assert [type(error) for error in bench.errors] == [EmergencyStopActive]
    assert server.received == [b"SYNC?"]


def test_who_asks_without_end_does_not_hold_up_the_stop(bench: Bench) -> None:
    """Reading is allowed while latched: ten callers that read slowly must not be in the way."""
    is_over = threading.Event()

    def answer(command: bytes) -> bytes:
        if command == b"SLOW?":
            is_over.wait(0.2)
        return motor_answers(command)

    motor, server = bench.motor(answer)

    def read_on() -> None:
        while not is_over.is_set():
            try:
                motor.ask("SLOW?")
            except CallCancelled:
                pass

    callers = [bench.start(read_on, Caller.TELEMETRY) for _ in range(10)]
    server.wait_for(b"SLOW?")
    try:
        assert bench.stop(motor) == SAFE
    finally:
        is_over.set()
    for caller in callers:
        caller.join(5)
    assert b"SLOW?" not in after_stop(server)[: after_stop(server).index(b"STATE?")]
    assert bench.errors == []


def test_a_transaction_under_way_gets_no_further(bench: Bench) -> None:
    motor, server = bench.motor()
    motor.port.open()
    inside, go_on = threading.Event(), threading.Event()

    def two_steps() -> None:
        with motor.port.transaction():
            inside.set()
            go_on.wait(5)
            motor.ask("SECOND?")

    bench.start(two_steps)
    assert inside.wait(5)
    stop = bench.start(lambda: bench.stop(motor))
    while not motor.port.lock.is_stopping:  # the stop bytes go ahead of it, so that they are no sign
        time.sleep(0.001)
    go_on.set()
    stop.join()
    assert [type(error) for error in bench.errors] == [EmergencyStopActive]
    assert after_stop(server) == [b"SYNC?", b"STOP", b"STATE?"]


def test_reading_goes_on_after_the_stop(bench: Bench) -> None:
    motor, _ = bench.motor()
    assert bench.stop(motor) == SAFE
    assert motor.get_position() == 45.0
    with pytest.raises(EmergencyStopActive):
        motor.move(1.0)


def test_an_interruption_that_comes_too_late_is_for_nobody(bench: Bench) -> None:
    motor, _ = bench.motor()
    scope = CallScope(Caller.OPERATOR)
    with calling_as(scope):
        motor.ask("POS?")
        scope.interrupt(threading.get_ident())  # the exchange that it was for is over
        assert motor.get_position() == 45.0


def test_a_link_that_is_being_opened_is_opened_by_the_stop(bench: Bench) -> None:
    """The greeting of a link that was just opened hangs; the stop does not wait for it."""
    motor, server = bench.motor(lambda command: b"" if command == b"HELLO?" else motor_answers(command))

    def greet() -> None:
        motor.port.query("HELLO?")

    motor.port.on_connected = greet
    caller = bench.start(motor.get_position)
    server.wait_for(b"HELLO?")
    assert bench.stop(motor) == SAFE
    caller.join()
    assert [type(error) for error in bench.errors] == [CallCancelled]


def test_a_link_that_cannot_be_opened_while_another_tries_is_unknown_in_time(bench: Bench) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):  # its backlog is full: nobody gets through
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        motor = make_motor(listener.getsockname()[1], latch=bench.latch, timeout_s=30.0)
        caller = bench.start(motor.get_position)
        while motor.port.state != "connecting":
            time.sleep(0.001)
        began_s = time.monotonic()
        assert bench.stop(motor, deadline_s=0.3) == [("motor", "unknown")]
        assert time.monotonic() - began_s < 10  # not the 30 s of the link
        caller.join(5)
        assert not caller.is_alive()


def test_garbage_is_no_confirmation(bench: Bench) -> None:
    motor, server = bench.motor(
        lambda command: b"\xff~^&\n" if command == b"POS?" else motor_answers(command)
    )

    def confirm_by_position() -> None:
        motor.port.command("STOP")
        motor.get_position()

    motor.safe_state = confirm_by_position  # type: ignore[method-assign]
    assert bench.stop(motor) == [("motor", "unknown")]
    assert server.received.count(b"STOP") == 3


def test_an_instrument_that_only_listens_is_told_to_stop(bench: Bench) -> None:
    """It answers nothing, so nothing is ever in step; the stop is sent all the same."""
    motor, server = bench.motor(lambda command: b"", timeout_s=0.05)
    motor.STOP_BYTES = b""
    motor.port.open()
    motor.port.distrust_input()
    assert bench.stop(motor) == [("motor", "unknown")]
    assert server.received.count(b"STOP") >= 3


def test_the_deadline_counts_from_the_press(bench: Bench) -> None:
    """What is done beside the stops may take long; none of them gets more time by it."""
    deaf, _ = bench.motor(lambda command: b"", timeout_s=30.0)
    began_s = time.monotonic()
    [stopped] = stop_all([deaf], bench.latch, 0.5, cancel_calls=lambda: time.sleep(0.5))
    assert stopped.outcome == "unknown"
    assert stopped.duration_s < 0.5 + 0.5
    assert time.monotonic() - began_s < 5


def test_without_room_for_threads_they_are_stopped_one_by_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    motors = [bench.motor()[0] for _ in range(3)]

    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith(("stop ", THREAD_NAME)):
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as without_threads:
        without_threads.setattr(threading.Thread, "start", refuse)
        report = bench.stop(*motors)
    assert report == SAFE * 3


def test_stops_at_the_same_time_are_each_carried_out(bench: Bench) -> None:
    motor, _ = bench.motor()
    reports: list[list[tuple[str, str]]] = []
    for thread in [bench.start(lambda: reports.append(bench.stop(motor))) for _ in range(20)]:
        thread.join()
    assert reports == [SAFE] * 20
    with pytest.raises(EmergencyStopActive):
        motor.move(1.0)
