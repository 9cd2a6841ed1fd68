"""One client of a simulated instrument: command lines in, replies out, faults on the way."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from benchwright.instruments.simulation.faults import Delivery, FaultInjector
from benchwright.instruments.simulation.simulator import Simulator

_CHUNK_BYTES = 65536
_LINE_BYTES = 4096  # a client that sends a longer line is dropped
_UNREAD_BYTES = 1 << 20  # as is one that lets this much pile up unread
_TERMINATORS = bytes.maketrans(b"\r", b"\n")


class Stream(Protocol):
    """The near end of a client: a non-blocking byte stream that a selector can watch."""

    def fileno(self) -> int: ...

    def receive(self, size: int) -> bytes:
        """Return what has arrived; empty at the end.

        Raises:
            BlockingIOError: nothing has arrived.
            OSError: the client is gone.
        """
        ...

    def send(self, data: bytearray) -> int:
        """Send what fits and return its length.

        Raises:
            BlockingIOError: nothing fits.
            OSError: the client is gone.
        """
        ...

    def close(self) -> None: ...


class TcpStream:
    """A client over TCP."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self.fileno = client.fileno
        self.receive = client.recv
        self.send = client.send
        self.close = client.close


class Station:
    """An instrument behind its ports: it takes one command at a time, whoever sends it."""

    def __init__(
        self,
        simulator: Simulator,
        injector: FaultInjector,
        call_later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self.simulator = simulator
        self.injector = injector
        self.call_later = call_later
        self._waiting: deque[tuple[Connection, str]] = deque()

    def take(self, connection: "Connection", line: str) -> None:
        """Let the instrument act on a command line, at once or when it is free again."""
        for command in self.simulator.commands(line):
            if self.simulator.is_urgent(command):
                self._act(connection, command)
            elif self._waiting:
                self._waiting.append((connection, command))
            elif self.simulator.blocked_s() > 0:
                self._waiting.append((connection, command))
                self._go_on()
            else:
                self._act(connection, command)

    def _go_on(self) -> None:
        while self._waiting:
            blocked_s = self.simulator.blocked_s()
            if blocked_s > 0:
                self.call_later(min(0.05, blocked_s / self.simulator.world.time_scale), self._go_on)
                return
            self._act(*self._waiting.popleft())

    def _act(self, connection: "Connection", command: str) -> None:
        for reply in self.simulator.respond(command):
            data = reply.encode("latin-1", errors="replace") + self.simulator.REPLY_TERMINATOR
            connection.deliver(self.injector.deliver(data))


class Connection:
    """One client: splits what it sends at CR, LF or CR LF, and sends replies in order.

    Args:
        stream: the client.
        station: the instrument that it talks to.
        on_interest: told when the connection wants to hear of other events than before.
        on_end: told once, when the connection is over.
    """

    def __init__(
        self,
        stream: Stream,
        station: Station,
        on_interest: Callable[["Connection", int], None],
        on_end: Callable[["Connection"], None],
    ) -> None:
        self.stream = stream
        self._station = station
        self._on_interest = on_interest
        self._on_end = on_end
        self._received = b""
        self._late: deque[tuple[float, Delivery]] = deque()  # monotonic time to send at
        self._unsent = bytearray()
        self._waits_for_room = False
        self._is_open = True

    def on_ready(self, events: int) -> None:
        """Read and write as far as the client allows."""
        if events & selectors.EVENT_WRITE and self._is_open:
            self._flush()
        if events & selectors.EVENT_READ and self._is_open:
            self._receive()

    def _receive(self) -> None:
        try:
            data = self.stream.receive(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        *lines, self._received = (self._received + data.translate(_TERMINATORS)).split(b"\n")
        if any(len(line) > _LINE_BYTES for line in (*lines, self._received)):
            self.close()
        for line in lines:
            if line and self._is_open:
                self._station.take(self, line.decode("ascii", errors="replace"))

    def deliver(self, delivery: Delivery) -> None:
        """Send a reply after those before it, as late as it is meant to be."""
        if not self._is_open:
            return
        if not delivery.delay_s and not self._late:
            self._finish(delivery)
            return
        self._late.append((time.monotonic() + delivery.delay_s, delivery))
        if len(self._late) == 1:
            self._station.call_later(delivery.delay_s, self._deliver_late)

    def _deliver_late(self) -> None:
        while self._late and self._is_open:
            left_s = self._late[0][0] - time.monotonic()
            if left_s > 0:
                self._station.call_later(left_s, self._deliver_late)
                return
            self._finish(self._late.popleft()[1])

    def _finish(self, delivery: Delivery) -> None:
        if delivery.disconnects:
            self.close()
            return
        self._unsent += delivery.data
        if len(self._unsent) > _UNREAD_BYTES:
            self.close()
        elif not self._waits_for_room:
            self._flush()

    def _flush(self) -> None:
        try:
            if self._unsent:
                del self._unsent[: self.stream.send(self._unsent)]
        except BlockingIOError:
            pass  # no room yet
        except OSError:
            self.close()
            return
        if bool(self._unsent) != self._waits_for_room:
            self._waits_for_room = bool(self._unsent)
            write = selectors.EVENT_WRITE if self._waits_for_room else 0
            self._on_interest(self, selectors.EVENT_READ | write)

    def close(self) -> None:
        """End the connection; harmless when it has ended."""
        if self._is_open:
            self._is_open = False
            self._on_end(self)
