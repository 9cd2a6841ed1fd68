"""Operators who break the protocol: they end their own connection and nothing else."""

import logging
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Client, Connection
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.core.operator_messages import BenchStatus, OperatorMessage, OperatorRequest, Subscribe
from tests.worker.puppets import wait_until

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
# Not the one that ends the bench, nor what would run scripts and schedules while others are counted.
KINDS = [
    kind for kind in OperatorRequest.__args__ if kind.__name__ not in ("Shutdown", "SubmitRun", "AddSchedule")
]
NAMES = st.sampled_from(["supply", "board", "get_voltage", "is_output_on", "connect", "ERR?"]) | st.text(
    max_size=8
)


def request_of(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return frames of a kind: whole ones, and such as lack something, have too much, or have it wrong."""
    fields = dict.fromkeys(kind.__struct_fields__, NAMES | VALUES)
    needed = {name: fields.pop(name) for name in kind.__struct_fields__[: -len(kind.__struct_defaults__)]}
    tag = {"type": st.just(kind.__struct_config__.tag)}
    whole = st.fixed_dictionaries(
        tag | dict.fromkeys(needed, NAMES), optional={"id": st.integers(0, 2**64 - 1)}
    )
    return whole | st.fixed_dictionaries(tag, optional=needed | fields | {"x": VALUES})


REQUESTS = st.sampled_from(KINDS).flatmap(request_of)
BODIES = REQUESTS.map(msgspec.msgpack.encode) | VALUES.map(msgspec.msgpack.encode) | st.binary(max_size=60)
NESTED = {
    "lists": b"\x91" * 5000 + b"\xc0",
    "maps": b"\x81\xa1a" * 5000 + b"\xc0",
    "an argument": b"\x85\xa4type\xa4call\xa2id\x01\xa4name\xa1x\xa6method\xa1x\xa4args"
    + b"\x91" * 100_000
    + b"\xc0",
}


@pytest.fixture
def witness(bench: BenchApplication, folder: DataFolder) -> Iterator[BenchClient]:
    """A desk that is there all the time: to it nothing may happen."""
    with BenchClient.connect(folder) as client:
        client.request(Subscribe())
        yield client


@pytest.fixture
def breaches(allow_logs: Callable[[str], None]) -> Iterator[list[str]]:
    """What the log says of broken protocols."""
    allow_logs("")
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                found.append(record.getMessage())

    logger, collector = logging.getLogger("benchwright.bench.operators.server"), Collector()
    logger.addHandler(collector)
    yield found
    logger.removeHandler(collector)


def status(client: BenchClient) -> Any:
    return client.request(BenchStatus())


def connected(folder: DataFolder) -> Connection:
    return Client(folder.operator_address(), authkey=folder.auth_key())


def is_ended(connection: Connection) -> bool:
    """Tell whether the bench ended the connection; asks it something and reads what comes."""
    with suppress(OSError):
        connection.send_bytes(msgspec.msgpack.encode(BenchStatus(id=77)))
    try:
        while True:
            assert connection.poll(10), "no answer, and no end"
            answer = msgspec.msgpack.decode(connection.recv_bytes(), type=OperatorMessage)
            if getattr(answer, "id", 0) == 77:
                return False
    except (EOFError, OSError):
        return True


@pytest.mark.parametrize("nested", NESTED)
def test_a_frame_that_is_nested_without_end_ends_its_client_only(
    folder: DataFolder, witness: BenchClient, breaches: list[str], nested: str
) -> None:
    with connected(folder) as stranger:
        stranger.send_bytes(NESTED[nested])
        assert is_ended(stranger)
    assert [text for text in breaches if "broke the protocol" in text] == breaches
    assert len(breaches) == 1
    assert status(witness)


@pytest.mark.parametrize(
    "header", [struct.pack("!i", 2**30), struct.pack("!iQ", -1, 2**62), struct.pack("!i", -7)]
)
def test_a_frame_of_an_impossible_size_ends_its_client_only(
    folder: DataFolder, witness: BenchClient, breaches: list[str], header: bytes
) -> None:
    with connected(folder) as stranger:
        os.write(stranger.fileno(), header)
        assert is_ended(stranger)
    assert ["broke the protocol" in text for text in breaches] == [True]
    assert status(witness)


def test_no_frames_break_the_bench(folder: DataFolder, witness: BenchClient, breaches: list[str]) -> None:
    @settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(BODIES, min_size=1, max_size=3))
    def check(bodies: list[bytes]) -> None:
        stay_whole(folder, witness, breaches, bodies)

    check()
    wait_until(lambda: status(witness)["clients"] == 1)


@pytest.mark.fuzz
def test_no_flood_of_frames_breaks_the_bench(
    folder: DataFolder, witness: BenchClient, breaches: list[str]
) -> None:
    @given(st.lists(BODIES, min_size=1, max_size=12))
    def check(bodies: list[bytes]) -> None:
        stay_whole(folder, witness, breaches, bodies)

    check()
    wait_until(lambda: status(witness)["clients"] == 1)


def stay_whole(folder: DataFolder, witness: BenchClient, breaches: list[str], bodies: list[bytes]) -> None:
    breaches.clear()
    with connected(folder) as stranger:
        with suppress(OSError):
            for body in bodies:
                stranger.send_bytes(body)
        ended = is_ended(stranger)
    said_farewell = any(_is_farewell(body) for body in bodies)
    broke = [text for text in breaches if "broke the protocol" in text]
    assert broke == breaches  # nothing else is said, such as of a request that failed by a mistake of ours
    assert len(broke) == (1 if ended and not said_farewell else len(broke))
    assert len(broke) <= int(ended)
    assert status(witness)


def _is_farewell(body: bytes) -> bool:
    with suppress(msgspec.DecodeError, ValueError, RecursionError):
        value: Any = msgspec.msgpack.decode(body)
        return isinstance(value, dict) and value.get("type") == "farewell"
    return False
