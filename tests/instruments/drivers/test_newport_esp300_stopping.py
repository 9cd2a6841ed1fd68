"""How an ESP300 in motion comes to a standstill."""

import threading
import time

import pytest

from benchwright.core.errors import CallCancelled, EmergencyStopActive, InstrumentError, InstrumentTimeout
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.port import SafetyLatch
from tests.instruments.virtual import virtual

NAME = "newport_esp300"


def test_a_cancelled_caller_waits_no_longer() -> None:
    with virtual(NAME, time_scale=1.0) as (motor, _):
        scope = CallScope(Caller.SCRIPT, "run")
        outcome: list[object] = []

        def move() -> None:
            with calling_as(scope):
                try:
                    motor.move_absolute(360)
                except CallCancelled as error:
                    outcome.append(error)

        thread = threading.Thread(target=move)
        thread.start()
        while motor.get_position() < 0.1:
            time.sleep(0.001)
        started_s = time.monotonic()
        scope.cancel()
        thread.join()
        assert time.monotonic() - started_s < 1.0
        assert len(outcome) == 1
        motor.safe_state()
        assert motor.is_moving() is False
        assert 0 < motor.get_position() < 360


def test_a_move_that_somebody_stops_does_not_count_as_done() -> None:
    with virtual(NAME, time_scale=5.0) as (motor, _):
        errors: list[str] = []

        def move() -> None:
            try:
                motor.move_absolute(360)
            except InstrumentError as error:
                errors.append(error.message)

        thread = threading.Thread(target=move)
        thread.start()
        while motor.get_position() < 1:
            time.sleep(0.001)
        motor.stop()
        thread.join()
        assert errors == [f"{NAME}: the motion was stopped before its end"]


def test_the_safe_state_is_standstill_with_power() -> None:
    with virtual(NAME, time_scale=5.0) as (motor, _):
        motor.move_absolute(300, wait=False)
        motor.safe_state()
        assert motor.is_moving() is False
        assert motor.is_motor_enabled() is True
        assert motor.get_position() < 300


def test_an_axis_that_does_not_slow_down_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchwright.instruments.drivers.newport_esp300 import driver

    monkeypatch.setattr(driver, "STOP_DEADLINE_S", 0.05)
    with virtual(NAME, time_scale=1.0) as (motor, _):
        motor.set_acceleration(1)
        motor.move_absolute(300, wait=False)
        motor.wait(0.3)
        sent: list[str] = []
        motor.port.listeners.append(lambda way, data, at: sent.append(data.decode().strip()))
        motor.safe_state()
        assert (sent[:2], "AB" in sent) == (["1ST", "ST"], True)
        assert motor.is_moving() is False


def test_while_latched_only_the_emergency_stop_acts() -> None:
    latch = SafetyLatch()
    with virtual(NAME, latch=latch) as (motor, _):
        motor.move_absolute(5)
        latch.active = True
        with pytest.raises(EmergencyStopActive):
            motor.move_absolute(10)
        assert motor.get_position() == 5
        with calling_as(CallScope(Caller.SAFETY)):
            motor.safe_state()


def test_stop_bytes_end_a_motion_and_the_next_question_is_in_step() -> None:
    with virtual(NAME, time_scale=1.0) as (motor, _):
        motor.move_absolute(300, wait=False)
        motor.port.send_urgent(motor.STOP_BYTES)
        assert motor.is_moving() is False
        assert motor.is_motor_enabled() is False
        assert motor.read_error().endswith("EMERGENCY STOP ACTIVATED")


def test_a_snapshot_brings_it_back() -> None:
    with virtual(NAME) as (motor, _):
        motor.move_absolute(33)
        snapshot = motor.snapshot()
        motor.move_absolute(-5)
        motor.restore(snapshot)
        assert motor.get_position() == 33


def test_a_motion_that_never_ends_is_a_timeout() -> None:
    with (
        virtual(NAME, {"motion_timeout_s": 0.1}, time_scale=0.1) as (motor, _),
        pytest.raises(InstrumentTimeout, match=f"{NAME}: still in motion after 0.1 s"),
    ):
        motor.move_absolute(300)


def test_after_an_emergency_stop_the_next_move_is_not_blamed_for_it() -> None:
    with virtual(NAME) as (motor, _):
        motor.move_absolute(5)
        motor.port.send_urgent(motor.STOP_BYTES)
        with calling_as(CallScope(Caller.SAFETY)):
            motor.safe_state()
        motor.wait_settled()
        motor.move_absolute(10)
        assert motor.get_position() == 10
