import math
from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.errors import ArgumentError, InstrumentError
from benchwright.instruments.links.replay import ReplayLink
from benchwright.instruments.simulation import SimulationServer
from benchwright.instruments.simulation.optics import DARK_W, P0_W
from tests.instruments.virtual import client, make_driver, virtual

NAME = "newport_1830c"


@pytest.fixture
def bench() -> Iterator[tuple[Any, SimulationServer]]:
    with virtual(NAME) as found:
        yield found


@pytest.fixture
def meter(bench: tuple[Any, SimulationServer]) -> Any:
    return bench[0]


def replayed(*exchanges: tuple[str, str]) -> tuple[Any, ReplayLink]:
    tables = [f"[[exchange]]\nsend = '{send}'\nreply = '{reply}'\n" for send, reply in exchanges]
    link = ReplayLink("".join(tables), "manual.toml")
    return make_driver(NAME, link), link


def first_reading(reply: str, units: int = 1, signal_range: int = 0) -> list[tuple[str, str]]:
    return [("D?", reply), ("U?", str(units)), ("D?", reply), ("R?", str(signal_range))]


def test_it_reads_the_beam(meter: Any) -> None:
    assert meter.read_power() == pytest.approx(P0_W + DARK_W, rel=0.01)
    assert meter.identify() == "Newport 1830-C"


def test_settings(meter: Any) -> None:
    meter.set_wavelength(1550)
    assert meter.get_wavelength() == 1550
    meter.set_wavelength(633)
    assert meter.get_wavelength() == 633
    meter.set_filter("slow")
    assert meter.get_filter() == "slow"
    meter.set_attenuator(True)
    assert meter.get_attenuator() is True
    meter.set_range(7)
    assert meter.get_range() == 7
    meter.lock_panel(True)
    assert meter.read_status()["over_range"] is False


@pytest.mark.parametrize(("units", "shown"), [("W", 1e-3), ("dBm", 0.0), ("dB", 0.0), ("REL", 1.0)])
def test_the_display_has_units(meter: Any, units: str, shown: float) -> None:
    meter.set_units(units)
    assert meter.get_units() == units
    assert meter.read_display() == pytest.approx(shown, rel=0.01, abs=0.02)


def test_power_is_in_watts_whatever_the_display_shows(meter: Any) -> None:
    meter.set_units("dBm")
    assert meter.read_power() == pytest.approx(P0_W, rel=0.01)
    for units in ("dB", "REL"):
        meter.set_units(units)
        with pytest.raises(InstrumentError, match=f"shows {units}, a ratio"):
            meter.read_power()


@pytest.mark.parametrize("units", [2, 3])
def test_units_changed_at_the_front_panel_are_found(bench: tuple[Any, SimulationServer], units: int) -> None:
    meter, server = bench
    meter.read_power()
    with client(server, NAME) as panel:
        panel.send(f"U{units}\n".encode())
        assert panel.ask(b"U?\n") == f"{units}\n".encode()
    if units == 3:
        assert meter.read_power() == pytest.approx(P0_W, rel=0.01)
    else:
        with pytest.raises(InstrumentError, match="shows dB, a ratio"):
            meter.read_power()
    with client(server, NAME) as panel:
        panel.send(b"U1\n")
        assert panel.ask(b"U?\n") == b"1\n"
    assert meter.read_power() == pytest.approx(P0_W, rel=0.01)


def test_a_reading_over_range_is_no_reading(meter: Any) -> None:
    meter.set_range(2)
    with pytest.raises(InstrumentError, match="no reading: range 2 is exceeded"):
        meter.read_power()
    meter.set_range(0)
    assert meter.read_power() > 0


def test_zero_subtracts_what_is_there(meter: Any) -> None:
    meter.set_zero(True)
    assert meter.get_zero() is True
    assert abs(meter.read_power()) < P0_W / 100
    meter.set_zero(False)
    assert meter.read_power() > P0_W / 2


@pytest.mark.parametrize("wavelength", [299, 1801, 632.8])
def test_wavelengths_are_checked(meter: Any, wavelength: float) -> None:
    with pytest.raises(ArgumentError, match="wavelength must be a whole number from 300 to 1800 nm"):
        meter.set_wavelength(wavelength)


# --- against what real meters send ---


@pytest.mark.parametrize(("reply", "watts"), [("5E-9", 5e-9), ("+.75E-9", 0.75e-9), ("-.12E-9", -0.12e-9)])
def test_it_reads_what_real_meters_send(reply: str, watts: float) -> None:
    meter, link = replayed(*first_reading(reply))
    assert math.isclose(meter.read_power(), watts)
    assert link.remaining == []


def test_a_setting_is_read_back() -> None:
    meter, link = replayed(("W0633", ""), ("W?", "0633"))
    meter.set_wavelength(633)
    assert link.remaining == []
    meter, _ = replayed(("W0633", ""), ("W?", "0850"))
    with pytest.raises(InstrumentError, match="did not take W0633: it is 850"):
        meter.set_wavelength(633)


def test_a_meter_in_logarithmic_units_is_understood_from_the_first_reading() -> None:
    meter, _ = replayed(*first_reading("-30.00", units=3))
    assert meter.read_power() == pytest.approx(1e-6)


def test_after_the_first_a_reading_is_one_exchange() -> None:
    meter, link = replayed(*first_reading("1E-3"), ("D?", "2E-3"))
    assert [meter.read_power(), meter.read_power()] == [1e-3, 2e-3]
    assert link.remaining == []


def test_units_that_may_have_changed_are_asked_for_again() -> None:
    meter, link = replayed(*first_reading("1E-3"), ("U3", ""), ("U?", ""), *first_reading("0.00", units=3))
    meter.read_power()
    with pytest.raises(InstrumentError):
        meter.set_units("dBm")
    meter.port.sync = None  # the recording has no late replies
    assert meter.read_power() == 1e-3
    assert link.remaining == []


def test_a_saturated_detector_is_no_reading() -> None:
    meter, _ = replayed(*first_reading("1.20E-3", signal_range=6), ("Q?", "132"))
    with pytest.raises(InstrumentError, match="no reading: the detector is saturated"):
        meter.read_power()


# --- the simulator ---


@pytest.mark.parametrize(
    ("line", "status"),
    [(b"Y1", 130), (b"W200", 129), (b"F4", 129), (b"U", 129), (b"W0633", 128), (b"CS", 128)],
)
def test_the_simulated_meter_notes_errors_in_its_status(
    bench: tuple[Any, SimulationServer], line: bytes, status: int
) -> None:
    with client(bench[1], NAME) as program:
        program.send(line + b"\n")
        assert int(program.ask(b"q?\r\n")) == status
        program.send(b"C\n")
        assert int(program.ask(b"Q?\n")) == 128


def test_a_held_reading_stands_still(bench: tuple[Any, SimulationServer]) -> None:
    with client(bench[1], NAME) as program:
        program.send(b"G0\n")
        assert len({program.ask(b"D?\n") for _ in range(5)}) == 1
        program.send(b"G1\n")
        assert len({program.ask(b"D?\n") for _ in range(5)}) > 1
