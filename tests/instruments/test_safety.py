"""The emergency stop and the stop policies, on instruments that obey, hang, lie or are not there."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from benchwright.core.errors import CallCancelled, EmergencyStopActive
from benchwright.core.events import InstrumentStopped
from benchwright.core.run_states import StopPolicy
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import apply_policy, stop_all
from tests.instruments.fake_instrument import FakeMotor, make_motor, motor_answers
from tests.instruments.fake_server import Answer, FakeServer


class Bench:
    """Motors with their servers and their latch."""

    def __init__(self, undo: ExitStack) -> None:
        self.latch = SafetyLatch()
        self._undo = undo

    def motor(self, answer: Answer = motor_answers, name: str = "motor") -> tuple[FakeMotor, FakeServer]:
        server = self._undo.enter_context(FakeServer(answer))
        motor = make_motor(server, name, latch=self.latch)
        self._undo.callback(motor.port.close)
        return motor, server


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as undo:
        yield Bench(undo)
        for thread in threading.enumerate():  # those of instruments that hung end on their own
            if thread.name.startswith("stop "):
                thread.join(5)


def outcomes(report: list[InstrumentStopped]) -> dict[str, str]:
    return {stopped.name: stopped.outcome for stopped in report}


def test_an_instrument_is_stopped_and_confirms(bench: Bench) -> None:
    motor, server = bench.motor()
    motor.get_position()
    [stopped] = stop_all([motor], bench.latch)
    assert (stopped.name, stopped.outcome, stopped.message) == ("motor", "safe", "")
    assert 0 < stopped.duration_s < 1
    assert server.received[:2] == [b"POS?", b"!"]
    assert server.received[-2:] == [b"STOP", b"STATE?"]
    assert bench.latch.active
    with pytest.raises(EmergencyStopActive):
        motor.move(1.0)
    assert motor.get_position() == 45.0  # looking is allowed


def test_a_link_that_was_never_opened_is_opened(bench: Bench) -> None:
    motor, server = bench.motor()
    assert outcomes(stop_all([motor], bench.latch)) == {"motor": "safe"}
    assert server.received == [b"STOP", b"STATE?"]


def test_one_that_hangs_does_not_delay_the_others(bench: Bench) -> None:
    obedient = [bench.motor(name=f"motor{number}")[0] for number in range(7)]
    deaf, server = bench.motor(lambda command: b"", name="deaf")
    for motor in obedient:
        motor.get_position()
    report = stop_all([*obedient, deaf], bench.latch, deadline_s=0.8)
    assert [stopped.name for stopped in report] == [motor.name for motor in (*obedient, deaf)]
    assert [stopped.outcome for stopped in report] == ["safe"] * 7 + ["unknown"]
    assert max(stopped.duration_s for stopped in report[:7]) < 0.7
    assert report[7].message == "not confirmed within 0.8 s"
    assert 0.8 <= report[7].duration_s < 3
    assert server.received == [b"STOP"]


def test_a_blocked_exchange_is_passed_by_the_stop_bytes_and_freed(bench: Bench) -> None:
    def hang_at_wait(command: bytes) -> bytes:
        return b"" if command == b"WAIT" else motor_answers(command)

    motor, server = bench.motor(hang_at_wait)
    scope = CallScope(Caller.SCRIPT, "run")
    errors: list[Exception] = []

    def script() -> None:
        with calling_as(scope):
            try:
                motor.ask("WAIT")
            except CallCancelled as error:
                errors.append(error)

    thread = threading.Thread(target=script)
    thread.start()
    server.wait_for(b"WAIT")

    def cancel() -> None:
        server.wait_for(b"!")  # the stop bytes do not wait for the run's end
        scope.cancel()

    started_s = time.monotonic()
    assert outcomes(stop_all([motor], bench.latch, cancel_calls=cancel)) == {"motor": "safe"}
    assert time.monotonic() - started_s < 1.0
    thread.join()
    assert len(errors) == 1
    assert server.received[:2] == [b"WAIT", b"!"]


def test_who_is_not_cancelled_is_interrupted_all_the_same(bench: Bench) -> None:
    """An operator's call, or telemetry, may wait for a slow answer when the stop comes."""
    motor, server = bench.motor(lambda command: b"" if command == b"SLOW?" else motor_answers(command))
    errors: list[Exception] = []

    def telemetry() -> None:
        with calling_as(CallScope(Caller.TELEMETRY)):
            for question in ("SLOW?", "POS?"):
                try:
                    motor.ask(question)
                except CallCancelled as error:
                    errors.append(error)

    thread = threading.Thread(target=telemetry)
    thread.start()
    server.wait_for(b"SLOW?")
    [stopped] = stop_all([motor], bench.latch)
    thread.join()
    assert stopped.outcome == "safe"
    assert stopped.duration_s < 0.5
    assert len(errors) == 1  # it goes on afterwards
    assert server.received.count(b"POS?") == 1


def test_a_port_that_is_never_freed_is_given_up_at_the_deadline(bench: Bench) -> None:
    motor, server = bench.motor()
    motor.get_position()
    with motor.port.transaction():
        [stopped] = stop_all([motor], bench.latch, deadline_s=0.2)
        server.wait_for(b"!")
    assert stopped.outcome == "unknown"
    assert stopped.duration_s < 2


def test_an_instrument_that_is_not_there(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    [stopped] = stop_all([make_motor(number)], bench.latch)
    assert stopped.outcome == "unknown"
    assert stopped.message == f"nothing listens at tcp://127.0.0.1:{number} (connection refused)"
    assert stopped.duration_s < 1.0


def test_an_instrument_that_does_not_obey(bench: Bench) -> None:
    motor, server = bench.motor(
        lambda command: b"moving\n" if command == b"STATE?" else motor_answers(command)
    )
    [stopped] = stop_all([motor], bench.latch)
    assert (stopped.outcome, stopped.message) == ("failed", "still moving")
    assert server.received.count(b"STOP") == 3


def test_one_that_obeys_at_the_second_time_is_safe(bench: Bench) -> None:
    asked: list[bytes] = []

    def at_second_time(command: bytes) -> bytes:
        asked.append(command)
        return b"moving\n" if command == b"STATE?" and asked.count(command) == 1 else motor_answers(command)

    motor, _ = bench.motor(at_second_time)
    assert outcomes(stop_all([motor], bench.latch)) == {"motor": "safe"}


def test_a_link_that_was_lost_is_opened_again(bench: Bench) -> None:
    motor, server = bench.motor()
    motor.get_position()
    server.hang_up()
    assert outcomes(stop_all([motor], bench.latch)) == {"motor": "safe"}
    assert server.connections == 2


def test_a_driver_that_is_at_fault(bench: Bench, expect_log: Callable[[str], None]) -> None:
    class Faulty(FakeMotor):
        def safe_state(self) -> None:
            raise ZeroDivisionError("division by zero")

    motor, _ = bench.motor()
    faulty = Faulty("faulty", motor.port)
    expect_log("the driver of faulty is at fault")
    [stopped] = stop_all([faulty], bench.latch)
    assert (stopped.outcome, stopped.message) == (
        "failed",
        "ZeroDivisionError in its driver: division by zero",
    )


def test_callers_are_stopped_although_one_of_them_raises(bench: Bench) -> None:
    motor, server = bench.motor()

    def fail() -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        stop_all([motor], bench.latch, cancel_calls=fail)
    assert server.received == [b"STOP", b"STATE?"]


# --- stop policies ---


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        (StopPolicy.SAFE, [b"STOP", b"STATE?"]),
        (StopPolicy.HOLD, [b"STOP"]),
        (StopPolicy.RETURN, [b"STOP", b"MOVE 12"]),
    ],
)
def test_policies(bench: Bench, policy: StopPolicy, sent: list[bytes]) -> None:
    motor, server = bench.motor()
    instruments: dict[str, Instrument] = {"motor": motor}
    report = apply_policy(policy, instruments, {"motor": {"position": 12}})
    assert outcomes(report) == {"motor": "safe"}
    assert server.received == sent
    assert not bench.latch.active


def test_nothing_goes_back_while_latched(bench: Bench) -> None:
    motor, server = bench.motor()
    bench.latch.active = True
    [stopped] = apply_policy(StopPolicy.RETURN, {"motor": motor}, {"motor": {"position": 12}})
    assert stopped.outcome == "failed"
    assert stopped.message.startswith("the emergency stop is active")
    assert not any(command.startswith(b"MOVE") for command in server.received)


def test_a_policy_has_a_deadline(bench: Bench) -> None:
    motor, _ = bench.motor(lambda command: b"")
    [stopped] = apply_policy(StopPolicy.HOLD, {"motor": motor}, {}, deadline_s=0.2)
    assert (stopped.outcome, stopped.message) == ("unknown", "not confirmed within 0.2 s")


def test_no_instruments(bench: Bench) -> None:
    assert stop_all([], bench.latch) == []
    assert bench.latch.active
