"""Process variables over pvAccess and Channel Access, with real servers on loopback."""

import copy
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from p4p.nt import NTScalar

from benchwright.core.errors import (
    ArgumentError,
    CallCancelled,
    EmergencyStopActive,
    InstrumentError,
    InstrumentTimeout,
    LinkError,
)
from benchwright.instruments.building import build_instrument
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import stop_all
from benchwright.instruments.telemetry import TelemetryPoller
from tests.instruments.drivers.epics_servers import (
    CA_ENVIRONMENT,
    PvaServer,
    Record,
    cryostat,
    pva_server,
    soft_ioc,
)

OPTIONS: dict[str, Any] = {
    "safe_state": [["heater", False], ["setpoint", 4]],
    "stop": [["heater", False]],
    "pvs": [
        {"name": "temperature", "pv": "CRYO:TEMP", "kind": "read", "unit": "K"},
        {"name": "setpoint", "pv": "CRYO:SP", "kind": "write", "unit": "K", "minimum": 0, "maximum": 300},
        {"name": "heater", "pv": "CRYO:HEATER", "kind": "write", "type": "boolean"},
        {"name": "mode", "pv": "CRYO:MODE", "kind": "write", "type": "text", "choices": ["hold", "ramp"]},
        {"name": "label", "pv": "CRYO:NAME", "kind": "read", "type": "text"},
        {"name": "count", "pv": "CRYO:COUNT", "kind": "read", "type": "integer"},
        {"name": "trace", "pv": "CRYO:TRACE", "kind": "read", "type": "list"},
    ],
}
VALUES = {
    "get_temperature": 4.2,
    "get_setpoint": 10.0,
    "get_heater": False,
    "get_mode": "ramp",
    "get_label": "cryostat",
    "get_count": 7,
    "get_trace": [1.0, 2.5],
}


def make(
    *more: dict[str, Any],
    provider: str = "pva",
    latch: SafetyLatch | None = None,
    timeout_s: float = 5.0,
    **options: Any,
) -> Any:
    """Return the cryostat as an instrument; `states` tells what became of its link."""
    content = copy.deepcopy({**OPTIONS, **options})
    content["pvs"] = [{**table, "provider": provider} for table in [*content["pvs"], *more]]
    states: list[str] = []
    config = InstrumentConfig(
        name="cryo",
        driver="epics",
        link="epics://",
        options=content,
        timeout_s=timeout_s,
        limits={"setpoint": (0.0, 100.0)},
    )
    instrument: Any = build_instrument(
        config, Path(), latch, lambda state, message: states.append(f"{state} {message}".strip())
    )
    instrument.states = states
    instrument.port.BACKOFF_S = (0.0,)
    return instrument


def ask_until_it_is_lost(cryo: Any, method: str) -> None:
    """Ask until the client has noticed that nobody is there; before, a question may fail for itself."""
    while not cryo.states[-1].startswith("lost "):
        with suppress(InstrumentError):
            cryo.invoke(method, [], {})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PvaServer]:
    with pva_server(monkeypatch, cryostat()) as server:
        yield server


@pytest.fixture
def cryo(server: PvaServer) -> Iterator[Any]:
    instrument = make()
    yield instrument
    instrument.port.close()


def test_values_of_all_types_are_read(cryo: Any) -> None:
    assert {name: cryo.invoke(name, [], {}) for name in VALUES} == VALUES
    assert cryo.identify().startswith("CRYO:TEMP, CRYO:SP")
    assert cryo.states == ["connecting", "connected"]


def test_values_are_written_within_their_limits(cryo: Any, server: PvaServer) -> None:
    cryo.set_setpoint(20)
    cryo.set_heater(True)
    cryo.set_mode("hold")
    assert (cryo.get_setpoint(), cryo.get_heater(), cryo.get_mode()) == (20, True, "hold")
    with pytest.raises(ArgumentError, match="setpoint must be a number from 0 to 100 K, found 101"):
        cryo.set_setpoint(101)
    with pytest.raises(ArgumentError, match="mode must be one of hold, ramp"):
        cryo.set_mode("jump")
    assert server.records["CRYO:SP"].puts == [20]


def test_what_the_server_does_not_believe_is_an_error(cryo: Any, server: PvaServer) -> None:
    server.records["CRYO:TEMP"].pv.post(300.0, severity=3, message="sensor open")
    with pytest.raises(
        InstrumentError, match=r"cryo: CRYO:TEMP is not valid \(severity INVALID: sensor open\)"
    ):
        cryo.get_temperature()
    server.records["CRYO:TEMP"].pv.post(5.0, severity=2, message="high")
    assert cryo.get_temperature() == 5


def test_what_the_server_refuses_is_an_error(server: PvaServer) -> None:
    cryo = make({"name": "locked", "pv": "CRYO:LOCKED", "kind": "write"})
    with pytest.raises(InstrumentError, match="cryo: CRYO:LOCKED: the door is open"):
        cryo.set_locked(1)
    cryo.port.close()


def test_a_server_that_vanishes_is_an_event_and_an_error_until_it_is_back(
    cryo: Any, server: PvaServer
) -> None:
    assert cryo.get_temperature() == 4.2
    server.stop()
    ask_until_it_is_lost(cryo, "get_temperature")
    server.start()
    assert cryo.get_temperature() == 4.2
    assert cryo.states[-2:] == ["connecting", "connected"]


def test_telemetry_notices_it_without_a_call(cryo: Any, server: PvaServer) -> None:
    lost = threading.Event()
    cryo.port._on_state = lambda state, message: lost.set() if state == "lost" else None
    cryo.port.open()
    seen: list[Any] = []
    poller = TelemetryPoller([cryo], 0.02, seen.append)
    assert set(poller.channels()) == {"cryo.temperature", "cryo.count"}
    poller.start()
    server.stop()
    assert lost.wait(10.0)
    poller.close()


def test_a_variable_that_is_not_there_is_named(server: PvaServer) -> None:
    cryo = make({"name": "pressure", "pv": "CRYO:PRES", "kind": "read"}, timeout_s=0.3)
    with pytest.raises(LinkError, match=r"cryo: no answer from CRYO:PRES within 0.3 s"):
        cryo.get_temperature()
    assert cryo.port.state == "lost"


def test_the_safe_state_is_set_and_read_back(cryo: Any, server: PvaServer) -> None:
    cryo.set_heater(True)
    before = cryo.snapshot()
    cryo.safe_state()
    assert (cryo.get_heater(), cryo.get_setpoint()) == (False, 4)
    cryo.restore(before)
    assert cryo.snapshot() == before == {"setpoint": 10.0, "heater": True, "mode": "ramp"}


def test_the_emergency_stop_reaches_those_that_are_there(cryo: Any, server: PvaServer) -> None:
    cryo.set_heater(True)
    server.stop()
    server.start("CRYO:SP")
    while cryo.port.link._missing() != ["CRYO:SP"]:
        threading.Event().wait(0.001)
    (stopped,) = stop_all([cryo], cryo.port.latch, deadline_s=10.0)
    assert (stopped.outcome, stopped.message) == ("failed", "CRYO:SP: not connected")
    assert server.records["CRYO:HEATER"].pv.current().raw["value.index"] == 0


def test_the_stop_passes_an_operation_that_hangs(server: PvaServer) -> None:
    cryo = make({"name": "deaf", "pv": "CRYO:DEAF", "kind": "write", "wait": True, "timeout_s": 60})
    cryo.set_heater(True)
    ended: list[Exception] = []

    def hang() -> None:
        try:
            cryo.set_deaf(1)
        except CallCancelled as error:
            ended.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    while not server.records["CRYO:DEAF"].puts:
        threading.Event().wait(0.001)
    (stopped,) = stop_all([cryo], cryo.port.latch, deadline_s=10.0)
    thread.join()
    assert (stopped.outcome, len(ended)) == ("safe", 1)
    cryo.port.close()


def test_nothing_is_put_while_latched(server: PvaServer) -> None:
    latch = SafetyLatch()
    cryo = make(latch=latch)
    latch.active = True
    with pytest.raises(EmergencyStopActive):
        cryo.set_heater(True)
    assert cryo.get_heater() is False
    assert server.records["CRYO:HEATER"].puts == []
    with calling_as(CallScope(Caller.SAFETY)):
        cryo.safe_state()
    cryo.port.close()


def test_silence_is_a_timeout_and_a_cancel_ends_it(server: PvaServer) -> None:
    cryo = make({"name": "deaf", "pv": "CRYO:DEAF", "kind": "write", "timeout_s": 0.1})
    with pytest.raises(InstrumentTimeout, match="no answer within 0.1 s"):
        cryo.set_deaf(1)
    cryo = make({"name": "deaf", "pv": "CRYO:DEAF", "kind": "write", "timeout_s": 60})
    scope = CallScope(Caller.SCRIPT)
    cryo.port.listeners.append(lambda way, data, at: threading.Timer(0.05, scope.cancel).start())
    with calling_as(scope), pytest.raises(CallCancelled):
        cryo.set_deaf(2)
    cryo.port.close()


def test_what_passes_can_be_seen_and_typed(cryo: Any) -> None:
    seen: list[bytes] = []
    cryo.port.listeners.append(lambda way, data, at: seen.append(data))
    cryo.get_count()
    assert seen == [b"get pva CRYO:COUNT\n", b'{"value": 7, "severity": 0, "alarm": ""}\n']
    assert cryo.port.exchange_raw("put pva CRYO:SP 12", expects_reply=True) == "{}"
    assert cryo.get_setpoint() == 12
    for line in ("get", "get pva", "eat pva CRYO:SP 1", "get tcp CRYO:SP", "put pva CRYO:SP nonsense"):
        assert "error" in cryo.port.query(line)


def test_a_readback_is_another_variable(server: PvaServer) -> None:
    server.records["CRYO:RBV"] = Record(NTScalar("d"), 9.5)
    server.stop()
    server.start()
    cryo = make({"name": "motor", "pv": "CRYO:SP", "readback": "CRYO:RBV", "kind": "write"})
    cryo.set_motor(11)
    assert cryo.get_motor() == 9.5
    cryo.port.close()


# --- Channel Access ---


def test_channel_access_reads_writes_stops_and_notices_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in CA_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    undefined = {"name": "undefined", "pv": "CRYO:UNDEFINED", "kind": "read", "type": "boolean"}
    cryo = make(undefined, provider="ca")
    with soft_ioc(tmp_path):
        assert {name: cryo.invoke(name, [], {}) for name in VALUES} == VALUES
        cryo.set_setpoint(20)
        cryo.set_heater(True)
        cryo.set_mode("hold")
        assert (cryo.get_setpoint(), cryo.get_heater(), cryo.get_mode()) == (20, True, "hold")
        with pytest.raises(InstrumentError, match=r"CRYO:UNDEFINED is not valid \(severity INVALID: UDF\)"):
            cryo.get_undefined()
        assert "error" in cryo.port.query('wait ca CRYO:MODE "jump"')
        (stopped,) = stop_all([cryo], cryo.port.latch, deadline_s=10.0)
        assert stopped.outcome == "safe"
        assert (cryo.get_heater(), cryo.get_setpoint()) == (False, 4)
        cryo.port.latch.active = False
    ask_until_it_is_lost(cryo, "get_count")
    assert cryo.states[-1].startswith("lost cryo: lost CRYO:")
    cryo.port.close()
