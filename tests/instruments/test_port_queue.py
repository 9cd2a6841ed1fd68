"""Waiting for a port that another caller uses: in turn, and no longer than the caller is wanted."""

import threading
import time

import pytest

from benchwright.core.errors import CallCancelled
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.links.tcp import TcpLink
from benchwright.instruments.port import Port
from tests.instruments.fake_server import FakeServer


def make_port(server: FakeServer) -> Port:
    link = TcpLink("127.0.0.1", server.port, name="motor")
    return Port(link, "motor", write_terminator=b"\n", read_terminator=b"\n")


def test_a_stopped_caller_leaves_the_queue() -> None:
    with FakeServer(lambda command: command + b"\n") as server:
        port = make_port(server)
        assert port.query("1") == "1"
        scope = CallScope(Caller.SCRIPT)
        ended = threading.Event()

        def wait_in_vain() -> None:
            with calling_as(scope), pytest.raises(CallCancelled):
                port.query("2")
            ended.set()

        with port.transaction():
            thread = threading.Thread(target=wait_in_vain)
            thread.start()
            scope.cancel()
            assert ended.wait(2)
        thread.join()
        assert server.received == [b"1"]
        port.close()


def test_a_transaction_can_be_left_before_it_began() -> None:
    with FakeServer(lambda command: b"\n") as server:
        port = make_port(server)
        scope = CallScope(Caller.SCRIPT)
        errors: list[Exception] = []

        def wait_in_vain() -> None:
            with calling_as(scope):
                try:
                    with port.transaction():
                        pass
                except CallCancelled as error:
                    errors.append(error)

        with port.transaction():
            thread = threading.Thread(target=wait_in_vain)
            thread.start()
            scope.cancel()
            thread.join(2)
        assert len(errors) == 1


def test_a_port_is_busy_for_others_only() -> None:
    with FakeServer(lambda command: b"\n") as server:
        port = make_port(server)
        seen: list[bool] = []
        with port.transaction():
            assert not port.lock.is_busy
            thread = threading.Thread(target=lambda: seen.append(port.lock.is_busy))
            thread.start()
            thread.join()
        assert seen == [True]
        assert not port.lock.is_busy


def test_interleaved_queries_never_swap() -> None:
    with FakeServer(lambda command: command + b"\n") as server:
        swap(make_port(server), 2500)


@pytest.mark.soak
def test_100_000_interleaved_queries_never_swap() -> None:
    with FakeServer(lambda command: command + b"\n") as server:
        swap(make_port(server), 50_000)


def swap(port: Port, rounds: int) -> None:
    """Ask from two threads as scripts do, and from a third as the telemetry does."""
    wrong: list[tuple[str, str]] = []
    done = threading.Event()

    def ask(prefix: str, count: int) -> None:
        for number in range(count):
            question = f"{prefix}{number}"
            if (answer := port.query(question)) != question:
                wrong.append((question, answer))

    def poll() -> None:
        while not done.is_set():
            ask("t", 1)
            time.sleep(0.001)

    threads = [threading.Thread(target=ask, args=(prefix, rounds)) for prefix in "ab"]
    poller = threading.Thread(target=poll)
    for thread in (*threads, poller):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    poller.join()
    port.close()
    assert wrong == []
