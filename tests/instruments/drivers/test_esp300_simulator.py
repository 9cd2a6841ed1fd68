"""What a program finds that talks to the simulated ESP300 as its manual says."""

import pytest

from benchwright.instruments.drivers.newport_esp300.error_codes import AXIS_ERRORS, CONTROLLER_ERRORS
from benchwright.instruments.drivers.newport_esp300.simulator import Esp300Simulator
from benchwright.instruments.simulation import World
from tests.instruments.virtual import ManualClock, client, serving


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def esp300(clock: ManualClock) -> Esp300Simulator:
    return Esp300Simulator(World(clock=clock))


def errors(esp300: Esp300Simulator) -> list[int]:
    found = []
    while code := int(esp300.respond("TE?")[0]):
        found.append(code)
    return found


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("VE?", "ESP300 Version 3.04 07/27/01"),
        ("VE", "ESP300 Version 3.04 07/27/01"),
        ("*IDN?", "ESP300 Version 3.04 07/27/01"),
        ("1TP?", "0.0000"),
        ("1TP", "0.0000"),
        ("1 TP ?", "0.0000"),
        ("1tp?", "0.0000"),
        ("1DP?", "0.0000"),
        ("1MD?", "1"),
        ("1MO?", "1"),
        ("1VA?", "40.0000"),
        ("1AC?", "200.0000"),
        ("1AG?", "200.0000"),
        ("1SL?", "-360.0000"),
        ("1SR?", "360.0000"),
        ("1SN?", "7"),
        ("2SN?", "2"),
        ("1ID?", "URS75CC, SN1263"),
        ("TE?", "0"),
        ("1TE?", "0"),
        ("TS", "P"),
        ("TB?", "0, 0, NO ERROR DETECTED"),
    ],
)
def test_questions(esp300: Esp300Simulator, question: str, answer: str) -> None:
    assert esp300.respond(question) == [answer]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1XX", 6),
        ("hello", 6),
        ("PA45", 37),
        ("TP?", 37),
        ("4PA45", 9),
        ("0TP?", 9),
        ("7ST", 9),
        ("1PA", 38),
        ("1VA", 38),
        ("1PAfast", 101),
        ("1SN12", 101),
        ("1OR7", 101),
        ("1PA360.5", 106),
        ("2PR-26", 207),
        ("1VA81", 110),
        ("1VA0", 101),
        ("1AC401", 111),
        ("1MF;1PA45", 113),
        ("1MF;1OR1", 113),
        ("1PA90;1OR1;1PA5", 130),
    ],
)
def test_a_refused_command_gives_no_reply_but_an_error(
    esp300: Esp300Simulator, clock: ManualClock, line: str, code: int
) -> None:
    for command in line.split(";"):
        assert esp300.respond(command) == []
        clock.now_s += 0.1
    assert errors(esp300) == [code]


def test_an_error_has_its_code_its_time_in_servo_cycles_and_its_text(
    esp300: Esp300Simulator, clock: ManualClock
) -> None:
    clock.now_s += 1.0
    esp300.respond("1PA999")
    clock.now_s += 1.0
    assert esp300.respond("TB?") == ["106, 2500, AXIS-1 POSITIVE SOFTWARE LIMIT DETECTED"]
    assert esp300.respond("TB?") == ["0, 5000, NO ERROR DETECTED"]


def test_the_error_queue_is_read_in_order_and_holds_ten(esp300: Esp300Simulator) -> None:
    esp300.respond("1XX;PA1;9TP?")
    assert errors(esp300) == [6, 37, 9]
    for _ in range(15):
        esp300.respond("1XX")
    assert len(errors(esp300)) == 10


def test_commands_on_one_line_are_carried_out_in_order(esp300: Esp300Simulator, clock: ManualClock) -> None:
    assert esp300.respond("1VA20;1VA?;1PA10; 1DP?") == ["20.0000", "10.0000"]
    clock.now_s += 10
    assert esp300.respond("1TP?;1MD?") == ["10.0000", "1"]


def test_relative_moves_stop_and_hold(esp300: Esp300Simulator, clock: ManualClock) -> None:
    esp300.respond("1PR40")
    clock.now_s += 0.5
    assert esp300.respond("1MD?") == ["0"]
    assert esp300.respond("TS") == ["Q"]
    assert float(esp300.respond("1TV?")[0]) == 40.0
    esp300.respond("1ST")
    clock.now_s += 0.21  # 40 deg/s at 200 deg/s**2
    assert esp300.respond("1MD?;1MO?") == ["1", "1"]
    assert float(esp300.respond("1TP?")[0]) == pytest.approx(16 + 4)
    assert esp300.respond("1TP?") == esp300.respond("1DP?")


def test_stop_without_an_axis_stops_all(esp300: Esp300Simulator, clock: ManualClock) -> None:
    esp300.respond("1PA90;2PA20")
    clock.now_s += 0.3
    esp300.respond("ST")
    clock.now_s += 1
    assert esp300.respond("1MD?;2MD?") == ["1", "1"]
    assert 0 < float(esp300.respond("2TP?")[0]) < 20


def test_abort_stops_at_once_and_cuts_the_power(esp300: Esp300Simulator, clock: ManualClock) -> None:
    esp300.respond("1PA90")
    clock.now_s += 0.5
    esp300.respond("AB")
    assert esp300.respond("1MD?;1MO?;2MO?") == ["1", "0", "0"]
    where = esp300.respond("1TP?")
    clock.now_s += 5
    assert esp300.respond("1TP?") == where
    assert esp300.respond("TS") == ["@"]
    assert errors(esp300) == [4]


def test_home_becomes_zero(esp300: Esp300Simulator, clock: ManualClock) -> None:
    esp300.respond("1PA30")
    clock.now_s += 5
    esp300.respond("1DH100")
    assert esp300.respond("1TP?") == ["100.0000"]
    assert esp300.axes[1].physical() == 30
    esp300.respond("1OR1")
    assert esp300.respond("1MD?") == ["0"]
    clock.now_s += 5
    assert esp300.respond("1TP?;1MD?") == ["0.0000", "1"]
    assert esp300.axes[1].physical() == 0


def test_home_of_mode_0_goes_to_the_present_zero(esp300: Esp300Simulator, clock: ManualClock) -> None:
    esp300.respond("1PA30")
    clock.now_s += 5
    esp300.respond("1DH10;1OR0")
    clock.now_s += 5
    assert esp300.respond("1TP?") == ["0.0000"]
    assert esp300.axes[1].physical() == 20


def test_a_stopped_search_for_home_is_an_error(esp300: Esp300Simulator, clock: ManualClock) -> None:
    esp300.respond("1PA90")
    clock.now_s += 5
    esp300.respond("1OR1")
    clock.now_s += 0.5
    esp300.respond("1ST")
    clock.now_s += 1
    assert errors(esp300) == [120]
    assert float(esp300.respond("1TP?")[0]) > 10


def test_settings_are_kept(esp300: Esp300Simulator) -> None:
    for command, answer in {
        "1VA": "12.5000",
        "1AC": "50.0000",
        "1AG": "60.0000",
        "1SL": "-90.0000",
        "1SR": "90.0000",
        "1SN": "9",
    }.items():
        esp300.respond(f"{command}{float(answer):g}")
        assert esp300.respond(f"{command}?") == [answer]
    esp300.respond("1PA91")
    assert errors(esp300) == [106]


def test_a_position_is_one_the_encoder_can_tell(esp300: Esp300Simulator, clock: ManualClock) -> None:
    esp300.respond("1PA10.00037")
    clock.now_s += 5
    assert esp300.respond("1TP?") == ["10.0005"]


def test_the_error_texts_are_the_manuals() -> None:
    from pymeasure.instruments.newport.esp300 import AxisError, GeneralError

    for code, text in AXIS_ERRORS.items():
        assert AxisError.MESSAGES[f"{code:02d}"] == text
    for code, text in CONTROLLER_ERRORS.items():
        known = GeneralError.MESSAGES.get(str(code), text)
        assert known in (text, "EMERGENCY SOP ACTIVATED")  # their slip


def test_the_controllers_own_wait_puts_off_commands_but_not_an_abort() -> None:
    with serving("newport_esp300", time_scale=20.0) as server, client(server, "newport_esp300") as esp300:
        esp300.send(b"1PA40\r1WS100\r1TP?\r")
        assert esp300.read() == b"40.0000\r\n"  # answered when the motion was done
        assert esp300.ask(b"1PA+30; 1WS; 1PR-10; 1WS; 1TP?\r") == b"20.0000\r\n"
        esp300.send(b"1PA-300\r1WS\r1TP?\r")
        with client(server, "newport_esp300") as other:
            other.send(b"AB\r")
            assert -300 < float(esp300.read()) < 40
