"""Instruments that tell what reached them and when: ``python -m tests.end_to_end.counting_board``.

A controller board that counts the commands to each motor, a motion controller, and three instruments that
never say a word: at a TCP port, at another one for VISA, and at a serial port. It is a process of its own, so
that no other work delays its clock. The first line that it prints is a configuration with all of them; then
it answers each line of its input with what came since the last one.
"""

import json
import os
import pty
import socket
import sys
import threading
import time
import tty
from pathlib import Path
from typing import Any, NamedTuple

from benchwright.instruments.drivers.controller_board.simulator import ControllerBoardSimulator
from benchwright.instruments.drivers.registry import simulator_class
from benchwright.instruments.simulation.server import SimulationServer
from benchwright.instruments.simulation.world import World

SILENT = """
[instruments.{name}]
driver = "generic_scpi"
link = "{link}"
timeout_s = 3600
[instruments.{name}.options]
safe_state = []
identify = ""
checks_errors = false
[[instruments.{name}.options.commands]]
name = "ask"
kind = "query"
command = "VOLT?"
"""
CONFIG = """
[bench]
name = "stops"
controller = "board"
max_concurrent_runs = 20
[rate]
operations_per_s = 1e6
burst = 1e6
[telemetry]
interval_s = 3600
[instruments.board]
driver = "controller_board"
link = "{board}"
[instruments.esp300]
driver = "newport_esp300"
link = "{esp300}"
"""


class Arrivals(NamedTuple):
    """What reached the board: of each motor how many commands, and when the last of them came."""

    counts: dict[int, int]
    last_s: dict[int, float]
    running: list[int]
    outputs: list[int]


class CountingBoard(ControllerBoardSimulator):
    """A controller board that takes note of the commands to each motor."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.counts: dict[int, int] = {}
        self.last_s: dict[int, float] = {}

    def respond(self, line: str) -> list[str]:
        word, *arguments = line.split()
        if word == "MOTOR":
            motor = int(arguments[0])
            self.last_s[motor] = time.monotonic()
            self.counts[motor] = self.counts.get(motor, 0) + 1
        return super().respond(line)

    def arrivals(self) -> dict[str, Any]:
        """Return what came since the last time, and what runs now."""
        told = {
            "counts": self.counts,
            "last_s": self.last_s,
            "running": [number for number, motor in enumerate(self._motors) if motor.setpoint],
            "outputs": [number for number, is_on in enumerate(self._outputs) if is_on],
        }
        self.counts, self.last_s = {}, {}
        return told


def read_arrivals(text: str) -> Arrivals:
    """Read what the process printed."""
    told = json.loads(text)
    counts, last_s = ({int(key): value for key, value in told[name].items()} for name in ("counts", "last_s"))
    return Arrivals(counts, last_s, told["running"], told["outputs"])


def _silent_port() -> int:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def swallow(client: socket.socket) -> None:
        with client:
            while client.recv(4096):
                pass

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=swallow, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def _silent_terminal() -> str:
    near, far = pty.openpty()
    tty.setraw(far)
    path = os.ttyname(far)
    Path(path).chmod(0o666)  # the bench may be somebody else's

    def swallow() -> None:
        while os.read(near, 4096):
            pass

    threading.Thread(target=swallow, daemon=True).start()
    return path


def main() -> None:
    """Serve until the input ends."""
    world = World()
    board = CountingBoard(world)
    server = SimulationServer({"board": board, "esp300": simulator_class("newport_esp300")(world)})
    server.start()
    links = {
        "silent_tcp": f"tcp://127.0.0.1:{_silent_port()}",
        "silent_visa": f"visa://TCPIP0::127.0.0.1::{_silent_port()}::SOCKET",
        "silent_serial": f"serial://{_silent_terminal()}",
    }
    config = CONFIG.format(**server.addresses())
    config += "".join(SILENT.format(name=name, link=link) for name, link in links.items())
    print(json.dumps(config), flush=True)
    for _ in sys.stdin:
        print(json.dumps(board.arrivals()), flush=True)
    server.close()


if __name__ == "__main__":
    main()
