"""The VISA link over pyvisa-sim and, where that needs no hardware, over pyvisa-py."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvisa

from benchwright.core.errors import CallCancelled, InstrumentTimeout, LinkError
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.links import bounded
from benchwright.instruments.links.visa import VisaLink
from tests.instruments.fake_server import FakeServer

LIBRARY = f"{Path(__file__).with_name('instruments.yaml')}@sim"


@pytest.fixture
def links() -> Iterator[list[VisaLink]]:
    opened: list[VisaLink] = []
    yield opened
    for link in opened:
        link.close()


def connect(links: list[VisaLink], resource: str, library: str = LIBRARY) -> VisaLink:
    link = VisaLink(resource, library, name="meter")
    links.append(link)
    link.open()
    return link


@pytest.mark.parametrize(
    "resource",
    [
        "GPIB0::5::INSTR",
        "USB0::0x1111::0x2222::SN1::0::INSTR",
        "TCPIP0::meter::inst0::INSTR",
        "TCPIP0::meter::5025::SOCKET",
    ],
)
def test_every_kind_of_resource(links: list[VisaLink], resource: str) -> None:
    link = connect(links, resource)
    for _ in range(3):
        link.write(b"*IDN?\n")
        assert link.read(b"\n", 2.0) == b"ACME,METER,1,1.0"


def test_a_serial_resource(links: list[VisaLink]) -> None:
    link = connect(links, "ASRL1::INSTR")
    for _ in range(2):
        link.write(b"*IDN?\r\n")
        assert link.read(b"\r\n", 2.0) == b"ACME,METER,1,1.0"


def test_a_message_may_end_without_a_terminator(links: list[VisaLink]) -> None:
    link = connect(links, "GPIB0::6::INSTR")
    link.write(b"D?\n")
    assert link.read(b"\r\n", 2.0) == b"1.5E-3"
    link.write(b"D?\n")
    assert link.read(b"", 2.0) == b"1.5E-3"


def test_no_answer_ends_at_the_deadline(links: list[VisaLink]) -> None:
    link = connect(links, "GPIB0::5::INSTR")
    link.write(b"*RST\n")
    started_s = time.monotonic()
    with pytest.raises(InstrumentTimeout, match=r"^meter: no answer within 0\.15 s$"):
        link.read(b"\n", 0.15)
    assert 0.15 <= time.monotonic() - started_s < 2


def test_what_arrived_unasked_is_discarded(links: list[VisaLink]) -> None:
    link = connect(links, "GPIB0::5::INSTR")
    link.write(b"nonsense\n")
    link.discard_input()
    link.write(b"*IDN?\n")
    assert link.read(b"\n", 2.0) == b"ACME,METER,1,1.0"


def test_a_cancelled_caller_is_freed_within_a_slice(links: list[VisaLink]) -> None:
    link = connect(links, "GPIB0::5::INSTR")
    scope = CallScope(Caller.SCRIPT)
    timer = threading.Timer(0.05, scope.cancel)
    started_s = time.monotonic()
    timer.start()
    with calling_as(scope), scope.interrupted_by(link.interrupt), pytest.raises(CallCancelled):
        link.read(b"\n", 5.0)
    assert time.monotonic() - started_s < 2
    timer.join()


def test_an_unknown_resource() -> None:
    with pytest.raises(LinkError, match="^meter: there is no VISA resource GPIB0::9::INSTR$"):
        VisaLink("GPIB0::9::INSTR", LIBRARY, name="meter").open()


def test_a_name_that_is_no_resource() -> None:
    with pytest.raises(LinkError, match="^meter: 'FOO' is no VISA resource name$"):
        VisaLink("FOO", "@py", name="meter").open()


@pytest.mark.parametrize("library", ["/nowhere.yaml@sim", "/nowhere/libvisa.so", "@nonsense"])
def test_a_library_that_is_not_there(library: str) -> None:
    with pytest.raises(LinkError, match="^meter: cannot open visa://GPIB0::5::INSTR: "):
        VisaLink("GPIB0::5::INSTR", library, name="meter").open()


def test_a_library_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    closed = threading.Event()

    class Late:
        def __init__(self, library: str) -> None:
            answered.wait(5)

        def open_resource(self, name: str, open_timeout: int) -> "Late":
            return self

        def close(self) -> None:
            closed.set()

    monkeypatch.setattr(pyvisa, "ResourceManager", Late)
    with pytest.raises(LinkError, match=r"^meter: visa://GPIB0::5::INSTR could not be opened within 0\.1 s$"):
        VisaLink("GPIB0::5::INSTR", name="meter", timeout_s=0.1).open()
    answered.set()
    assert closed.wait(5)  # what was opened too late does not stay open
    for thread in threading.enumerate():
        if thread.name == bounded.THREAD_NAME:
            thread.join()


def test_a_closed_link_says_so() -> None:
    with pytest.raises(LinkError, match="^meter: visa://GPIB0::5::INSTR is not open$"):
        VisaLink("GPIB0::5::INSTR", LIBRARY, name="meter").write(b"*IDN?\n")


# --- pyvisa-py ---


def test_a_reply_in_pieces_over_a_socket_is_whole(links: list[VisaLink]) -> None:
    with FakeServer(lambda command: b"first ") as server:
        link = connect(links, f"TCPIP0::127.0.0.1::{server.port}::SOCKET", "@py")
        timer = threading.Timer(0.25, lambda: server.send(b"second\n"))  # two slices later
        link.write(b"?\n")
        timer.start()
        assert link.read(b"\n", 3.0) == b"first second"
        timer.join()


def test_stop_bytes_pass_a_blocked_read(links: list[VisaLink]) -> None:
    with FakeServer(lambda command: b"stopped\n" if command == b"AB" else b"") as server:
        link = connect(links, f"TCPIP0::127.0.0.1::{server.port}::SOCKET", "@py")
        link.write(b"1WS\n")
        replies: list[bytes] = []
        thread = threading.Thread(target=lambda: replies.append(link.read(b"\n", 5.0)))
        thread.start()
        server.wait_for(b"1WS")
        link.write_urgent(b"AB\n")
        thread.join(3)
        assert replies == [b"stopped"]


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
def test_a_real_serial_port(links: list[VisaLink]) -> None:
    from tests.instruments.fake_serial import FakeSerial

    with FakeSerial(lambda command: b"x" * 500 + b"\r\n") as instrument:
        link = VisaLink(f"ASRL{instrument.device}::INSTR", "@py", baud_rate=19200, name="meter")
        links.append(link)
        link.open()
        for _ in range(3):
            link.write(b"?\n")
            assert link.read(b"\r\n", 2.0) == b"x" * 500
        link.close()
