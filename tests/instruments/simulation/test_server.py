import re
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from benchwright.core.errors import ConfigurationError, LinkError
from benchwright.instruments.simulation import Faults, SimulationServer, Simulator, World, serve_virtual_bench
from tests.instruments.virtual import address, client, serving


class Parrot(Simulator):
    """Answers each line with itself; ``many`` with a lot, ``flood`` with too much; ``busy`` blocks it."""

    REPLY_TERMINATOR = b"\r\n"
    busy_s = 0.0

    def respond(self, line: str) -> list[str]:
        if line == "busy":
            self.busy_s = self.world.now_s() + 0.1
            return []
        if line == "free":
            self.busy_s = 0.0
        return {"quiet": [], "many": ["x" * 1000] * 900, "flood": ["x" * 1000] * 20_000}.get(line, [line])

    def is_urgent(self, command: str) -> bool:
        return command == "free"

    def blocked_s(self) -> float:
        return self.busy_s - self.world.now_s()


@pytest.fixture
def server() -> Iterator[SimulationServer]:
    server = SimulationServer({"parrot": Parrot(World(seed=1))})
    server.start()
    yield server
    server.close()


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_line_ends_in_cr_or_lf_or_both(server: SimulationServer, end: bytes) -> None:
    with client(server, "parrot") as parrot:
        assert parrot.ask(b"a" + end) == b"a\r\n"
        parrot.send(b"b" + end + b"c")
        assert parrot.read() == b"b\r\n"
        assert parrot.ask(end) == b"c\r\n"
        parrot.send(b"d\r")
        assert parrot.read() == b"d\r\n"
        assert parrot.ask(b"\n\n\r\ne" + end) == b"e\r\n"


def test_many_clients_get_their_own_replies(server: SimulationServer) -> None:
    wrong: list[bytes] = []

    def talk(number: int) -> None:
        with client(server, "parrot") as parrot:
            for turn in range(200):
                line = f"{number}-{turn}".encode()
                if parrot.ask(line + b"\n") != line + b"\r\n":
                    wrong.append(line)

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_exchange_is_quick(server: SimulationServer) -> None:
    with client(server, "parrot") as parrot:
        times = []
        for _ in range(300):
            started = time.perf_counter()
            parrot.ask(b"a\n")
            times.append(time.perf_counter() - started)
    assert min(times) < 200e-6  # 30 microseconds on an idle machine


def test_late_replies_keep_their_order_and_hold_up_nobody_else(server: SimulationServer) -> None:
    with client(server, "parrot") as slow, client(server, "parrot") as other:
        server.set_faults("parrot", Faults.parse("latency=0.02@every:2"))
        slow.send(b"1\n2\n3\n4\n")
        assert [slow.read() for _ in range(4)] == [b"1\r\n", b"2\r\n", b"3\r\n", b"4\r\n"]
        server.set_faults("parrot", Faults.parse("latency=0.3@every:2"))
        slow.send(b"5\n6\n")
        assert slow.read() == b"5\r\n"
        assert other.ask(b"quick\n") == b"quick\r\n"
        assert select.select([slow.connection], [], [], 0)[0] == []
        assert slow.read() == b"6\r\n"


def test_a_cut_reply_lacks_its_end(server: SimulationServer) -> None:
    with client(server, "parrot") as parrot:
        server.set_faults("parrot", Faults.parse("partial=every:1"))
        parrot.send(b"0123456789\n")
        assert parrot.connection.recv(100) == b"012345"
        server.set_faults("parrot", Faults())
        assert parrot.ask(b"x\n") == b"x\r\n"


def test_a_dropped_connection_can_be_made_again(server: SimulationServer) -> None:
    server.set_faults("parrot", Faults.parse("disconnect=1"))
    with client(server, "parrot") as parrot:
        assert parrot.ask(b"x\n") == b""
    server.set_faults("parrot", Faults())
    with client(server, "parrot") as parrot:
        assert parrot.ask(b"x\n") == b"x\r\n"


def test_faults_of_an_unknown_instrument_are_refused(server: SimulationServer) -> None:
    with pytest.raises(ConfigurationError, match="no simulated instrument 'parot'; there is parrot"):
        server.set_faults("parot", Faults())


def test_a_blocked_instrument_puts_commands_off_but_urgent_ones(server: SimulationServer) -> None:
    with client(server, "parrot") as first, client(server, "parrot") as second:
        started = time.monotonic()
        assert first.ask(b"busy\nafter\n") == b"after\r\n"
        assert time.monotonic() - started >= 0.09
        first.send(b"busy\nlast\n")
        assert second.ask(b"free\n") == b"free\r\n"
        assert first.read() == b"last\r\n"


def test_a_client_that_reads_late_gets_all_and_holds_up_nobody(server: SimulationServer) -> None:
    with client(server, "parrot") as late, client(server, "parrot") as other:
        late.send(b"many\n")
        assert other.ask(b"x\n") == b"x\r\n"
        assert [len(late.read()) for _ in range(900)] == [1002] * 900


def test_a_client_that_never_reads_is_dropped_in_the_end(server: SimulationServer) -> None:
    with client(server, "parrot") as deaf, client(server, "parrot") as other:
        deaf.send(b"flood\n")
        assert other.ask(b"x\n") == b"x\r\n"
        received = 0
        while data := deaf.connection.recv(1 << 20):
            received += len(data)
    assert received < 20_000 * 1002


def test_a_client_that_sends_no_line_end_is_dropped(server: SimulationServer) -> None:
    with client(server, "parrot") as parrot:
        try:
            parrot.send(b"x" * 200_000)
            assert parrot.read() == b""
        except (ConnectionResetError, BrokenPipeError):
            pass
    with client(server, "parrot") as parrot:
        assert parrot.ask(b"x\n") == b"x\r\n"


def test_closing_ends_connections_frees_ports_and_may_be_repeated(server: SimulationServer) -> None:
    where = address(server, "parrot")
    with client(server, "parrot") as parrot:
        assert parrot.ask(b"x\n") == b"x\r\n"
        server.close()
        assert parrot.read() == b""
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(where, timeout=1)


def test_a_taken_port_is_one_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = f"cannot serve the virtual bench on 127.0.0.1: Address already in use (port {port})"
        with pytest.raises(LinkError, match=f"^{re.escape(sentence)}$"):
            serve_virtual_bench(ports={"newport_1830c": port}, instruments={"newport_1830c": "newport_1830c"})


def test_a_port_can_be_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with serving("controller_board", ports={"controller_board": port}) as server:
        assert server.addresses() == {"controller_board": f"tcp://127.0.0.1:{port}"}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
def test_a_terminal_serves_one_program_after_the_other() -> None:
    import serial

    with serving("newport_esp300", ptys=True) as server:
        path = server.pty_paths()["newport_esp300"]
        for _ in range(2):
            with serial.Serial(path, 19200, timeout=2) as port:
                port.write(b"VE?\r")
                assert port.read_until(b"\r\n") == b"ESP300 Version 3.04 07/27/01\r\n"


def spoiled_replies(seed: int) -> list[bytes]:
    server = serve_virtual_bench(seed, instruments={"newport": "newport_1830c"})
    server.set_faults("newport", Faults.parse("garbage=0.4"))
    try:
        with client(server, "newport") as raw:
            return [raw.ask(b"W?\n") for _ in range(50)]
    finally:
        server.close()


def test_the_same_seed_spoils_the_same_replies_in_the_same_way() -> None:
    first = spoiled_replies(7)
    assert len(set(first)) > 10
    assert spoiled_replies(7) == first
    assert spoiled_replies(8) != first
