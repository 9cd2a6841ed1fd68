"""Drivers on simulated instruments, over real sockets."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from benchwright.instruments.drivers.registry import driver_class
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.links.link import Link
from benchwright.instruments.links.tcp import TcpLink
from benchwright.instruments.port import Port, SafetyLatch
from benchwright.instruments.simulation import SimulationServer, serve_virtual_bench

FAST = 200.0  # time scale at which a travel takes milliseconds

GENERATOR_OPTIONS: dict[str, Any] = {
    "safe_state": ["OUTP OFF"],
    "safe_state_check": {"OUTP?": "0"},
    "stop": "OUTP OFF",
    "commands": [
        {
            "name": "set_voltage",
            "kind": "command",
            "command": "VOLT {voltage:.4f}",
            "help": "Set the amplitude.",
            "parameters": [{"name": "voltage", "unit": "V", "minimum": 0, "maximum": 10}],
        },
        {"name": "get_voltage", "kind": "query", "command": "VOLT?", "unit": "V", "telemetry": "voltage"},
        {
            "name": "set_output",
            "kind": "command",
            "command": "OUTP {on}",
            "parameters": [{"name": "on", "type": "boolean"}],
        },
        {"name": "is_output_on", "kind": "query", "command": "OUTP?", "result": "boolean"},
        {"name": "get_frequency", "kind": "query", "command": "FREQ?", "unit": "Hz"},
    ],
}
PYMEASURE_OPTIONS: dict[str, Any] = {
    "safe_state": ["disable"],
    "safe_state_check": {"is_enabled": False},
    "telemetry": ["voltage", "current"],
}
EPICS_OPTIONS: dict[str, Any] = {
    "safe_state": [["heater", False]],
    "stop": [["heater", False]],
    "pvs": [
        {"name": "temperature", "pv": "CRYO:TEMP", "kind": "read", "unit": "K"},
        {"name": "setpoint", "pv": "CRYO:SP", "kind": "write", "unit": "K", "minimum": 4, "maximum": 300},
        {"name": "heater", "pv": "CRYO:HEATER", "kind": "write", "type": "boolean"},
        {"name": "label", "pv": "CRYO:NAME", "kind": "read", "type": "text"},
    ],
}
OPTIONS: Mapping[str, dict[str, Any]] = {
    "generic_scpi": GENERATOR_OPTIONS,
    "pymeasure": PYMEASURE_OPTIONS,
    "epics": EPICS_OPTIONS,
}
MODELS = {"pymeasure": "pymeasure:keysight.KeysightN5767A"}  # of drivers for many


class ManualClock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def serving(*drivers: str, time_scale: float = FAST, **more: Any) -> Iterator[SimulationServer]:
    """Serve the simulators of these drivers, each under its driver's name."""
    server = serve_virtual_bench(time_scale=time_scale, instruments={d: d for d in drivers}, **more)
    try:
        yield server
    finally:
        server.close()


def tcp_link(server: SimulationServer, name: str) -> TcpLink:
    host, port = address(server, name)
    return TcpLink(host, port, name=name)


def address(server: SimulationServer, name: str) -> tuple[str, int]:
    host, _, port = server.addresses()[name].removeprefix("tcp://").partition(":")
    return host, int(port)


def make_driver(
    driver: str,
    link: Link,
    options: Mapping[str, Any] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    **port: Any,
) -> Any:
    """Return a driver's instrument over a link; it is called as the driver."""
    cls: type[Instrument] = driver_class(MODELS.get(driver, driver))
    settings = {"write_terminator": cls.WRITE_TERMINATOR, "read_terminator": cls.READ_TERMINATOR, **port}
    return cls(driver, Port(link, driver, **settings), {**OPTIONS.get(driver, {}), **(options or {})}, limits)


@contextmanager
def virtual(
    driver: str,
    options: Mapping[str, Any] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    time_scale: float = FAST,
    latch: SafetyLatch | None = None,
    timeout_s: float = 2.0,
) -> Iterator[tuple[Any, SimulationServer]]:
    """Yield a driver's instrument on its simulator, and the simulator's server."""
    with serving(driver, time_scale=time_scale) as server:
        instrument = make_driver(
            driver, tcp_link(server, driver), options, limits, latch=latch, timeout_s=timeout_s
        )
        try:
            yield instrument, server
        finally:
            instrument.port.close()


@contextmanager
def client(server: SimulationServer, name: str) -> Iterator["RawClient"]:
    with socket.create_connection(address(server, name), timeout=2) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection.makefile("rb") as reader:
            yield RawClient(connection, reader)


class RawClient:
    """Any program that talks to an instrument over a plain socket."""

    def __init__(self, connection: socket.socket, reader: BinaryIO) -> None:
        self.connection = connection
        self._reader = reader

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def read(self) -> bytes:
        """Return one line with its end."""
        return self._reader.readline()

    def ask(self, data: bytes) -> bytes:
        self.send(data)
        return self.read()
