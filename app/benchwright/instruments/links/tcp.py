"""A raw TCP connection to an instrument or to a serial gateway."""

import errno
import os
import select
import selectors
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from benchwright.core.errors import LinkError
from benchwright.instruments.calls import current_scope
from benchwright.instruments.links.bounded import TooLate, within
from benchwright.instruments.links.reply_buffer import ReplyBuffer

_CHUNK_BYTES = 65536
_URGENT_TIMEOUT_S = 0.2
_IN_PROGRESS = {errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK)}


class TcpLink:
    """A link over a TCP socket.

    The socket does not block; whoever waits for it also waits for a second, private socket, through which
    `interrupt` wakes it.

    Args:
        host: a name, an IPv4 or an IPv6 address.
        port: the TCP port.
        name: the instrument's name, for messages.
        timeout_s: how long opening and a stuck write may take.
        address: what messages call the link; made from host and port when not given.
    """

    def __init__(
        self, host: str, port: int, *, name: str = "", timeout_s: float = 2.0, address: str = ""
    ) -> None:
        self.address = address or f"tcp://{f'[{host}]' if ':' in host else host}:{port}"
        self._host = host
        self._port = port
        self._name = name
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._wake: tuple[socket.socket, socket.socket] | None = None  # seen here, woken there
        self._is_readable: Callable[[float], bool] = _never
        self._buffer = ReplyBuffer(name, self.address)

    # --- life ---

    def open(self) -> None:
        self.close()
        deadline_s = time.monotonic() + self._timeout_s
        self._wake = socket.socketpair()
        for end in self._wake:
            end.setblocking(False)
        try:
            self._socket = self._connect(deadline_s)
        except BaseException:
            self.close()
            raise
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._is_readable = _watch(self._socket, self._wake[0])

    def close(self) -> None:
        for end in (self._socket, *(self._wake or ())):
            if end is not None:
                end.close()
        self._socket = self._wake = None
        self._is_readable = _never
        self._buffer.clear()

    def _connect(self, deadline_s: float) -> socket.socket:
        failure: OSError = TimeoutError()
        for family, kind, protocol, _, address in self._resolve():
            connection = socket.socket(family, kind, protocol)
            try:
                self._connect_one(connection, address, deadline_s)
            except OSError as error:
                connection.close()
                failure = error
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        raise LinkError(self._name, self._why_not(failure)) from None

    def _resolve(self) -> list[Any]:
        try:
            return within(
                self._timeout_s, lambda: socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            )
        except (socket.gaierror, UnicodeError):
            raise LinkError(self._name, f"no host {self._host!r} is known ({self.address})") from None
        except TooLate:
            raise LinkError(
                self._name,
                f"no address for host {self._host!r} within {self._timeout_s:g} s ({self.address})",
            ) from None

    def _connect_one(self, connection: socket.socket, address: Any, deadline_s: float) -> None:
        connection.setblocking(False)
        code = connection.connect_ex(address)
        if code in _IN_PROGRESS:
            self._await_writable(connection, deadline_s)
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))

    def _why_not(self, error: OSError) -> str:
        if isinstance(error, TimeoutError) and not error.errno:
            return f"no connection to {self.address} within {self._timeout_s:g} s"
        if error.errno == errno.ECONNREFUSED:
            return f"nothing listens at {self.address} (connection refused)"
        return f"no connection to {self.address}: {error.strerror}"

    # --- bytes ---

    def write(self, data: bytes) -> None:
        self._send(data, self._timeout_s)

    def write_urgent(self, data: bytes) -> None:
        self._send(data, _URGENT_TIMEOUT_S, urgent=True)

    def _send(self, data: bytes, timeout_s: float, *, urgent: bool = False) -> None:
        connection = self._connection()
        deadline_s: float | None = None
        while data:
            try:
                data = data[connection.send(data) :]
            except BlockingIOError:
                deadline_s = deadline_s or time.monotonic() + timeout_s
                self._await_room(connection, deadline_s, timeout_s, urgent=urgent)
            except OSError as error:
                raise self._lost(error) from None

    def _await_room(
        self, connection: socket.socket, deadline_s: float, timeout_s: float, *, urgent: bool
    ) -> None:
        try:
            self._await_writable(connection, deadline_s, urgent=urgent)
        except TimeoutError:
            raise LinkError(self._name, f"{self.address} took no data for {timeout_s:g} s") from None

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        connection = self._connection()
        deadline_s = time.monotonic() + timeout_s
        while (reply := self._buffer.take(terminator)) is None:
            self._await_input(deadline_s, timeout_s)
            try:
                chunk = connection.recv(_CHUNK_BYTES)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost(error) from None
            if not chunk:
                raise LinkError(self._name, f"the other end closed {self.address}")
            self._buffer.add(chunk)
        return reply

    def _await_input(self, deadline_s: float, timeout_s: float) -> None:
        """Return once there may be input."""
        while True:
            left_s = deadline_s - time.monotonic()
            if left_s > 0 and self._is_readable(left_s):
                return
            if left_s <= 0:
                raise self._buffer.timeout(timeout_s)
            self._clear_wake()
            current_scope().check()

    def discard_input(self) -> None:
        connection = self._connection()
        self._buffer.clear()
        try:
            while chunk := connection.recv(_CHUNK_BYTES):
                del chunk
        except BlockingIOError:
            return
        except OSError as error:
            raise self._lost(error) from None
        raise LinkError(self._name, f"the other end closed {self.address}")

    def interrupt(self) -> None:
        wake = self._wake
        if wake is not None:
            try:
                wake[1].send(b"\0")
            except OSError:
                pass  # closed meanwhile, or full of wakes already

    # --- waiting ---

    def _await_writable(self, connection: socket.socket, deadline_s: float, *, urgent: bool = False) -> None:
        """Wait until the socket is connected or takes data.

        Raises:
            TimeoutError: not before the deadline.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_WRITE)
            if self._wake and not urgent:
                selector.register(self._wake[0], selectors.EVENT_READ)
            while (left_s := deadline_s - time.monotonic()) > 0:
                if any(key.fileobj is connection for key, _ in selector.select(left_s)):
                    return
                if not urgent:
                    self._clear_wake()
                    current_scope().check()
        raise TimeoutError

    def _clear_wake(self) -> None:
        if self._wake is not None:
            try:
                self._wake[0].recv(_CHUNK_BYTES)
            except BlockingIOError:
                pass

    def _connection(self) -> socket.socket:
        if self._socket is None:
            raise LinkError(self._name, f"{self.address} is not open")
        return self._socket

    def _lost(self, error: OSError) -> LinkError:
        return LinkError(self._name, f"lost {self.address}: {error.strerror or error}")


def _never(timeout_s: float) -> bool:
    return True  # nothing is open: the caller finds out by itself


if sys.platform == "win32":

    def _watch(connection: socket.socket, wake: socket.socket) -> Callable[[float], bool]:
        return lambda timeout_s: select.select([connection, wake], [], [], timeout_s)[0] == [connection]

else:

    def _watch(connection: socket.socket, wake: socket.socket) -> Callable[[float], bool]:
        """Return a function that waits; it tells whether there is input and nobody woke the waiter."""
        poll = select.poll()  # kept, as registering costs more than polling
        descriptor = connection.fileno()
        poll.register(descriptor, select.POLLIN)
        poll.register(wake.fileno(), select.POLLIN)

        def is_readable(timeout_s: float) -> bool:
            ready = poll.poll(timeout_s * 1000)
            return len(ready) == 1 and ready[0][0] == descriptor

        return is_readable
