"""The serial link on pseudo terminals: replies, interrupts, USB names and what goes wrong."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.errors import CallCancelled, ConfigurationError, InstrumentTimeout, LinkError
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.links import serial as serial_module
from benchwright.instruments.links.serial import SerialLink, parse_options, parse_usb

if sys.platform == "win32":
    pytest.skip("pseudo terminals are POSIX", allow_module_level=True)

from tests.instruments.fake_serial import Adapter, FakeSerial


def echo(command: bytes) -> bytes:
    return command + b"\r\n"


def silent(command: bytes) -> bytes:
    return b""


@pytest.fixture
def links() -> Iterator[list[SerialLink]]:
    opened: list[SerialLink] = []
    yield opened
    for link in opened:
        link.close()


def connect(links: list[SerialLink], instrument: FakeSerial) -> SerialLink:
    link = SerialLink(instrument.device, {"baudrate": "19200"}, name="motor")
    links.append(link)
    link.open()
    return link


def test_replies_come_in_order(links: list[SerialLink]) -> None:
    with FakeSerial(echo) as instrument:
        link = connect(links, instrument)
        for number in range(50):
            link.write(b"%d\n" % number)
            assert link.read(b"\r\n", 2.0) == b"%d" % number


def test_what_follows_a_reply_is_read_next_or_discarded(links: list[SerialLink]) -> None:
    with FakeSerial(lambda command: b"1\r\n2\r\n3\r\n" if command == b"a" else b"new\r\n") as instrument:
        link = connect(links, instrument)
        link.write(b"a\n")
        assert [link.read(b"\r\n", 2.0), link.read(b"\r\n", 2.0)] == [b"1", b"2"]
        link.discard_input()
        link.write(b"b\n")
        assert link.read(b"\r\n", 2.0) == b"new"


def test_no_answer_ends_at_the_deadline(links: list[SerialLink]) -> None:
    with FakeSerial(silent) as instrument:
        link = connect(links, instrument)
        started_s = time.monotonic()
        with pytest.raises(InstrumentTimeout, match=r"^motor: no answer within 0\.1 s$"):
            link.read(b"\n", 0.1)
        assert 0.1 <= time.monotonic() - started_s < 2


def test_a_cancelled_caller_is_freed_at_once(
    links: list[SerialLink], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_module, "_SLICE_S", 2.0)
    with FakeSerial(silent) as instrument:
        link = connect(links, instrument)
        scope = CallScope(Caller.SCRIPT)
        errors: list[Exception] = []
        ended_s: list[float] = []

        def read() -> None:
            with calling_as(scope), scope.interrupted_by(link.interrupt):
                try:
                    link.read(b"\n", 5.0)
                except CallCancelled as error:
                    errors.append(error)
                    ended_s.append(time.monotonic())

        thread = threading.Thread(target=read)
        thread.start()
        time.sleep(0.03)  # most likely blocked by now; either way it has to end
        started_s = time.monotonic()
        scope.cancel()
        thread.join(2)
        assert errors
        assert ended_s[0] - started_s < 1  # sooner than the slice


def test_a_late_interrupt_does_not_hit_the_next_caller(links: list[SerialLink]) -> None:
    with FakeSerial(echo) as instrument:
        link = connect(links, instrument)
        link.interrupt()
        link.write(b"1\n")
        assert link.read(b"\r\n", 2.0) == b"1"


def test_stop_bytes_pass_a_blocked_read(links: list[SerialLink]) -> None:
    with FakeSerial(lambda command: b"stopped\r\n" if command == b"AB" else b"") as instrument:
        link = connect(links, instrument)
        replies: list[bytes] = []
        thread = threading.Thread(target=lambda: replies.append(link.read(b"\r\n", 5.0)))
        thread.start()
        link.write_urgent(b"AB\n")
        thread.join(2)
        assert replies == [b"stopped"]


def test_an_unplugged_adapter_is_a_lost_link(links: list[SerialLink]) -> None:
    with FakeSerial(silent) as instrument:
        link = connect(links, instrument)
        instrument.unplug()
        with pytest.raises(LinkError, match=f"^motor: lost serial://{instrument.device}: "):
            link.read(b"\n", 2.0)
        link.close()
        with pytest.raises(LinkError, match="is not open"):
            link.write(b"1\n")


def test_a_port_in_use(links: list[SerialLink]) -> None:
    with FakeSerial(echo) as instrument:
        connect(links, instrument)
        with pytest.raises(LinkError) as caught:
            SerialLink(instrument.device, name="laser").open()
        assert (
            caught.value.message == f"laser: the serial port {instrument.device} is in use by another program"
        )


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(LinkError, match=r"^motor: there is no serial port /dev/ttyNONE \(there is: .+\)$"):
        SerialLink("/dev/ttyNONE", name="motor").open()


def test_a_file_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(LinkError, match=f"^motor: {path} is no serial port, or nothing is connected to it$"):
        SerialLink(str(path), name="motor").open()


def test_no_permission(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "ttyUSB0"
    path.touch()

    def refuse(*args: Any, **kwargs: Any) -> int:
        raise PermissionError(13, "Permission denied")

    group = path.group()
    link = SerialLink(str(path), name="motor")
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        with pytest.raises(LinkError) as caught:
            link.open()
    assert caught.value.message == (
        f"motor: no permission to open the serial port {path} "
        f"(its group is {group}: add your user to it and log in again)"
    )


def test_a_speed_that_the_port_cannot_do(links: list[SerialLink], monkeypatch: pytest.MonkeyPatch) -> None:
    import serial

    def refuse(*args: Any, **settings: Any) -> None:
        raise ValueError("Invalid baud rate: 7")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(LinkError, match="^motor: cannot open the serial port /dev/x: Invalid baud rate: 7$"):
        SerialLink("/dev/x", {"baudrate": "7"}, name="motor").open()


# --- USB names ---


def test_an_adapter_is_found_by_its_usb_name(
    links: list[SerialLink], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeSerial(echo) as instrument:
        adapters = [
            Adapter("/dev/ttyS0", None, None, None),
            Adapter("/dev/ttyUSB0", 0x0403, 0x6001, "OTHER"),
            Adapter(instrument.device, 0x0403, 0x6001, "A5XK3RJT"),
        ]
        monkeypatch.setattr(serial_module, "list_ports", lambda: adapters)
        link = SerialLink("", usb="0403:6001:A5XK3RJT", name="motor")
        links.append(link)
        link.open()
        link.write(b"1\n")
        assert link.read(b"\r\n", 2.0) == b"1"


@pytest.mark.parametrize(
    ("usb", "sentence"),
    [
        (
            "0403:6001",
            "motor: serial://?usb=0403:6001: 2 adapters have it (/dev/a, /dev/b): add the serial number",
        ),
        (
            "0403:6001:Z",
            (
                "motor: serial://?usb=0403:6001:Z: no such USB serial adapter is plugged in "
                "(there is: 0403:6001:A, 0403:6001:B)"
            ),
        ),
    ],
)
def test_an_adapter_that_is_not_found(usb: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    adapters = [Adapter("/dev/a", 0x0403, 0x6001, "A"), Adapter("/dev/b", 0x0403, 0x6001, "B")]
    monkeypatch.setattr(serial_module, "list_ports", lambda: adapters)
    with pytest.raises(LinkError) as caught:
        SerialLink("", usb=usb, name="motor").open()
    assert caught.value.message == sentence


def test_usb_names_are_hexadecimal() -> None:
    assert parse_usb("0403:6001:A:B") == (0x0403, 0x6001, "A:B")
    with pytest.raises(ConfigurationError, match=r"^usb must be VID:PID or VID:PID:SERIAL .* found 'FTDI'$"):
        parse_usb("FTDI")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"baud": "9600"}, "unknown serial option 'baud'; did you mean baudrate? (there is: "),
        ({"baudrate": "fast"}, "the serial option baudrate must be a whole number above 0, found 'fast'"),
        ({"baudrate": "0"}, "the serial option baudrate must be a whole number above 0, found '0'"),
        ({"parity": "X"}, "the serial option parity must be one of N, E, O, M, S, found 'X'"),
        ({"stopbits": "3"}, "the serial option stopbits must be one of 1, 1.5, 2, found '3'"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_options(options)
    assert caught.value.message.startswith(sentence)


def test_options() -> None:
    assert parse_options({"baudrate": "19200", "parity": "E", "stopbits": "1.5", "rtscts": "true"}) == {
        "baudrate": 19200,
        "parity": "E",
        "stopbits": 1.5,
        "rtscts": True,
    }
