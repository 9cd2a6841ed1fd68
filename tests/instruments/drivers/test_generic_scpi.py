import copy
from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.descriptors import MethodKind
from benchwright.core.errors import (
    ArgumentError,
    ConfigurationError,
    InstrumentError,
    InstrumentTimeout,
    UnknownNameError,
)
from benchwright.core.permissions import Permission
from benchwright.instruments.drivers.generic_scpi.driver import GenericScpi
from benchwright.instruments.simulation import Faults
from tests.instruments.virtual import GENERATOR_OPTIONS, virtual

NAME = "generic_scpi"


@pytest.fixture
def generator() -> Iterator[Any]:
    with virtual(NAME, limits={"voltage": (0.0, 5.0)}) as (instrument, _):
        yield instrument


def changed(**more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GENERATOR_OPTIONS), **more}


def declared(**command: Any) -> dict[str, Any]:
    return changed(commands=[{"name": "do", "kind": "command", "command": "DO", **command}])


def test_declared_commands_are_methods(generator: Any) -> None:
    generator.invoke("set_voltage", [2.5], {})
    assert generator.invoke("get_voltage", [], {}) == 2.5
    generator.set_output(on=True)
    assert generator.is_output_on() is True
    assert generator.get_frequency() == 1000
    assert generator.identify() == "Benchwright,Virtual generator 20MHz,SN-0004,1.0"


def test_the_descriptor_says_what_the_configuration_says(generator: Any) -> None:
    method = generator.descriptor.method("set_voltage")
    assert (method.kind, method.permission) == (MethodKind.COMMAND, Permission.DEVICE_CONTROL)
    assert (method.help, method.parameters[0].unit) == ("Set the amplitude.", "V")
    assert (method.parameters[0].minimum, method.parameters[0].maximum) == (0, 5)  # the soft limit
    reading = generator.descriptor.method("get_voltage")
    assert (reading.unit, reading.telemetry, reading.result) == ("V", "voltage", "float")
    assert reading.permission is Permission.DEVICE_READ


def test_arguments_are_checked(generator: Any) -> None:
    with pytest.raises(ArgumentError, match="voltage must be a number from 0 to 5 V, found 6"):
        generator.set_voltage(6)
    with pytest.raises(ArgumentError, match="on must be true or false"):
        generator.set_output("1;*RST")
    with pytest.raises(UnknownNameError, match="set_voltage"):
        generator.invoke("set_volts", [1], {})
    with pytest.raises(AttributeError):
        _ = generator.set_volts


def test_what_the_instrument_refuses_is_an_error() -> None:
    options = declared(command="FREQ {hertz}", parameters=[{"name": "hertz"}])
    with virtual(NAME, options) as (generator, _):
        with pytest.raises(InstrumentError, match="error -222: Data out of range"):
            generator.do(1e9)
        generator.do(1e6)
    with virtual(NAME, {**options, "checks_errors": False}) as (generator, _):
        generator.do(1e9)


def test_the_safe_state_is_the_declared_one_and_confirmed(generator: Any) -> None:
    generator.set_output(True)
    generator.safe_state()
    assert generator.is_output_on() is False
    generator.set_output(True)
    generator.port.send_urgent(generator.STOP_BYTES)
    assert generator.is_output_on() is False
    odd_options = {"safe_state": [], "safe_state_check": {"OUTP?": "1"}}
    with (
        virtual(NAME, odd_options) as (odd, _),
        pytest.raises(InstrumentError, match=r"answered '0' to OUTP\?, not '1'"),
    ):
        odd.safe_state()


@pytest.mark.parametrize(
    ("result", "question", "value"),
    [
        ("float", "VOLT?", 0.1),
        ("boolean", "OUTP?", False),
        ("integer", "OUTP?", 0),
        ("text", "*IDN?", "Benchwright,Virtual generator 20MHz,SN-0004,1.0"),
        ("list", "FREQ?", [1000.0]),
    ],
)
def test_results_have_a_type(result: str, question: str, value: object) -> None:
    commands = [{"name": "ask", "kind": "query", "command": question, "result": result}]
    with virtual(NAME, changed(commands=commands)) as (generator, _):
        assert generator.ask() == value


@pytest.mark.parametrize("result", ["float", "integer", "boolean", "list"])
def test_a_reply_of_another_type_is_an_error(result: str) -> None:
    commands = [{"name": "ask", "kind": "query", "command": "SYST:ERR?", "result": result}]
    options = changed(commands=commands)
    with virtual(NAME, options) as (generator, _), pytest.raises(InstrumentError, match="answered"):
        generator.ask()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"commands": []}, "safe_state is missing"),
        ({"safe_state": []}, "commands must be a list"),
        (changed(commands=[3]), r"options\.commands\[0\]: Expected `object`"),
        (changed(safe_state=["OUTP OFF\n*RST"]), r"options\.safe_state: must be one line of ASCII"),
        (changed(safe_state=[""]), "must be one line"),
        (changed(stop="°"), r"options\.stop: must be one line"),
        (declared(kind="act"), "Invalid enum value 'act'"),
        (declared(comand="X"), "unknown key comand"),
        (declared(name="Do"), "name must be small letters"),
        (declared(name="identify"), "the name identify is taken"),
        (declared(command="VOLT {v}"), "do not name the same: v"),
        (declared(parameters=[{"name": "v"}]), "do not name the same: v"),
        (declared(command="VOLT {v.real}", parameters=[{"name": "v"}]), r"do not name the same: v, v\.real"),
        (declared(command="VOLT {v:d}", parameters=[{"name": "v"}]), "cannot be filled in"),
        (declared(command="VOLT {v", parameters=[{"name": "v"}]), "cannot be filled in"),
        (declared(command="VOLT {v:{w}}", parameters=[{"name": "v"}]), "cannot be filled in"),
        (declared(command="A\nB"), "must be one line"),
        (declared(result="float"), "a command has neither result nor telemetry"),
        (declared(kind="query", result="map"), "result must be float"),
        (declared(kind="query", result="text", telemetry="x"), "telemetry needs a query"),
        (declared(command="M {m}", parameters=[{"name": "m", "type": "text"}]), "the text m needs choices"),
        (declared(command="M {m}", parameters=[{"name": "m", "type": "list"}]), "type of m must be"),
        (changed(commands=GENERATOR_OPTIONS["commands"] * 2), "the name set_voltage is taken"),
        (changed(comands=[]), "unknown option"),
    ],
)
def test_a_wrong_declaration_is_named_before_anything_is_opened(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        GenericScpi.check_options(options)


def test_choices_and_defaults() -> None:
    parameters = [
        {"name": "shape", "type": "text", "choices": ["SIN", "SQU"]},
        {"name": "hertz", "default": 50.0, "unit": "Hz", "minimum": 1},
    ]
    options = declared(command="FREQ {hertz:.1f};:VOLT 0;:XX {shape}", parameters=parameters)
    with virtual(NAME, {**options, "checks_errors": False}) as (generator, _):
        sent: list[bytes] = []
        generator.port.listeners.append(lambda way, data, at: sent.append(data))
        generator.do("SQU")
        assert sent == [b"FREQ 50.0;:VOLT 0;:XX SQU\n"]
        with pytest.raises(ArgumentError, match="shape must be one of SIN, SQU"):
            generator.do("TRI")


def test_an_instrument_without_identity() -> None:
    with virtual(NAME, {"identify": ""}) as (generator, server):
        assert generator.identify() == "SCPI instrument"
        server.set_faults(NAME, Faults.parse("latency=0.05"))
        generator.port.timeout_s = 0.01
        with pytest.raises(InstrumentTimeout):
            generator.get_frequency()
        server.set_faults(NAME, Faults())
        generator.port.timeout_s = 2.0
        assert generator.get_voltage() == 0.1
    with virtual(NAME, {"identify": "FREQ?"}) as (generator, _):
        assert generator.identify() == "+1.000000E+03"
