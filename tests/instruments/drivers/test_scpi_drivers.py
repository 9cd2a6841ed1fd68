"""The SCPI supply and multimeter."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.errors import ArgumentError, InstrumentError
from benchwright.instruments.links.replay import ReplayLink
from benchwright.instruments.simulation import SimulationServer
from tests.instruments.virtual import client, make_driver, serving, tcp_link, virtual

SUPPLY, METER = "generic_supply", "generic_multimeter"


@pytest.fixture
def server() -> Iterator[SimulationServer]:
    with serving(SUPPLY, METER, time_scale=1.0) as server:
        yield server


@pytest.fixture
def supply(server: SimulationServer) -> Iterator[Any]:
    instrument = make_driver(SUPPLY, tcp_link(server, SUPPLY), limits={"voltage": (0.0, 12.0)})
    yield instrument
    instrument.port.close()


@pytest.fixture
def meter(server: SimulationServer) -> Iterator[Any]:
    instrument = make_driver(METER, tcp_link(server, METER))
    yield instrument
    instrument.port.close()


def replayed(driver: str, *exchanges: tuple[str, str]) -> tuple[Any, ReplayLink]:
    tables = [f"[[exchange]]\nsend = '{send}'\nreply = '{reply}'\n" for send, reply in exchanges]
    link = ReplayLink("".join(tables), "exchanges.toml")
    return make_driver(driver, link), link


def test_the_meter_sees_what_the_supply_does(supply: Any, meter: Any) -> None:
    supply.set_voltage(2)
    supply.set_current(1)
    assert meter.measure_voltage() == pytest.approx(0, abs=1e-3)
    supply.output_on()
    assert supply.is_output_on() is True
    assert (supply.get_voltage(), supply.get_current()) == (2, 1)
    assert supply.measure_voltage() == pytest.approx(2, abs=0.01)
    assert meter.measure_voltage() == pytest.approx(2, abs=0.01)
    assert meter.measure_current() == pytest.approx(supply.measure_current(), abs=0.01)
    supply.output_off()
    assert meter.measure_voltage() == pytest.approx(0, abs=1e-3)
    assert meter.measure_resistance() == pytest.approx(10, rel=0.1)


def test_the_meter_reads_as_configured(supply: Any, meter: Any) -> None:
    supply.set_voltage(1)
    supply.output_on()
    meter.set_integration(10)
    meter.configure("current")
    assert meter.read() == pytest.approx(0.1, rel=0.05)
    meter.configure("voltage")
    assert meter.read() == pytest.approx(1, rel=0.01)


def test_an_overload_is_no_reading(supply: Any, meter: Any) -> None:
    supply.set_voltage(1)
    supply.output_on()
    with pytest.raises(InstrumentError, match=r"overload: MEAS:RES\? found no value in range"):
        meter.measure_resistance()


def test_what_the_instrument_refuses_is_an_error(supply: Any, server: SimulationServer) -> None:
    with pytest.raises(InstrumentError, match=f"{SUPPLY}: error -222: Data out of range"):
        supply.set_current(100)
    supply.set_current(1)
    with pytest.raises(ArgumentError, match="voltage must be a number from 0 to 12 V"):
        supply.set_voltage(13)


def test_errors_of_the_time_before_are_nobodys_fault(supply: Any, server: SimulationServer) -> None:
    with client(server, SUPPLY) as other:
        other.send(b"NONSENSE\n")
        assert other.ask(b"*OPC?\n") == b"1\n"
    supply.set_voltage(1)


def test_all_queued_errors_are_taken_and_the_oldest_is_told() -> None:
    supply, link = replayed(
        SUPPLY,
        *(("*CLS", ""), ("VOLT 5", ""), ("SYST:ERR?", '-221,"Settings conflict"')),
        *(("SYST:ERR?", '+305,"Later"'), ("SYST:ERR?", "0")),
    )
    with pytest.raises(InstrumentError, match="error -221: Settings conflict"):
        supply.set_voltage(5)
    assert link.remaining == []


def test_the_safe_state_is_off_and_confirmed(supply: Any) -> None:
    supply.set_voltage(5)
    supply.output_on()
    supply.safe_state()
    assert supply.is_output_on() is False
    broken, _ = replayed(SUPPLY, ("OUTP OFF", ""), ("OUTP?", "1"))
    with pytest.raises(InstrumentError, match="the output stayed on"):
        broken.safe_state()


def test_stop_bytes_switch_off(supply: Any) -> None:
    supply.output_on()
    supply.port.send_urgent(supply.STOP_BYTES)
    assert supply.is_output_on() is False


def test_a_snapshot_brings_the_setpoints_back(supply: Any) -> None:
    supply.set_voltage(3)
    supply.output_on()
    snapshot = supply.snapshot()
    supply.set_voltage(1)
    supply.safe_state()
    supply.restore(snapshot)
    assert (supply.get_voltage(), supply.is_output_on()) == (3, True)


@pytest.mark.parametrize("reply", ["", "OVLD", "nan", "9.91E37", "+9.90000000E+37", "-9.9E37", "1,2"])
def test_a_reading_that_is_none_is_an_error(reply: str) -> None:
    meter, _ = replayed(METER, ("MEAS:VOLT:DC?", reply))
    with pytest.raises(InstrumentError):
        meter.measure_voltage()


def test_identity() -> None:
    with virtual(METER) as (meter, _):
        assert meter.identify() == "Benchwright,Virtual multimeter 6.5,SN-0003,1.0"
