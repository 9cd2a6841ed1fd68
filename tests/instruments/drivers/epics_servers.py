"""Servers of process variables on loopback, each test process with ports of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from p4p.nt import NTEnum, NTScalar
from p4p.server import Server, StaticProvider
from p4p.server.raw import SharedPV


class Record:
    """A process variable that takes what it is told, and remembers it."""

    def __init__(self, nt: Any, value: Any, refuses: str = "", answers: bool = True) -> None:
        self.puts: list[Any] = []
        self._refuses = refuses
        self._answers = answers
        self._held: list[Any] = []
        self.pv = SharedPV(handler=self, nt=nt, initial=value)

    def put(self, pv: Any, op: Any) -> None:
        value = op.value()
        self.puts.append(getattr(value, "raw", value) if not isinstance(value, (int, float, str)) else value)
        if not self._answers:
            self._held.append(op)
        elif self._refuses:
            op.done(error=self._refuses)
        else:
            pv.post(op.value())
            op.done()


def cryostat() -> dict[str, Record]:
    """Return the process variables of a machine."""
    return {
        "CRYO:TEMP": Record(NTScalar("d", display=True), 4.2),
        "CRYO:SP": Record(NTScalar("d"), 10.0),
        "CRYO:HEATER": Record(NTEnum(), {"index": 0, "choices": ["off", "on"]}),
        "CRYO:MODE": Record(NTEnum(), {"index": 1, "choices": ["hold", "ramp"]}),
        "CRYO:NAME": Record(NTScalar("s"), "cryostat"),
        "CRYO:COUNT": Record(NTScalar("i"), 7),
        "CRYO:TRACE": Record(NTScalar("ad"), [1.0, 2.5]),
        "CRYO:LOCKED": Record(NTScalar("d"), 0.0, refuses="the door is open"),
        "CRYO:DEAF": Record(NTScalar("d"), 0.0, answers=False),
    }


class PvaServer:
    """Serves records until it is stopped; it can come back at the same ports."""

    def __init__(self, records: dict[str, Record]) -> None:
        self.records = records
        self._server: Any = None
        self._ports: dict[str, str] = {}
        self.start()

    def start(self, *without: str) -> None:
        """Serve, but for the records named."""
        self._provider = StaticProvider("records")
        for name, record in self.records.items():
            if name not in without:
                self._provider.add(name, record.pv)
        if self._ports:
            self._server = Server([self._provider], conf=self._ports, useenv=False)
        else:
            self._server = Server([self._provider], isolate=True)
            self._ports = self._server.conf()

    def stop(self) -> None:
        """Vanish."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def client_environment(self) -> dict[str, str]:
        """Return what lets clients find it, and nothing else."""
        return {
            "EPICS_PVA_ADDR_LIST": "127.0.0.1",
            "EPICS_PVA_AUTO_ADDR_LIST": "NO",
            "EPICS_PVA_BROADCAST_PORT": self._ports["EPICS_PVAS_BROADCAST_PORT"],
            "EPICS_PVA_SERVER_PORT": self._ports["EPICS_PVAS_SERVER_PORT"],
        }


@contextmanager
def pva_server(monkeypatch: pytest.MonkeyPatch, records: dict[str, Record]) -> Iterator[PvaServer]:
    server = PvaServer(records)
    for name, value in server.client_environment().items():
        monkeypatch.setenv(name, value)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """Return a port that is free for TCP and UDP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
            stream.bind(("127.0.0.1", 0))
            port: int = stream.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
                try:
                    datagram.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port


# libca reads its environment once in a process.
CA_ENVIRONMENT = {
    "EPICS_CA_ADDR_LIST": "127.0.0.1",
    "EPICS_CA_AUTO_ADDR_LIST": "NO",
    "EPICS_CA_SERVER_PORT": str(free_port()),
    "EPICS_CA_REPEATER_PORT": str(free_port()),
    "EPICS_CAS_INTF_ADDR_LIST": "127.0.0.1",
}
# Where this port is taken, libca thinks that there is a repeater, and starts no process for one.
_REPEATER = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
_REPEATER.bind(("", int(CA_ENVIRONMENT["EPICS_CA_REPEATER_PORT"])))

RECORDS = """
record(ai, "CRYO:TEMP") { field(VAL, "4.2") field(EGU, "K") field(PINI, "YES") }
record(ao, "CRYO:SP") { field(VAL, "10") field(EGU, "K") field(PINI, "YES") field(DRVH, "300") }
record(bo, "CRYO:HEATER") { field(VAL, "0") field(ZNAM, "off") field(ONAM, "on") field(PINI, "YES") }
record(mbbo, "CRYO:MODE") { field(ZRST, "hold") field(ONST, "ramp") field(VAL, "1") field(PINI, "YES") }
record(stringout, "CRYO:NAME") { field(VAL, "cryostat") field(PINI, "YES") }
record(longout, "CRYO:COUNT") { field(VAL, "7") field(PINI, "YES") }
record(waveform, "CRYO:TRACE") {
    field(FTVL, "DOUBLE") field(NELM, "2") field(INP, [1.0, 2.5]) field(PINI, "YES") }
record(bo, "CRYO:UNDEFINED") { field(ZNAM, "off") field(ONAM, "on") }
"""


@contextmanager
def soft_ioc(folder: Path) -> Iterator[None]:
    """Serve records over Channel Access, in a process of its own."""
    path = folder / "records.db"
    path.write_text(RECORDS)
    with subprocess.Popen(
        [sys.executable, "-m", "epicscorelibs.ioc", "-d", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **CA_ENVIRONMENT},
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            assert any("InteractiveConsole" in line for line in process.stderr)
            yield
        finally:
            process.stdin.close()
            process.kill()
