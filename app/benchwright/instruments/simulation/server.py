"""Serves simulated instruments over real TCP sockets and pseudo terminals, from one thread."""

import contextlib
import heapq
import itertools
import os
import re
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchwright.core.errors import ConfigurationError, LinkError, listed
from benchwright.instruments.simulation.connection import Connection, Station, TcpStream
from benchwright.instruments.simulation.faults import FaultInjector, Faults
from benchwright.instruments.simulation.simulator import Simulator

_Handler = Callable[[], None]


class SimulationServer:
    """The virtual bench on the wire: each instrument listens on a port of its own for any number of clients.

    Args:
        simulators: the instruments by name; from `start` on only the server's thread calls them.
        host: the address to listen on.
        ports: TCP port by instrument name; 0 and absent mean any free one.
        ptys: also offer each instrument as a pseudo terminal, where the system has them.
    """

    def __init__(
        self,
        simulators: Mapping[str, Simulator],
        *,
        host: str = "127.0.0.1",
        ports: Mapping[str, int] | None = None,
        ptys: bool = False,
    ) -> None:
        self._stations = {
            name: Station(
                simulator, FaultInjector(simulator.world.random(f"{name} faults")), self._call_later
            )
            for name, simulator in simulators.items()
        }
        self._host = host
        self._ports = dict(ports or {})
        self._with_ptys = ptys
        self._selector = selectors.DefaultSelector()
        self._listeners: dict[str, socket.socket] = {}
        self._pty_paths: dict[str, str] = {}
        self._connections: set[Connection] = set()
        self._timers: list[tuple[float, int, _Handler]] = []
        self._order = itertools.count()
        self._wake: tuple[socket.socket, socket.socket] | None = None
        self._thread: threading.Thread | None = None
        self._closing = False

    # --- life, for any thread ---

    def start(self) -> None:
        """Open the ports and serve them until `close`.

        Raises:
            LinkError: a port is taken or not allowed.
        """
        try:
            self._open()
        except OSError as error:
            self._release()
            raise LinkError("", f"cannot serve the virtual bench on {self._host}: {_reason(error)}") from None
        self._thread = threading.Thread(target=self._serve, name="virtual bench", daemon=True)
        self._thread.start()

    def addresses(self) -> dict[str, str]:
        """Return the link of each instrument, such as ``tcp://127.0.0.1:40123``."""
        return {name: "tcp://{}:{}".format(*s.getsockname()[:2]) for name, s in self._listeners.items()}

    def pty_paths(self) -> dict[str, str]:
        """Return the terminal of each instrument, such as ``/dev/pts/4``; empty without `ptys`."""
        return dict(self._pty_paths)

    def set_faults(self, name: str, faults: Faults) -> None:
        """Let the replies of an instrument go wrong from now on.

        Raises:
            ConfigurationError: there is no such instrument.
        """
        if name not in self._stations:
            raise ConfigurationError(f"no simulated instrument {name!r}; there is {listed(self._stations)}")
        self._stations[name].injector.faults = faults

    def close(self) -> None:
        """End all connections and free the ports; harmless when closed."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing = True
        if self._wake is not None:
            with contextlib.suppress(OSError):  # the thread may be on its way out by itself
                self._wake[1].send(b"\0")
        thread.join()

    # --- what the thread does ---

    def _open(self) -> None:
        self._wake = socket.socketpair()
        self._selector.register(self._wake[0], selectors.EVENT_READ, lambda events: None)
        for name, station in self._stations.items():
            listener = socket.create_server((self._host, self._ports.get(name, 0)), backlog=64)
            listener.setblocking(False)
            self._listeners[name] = listener
            self._selector.register(listener, selectors.EVENT_READ, self._accepter(listener, station))
            if self._with_ptys and sys.platform != "win32":
                self._offer_pty(name, station)

    def _offer_pty(self, name: str, station: Station) -> None:
        from benchwright.instruments.simulation.pty_stream import PtyStream

        stream = PtyStream()
        self._pty_paths[name] = stream.path
        self._attach(Connection(stream, station, self._on_interest, self._detach))

    def _accepter(self, listener: socket.socket, station: Station) -> Callable[[int], None]:
        def accept(events: int) -> None:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # the client left before it was let in
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._attach(Connection(TcpStream(client), station, self._on_interest, self._detach))

        return accept

    def _attach(self, connection: Connection) -> None:
        self._connections.add(connection)
        self._selector.register(connection.stream, selectors.EVENT_READ, connection.on_ready)

    def _detach(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._selector.unregister(connection.stream)
        connection.stream.close()

    def _on_interest(self, connection: Connection, events: int) -> None:
        self._selector.modify(connection.stream, events, connection.on_ready)

    def _call_later(self, delay_s: float, handler: _Handler) -> None:
        heapq.heappush(self._timers, (time.monotonic() + delay_s, next(self._order), handler))

    def _serve(self) -> None:
        try:
            while not self._closing:
                self._turn()
        finally:
            self._release()

    def _turn(self) -> None:
        timeout_s = max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
        for key, events in self._selector.select(timeout_s):
            handler: Any = key.data
            handler(events)
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()

    def _release(self) -> None:
        for connection in list(self._connections):
            connection.close()
        for end in (*self._listeners.values(), *(self._wake or ())):
            end.close()
        self._selector.close()
        self._listeners.clear()


def _reason(error: OSError) -> str:
    """Return why a port cannot be had, without the internals that `socket.create_server` adds."""
    why = os.strerror(error.errno) if error.errno else str(error)
    address = re.search(r"\('.*', (\d+)\)", str(error))
    return f"{why} (port {address[1]})" if address else why
