"""The worker's side of a run against a bench that the test plays."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.core.errors import ErrorInfo, PermissionDenied
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.script_messages import (
    MAX_FRAME_BYTES,
    MAX_OUTSTANDING_CALLS,
    BenchMessage,
    Call,
    Output,
    Refusal,
    Reply,
    Rows,
    WorkerMessage,
)
from benchwright.worker.channel import Channel
from benchwright.worker.session import Session

Ends = tuple[Session, Channel[WorkerMessage]]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A session, and the bench's end of its channel."""
    ours, theirs = socket.socketpair()
    bench: Channel[WorkerMessage] = Channel(ours, WorkerMessage, MAX_FRAME_BYTES)
    worker: Channel[BenchMessage] = Channel(theirs, BenchMessage, MAX_FRAME_BYTES)
    yield Session(worker, ScriptResourceLimits()), bench
    bench.close()
    worker.close()


def in_thread(results: dict[int, Any], key: int, session: Session) -> threading.Thread:
    def call() -> None:
        results[key] = session.call("x", str(key), [], {}, line=1, concurrent=True)

    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_what_was_said_before_a_call_arrives_before_it(ends: Ends) -> None:
    session, bench = ends
    session.record({"a": 1})  # sent at once: it comes after a silence
    session.record({"a": 2})
    session.output("stdout", "hello")
    thread = in_thread({}, 1, session)
    received = [bench.receive() for _ in range(4)]
    assert [type(message) for message in received] == [Rows, Rows, Output, Call]
    bench.send(Reply(1, None))
    thread.join(5)


def test_a_refusal_is_raised_as_the_error_that_it_names(ends: Ends) -> None:
    session, bench = ends
    bench.send(Refusal(1, ErrorInfo("permission_denied", "no", 3)))
    with pytest.raises(PermissionDenied, match="no"):
        session.call("x", "y", [], {}, line=3)


def test_answers_find_their_callers_in_any_order(ends: Ends) -> None:
    session, bench = ends
    results: dict[int, Any] = {}
    threads = [in_thread(results, key, session) for key in range(8)]
    calls = [bench.receive() for _ in threads]
    for call in reversed(calls):
        assert isinstance(call, Call)
        bench.send(Reply(call.id, call.method))
    for thread in threads:
        thread.join(5)
    assert results == {key: str(key) for key in range(8)}


def test_more_threads_than_calls_may_be_under_way_take_turns(ends: Ends) -> None:
    session, bench = ends
    results: dict[int, Any] = {}
    threads = [in_thread(results, key, session) for key in range(MAX_OUTSTANDING_CALLS + 3)]
    under_way = [bench.receive() for _ in range(MAX_OUTSTANDING_CALLS)]
    assert not bench.readable()
    for _ in threads:
        call = under_way.pop(0)
        assert isinstance(call, Call)
        bench.send(Reply(call.id, call.method))
        if call.id <= 3:  # a place is free for one that waited
            under_way.append(bench.receive())
    for thread in threads:
        thread.join(5)
    assert results == {key: str(key) for key in range(len(threads))}


def test_a_short_call_does_not_wait_for_a_long_one_that_reads(ends: Ends) -> None:
    session, bench = ends
    results: dict[int, Any] = {}
    long = in_thread(results, 1, session)
    first = bench.receive()
    for key in range(2, 50):
        short = in_thread(results, key, session)
        call = bench.receive()
        assert isinstance(call, Call)
        bench.send(Reply(call.id, key))
        short.join(5)
        assert results[key] == key
    assert long.is_alive()
    assert isinstance(first, Call)
    bench.send(Reply(first.id, "long"))
    long.join(5)
    assert results[1] == "long"
