"""Frames on a stream socket: a 32-bit little-endian length, then one msgpack message of a known table."""

import select
import socket
import threading
import time
from typing import Any, Generic, TypeVar

import msgspec

from benchwright.core.errors import ProtocolError

Message = TypeVar("Message")

_READ_BYTES = 64 * 1024
_HEADER_BYTES = 4


class ChannelClosed(Exception):
    """The other end is gone."""


class Channel(Generic[Message]):
    """One end of a channel: sends any message, receives those of one table.

    Sending is safe from several threads. Receiving is for one thread at a time.

    Args:
        connection: a connected stream socket; the channel closes it.
        table: the union of messages that may arrive.
        max_frame_bytes: a larger frame is a `ProtocolError`.
    """

    def __init__(self, connection: socket.socket, table: Any, max_frame_bytes: int) -> None:
        self._socket = connection
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(table)
        self._max_frame_bytes = max_frame_bytes
        self._received = bytearray()
        self._sending = threading.Lock()

    def send(self, *messages: msgspec.Struct, timeout_s: float | None = None) -> None:
        """Send messages in one go; with a timeout, give up on an end that does not read.

        Raises:
            ChannelClosed: the other end is gone.
            TimeoutError: it did not take the frames in time; the channel is of no more use.
        """
        data = b"".join(self._frame(message) for message in messages)
        if not self._sending.acquire(timeout=-1 if timeout_s is None else timeout_s):
            raise TimeoutError
        try:
            if timeout_s is None:
                self._socket.sendall(data)
            else:
                self._send_within(data, timeout_s)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed from error
        finally:
            self._sending.release()

    def _frame(self, message: msgspec.Struct) -> bytes:
        body = self._encoder.encode(message)
        return len(body).to_bytes(_HEADER_BYTES, "little") + body

    def _send_within(self, data: bytes, timeout_s: float) -> None:
        rest = memoryview(data)
        deadline_s = time.monotonic() + timeout_s
        while rest:
            try:
                rest = rest[self._socket.send(rest, _DONT_WAIT) :]
            except BlockingIOError:
                left_s = deadline_s - time.monotonic()
                if left_s <= 0 or not _ready(self._socket, left_s, writing=True):
                    raise TimeoutError from None

    def receive(self) -> Message:
        """Wait for one message.

        Raises:
            ChannelClosed: the other end is gone.
            ProtocolError: what came is no message of the table, or too large.
        """
        self._need(_HEADER_BYTES)
        size = int.from_bytes(self._received[:_HEADER_BYTES], "little")
        if size > self._max_frame_bytes:
            raise ProtocolError(f"a frame of {size} bytes, at most {self._max_frame_bytes} are allowed")
        end = _HEADER_BYTES + size
        self._need(end)
        body = bytes(self._received[_HEADER_BYTES:end])
        del self._received[:end]
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
            raise ProtocolError(f"a frame that is no message: {str(error)[:200]}") from error

    def _need(self, count: int) -> None:
        received = self._received
        while len(received) < count:
            try:
                chunk = self._socket.recv(_READ_BYTES)
            except OSError as error:
                raise ChannelClosed from error
            if not chunk:
                raise ChannelClosed
            received += chunk

    def readable(self) -> bool:
        """Tell whether `receive` has something to read, without waiting."""
        return bool(self._received) or _ready(self._socket, 0.0)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def shut_down(self) -> None:
        """End the connection both ways, which frees a thread that waits in `receive`."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other end was first


def _ready(connection: socket.socket, timeout_s: float, *, writing: bool = False) -> bool:
    if hasattr(select, "poll"):  # the worker's fences allow poll, not select
        poll = select.poll()
        poll.register(connection, select.POLLOUT if writing else select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))
    reading, writable, _ = select.select([connection], [connection] if writing else [], [], timeout_s)
    return bool(writable if writing else reading)


_DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)
