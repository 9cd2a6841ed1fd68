"""`benchwright simulate`: the virtual bench for any program."""

import json
import signal
import socket
import sys
from typing import IO

import pytest

from benchwright.instruments.simulation import VIRTUAL_INSTRUMENTS
from tests.helpers.cli import run_cli, started_cli


def announced(stream: IO[str]) -> dict[str, dict[str, str]]:
    """Read the line that each instrument is announced with."""
    lines = [json.loads(stream.readline()) for _ in VIRTUAL_INSTRUMENTS]
    assert {line["event"] for line in lines} == {"simulated_instrument"}
    return {line["name"]: line for line in lines}


def asked(link: str, question: bytes) -> bytes:
    """Ask an instrument over a plain socket."""
    host, port = link.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(question)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(number: signal.Signals) -> None:
    with started_cli("simulate", "--json", "--seed", "7") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = announced(process.stdout)
        assert {name: line["driver"] for name, line in lines.items()} == dict(VIRTUAL_INSTRUMENTS)
        assert asked(lines["esp300"]["link"], b"VE?\r").startswith(b"ESP300")
        assert float(asked(lines["newport"]["link"], b"D?\n")) > 0
        if sys.platform == "linux":
            assert lines["esp300"]["serial_link"].startswith("serial:///dev/pts/")
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_faults_are_injected() -> None:
    with started_cli("simulate", "--json", "--fault", "supply:garbage=1") as process:
        assert process.stdout is not None
        link = announced(process.stdout)["supply"]["link"]
        assert not asked(link, b"*IDN?\n").startswith(b"Benchwright")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("newprt:garbage=1", "--fault: no simulated instrument 'newprt'; did you mean newport?"),
        ("newport", "--fault: must be INSTRUMENT:KIND=RATE,..., found 'newport'"),
        ("newport:garbge=1", "garbge: unknown fault; did you mean garbage?"),
        ("newport:garbage=2", "garbage: must be a probability from 0 to 1"),
    ],
)
def test_a_fault_that_makes_no_sense_is_one_sentence(fault: str, sentence: str) -> None:
    done = run_cli("simulate", "--fault", fault, "--json")
    assert done.code == 2
    assert done.stderr.startswith(f"error: {sentence}")
    assert done.last["event"] == "error"


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run_cli("simulate", "--port-base", str(min(port, 65531)))
    if port <= 65531:
        assert (done.code, done.stderr.count("\n")) == (2, 1)
        assert "Address already in use" in done.stderr
