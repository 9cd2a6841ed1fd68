"""A TCP instrument that answers as a test tells it, in threads of its own."""

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

# gets one command without its terminator, returns the bytes to send back, None to hang up
Answer = Callable[[bytes], bytes | None]


class FakeServer:
    """Serves every connection until the test ends; use it as a context manager.

    Attributes:
        received: all commands, in order.
        connections: how many clients came so far.
    """

    def __init__(self, answer: Answer, terminator: bytes = b"\n") -> None:
        self.received: list[bytes] = []
        self.connections = 0
        self._arrived = threading.Condition()
        self._answer = answer
        self._terminator = terminator
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up and stop listening; harmless when closed."""
        if self._listener.fileno() < 0:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join()

    def hang_up(self) -> None:
        """Close the connections that there are."""
        with self._arrived:
            clients, self._clients = self._clients, []
        for client in clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it left first

    def send(self, data: bytes) -> None:
        """Send to every client, unasked; waits for the first one."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self._clients, 5.0)
        for client in self._clients:
            client.sendall(data)

    def wait_for(self, command: bytes, timeout_s: float = 5.0) -> None:
        """Wait until `command` has arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: command in self.received, timeout_s), self.received

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._arrived:
                self._clients.append(client)
                self.connections += 1
                self._arrived.notify_all()
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        buffer = b""
        with client:
            try:
                while chunk := client.recv(4096):
                    *commands, buffer = (buffer + chunk).split(self._terminator)
                    for command in commands:
                        with self._arrived:
                            self.received.append(command)
                            self._arrived.notify_all()
                        reply = self._answer(command)
                        if reply is None:
                            return
                        client.sendall(reply)
            except OSError:
                return  # the client left first
