"""Classes of PyMeasure on the virtual bench, on recorded exchanges, and at their worst."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.descriptors import MethodKind, ParameterDescriptor
from benchwright.core.errors import (
    ArgumentError,
    CallCancelled,
    EmergencyStopActive,
    InstrumentError,
    InstrumentTimeout,
    UnknownNameError,
)
from benchwright.core.permissions import Permission
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.config import Config
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import stop_all
from tests.instruments.drivers.strange_box import STRANGE, Box, make, recorded, strange
from tests.instruments.virtual import serving, tcp_link

# --- classes of several kinds, each as it is shipped with PyMeasure ---


@pytest.fixture
def esp300() -> Iterator[Any]:
    options = {
        "safe_state": ["x_disable", "y_disable", "phi_disable"],
        "safe_state_check": {"x_enabled": False},
        "telemetry": ["x_position"],
    }
    with serving("newport_esp300") as server:
        link = tcp_link(server, "newport_esp300")
        instrument = make("newport.ESP300", link, options, limits={"x_position": (0.0, 90.0)})
        yield instrument
        instrument.port.close()


def test_axes_of_a_motion_controller(esp300: Any) -> None:
    assert esp300.identify() == "ESP300 Version 3.04 07/27/01"
    esp300.invoke("x_enable", [], {})
    esp300.invoke("set_x_position", [45.0], {})
    esp300.invoke("x_wait_for_stop", [], {})
    assert esp300.invoke("get_x_position", [], {}) == 45
    assert esp300.invoke("get_x_motion_done", [], {}) is True
    assert esp300.get_x_units() == "degree"
    with pytest.raises(ArgumentError, match="x_position must be a number from 0 to 90, found 91"):
        esp300.set_x_position(91)
    with pytest.raises(ArgumentError, match="x_units must be one of encoder count, motor step"):
        esp300.set_x_units("furlong")
    esp300.safe_state()
    assert esp300.invoke("get_x_enabled", [], {}) is False
    assert esp300.get_errors() == []
    esp300.set_phi_position(5)
    assert [text[-17:] for text in esp300.get_errors()] == ["MOTOR NOT ENABLED"]


def test_what_the_class_says_is_in_the_descriptor(esp300: Any) -> None:
    method = esp300.descriptor.method("set_x_position")
    assert (method.kind, method.permission) == (MethodKind.COMMAND, Permission.DEVICE_CONTROL)
    assert method.help == "Set the position of the axis."
    assert (method.parameters[0].name, method.parameters[0].maximum) == ("x_position", 90)
    reading = esp300.descriptor.method("get_x_position")
    assert (reading.kind, reading.permission) == (MethodKind.QUERY, Permission.DEVICE_READ)
    assert (reading.result, reading.telemetry) == ("float", "x_position")
    assert esp300.descriptor.method("x_wait_for_stop").waits
    assert "ask" not in str([m.name for m in esp300.descriptor.methods])
    assert (esp300.descriptor.driver, esp300.descriptor.maker) == ("pymeasure:newport.ESP300", "newport")


def test_a_source_meter_that_is_configured_while_it_is_made() -> None:
    options = {"safe_state": [["source_enabled", False], ["source_voltage", 0]], "telemetry": ["voltage"]}
    link = recorded(
        ":FORMAT:ELEMENTS VOLTAGE, CURRENT, RESISTANCE, TIME, STATUS",
        ":SOURCE:VOLTAGE 1.5",
        (":MEASURE:VOLTAGE?", "+1.500000E+00,+1.5E-06,+9.91E+37,+7.2E+02,+1.4E+04"),
        (":SOURCE:FUNCTION?", "VOLT"),
        (":MEASURE:VOLTAGE?", "+9.910000E+37,0,0,0,0"),
        "OUTPUT 0",
        ("OUTPUT?", "0"),
        ":SOURCE:VOLTAGE 0",
        (":SOURCE:VOLTAGE?", "0.000000E+00"),
    )
    meter = make("keithley.Keithley2400", link, options)
    parameter = meter.descriptor.method("set_source_voltage").parameters[0]
    assert (parameter.minimum, parameter.maximum, parameter.unit) == (-210, 210, "V")
    assert meter.descriptor.method("set_wires").parameters[0].choices == (4, 2)
    assert meter.descriptor.method("get_voltage").help == "Get the voltage in Volts (float)."
    meter.set_source_voltage(1.5)
    assert meter.get_voltage() == 1.5
    assert meter.get_source_mode() == "voltage"
    with pytest.raises(InstrumentError, match=r"get_voltage gave 9.91e\+37, not a number within its range"):
        meter.get_voltage()
    meter.safe_state()
    assert link.remaining == []


def test_a_multimeter() -> None:
    link = recorded(('FUNC "VOLT"', ""), ("READ?", "+4.27150000E+00"), ("FUNC?", '"VOLT"'))
    meter = make("hp.HP34401A", link)
    meter.set_function_("DCV")
    assert meter.get_reading() == 4.2715
    assert meter.get_function_() == "DCV"
    assert link.remaining == []


def test_a_lock_in_amplifier() -> None:
    link = recorded(("OUTP?1", "1.5e-3"), ("SENS?", "17"), "OFSL1", ("OFSL?", "1"))
    lock_in = make("srs.SR830", link)
    assert lock_in.get_x() == 1.5e-3
    assert lock_in.descriptor.method("get_x").unit == "V"
    assert lock_in.get_sensitivity() == 1e-3
    lock_in.set_filter_slope(12)
    assert lock_in.get_filter_slope() == 12
    harmonic = lock_in.descriptor.method("set_harmonic").parameters[0]
    assert (harmonic.type, harmonic.minimum, harmonic.maximum) == ("integer", 1, 19998)
    assert link.remaining == []


def test_a_generator_on_the_simulated_one() -> None:
    options = {"safe_state": [["output", False]], "telemetry": ["frequency"]}
    with serving("generic_scpi") as server:
        generator = make("agilent.Agilent33220A", tcp_link(server, "generic_scpi"), options)
        generator.set_frequency(2500)
        generator.set_output(True)
        assert (generator.get_frequency(), generator.get_output()) == (2500, True)
        generator.safe_state()
        assert generator.get_output() is False
        generator.port.close()


def test_a_supply_with_channels() -> None:
    link = recorded(
        "VOLT 2.5, (@1)", ("VOLT? (@1)", "+2.50000000E+00"), "OUTPut 1, (@2)", ("OUTPut? (@2)", "1")
    )
    supply = make("keysight.KeysightE36312A", link, {"safe_state": [["ch_1_output_enabled", False]]})
    supply.set_ch_1_voltage_setpoint(2.5)
    assert supply.get_ch_1_voltage_setpoint() == 2.5
    supply.set_ch_2_output_enabled(True)
    assert supply.get_ch_2_output_enabled() is True
    ends = [supply.descriptor.method(f"set_ch_{n}_voltage_setpoint").parameters[0].maximum for n in (1, 2)]
    assert ends == [6, 25]  # a dynamic property: each channel has its own range


def test_a_gauge_that_frames_its_messages_itself() -> None:
    gauge = make("thyracont.SmartlineV1", recorded(("001M^", "001M100023D"), ("001TB", "001TVSP52K")))
    assert gauge.port.write_terminator == b"\r"
    assert gauge.get_pressure() == pytest.approx(1000.0)
    assert gauge.descriptor.method("get_pressure").unit == "mbar"


# --- what holds for every class ---


def test_nothing_is_written_while_latched_not_even_by_a_constructor() -> None:
    latch = SafetyLatch()
    with strange(latch=latch) as (it, server):
        latch.active = True
        with pytest.raises(EmergencyStopActive):
            it.get_first_level()
        assert it.port.state == "connected"
        with pytest.raises(EmergencyStopActive):
            it.invoke("swallow", [], {})
        assert server.received == []
        latch.active = False
        assert it.get_first_level() == 0
        latch.active = True
        assert it.get_first_level() == 0  # it only asks
        with pytest.raises(EmergencyStopActive):
            it.set_first_level(1)
        with pytest.raises(EmergencyStopActive):
            it.swallow()
        with calling_as(CallScope(Caller.SAFETY)):
            it.safe_state()
        assert server.received == [b"GAIN 1", b"LEV1?", b"LEV1?", b"OUT1 0", b"OUT1?", b"OUT2 0", b"OUT2?"]


def test_the_emergency_stop_ends_a_wait_of_the_class_and_makes_it_safe() -> None:
    box = Box(**{"READY?": b"0\n"})
    with strange(box, options={"stop": "OUT1 0;OUT2 0"}) as (it, server):
        it.set_first_on(True)
        ended: list[Exception] = []

        def wait() -> None:
            try:
                it.invoke("wait", [10**6], {})
            except CallCancelled as error:
                ended.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        server.wait_for(b"READY?")
        (stopped,) = stop_all([it], it.port.latch)
        waiting.join()
        assert (stopped.outcome, len(ended)) == ("safe", 1)
        assert server.received.index(b"OUT1 0;OUT2 0") < server.received.index(b"OUT1 0")
        assert box.state[b"OUT1"] == b"0"


def test_a_class_that_is_cancelled_ends() -> None:
    scope = CallScope(Caller.SCRIPT)
    with strange(Box(**{"READY?": b"0\n"})) as (it, server):

        def cancel() -> None:
            server.wait_for(b"READY?")
            scope.cancel()

        canceller = threading.Thread(target=cancel)
        canceller.start()
        with calling_as(scope), pytest.raises(CallCancelled):
            it.invoke("wait", [10**6], {})
        canceller.join()


def test_a_safe_state_takes_all_its_steps_and_tells_the_first_that_failed() -> None:
    box = Box(**{"OUT1?": b"1\n"})
    with strange(box) as (it, server):
        with pytest.raises(InstrumentError, match="it: first_on is true, not false"):
            it.safe_state()
        assert server.received[-2:] == [b"OUT2 0", b"OUT2?"]


def test_it_is_made_anew_after_the_link_was_lost() -> None:
    with strange() as (it, server):
        it.get_first_level()
        server.hang_up()
        it.port.BACKOFF_S = (0.0,)
        with pytest.raises(InstrumentError):
            it.get_first_level()
        assert it.get_first_level() == 0
        assert server.received.count(b"GAIN 1") == 2


def test_exchanges_are_seen_and_belong_together() -> None:
    seen: list[tuple[str, bytes]] = []
    with strange() as (it, _):
        it.port.listeners.append(lambda way, data, at: seen.append((way, data)))
        it.get_second_level()
    assert seen == [("out", b"GAIN 1\n"), ("out", b"LEV2?\n"), ("in", b"0\n")]


def test_two_callers_never_get_the_answers_of_each_other() -> None:
    box = Box(**{"LEV1?": b"1\n", "LEV2?": b"2\n"})
    with strange(box) as (it, _):
        found: dict[str, set[Any]] = {"get_first_level": set(), "get_second_level": set()}

        def ask(name: str) -> None:
            found[name].update(it.invoke(name, [], {}) for _ in range(100))

        threads = [threading.Thread(target=ask, args=(name,)) for name in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {"get_first_level": {1.0}, "get_second_level": {2.0}}


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (("fail",), InstrumentError, "it: fail: KeyError: 'no such key'"),
        (
            ("clear_connection",),
            InstrumentError,
            "clear_connection: AttributeError: the class wants 'assert_trigger'",
        ),
        (("nothing_like_it",), InstrumentError, r"not what scripts can take \(a value of type object\)"),
        (("set_second_level", 3), ArgumentError, "second_level must be a number from 0 to 2 V, found 3"),
        (("set_label", "A\nOUT1 1"), ArgumentError, "what is sent must be one line"),
        (("set_label", 5), ArgumentError, "label must be a text"),
        (("set_first_level", float("nan")), ArgumentError, "first_level must be a number from 0 to 5 V"),
        (("get_first_volts",), UnknownNameError, "no method 'get_first_volts' of it; did you mean get_first"),
    ],
)
def test_what_goes_wrong_is_one_sentence(call: tuple[Any, ...], error: type[Exception], words: str) -> None:
    name, *arguments = call
    with strange() as (it, server), pytest.raises(error, match=words) as caught:
        it.invoke(name, arguments, {})
    assert "\n" not in str(caught.value)
    assert b"OUT1 1" not in server.received


def test_values_of_all_kinds() -> None:
    box = Box(**{"ALARM?": b"3\n", "BOTH?": b"1.5,2\n", "LAB?": b"left\n", "TRAC?": b"#14\x00\x01\xff\xfe\n"})
    with strange(box) as (it, _):
        assert it.get_alarms() == 3
        assert it.get_both() == [1.5, 2.0]
        assert it.get_label() == "left"
        assert it.trace() == [1, -2]
        assert it.invoke("wait", [], {}) == 0
        assert it.descriptor.method("wait").parameters == (
            ParameterDescriptor(name="polls", type="integer", required=False, default=1000, limit="polls"),
        )


@pytest.mark.parametrize("reply", [b"garbage\n", b"nan\n", b"\n"])
def test_a_reply_that_is_no_number_is_an_error(reply: bytes) -> None:
    with strange(Box(**{"LEV1?": reply})) as (it, _), pytest.raises(InstrumentError, match="not a number"):
        it.get_first_level()


def test_silence_is_a_timeout_and_the_next_answer_is_not_taken_for_it() -> None:
    box = Box(**{"LEV1?": b""})
    with strange(box, timeout_s=0.05) as (it, server):
        with pytest.raises(InstrumentTimeout):
            it.get_first_level()
        connections = server.connections
        it.port.timeout_s = 2.0
        assert it.get_second_level() == 0
        assert server.connections == connections + 1  # a late answer is nobody's


def test_a_class_that_asks_while_it_is_made_is_described_all_the_same() -> None:
    model = STRANGE.replace("Strange", "Deaf")
    with strange(model=model) as (it, server):
        assert it.get_first_level() == 0
        assert server.received[:2] == [b"GAIN 1", b"MODEL?"]
    with (
        strange(Box(**{"MODEL?": b"X2\n"}), model) as (it, _),
        pytest.raises(InstrumentError, match="Deaf does not start: RuntimeError: not an X1"),
    ):
        it.get_first_level()


def test_line_ends_are_those_of_the_class_or_of_the_configuration() -> None:
    with strange(options={"read_termination": "\r\n"}) as (it, _):
        assert (it.port.write_terminator, it.port.read_terminator) == (b"\n", b"\r\n")
    text = (
        f'[instruments.it]\ndriver = "pymeasure:{STRANGE}"\nlink = "serial:///dev/ttyUSB0"\n'
        "options = { safe_state = [] }\n"
    )
    from benchwright.instruments.building import build_instrument

    config = Config.from_text(text)
    assert build_instrument(config.instruments["it"], config.folder).port.write_terminator == b"\r"
