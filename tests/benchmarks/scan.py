"""A 1-D scan over two simulated instruments, against the same loop in plain Python on the same links."""

import json
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchwright.bench.launch import bench_command
from tests.benchmarks.bench_process import run, running_bench
from tests.benchmarks.figure import Figure, percentile

POINTS = 500

CONFIG = """
[bench]
name = "scan"
[rate]
operations_per_s = 1000000
burst = 1000000
[instruments.supply]
driver = "{supply_driver}"
link = "{supply}"
[instruments.multimeter]
driver = "{multimeter_driver}"
link = "{multimeter}"
"""

SCRIPT = f"""
local supply = instruments.get("supply")
local meter = instruments.get("multimeter")
supply:set_voltage(0)
for i = 1, {POINTS} do
  supply:set_voltage(i * 0.01)
  record{{ voltage = i * 0.01, current = meter:measure_current() }}
end
"""


def measure() -> Iterator[Figure]:
    """Measure all of this page; the instruments run in a process of their own, as real ones do."""
    process = subprocess.Popen(
        bench_command("simulate", "--json"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        instruments = _addresses(process)
        config = CONFIG.format(
            supply=instruments["supply"]["link"],
            supply_driver=instruments["supply"]["driver"],
            multimeter=instruments["multimeter"]["link"],
            multimeter_driver=instruments["multimeter"]["driver"],
        )
        with running_bench(config) as (_, client):
            run(client, SCRIPT)
            ours_s, plain_s = [], []
            for _ in range(7):
                plain_s.append(_plain_scan(instruments["supply"]["link"], instruments["multimeter"]["link"]))
                began_s = time.perf_counter()
                assert run(client, SCRIPT).rows == POINTS
                ours_s.append(time.perf_counter() - began_s)
        ratio = percentile([a / b for a, b in zip(ours_s, plain_s, strict=True)], 50)
        yield Figure(
            "1-D scan, request to closed file, against plain Python",
            ratio,
            "times",
            2.0,
            detail={
                "points": POINTS,
                "ours_ms": round(percentile(ours_s, 50) * 1000, 1),
                "plain_ms": round(percentile(plain_s, 50) * 1000, 1),
            },
        )
    finally:
        process.terminate()
        process.wait(timeout=10)


def _addresses(process: "subprocess.Popen[bytes]") -> dict[str, dict[str, str]]:
    assert process.stdout is not None
    found: dict[str, dict[str, str]] = {}
    while not {"supply", "multimeter"} <= found.keys():
        instrument = json.loads(process.stdout.readline())
        found[instrument["name"]] = instrument
    return found


def _plain_scan(supply_link: str, meter_link: str) -> float:
    """The same exchanges and the same file by hand: one process, no checks, no isolation."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _connected(supply_link) as supply,
        _connected(meter_link) as meter,
    ):
        began_s = time.perf_counter()
        rows = sqlite3.connect(Path(folder) / "rows.sqlite")
        rows.execute("PRAGMA journal_mode=WAL")
        rows.execute("PRAGMA synchronous=FULL")
        rows.execute("CREATE TABLE rows(voltage REAL, current REAL)")
        for i in range(1, POINTS + 1):
            _ask(supply, f"VOLT {i * 0.01:.4f};:SYST:ERR?")
            current = float(_ask(meter, "MEAS:CURR:DC?"))
            rows.execute("INSERT INTO rows VALUES (?, ?)", (i * 0.01, current))
        rows.commit()
        rows.close()
        return time.perf_counter() - began_s


def _connected(link: str) -> socket.socket:
    host, _, port = link.removeprefix("tcp://").partition(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _ask(connection: socket.socket, question: str) -> bytes:
    connection.sendall(question.encode() + b"\n")
    reply = b""
    while not reply.endswith(b"\n"):
        reply += connection.recv(4096)
    return reply
