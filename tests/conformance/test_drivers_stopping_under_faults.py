"""Every method of every driver, and its stop, with a fault at each of its replies in turn.

Faults spoil replies, so commands arrive: whatever a stop reports, the instrument must be safe after it; and
it may be called safe only if it said so.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from benchwright.core.descriptors import MethodDescriptor
from benchwright.core.errors import InstrumentError, LinkError
from benchwright.core.run_states import StopPolicy
from benchwright.instruments.drivers.registry import driver_names
from benchwright.instruments.instrument import Instrument, is_query
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import apply_policy, stop_all
from benchwright.instruments.simulation import Faults, SimulationServer
from tests.conformance.scenario import look_at_everything, sample_arguments
from tests.conformance.test_drivers_faults import FAULTS, every_driver
from tests.instruments.virtual import virtual

TIMEOUT_S = 0.02
LATE_S = 0.06
MOST_REPLIES = 4  # of a call: a wait for a motion polls without end
SOON_S = 2.0
every_fault = pytest.mark.parametrize("kind", FAULTS)
Bench = tuple[Any, SimulationServer]

# How each driver's instrument is made to act, and how to see that it does not any more.
ACTING: dict[str, tuple[list[tuple[str, list[Any]]], Callable[[Any], bool]]] = {
    "controller_board": (
        [("set_motor_speed", [1, 50.0]), ("set_digital_output", [2, True])],
        lambda board: board.get_motor_speed(1) == 0 and not board.get_digital_output(2),
    ),
    "epics": ([("set_heater", [True])], lambda cryostat: not cryostat.invoke("get_heater", [], {})),
    "generic_multimeter": ([], lambda meter: True),
    "generic_scpi": ([("set_output", [True])], lambda generator: not generator.is_output_on()),
    "generic_supply": ([("output_on", [])], lambda supply: not supply.is_output_on()),
    "newport_1830c": ([], lambda meter: True),
    "newport_esp300": ([("move_absolute", [170.0, False])], lambda motor: not motor.is_moving()),
    "pymeasure": ([("enable", [])], lambda supply: not supply.invoke("is_enabled", [], {})),
}

# A class by others may take noise for "it is on", which is on the safe side.
TAKES_NOISE_FOR = {"pymeasure": ("failed",)}


@pytest.fixture
def bench(driver: str) -> Iterator[Bench]:
    with virtual(driver, time_scale=5.0) as found:
        found[0].port.BACKOFF_S = (0.0,)
        yield found


def fault_at(server: SimulationServer, instrument: Instrument, kind: str, reply: int) -> None:
    """Spoil every `reply`th reply from now on, the first of them being number `reply`; 0: none."""
    rate = f"every:{reply}"
    text = f"latency={LATE_S}@{rate}" if kind == "latency" else f"{kind}={rate}"
    server.set_faults(instrument.name, Faults.parse(text) if reply else Faults())
    instrument.port.timeout_s = TIMEOUT_S if reply else 2.0


def replies_of(instrument: Instrument, act: Callable[[], object]) -> int:
    """Return how many replies an undisturbed call takes."""
    count = 0

    def note(way: str, data: bytes, at_s: float) -> None:
        nonlocal count
        count += way == "in"

    instrument.port.listeners.append(note)
    act()
    instrument.port.listeners.remove(note)
    return count


def arguments(method: MethodDescriptor) -> list[Any]:
    return [False if p.name == "wait" else value for p, value in _with_values(method)]


def _with_values(method: MethodDescriptor) -> Iterator[tuple[Any, Any]]:
    return zip(method.parameters, sample_arguments(method), strict=True)


def test_it_is_known_how_every_driver_acts() -> None:
    assert set(ACTING) == set(driver_names())


@every_driver
@every_fault
def test_every_method_ends_in_time_with_an_error_or_the_truth(driver: str, bench: Bench, kind: str) -> None:
    instrument, server = bench
    look_at_everything(instrument)
    for method in instrument.descriptor.methods:
        args = arguments(method)

        def act(method: MethodDescriptor = method, args: list[Any] = args) -> Any:
            return instrument.invoke(method.name, args, {})

        instrument.safe_state()  # whatever the last one began
        healthy = act()
        is_steady = is_query(method) and not method.telemetry and act() == healthy
        instrument.safe_state()
        for reply in range(1, min(replies_of(instrument, act), MOST_REPLIES) + 1):
            instrument.safe_state()
            fault_at(server, instrument, kind, reply)
            began_s = time.monotonic()
            try:
                found = act()
            except InstrumentError:
                pass
            else:
                assert not is_steady or found == healthy, (method.name, reply)
            assert time.monotonic() - began_s < SOON_S, (method.name, reply)
            fault_at(server, instrument, kind, 0)


@every_driver
@every_fault
@pytest.mark.parametrize("how", ["emergency stop", "safe", "hold"])
def test_every_stop_is_truly_safe_or_unknown(driver: str, bench: Bench, kind: str, how: str) -> None:
    instrument, server = bench
    latch = instrument.port.latch
    steps, is_safe = ACTING[driver]
    only_halts = how == "hold" and driver != "newport_esp300"  # outputs stay as they are

    def stop() -> str:
        if how == "emergency stop":
            [stopped] = stop_all([instrument], latch)
        else:
            [stopped] = apply_policy(StopPolicy(how), {driver: instrument}, {})
        return str(stopped.outcome)

    look_at_everything(instrument)
    assert stop() == "safe"
    latch.active = False
    for reply in range(1, 4):
        for method, args in steps:
            instrument.invoke(method, args, {})
        assert not steps or not is_safe(instrument)
        fault_at(server, instrument, kind, reply)
        began_s = time.monotonic()
        outcome = stop()
        assert time.monotonic() - began_s < SOON_S + 0.5
        fault_at(server, instrument, kind, 0)
        latch.active = False
        assert outcome in ("safe", "unknown", *TAKES_NOISE_FOR.get(driver, ())), outcome
        assert only_halts or _soon(lambda: is_safe(instrument)), (outcome, reply)
        instrument.safe_state()


def _soon(is_so: Callable[[], bool]) -> bool:
    """Wait for what takes its time, such as a motor that runs down.

    A lost link may be noticed by the first question only; the next one opens it again.
    """
    deadline_s = time.monotonic() + SOON_S
    while time.monotonic() < deadline_s:
        with suppress(LinkError):
            if is_so():
                return True
    return False


@every_driver
def test_a_stop_that_is_never_answered_is_not_called_safe(driver: str, bench: Bench) -> None:
    instrument, server = bench
    steps, _ = ACTING[driver]
    look_at_everything(instrument)
    fault_at(server, instrument, "silence", 1)
    [stopped] = stop_all([instrument], SafetyLatch())
    assert stopped.outcome == ("unknown" if steps else "safe")  # a meter has nothing to confirm
