"""The TCP link over real sockets: replies, deadlines, interrupts, the stop lane and what goes wrong."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from benchwright.core.errors import CallCancelled, InstrumentTimeout, LinkError
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.links import bounded, reply_buffer
from benchwright.instruments.links.tcp import TcpLink
from tests.instruments.fake_server import FakeServer


def echo(command: bytes) -> bytes:
    return command + b"\r\n"


def silent(command: bytes) -> bytes:
    return b""


@pytest.fixture
def connect() -> Iterator[Callable[..., TcpLink]]:
    links: list[TcpLink] = []

    def make(port: int, **settings: float) -> TcpLink:
        link = TcpLink("127.0.0.1", port, name="meter", timeout_s=settings.get("timeout_s", 2.0))
        links.append(link)
        link.open()
        return link

    yield make
    for link in links:
        link.close()


Connect = Callable[..., TcpLink]


def test_a_reply_comes_without_its_terminator(connect: Connect) -> None:
    with FakeServer(echo) as server:
        link = connect(server.port)
        link.write(b"*IDN?\n")
        assert link.read(b"\r\n", 2.0) == b"*IDN?"


def test_without_a_terminator_what_arrives_is_the_reply(connect: Connect) -> None:
    with FakeServer(lambda command: b"\x01\n\x02") as server:
        link = connect(server.port)
        link.write(b"?\n")
        assert link.read(b"", 2.0) == b"\x01\n\x02"


def test_what_follows_a_reply_is_read_next(connect: Connect) -> None:
    with FakeServer(lambda command: b"1\r\n2\r\n3") as server:
        link = connect(server.port)
        link.write(b"?\n")
        assert [link.read(b"\r\n", 2.0), link.read(b"\r\n", 2.0)] == [b"1", b"2"]
        server.send(b"4\r\n")
        assert link.read(b"\r\n", 2.0) == b"34"


def test_a_terminator_may_arrive_in_pieces(connect: Connect) -> None:
    with FakeServer(lambda command: b"45.0\r") as server:
        link = connect(server.port)
        link.write(b"?\n")
        server.wait_for(b"?")
        with pytest.raises(InstrumentTimeout):
            link.read(b"\r\n", 0.05)
        server.send(b"\n")
        assert link.read(b"\r\n", 2.0) == b"45.0"


def test_what_arrived_unasked_is_discarded(connect: Connect) -> None:
    with FakeServer(lambda command: b"old\nolder\n" if command == b"a" else b"new\n") as server:
        link = connect(server.port)
        link.write(b"a\n")
        assert link.read(b"\n", 2.0) == b"old"
        link.discard_input()
        link.write(b"b\n")
        assert link.read(b"\n", 2.0) == b"new"


def test_no_answer_ends_at_the_deadline(connect: Connect) -> None:
    with FakeServer(silent) as server:
        link = connect(server.port)
        link.write(b"?\n")
        started_s = time.monotonic()
        with pytest.raises(InstrumentTimeout, match=r"^meter: no answer within 0\.1 s$"):
            link.read(b"\n", 0.1)
        assert 0.1 <= time.monotonic() - started_s < 2


def test_half_an_answer_is_shown(connect: Connect) -> None:
    with FakeServer(lambda command: b"12.") as server:
        link = connect(server.port)
        link.write(b"?\n")
        with pytest.raises(InstrumentTimeout, match=r"the answer b'12\.' was not complete within 0\.1 s"):
            link.read(b"\n", 0.1)


def test_an_instrument_that_never_ends_its_reply_is_given_up(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_buffer, "MAX_REPLY_BYTES", 1 << 20)
    with FakeServer(lambda command: b"x" * (2 << 20)) as server:
        link = connect(server.port)
        link.write(b"?\n")
        with pytest.raises(LinkError, match="sent over 1 MiB without the end of a reply"):
            link.read(b"\n", 5.0)
        link.close()


def test_a_hang_up_is_a_lost_link(connect: Connect) -> None:
    with FakeServer(lambda command: None) as server:
        link = connect(server.port)
        link.write(b"?\n")
        with pytest.raises(LinkError, match=f"the other end closed tcp://127.0.0.1:{server.port}"):
            link.read(b"\n", 2.0)


def test_a_closed_link_says_so() -> None:
    link = TcpLink("127.0.0.1", 5025, name="meter")
    for use in (lambda: link.write(b"?\n"), lambda: link.read(b"\n", 1.0), lambda: link.write_urgent(b"AB")):
        with pytest.raises(LinkError, match=r"^meter: tcp://127\.0\.0\.1:5025 is not open$"):
            use()
    link.interrupt()
    link.close()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LinkError, match=r"^meter: nothing listens at tcp://127\.0\.0\.1:\d+ \(connection"):
        TcpLink("127.0.0.1", port, name="meter").open()


def test_a_dead_host_costs_no_more_than_the_timeout() -> None:
    with socket.socket() as listener:  # its queue is full: further connections get no answer
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        started_s = time.monotonic()
        with pytest.raises(
            LinkError, match=r"^meter: no connection to tcp://127\.0\.0\.1:\d+ within 0\.2 s$"
        ):
            TcpLink(*address, name="meter", timeout_s=0.2).open()
        assert time.monotonic() - started_s < 2
        for filler in fillers:
            filler.close()


def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(LinkError, match=r"^meter: no host 'nowhere' is known \(tcp://nowhere:5025\)$"):
        TcpLink("nowhere", 5025, name="meter").open()


def test_a_name_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answered.wait(10))
    with pytest.raises(
        LinkError, match=r"^meter: no address for host 'slow' within 0\.1 s \(tcp://slow:5025\)$"
    ):
        TcpLink("slow", 5025, name="meter", timeout_s=0.1).open()
    answered.set()
    for thread in threading.enumerate():
        if thread.name == bounded.THREAD_NAME:
            thread.join()


def test_ipv6_is_written_in_brackets() -> None:
    assert TcpLink("fe80::1", 5025).address == "tcp://[fe80::1]:5025"


# --- interrupts and the stop lane ---


def read_in_thread(
    link: TcpLink, scope: CallScope, timeout_s: float = 5.0
) -> tuple[threading.Thread, list[object]]:
    outcome: list[object] = []

    def work() -> None:
        with calling_as(scope):
            try:
                outcome.append(link.read(b"\n", 5.0))
            except (CallCancelled, LinkError, InstrumentTimeout) as error:
                outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, outcome


def test_a_cancelled_caller_is_freed_at_once(connect: Connect) -> None:
    with FakeServer(silent) as server:
        link = connect(server.port)
        scope = CallScope(Caller.SCRIPT)
        with scope.interrupted_by(link.interrupt):
            thread, outcome = read_in_thread(link, scope)
            time.sleep(0.05)  # most likely blocked by now; either way it has to end
            started_s = time.monotonic()
            scope.cancel()
            thread.join(2)
            assert time.monotonic() - started_s < 2
        assert isinstance(outcome[0], CallCancelled)


def test_a_cancel_before_the_read_is_not_lost(connect: Connect) -> None:
    with FakeServer(silent) as server:
        link = connect(server.port)
        scope = CallScope(Caller.SCRIPT)
        with scope.interrupted_by(link.interrupt):
            scope.cancel()
        thread, outcome = read_in_thread(link, scope)
        thread.join(2)
        assert isinstance(outcome[0], CallCancelled)


def test_an_interrupt_that_comes_late_does_not_hit_the_next_caller(connect: Connect) -> None:
    with FakeServer(silent) as server:
        link = connect(server.port)
        thread, outcome = read_in_thread(link, CallScope(Caller.SCRIPT))
        link.interrupt()
        link.interrupt()
        server.send(b"42\n")
        thread.join(2)
        link.interrupt()
        assert outcome == [b"42"]
        server.send(b"43\n")
        assert link.read(b"\n", 2.0) == b"43"


def test_a_connect_under_way_can_be_cancelled() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        link = TcpLink(*listener.getsockname(), timeout_s=5.0)
        scope = CallScope(Caller.SCRIPT)
        timer = threading.Timer(0.1, scope.cancel)
        started_s = time.monotonic()
        timer.start()
        with calling_as(scope), scope.interrupted_by(link.interrupt), pytest.raises(CallCancelled):
            link.open()
        timer.join()
        assert time.monotonic() - started_s < 3
        for filler in fillers:
            filler.close()


def test_stop_bytes_pass_a_blocked_read(connect: Connect) -> None:
    with FakeServer(lambda command: b"stopped\n" if command == b"AB" else b"") as server:
        link = connect(server.port)
        link.write(b"1WS\n")
        thread, outcome = read_in_thread(link, CallScope(Caller.SCRIPT))
        server.wait_for(b"1WS")
        link.write_urgent(b"AB\n")
        server.wait_for(b"AB")
        thread.join(2)
        assert outcome == [b"stopped"]


def stuffed() -> Iterator[tuple[socket.socket, int]]:
    """A listener whose client never reads."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener, listener.getsockname()[1]


def test_an_instrument_that_takes_no_data(connect: Connect) -> None:
    for _, port in stuffed():
        link = connect(port, timeout_s=0.2)
        with pytest.raises(LinkError, match=r"took no data for 0\.2 s"):
            link.write(b"x" * (64 << 20))
        with pytest.raises(LinkError, match="took no data"):
            link.write_urgent(b"AB\n" * (8 << 20))


def test_a_stuck_write_can_be_cancelled(connect: Connect) -> None:
    for _, port in stuffed():
        link = connect(port, timeout_s=5.0)
        scope = CallScope(Caller.SCRIPT)
        timer = threading.Timer(0.1, scope.cancel)
        timer.start()
        with calling_as(scope), scope.interrupted_by(link.interrupt), pytest.raises(CallCancelled):
            link.write(b"x" * (64 << 20))
        timer.join()


def test_it_can_be_opened_again(connect: Connect) -> None:
    with FakeServer(echo) as server:
        link = connect(server.port)
        for _ in range(3):
            link.open()
            link.write(b"1\n")
            assert link.read(b"\r\n", 2.0) == b"1"
            link.close()
