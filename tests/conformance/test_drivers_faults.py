"""What every driver does when its instrument answers late, wrongly, by half, or not at all."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.errors import InstrumentError
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.drivers.registry import driver_names
from benchwright.instruments.simulation import FAULT_KINDS, Faults, SimulationServer
from tests.conformance.scenario import look_at_everything, plain_queries
from tests.instruments.virtual import virtual

every_driver = pytest.mark.parametrize("driver", driver_names())
Bench = tuple[Any, SimulationServer]


@pytest.fixture
def bench(driver: str) -> Iterator[Bench]:
    with virtual(driver) as found:
        found[0].port.BACKOFF_S = (0.0,)
        yield found


FAULTS = {
    "garbage": "garbage=1",
    "partial": "partial=1",
    "silence": "silence=1",
    "disconnect": "disconnect=1",
    "latency": "latency=0.3",  # longer than the timeout
}


def test_every_kind_of_fault_is_tried() -> None:
    assert set(FAULTS) == set(FAULT_KINDS)


@every_driver
@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_an_error_in_time_and_passes(driver: str, bench: Bench, kind: str) -> None:
    instrument, server = bench
    healthy = look_at_everything(instrument)
    server.set_faults(driver, Faults.parse(FAULTS[kind]))
    instrument.port.timeout_s = 0.02
    for method in plain_queries(instrument):
        started_s = time.monotonic()
        with pytest.raises(InstrumentError):
            instrument.invoke(method.name, [], {})
        assert time.monotonic() - started_s < 1.0, method.name
    server.set_faults(driver, Faults())
    instrument.port.timeout_s = 2.0
    again = look_at_everything(instrument)
    assert {name: type(value) for name, value in again.items()} == {n: type(v) for n, v in healthy.items()}
    steady = [
        m
        for m in plain_queries(instrument)
        if not m.telemetry and m.name.startswith(("get_", "is_", "identify"))
    ]
    assert {m.name: again[m.name] for m in steady} == {m.name: healthy[m.name] for m in steady}


@every_driver
@pytest.mark.parametrize("kind", FAULTS)
def test_a_safe_state_that_cannot_be_confirmed_is_an_error(driver: str, bench: Bench, kind: str) -> None:
    instrument, server = bench
    look_at_everything(instrument)
    sent: list[bytes] = []
    instrument.port.listeners.append(lambda way, data, at: sent.append(data))
    server.set_faults(driver, Faults.parse(FAULTS[kind]))
    instrument.port.timeout_s = 0.02
    with calling_as(CallScope(Caller.SAFETY)):
        try:
            instrument.safe_state()
        except InstrumentError:
            return
    assert sent == []  # nothing to stop, nothing to confirm


@every_driver
def test_rare_faults_never_make_up_a_value(driver: str, bench: Bench) -> None:
    instrument, server = bench
    healthy = look_at_everything(instrument)
    steady = [n for n, v in healthy.items() if n.startswith(("get_", "is_")) and n != "get_position"]
    server.set_faults(driver, Faults.parse("latency=0.03@0.1,garbage=0.1,partial=0.1,silence=0.05"))
    instrument.port.timeout_s = 0.02
    right = 0
    for _ in range(12):
        for name in steady:
            try:
                found = instrument.invoke(name, [], {})
            except InstrumentError:
                continue
            assert found == healthy[name], name
            right += 1
    assert right or not steady
