import pytest

from benchwright.instruments.simulation import World
from benchwright.instruments.simulation.scpi import ScpiSimulator, boolean, number, scpi


class Lamp(ScpiSimulator):
    IDENTITY = "Maker,Lamp,1,2"
    level = 0.0
    is_on = False

    @scpi("[SOURce:]POWer[:LEVel]")
    def set_level(self, parameter: str) -> None:
        self.level = number(parameter, 0, 10)

    @scpi("[SOURce:]POWer[:LEVel]?")
    def get_level(self, parameter: str) -> str:
        return f"{self.level:g}"

    @scpi("OUTPut[:STATe]")
    def switch(self, parameter: str) -> None:
        self.is_on = boolean(parameter)


@pytest.fixture
def lamp() -> Lamp:
    return Lamp(World())


@pytest.mark.parametrize("header", ["POW", "power", "SOUR:POW", "SOURCE:POWER:LEVEL", ":POW:LEV", "pow"])
def test_headers_have_a_short_and_a_long_form(lamp: Lamp, header: str) -> None:
    assert lamp.respond(f"{header} 4") == []
    assert lamp.respond(f"{header}?") == ["4"]
    assert lamp.respond("SYST:ERR?") == ['+0,"No error"']


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("POWE 4", '-113,"Undefined header"'),
        ("POWER:LEVELS 4", '-113,"Undefined header"'),
        ("POW", '-109,"Missing parameter"'),
        ("POW x", '-104,"Data type error"'),
        ("POW 11", '-222,"Data out of range"'),
        ("POW nan", '-222,"Data out of range"'),
        ("OUTP MAYBE", '-224,"Illegal parameter value"'),
    ],
)
def test_what_is_wrong_goes_into_the_error_queue(lamp: Lamp, line: str, error: str) -> None:
    assert lamp.respond(line) == []
    assert lamp.respond("SYST:ERR?;SYSTEM:ERROR:NEXT?") == [f'{error};+0,"No error"']
    assert lamp.level == 0


def test_the_error_queue_is_first_in_first_out_and_bounded(lamp: Lamp) -> None:
    lamp.respond("POW 11")
    for _ in range(30):
        lamp.respond("XYZ")
    errors = [lamp.respond("SYST:ERR?")[0] for _ in range(21)]
    assert errors[0] == '-222,"Data out of range"'
    assert errors[19:] == ['-350,"Queue overflow"', '+0,"No error"']


def test_common_commands(lamp: Lamp) -> None:
    assert lamp.respond("*IDN?") == ["Maker,Lamp,1,2"]
    assert lamp.respond("*idn?;*OPC?") == ["Maker,Lamp,1,2;1"]
    lamp.respond("XYZ")
    lamp.respond("*CLS")
    assert lamp.respond("SYST:ERR?") == ['+0,"No error"']


def test_minimum_and_maximum_stand_for_numbers(lamp: Lamp) -> None:
    lamp.respond("POW MAX")
    assert lamp.respond("POW?") == ["10"]
    lamp.respond("POW MIN;OUTP ON")
    assert (lamp.level, lamp.is_on) == (0, True)
