from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.errors import (
    ArgumentError,
    ConfigurationError,
    InstrumentError,
)
from benchwright.instruments.drivers.newport_esp300.driver import NewportEsp300
from benchwright.instruments.links.replay import ReplayLink
from benchwright.instruments.simulation import SimulationServer
from tests.instruments.virtual import client, make_driver, virtual

NAME = "newport_esp300"
GREETING = [("1SN?", "7")]
OLD_ERRORS = [("TE?", "6"), ("TE?", "0")]


@pytest.fixture
def bench() -> Iterator[tuple[Any, SimulationServer]]:
    with virtual(NAME) as found:
        yield found


@pytest.fixture
def motor(bench: tuple[Any, SimulationServer]) -> Any:
    return bench[0]


def replayed(*exchanges: tuple[str, str], **more: Any) -> tuple[Any, ReplayLink]:
    """Return a driver on the exchanges of the manual's pages, after those of the greeting."""
    tables = [
        f"[[exchange]]\nsend = '{send}'\nreply = '{reply}'\n" for send, reply in [*GREETING, *exchanges]
    ]
    link = ReplayLink("".join(tables), "manual.toml")
    return make_driver(NAME, link, **more), link


def recorded(motor: Any) -> list[str]:
    sent: list[str] = []
    motor.port.listeners.append(
        lambda way, data, at: sent.append(data.decode().strip()) if way == "out" else None
    )
    return sent


def test_a_move_ends_where_it_should(motor: Any) -> None:
    motor.move_absolute(45.0)
    assert motor.get_position() == 45.0
    motor.move_relative(-15.5)
    assert motor.get_position() == 29.5
    assert motor.get_target() == 29.5
    assert motor.is_moving() is False


def test_a_move_takes_four_exchanges_beside_the_looks_at_it(motor: Any) -> None:
    motor.move_absolute(1.0)
    sent = recorded(motor)
    motor.move_absolute(45.0)
    assert sent[:2] == ["1PA45", "TE?"]
    assert sent[-2:] == ["1MD?", "TE?"]
    assert set(sent[2:-1]) == {"1MD?"}


def test_without_waiting_a_move_returns_at_once() -> None:
    with virtual(NAME, time_scale=4.0) as (motor, _):
        motor.move_absolute(40.0, wait=False)
        assert motor.is_moving() is True
        assert motor.get_position() < 40
        motor.wait_settled()
        assert motor.get_position() == 40.0


def test_home_stop_and_settings(motor: Any) -> None:
    motor.move_absolute(10)
    motor.home()
    assert motor.get_position() == 0
    motor.set_velocity(12.5)
    assert motor.get_velocity() == 12.5
    motor.set_acceleration(55)
    assert motor.get_acceleration() == 55
    motor.stop()
    assert motor.identify() == "ESP300 Version 3.04 07/27/01"
    assert motor.identify_stage() == "URS75CC, SN1263"


def test_the_motors_power(motor: Any) -> None:
    motor.disable_motor()
    assert motor.is_motor_enabled() is False
    motor.enable_motor()
    assert motor.is_motor_enabled() is True


def test_a_move_switches_the_motor_on_unless_told_otherwise(motor: Any) -> None:
    motor.disable_motor()
    motor.move_absolute(5)
    assert (motor.is_motor_enabled(), motor.get_position()) == (True, 5)
    with virtual(NAME, {"switches_on": False}) as (careful, _):
        careful.disable_motor()
        with pytest.raises(InstrumentError, match="error 113: AXIS-1 MOTOR NOT ENABLED"):
            careful.move_absolute(5)
        assert careful.get_position() == 0


def test_what_the_controller_refuses_is_an_error_with_the_manuals_text(motor: Any) -> None:
    with pytest.raises(InstrumentError, match=f"{NAME}: error 106: AXIS-1 POSITIVE SOFTWARE LIMIT DETECTED"):
        motor.move_absolute(400)
    with pytest.raises(InstrumentError, match="error 110: AXIS-1 MAXIMUM VELOCITY EXCEEDED"):
        motor.set_velocity(1000)
    motor.move_absolute(1)


def test_old_errors_are_nobodys_fault(bench: tuple[Any, SimulationServer]) -> None:
    motor, server = bench
    with client(server, NAME) as other:
        other.send(b"9PA1;XX\r")
        assert other.ask(b"VE?\r")
    motor.move_absolute(5)


def test_soft_limits_hold_for_every_kind_of_move() -> None:
    with virtual(NAME, limits={"position": (0.0, 180.0)}) as (motor, _):
        motor.move_absolute(170)
        sent = recorded(motor)
        with pytest.raises(ArgumentError, match="position must be a number from 0 to 180 deg, found 181"):
            motor.move_absolute(181)
        with pytest.raises(ArgumentError, match="position 190 deg is outside 0 to 180 deg"):
            motor.move_relative(20)
        assert not [line for line in sent if "PA" in line or "PR" in line]
        motor.home()
    with (
        virtual(NAME, limits={"position": (10.0, 180.0)}) as (motor, _),
        pytest.raises(ArgumentError, match="position 0 deg is outside"),
    ):
        motor.home()


def test_units_are_the_options_and_held_against_the_controller() -> None:
    with virtual(NAME, {"axis": 2, "unit": "mm"}) as (stage, _):
        stage.move_absolute(3.5)
        assert stage.get_position() == 3.5
        methods = {m.name: m for m in stage.descriptor.methods}
        assert methods["get_position"].unit == "mm"
        assert methods["move_absolute"].parameters[0].unit == "mm"
        assert methods["set_velocity"].parameters[0].unit == "mm/s"
    with virtual(NAME, {"axis": 2}) as (stage, _):
        for _ in range(2):
            with pytest.raises(
                InstrumentError, match="axis 2 of the controller is set to mm, the option unit says deg"
            ):
                stage.get_position()


@pytest.mark.parametrize(
    ("options", "words"),
    [({"axis": 0}, "from 1 to 6"), ({"unit": "km"}, "one of mm"), ({"axes": 1}, "unknown option")],
)
def test_options_are_checked(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        NewportEsp300.check_options(options)


# --- against the manual's own words ---


def test_it_reads_what_the_manual_shows() -> None:
    motor, link = replayed(("1TP?", "5.32"), ("1ID?", "TS50DC.5, SN1263"), ("VE?", "ESP300 Version 3.0"))
    assert motor.get_position() == 5.32
    assert motor.identify_stage() == "TS50DC.5, SN1263"
    assert motor.identify() == "ESP300 Version 3.0"
    assert link.remaining == []


def test_a_move_in_bytes() -> None:
    motor, link = replayed(
        *OLD_ERRORS, ("1PA-12.25", ""), ("TE?", "0"), ("1MD?", "0"), ("1MD?", "1"), ("TE?", "0")
    )
    motor.move_absolute(-12.25)
    assert link.remaining == []


def test_a_fault_during_the_motion_is_an_error() -> None:
    motor, _ = replayed(*OLD_ERRORS, ("1PA10", ""), ("TE?", "0"), ("1MD?", "1"), ("TE?", "103"))
    with pytest.raises(InstrumentError, match="error 103: AXIS-1 FOLLOWING ERROR THRESHOLD EXCEEDED"):
        motor.move_absolute(10)


@pytest.mark.parametrize("reply", ["", "?", "1.0.0", "nan", "inf", "1_0", "1e999", "0x10"])
def test_a_reply_that_is_no_number_is_an_error(reply: str) -> None:
    motor, _ = replayed(("1TP?", reply))
    with pytest.raises(InstrumentError):
        motor.get_position()


def test_numbers_are_sent_plainly(motor: Any) -> None:
    sent = recorded(motor)
    for position in (1e-7, 100.0, 12.3456789, -0.5):
        motor.move_absolute(position)
    assert [line for line in sent if "PA" in line] == ["1PA0", "1PA100", "1PA12.345679", "1PA-0.5"]
