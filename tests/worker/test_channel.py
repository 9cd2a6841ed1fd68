"""Frames between a worker and the bench: what passes, and what ends the client that sent it."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.errors import ProtocolError
from benchwright.core.script_messages import MAX_FRAME_BYTES, Call, Output, Reply, Rows, WorkerMessage
from benchwright.worker.channel import Channel, ChannelClosed

Pair = tuple[Channel[WorkerMessage], socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The bench's end as a channel, the worker's end as a bare socket."""
    ours, theirs = socket.socketpair()
    channel: Channel[WorkerMessage] = Channel(ours, WorkerMessage, MAX_FRAME_BYTES)
    yield channel, theirs
    channel.close()
    theirs.close()


def frame(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body


def test_messages_arrive_in_order_however_they_are_cut(pair: Pair) -> None:
    channel, theirs = pair
    sent = [Call(1, "esp300", "stop", [], {}), Output("stdout", ["a", "b"]), Rows([0.5], {"x": [1]})]
    data = b"".join(frame(msgspec.msgpack.encode(message)) for message in sent)

    def write_byte_by_byte() -> None:
        for i in range(len(data)):
            theirs.sendall(data[i : i + 1])

    writer = threading.Thread(target=write_byte_by_byte)
    writer.start()
    received = [channel.receive() for _ in sent]
    writer.join()
    assert received == sent


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode(["unknown", 1]),
        msgspec.msgpack.encode(["call", "one", "x", "y", [], {}]),
        msgspec.msgpack.encode(["call", 1, "x", "y", [], {}, 0, False, "more"]),
        msgspec.msgpack.encode({"tag": "call"}),
        msgspec.msgpack.encode(Reply(1, None)),
        b"\x93" * 20_000,
    ],
)
def test_a_frame_that_is_no_message_is_a_protocol_error(pair: Pair, body: bytes) -> None:
    channel, theirs = pair
    theirs.sendall(frame(body))
    with pytest.raises(ProtocolError):
        channel.receive()


def test_an_oversized_frame_is_refused_before_it_is_read(pair: Pair) -> None:
    channel, theirs = pair
    theirs.sendall(struct.pack("<I", MAX_FRAME_BYTES + 1))
    with pytest.raises(ProtocolError, match="at most"):
        channel.receive()


def test_a_cut_frame_is_the_end(pair: Pair) -> None:
    channel, theirs = pair
    theirs.sendall(struct.pack("<I", 100) + b"abc")
    theirs.close()
    with pytest.raises(ChannelClosed):
        channel.receive()


def test_an_end_that_does_not_read_is_given_up(pair: Pair) -> None:
    channel, _ = pair
    big = Output("stdout", ["x" * 100_000])
    with pytest.raises(TimeoutError):
        channel.send(*[big] * 100, timeout_s=0.0)


def test_a_sender_does_not_wait_behind_one_that_is_stuck(pair: Pair) -> None:
    channel, theirs = pair
    big = Output("stdout", ["x" * 100_000])
    stuck = threading.Thread(target=lambda: suppressed(channel, big))
    stuck.start()
    theirs.recv(1, socket.MSG_PEEK)  # it has begun
    began_s = time.monotonic()
    with pytest.raises(TimeoutError):
        channel.send(Output("stdout", ["stop"]), timeout_s=0.01)
    assert time.monotonic() - began_s < 2
    theirs.close()
    stuck.join(5)


def suppressed(channel: Channel[WorkerMessage], message: Output) -> None:
    with suppress(TimeoutError, ChannelClosed):
        channel.send(*[message] * 100, timeout_s=5)


def test_sending_to_nobody_is_the_end(pair: Pair) -> None:
    channel, theirs = pair
    theirs.close()
    with pytest.raises(ChannelClosed):
        channel.send(Output("stdout", ["x"]))


BODIES = st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(-9, 9), inner),
    max_leaves=20,
).flatmap(lambda value: st.sampled_from([value, ["call", 1, value], ["rows", value], value])).map(
    msgspec.msgpack.encode
)


@pytest.mark.fuzz
@given(BODIES, st.integers(-4, 4), st.integers(0, 300))
def test_no_frame_however_bent_raises_anything_but_the_two_errors(body: bytes, off: int, cut: int) -> None:
    sent = struct.pack("<I", max(0, len(body) + off)) + body[: len(body) - cut % (len(body) + 1)]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel: Channel[WorkerMessage] = Channel(ours, WorkerMessage, MAX_FRAME_BYTES)
        theirs.sendall(sent + frame(body))
        theirs.close()
        with suppress(ProtocolError, ChannelClosed):
            while True:
                channel.receive()


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_the_two_errors(body: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel: Channel[WorkerMessage] = Channel(ours, WorkerMessage, MAX_FRAME_BYTES)
        theirs.sendall(frame(body) + body)
        theirs.close()
        try:
            while True:
                channel.receive()
        except (ProtocolError, ChannelClosed):
            pass
