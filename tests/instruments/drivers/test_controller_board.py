from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.errors import ArgumentError, InstrumentError
from benchwright.instruments.links.replay import ReplayLink
from benchwright.instruments.simulation import SimulationServer
from tests.instruments.virtual import client, make_driver, virtual

NAME = "controller_board"


@pytest.fixture
def bench() -> Iterator[tuple[Any, SimulationServer]]:
    with virtual(NAME, time_scale=1000.0) as found:
        yield found


@pytest.fixture
def board(bench: tuple[Any, SimulationServer]) -> Any:
    return bench[0]


@pytest.mark.parametrize("motor", [0, 255])
@pytest.mark.parametrize("speed", [-100, 0, 12.5, 100])
def test_motors(board: Any, motor: int, speed: float) -> None:
    board.set_motor_speed(motor, speed)
    board.wait(0.005)
    assert board.get_motor_speed(motor) == pytest.approx(speed, abs=0.1)


@pytest.mark.parametrize("pin", [0, 255])
def test_outputs(board: Any, pin: int) -> None:
    assert board.get_digital_output(pin) is False
    board.set_digital_output(pin, True)
    assert board.get_digital_output(pin) is True
    board.set_digital_output(pin, False)
    assert board.get_digital_output(pin) is False


def test_ranges(board: Any) -> None:
    for motor, speed in [(256, 0), (-1, 0), (0, 101), (0, -100.5), (1.5, 0)]:
        with pytest.raises(ArgumentError):
            board.set_motor_speed(motor, speed)
    with pytest.raises(ArgumentError):
        board.set_digital_output(256, True)
    with pytest.raises(ArgumentError):
        board.set_digital_output(1, 1)


def test_status(board: Any) -> None:
    assert board.get_status() == {
        "connected": True,
        "device_type": "benchwright-board",
        "firmware_version": "1.4.2",
    }


def test_telemetry(board: Any) -> None:
    assert board.read_temperature() == pytest.approx(24, abs=1)
    assert board.read_voltage() == pytest.approx(12, abs=0.1)
    assert board.read_telemetry("current") == pytest.approx(0.12, abs=0.02)
    with pytest.raises(ArgumentError, match="one of temperature, voltage, current"):
        board.read_telemetry("humidity")


def test_stop_safe_state_and_hold(board: Any) -> None:
    def use() -> None:
        board.set_motor_speed(3, 50)
        board.set_digital_output(4, True)

    use()
    board.stop()
    assert board.get_digital_output(4) is False
    use()
    board.safe_state()
    assert board.get_digital_output(4) is False
    use()
    board.hold()
    board.wait(0.005)
    assert (board.get_motor_speed(3), board.get_digital_output(4)) == (0, True)
    use()
    board.port.send_urgent(board.STOP_BYTES)
    assert board.get_digital_output(4) is False


def test_a_safe_state_that_is_none_is_an_error() -> None:
    text = "[[exchange]]\nsend = 'STOP'\nreply = 'OK'\n[[exchange]]\nsend = 'STATE?'\nreply = 'STATE 1 0'\n"
    board = make_driver(NAME, ReplayLink(text, "x.toml"))
    with pytest.raises(InstrumentError, match="in use is 1 0"):
        board.safe_state()


@pytest.mark.parametrize("reply", ["OK", "MOTOR 2 5.0", "MOTOR 12", "OUT 1 5.0", "MOTOR 1 fast"])
def test_a_reply_to_another_question_is_an_error(reply: str) -> None:
    board = make_driver(NAME, ReplayLink(f"[[exchange]]\nsend = 'MOTOR? 1'\nreply = '{reply}'\n", "x.toml"))
    with pytest.raises(InstrumentError, match="answered"):
        board.get_motor_speed(1)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"FLY", b"ERR unknown command FLY\n"),
        (b"MOTOR 1", b"ERR bad arguments for MOTOR\n"),
        (b"MOTOR one 2", b"ERR bad arguments for MOTOR\n"),
        (b"MOTOR 256 2", b"ERR out of range for MOTOR\n"),
        (b"MOTOR -1 2", b"ERR out of range for MOTOR\n"),
        (b"MOTOR 1 101", b"ERR out of range for MOTOR\n"),
        (b"MOTOR 1 nan", b"ERR out of range for MOTOR\n"),
        (b"OUT 1 2", b"ERR bad arguments for OUT\n"),
        (b"OUT? 999", b"ERR out of range for OUT?\n"),
        (b"READ? MOOD", b"ERR bad arguments for READ?\n"),
        (b"   ", b"ERR unknown command \n"),
    ],
)
def test_the_simulated_board_answers_every_line(
    bench: tuple[Any, SimulationServer], line: bytes, reply: bytes
) -> None:
    with client(bench[1], NAME) as program:
        assert program.ask(line + b"\n") == reply


def test_a_refusal_is_an_error(board: Any) -> None:
    with pytest.raises(InstrumentError, match="refused FLY: unknown command FLY"):
        board._act("FLY")
