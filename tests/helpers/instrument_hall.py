"""Controller boards in a process of their own, which survive bench and desk and see when they are stopped.

`python -m tests.helpers.instrument_hall NAME=KIND...` serves each at a TCP port. A board is ``obedient``,
``deaf`` (it acts on what it hears and answers nothing) or ``garbled`` (it acts and answers noise). The first
line on its standard output is a JSON object of ports by name; each further one is a list of name, ``stopped``
or ``started``, and the monotonic time at which a board stopped or started to run a motor.
"""

import json
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_NOISE = b"\xff~@#\x80^\r\n"


class Board:
    """One board: whether a motor runs, and what it answers."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.is_running = False

    def hear(self, line: bytes) -> bytes:
        """Act on a line; return what is sent back."""
        words = line.split()
        if words[0] in (b"!", b"STOP", b"HALT"):
            self._run(False)
        elif words[0] == b"MOTOR":
            self._run(True)
        if self.kind == "deaf" or words[0] == b"!":
            return b""
        return _NOISE if self.kind == "garbled" else self._answer(words)

    def _answer(self, words: list[bytes]) -> bytes:
        answers = {
            b"ID?": b"BOARD hall 1.0",
            b"STATE?": b"STATE %d 0" % self.is_running,
            b"READ?": b"%s 1.5" % words[-1],
            b"MOTOR?": b"MOTOR %s %d" % (words[-1], self.is_running),
        }
        return answers.get(words[0], b"OK") + b"\n"

    def _run(self, runs: bool) -> None:
        if runs != self.is_running:
            self.is_running = runs
            print(json.dumps([self.name, "started" if runs else "stopped", time.monotonic()]), flush=True)


def serve(boards: list[Board]) -> None:
    """Serve the boards until the standard input ends."""
    selector = selectors.DefaultSelector()
    ports = {}
    for board in boards:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        ports[board.name] = listener.getsockname()[1]
        selector.register(listener, selectors.EVENT_READ, (board, None))
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    print(json.dumps(ports), flush=True)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                return
            _serve_ready(selector, key.fileobj, *key.data)


def _serve_ready(selector: selectors.BaseSelector, ready: Any, board: Board, buffer: Any) -> None:
    if buffer is None:
        client, _ = ready.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(client, selectors.EVENT_READ, (board, bytearray()))
        return
    try:
        data = ready.recv(65536)
        buffer += data
        while data and (end := buffer.find(b"\n")) >= 0:
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            ready.sendall(board.hear(line) if line.split() else b"")
    except OSError:
        data = b""
    if not data:
        selector.unregister(ready)
        ready.close()


class Hall:
    """The boards as a test sees them.

    Attributes:
        ports: TCP ports by name.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self.ports: dict[str, int] = json.loads(process.stdout.readline())
        self._lines = process.stdout
        self.running: dict[str, bool] = dict.fromkeys(self.ports, False)
        self.changed_s: dict[str, float] = {}  # monotonic, of the last change
        self._thread = threading.Thread(target=self._listen, name="hall", daemon=True)
        self._changed = threading.Condition()
        self._thread.start()

    def _listen(self) -> None:
        for line in self._lines:
            name, what, at_s = json.loads(line)
            with self._changed:
                self.running[name] = what == "started"
                self.changed_s[name] = at_s
                self._changed.notify_all()

    def config(self, head: str = "", timeout_s: float = 0.5) -> str:
        """Return the configuration of a bench with these boards."""
        table = '[instruments.{}]\ndriver = "controller_board"\nlink = "tcp://127.0.0.1:{}"\ntimeout_s = {}\n'
        return head + "".join(table.format(name, port, timeout_s) for name, port in self.ports.items())

    def wait_until(self, runs: bool, *names: str, timeout_s: float = 20.0) -> None:
        """Wait until boards run, or stand still; all of them if none is named."""
        wanted = names or tuple(self.ports)
        with self._changed:
            assert self._changed.wait_for(
                lambda: all(self.running[name] == runs for name in wanted), timeout_s
            ), self.running

    def start_all(self) -> None:
        """Run a motor of each, past any bench, as somebody at the front panel might."""
        for name, port in self.ports.items():
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"MOTOR 1 50\n")
                self.wait_until(True, name)

    def join(self) -> None:
        """Wait for the end of the listening thread."""
        self._thread.join(5)


@contextmanager
def instrument_hall(**kinds: str) -> Iterator[Hall]:
    """Serve boards by name and kind until the end of the block."""
    command = [sys.executable, "-m", "tests.helpers.instrument_hall"]
    command += [f"{name}={kind}" for name, kind in kinds.items()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        hall = Hall(process)
        try:
            yield hall
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)
            hall.join()


if __name__ == "__main__":
    serve([Board(*argument.split("=")) for argument in sys.argv[1:]])
