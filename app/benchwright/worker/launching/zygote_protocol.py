"""What the bench and its zygote say to each other: one packet per message, descriptors beside it (Linux)."""

import socket
from typing import TypeVar

import msgspec

from .contract import ExitStatus, LaunchRequest

MAX_MESSAGE_BYTES = 256 * 1024
_MAX_DESCRIPTORS = 3


class Launch(msgspec.Struct, frozen=True, tag=True):
    """Bench to zygote: fork a worker. Descriptors: its channel end, standard output, standard error."""

    ticket: int
    request: LaunchRequest


class Launched(msgspec.Struct, frozen=True, tag=True):
    """Zygote to bench: done. Descriptor: the worker's pidfd."""

    ticket: int
    pid: int


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Zygote to bench: the system did not let it fork."""

    ticket: int
    reason: str


class Exited(msgspec.Struct, frozen=True, tag=True):
    """Zygote to bench: worker `pid` has ended and is reaped."""

    pid: int
    status: ExitStatus


class Broken(msgspec.Struct, frozen=True, tag=True):
    """Zygote to bench: it could not get ready, and leaves."""

    reason: str


Answer = Launched | Refused | Exited | Broken
Message = TypeVar("Message")


def send(connection: socket.socket, message: msgspec.Struct, descriptors: tuple[int, ...] = ()) -> None:
    """Send `message` with `descriptors`.

    Raises:
        OSError: The other side is gone, or does not read.
    """
    socket.send_fds(connection, [msgspec.msgpack.encode(message)], descriptors)


def receive(
    connection: socket.socket, decoder: msgspec.msgpack.Decoder[Message]
) -> tuple[Message, list[int]] | None:
    """Return the next message and its descriptors (not inheritable), `None` when the other side is gone."""
    try:
        data, descriptors = _receive(connection)
    except ConnectionResetError:
        # It left something of ours unread, which is told once and before what it sent itself.
        data, descriptors = _receive(connection)
    return (decoder.decode(data), descriptors) if data else None


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    data, descriptors, _, _ = socket.recv_fds(
        connection, MAX_MESSAGE_BYTES, _MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
    )
    return data, descriptors
