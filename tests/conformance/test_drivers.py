"""What holds for every driver that is shipped."""

import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from benchwright.core.descriptors import InstrumentDescriptor, MethodKind
from benchwright.core.errors import ArgumentError, ConfigurationError, EmergencyStopActive
from benchwright.core.permissions import Permission
from benchwright.core.values import check_value
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.drivers.registry import (
    driver_class,
    driver_names,
    has_simulator,
    simulator_class,
)
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.links.replay import ReplayLink
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.simulation import SimulationServer
from tests.conformance.record_exchanges import exchanges_file
from tests.conformance.scenario import (
    RESULT_TYPES,
    look_at_everything,
    plain_queries,
    sample_arguments,
    wrong_values,
)
from tests.instruments.virtual import MODELS, OPTIONS, make_driver, virtual

every_driver = pytest.mark.parametrize("driver", driver_names())
Bench = tuple[Any, SimulationServer]


@pytest.fixture
def bench(driver: str) -> Iterator[Bench]:
    with virtual(driver) as found:
        yield found


# --- the registry ---


def test_the_shipped_drivers() -> None:
    assert driver_names() == (
        "controller_board",
        "epics",
        "generic_multimeter",
        "generic_scpi",
        "generic_supply",
        "newport_1830c",
        "newport_esp300",
        "pymeasure",
    )


def test_an_unknown_driver_is_one_clear_error() -> None:
    with pytest.raises(
        ConfigurationError, match="unknown driver 'newport_esp30'; did you mean newport_esp300"
    ):
        driver_class("newport_esp30")
    with pytest.raises(ConfigurationError, match="there is: controller_board, "):
        simulator_class("../evil")


def test_drivers_are_imported_only_when_asked_for() -> None:
    code = (
        "import sys; from benchwright.instruments.drivers import registry; registry.driver_names();"
        "registry.driver_class('newport_1830c');"
        "print([m for m in sys.modules if 'drivers.' in m and m.count('.') == 3 or 'simulation' in m])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert eval(found.stdout) == [
        "benchwright.instruments.drivers.registry",
        "benchwright.instruments.drivers.newport_1830c",
    ]


# --- what a driver says of itself ---


@every_driver
def test_it_has_a_simulator_and_recorded_exchanges(driver: str) -> None:
    assert has_simulator(driver)
    assert exchanges_file(driver).is_file()


@every_driver
def test_it_declares_a_safe_state_and_says_what_that_is(driver: str) -> None:
    cls = driver_class(driver)
    assert cls.safe_state is not Instrument.safe_state
    assert (inspect.getdoc(cls.safe_state) or "") != inspect.getdoc(Instrument.safe_state)
    assert not inspect.isabstract(cls)


class _Unsafe(Instrument):
    def identify(self) -> str:
        return ""


def test_a_driver_without_a_safe_state_is_refused() -> None:
    port: Any = None
    with pytest.raises(TypeError, match="abstract method '?safe_state'?"):
        _Unsafe("x", port)  # type: ignore[abstract]


@every_driver
def test_it_names_its_model_and_the_source_of_its_protocol(driver: str) -> None:
    cls = driver_class(driver)
    assert cls.MODEL
    assert inspect.getdoc(cls)
    text = inspect.getdoc(inspect.getmodule(cls)) or ""
    assert "Source" in text or "Protocol" in text


@every_driver
def test_every_method_has_help_and_every_quantity_a_unit(driver: str, bench: Bench) -> None:
    for method in bench[0].descriptor.methods:
        assert method.help, method.name
        assert method.help[0].isupper(), method.name
        assert method.help.endswith("."), method.name
        for parameter in method.parameters:
            assert parameter.type in RESULT_TYPES, f"{method.name}.{parameter.name}"
            assert parameter.type != "float" or parameter.unit, f"{method.name}.{parameter.name} has no unit"
        assert method.result in RESULT_TYPES, method.name
        if method.result == "float":
            assert method.unit or " in " in method.help, f"{method.name} does not tell its unit"


@every_driver
def test_queries_only_read_and_commands_need_more(driver: str, bench: Bench) -> None:
    for method in bench[0].descriptor.methods:
        is_reading = method.permission is Permission.DEVICE_READ
        assert is_reading == (method.kind is MethodKind.QUERY), method.name


@every_driver
def test_the_descriptor_crosses_the_channel_unchanged(driver: str, bench: Bench) -> None:
    descriptor = bench[0].descriptor
    for codec in (msgspec.msgpack, msgspec.json):
        assert codec.decode(codec.encode(descriptor), type=InstrumentDescriptor) == descriptor
    assert descriptor.driver == MODELS.get(driver, driver)


@every_driver
def test_it_is_described_without_a_link(driver: str) -> None:
    cls = driver_class(MODELS.get(driver, driver))
    options = cls.check_options(OPTIONS.get(driver, {}))
    names = [m.name for m in cls.describe("x", cls.declared_methods(options)).methods]
    assert "identify" in names
    assert len(names) == len(set(names))


@every_driver
def test_telemetry_channels_are_numbers_that_can_be_polled(driver: str, bench: Bench) -> None:
    polled = [m for m in bench[0].descriptor.methods if m.telemetry]
    assert polled
    assert len({m.telemetry for m in polled}) == len(polled)
    for method in polled:
        assert (method.kind, method.parameters) == (MethodKind.QUERY, ())
        assert method.result in ("float", "integer")


# --- what it does ---


@every_driver
def test_it_works_against_its_simulator(driver: str, bench: Bench) -> None:
    found = look_at_everything(bench[0])
    for method in plain_queries(bench[0]):
        assert isinstance(found[method.name], RESULT_TYPES[method.result]), method.name
    assert check_value(found) is None


@every_driver
def test_it_reads_its_recorded_exchanges(driver: str) -> None:
    link = ReplayLink.from_file(exchanges_file(driver))
    instrument = make_driver(driver, link)
    found = look_at_everything(instrument)
    assert link.remaining == []
    for method in plain_queries(instrument):
        assert isinstance(found[method.name], RESULT_TYPES[method.result]), method.name


@every_driver
def test_every_method_works_with_arguments_from_the_middle(driver: str, bench: Bench) -> None:
    instrument = bench[0]
    for method in instrument.descriptor.methods:
        value = instrument.invoke(method.name, sample_arguments(method), {})
        assert isinstance(value, RESULT_TYPES[method.result]), method.name
    instrument.safe_state()


@every_driver
def test_arguments_that_do_not_fit_are_refused(driver: str, bench: Bench) -> None:
    instrument = bench[0]
    sent: list[bytes] = []
    instrument.port.listeners.append(lambda way, data, at: sent.append(data))
    for method in instrument.descriptor.methods:
        arguments = sample_arguments(method)
        with pytest.raises(ArgumentError):
            instrument.invoke(method.name, [*arguments, 1], {})
        with pytest.raises(ArgumentError):
            instrument.invoke(method.name, arguments, {"nonsense": 1})
        for index, parameter in enumerate(method.parameters):
            for wrong in wrong_values(parameter):
                with pytest.raises(ArgumentError):
                    instrument.invoke(method.name, [*arguments[:index], wrong, *arguments[index + 1 :]], {})
    assert sent == []


@every_driver
def test_what_it_acts_on_comes_back_with_the_snapshot(driver: str, bench: Bench) -> None:
    instrument = bench[0]
    before = instrument.snapshot()
    for method in instrument.descriptor.methods:
        if method.kind is MethodKind.COMMAND:
            instrument.invoke(method.name, sample_arguments(method), {})
    instrument.restore(before)
    assert instrument.snapshot() == before
    instrument.hold()


@every_driver
def test_while_the_emergency_stop_is_latched_it_reads_and_does_not_act(driver: str) -> None:
    latch = SafetyLatch()
    with virtual(driver, latch=latch) as (instrument, _):
        for method in plain_queries(instrument):
            instrument.invoke(method.name, [], {})
        latch.active = True
        sent: list[bytes] = []
        instrument.port.listeners.append(lambda way, data, at: sent.append(data) if way == "out" else None)
        for method in instrument.descriptor.methods:
            if method.kind is MethodKind.COMMAND:
                with pytest.raises(EmergencyStopActive):
                    instrument.invoke(method.name, sample_arguments(method), {})
        assert [data for data in sent if b"?" not in data] == []
        for method in plain_queries(instrument):
            instrument.invoke(method.name, [], {})
        with calling_as(CallScope(Caller.SAFETY)):
            instrument.safe_state()
