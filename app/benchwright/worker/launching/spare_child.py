"""The child side of a spare: it imports everything, then waits to be told which run it is for."""

import os
import socket
import struct
import sys
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from .child import become_worker, load_entry, settle_memory
from .contract import LaunchRequest

_LENGTH = struct.Struct("<I")


def encode_request(request: LaunchRequest) -> bytes:
    """Return `request` as the first frame on a spare's channel."""
    data = msgspec.msgpack.encode(request)
    return _LENGTH.pack(len(data)) + data


def main(arguments: Sequence[str]) -> NoReturn:
    """Be a spare.

    Args:
        arguments: The channel's descriptor (on Windows its description is on standard input), the bench's
            process id, the worker's entry `module:function`.
    """
    descriptor, bench_pid, entry_name = arguments
    channel = _open_channel(descriptor)
    if sys.platform == "linux":
        from benchwright.worker.confinement.privileges import die_with_parent

        die_with_parent(int(bench_pid))
    entry = load_entry(entry_name)
    settle_memory()
    request = _read_request(channel)
    if request is None:
        os._exit(0)  # no run came, and the bench is gone
    become_worker(entry, channel, request, int(bench_pid))


def _open_channel(descriptor: str) -> socket.socket:
    if sys.platform == "win32":
        return socket.fromshare(sys.stdin.buffer.read())
    return socket.socket(fileno=int(descriptor))


def _read_request(channel: socket.socket) -> LaunchRequest | None:
    header = _read(channel, _LENGTH.size)
    data = _read(channel, _LENGTH.unpack(header)[0]) if header else b""
    return msgspec.msgpack.decode(data, type=LaunchRequest) if data else None


def _read(channel: socket.socket, size: int) -> bytes:
    """Return the next `size` bytes, nothing when the other side is gone."""
    data = b""
    while len(data) < size:
        try:
            more = channel.recv(size - len(data))
        except ConnectionError:
            return b""
        if not more:
            return b""
        data += more
    return data
