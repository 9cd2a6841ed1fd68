"""What is found on this computer."""

import threading
from pathlib import Path

import pytest

from benchwright.core.errors import ConfigurationError, InstrumentError
from benchwright.instruments import discovery
from benchwright.instruments.discovery import FoundPort, find_serial_ports, find_visa_resources
from benchwright.instruments.links import bounded
from benchwright.instruments.links import serial as serial_module
from tests.instruments.fake_serial import Adapter

LIBRARY = f"{Path(__file__).parent / 'links' / 'instruments.yaml'}@sim"


def test_serial_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [
        Adapter("/dev/ttyUSB0", 0x0403, 0x6001, "A5XK3RJT", "FT232R USB UART"),
        Adapter("/dev/ttyS0", None, None, None),
    ]
    monkeypatch.setattr(serial_module, "list_ports", lambda: ports)
    assert list(find_serial_ports()) == [
        FoundPort(kind="serial", link="serial:///dev/ttyS0"),
        FoundPort(
            kind="serial",
            link="serial:///dev/ttyUSB0",
            description="FT232R USB UART",
            usb="0403:6001:A5XK3RJT",
        ),
    ]


def test_the_ports_of_this_computer_can_be_listed() -> None:
    assert all(port.link.startswith("serial://") for port in find_serial_ports())


def test_visa_resources() -> None:
    links = [port.link for port in find_visa_resources(LIBRARY)]
    assert links == [
        "visa://GPIB0::5::INSTR",
        "visa://GPIB0::6::INSTR",
        "visa://TCPIP0::meter::5025::SOCKET",
        "visa://TCPIP0::meter::inst0::INSTR",
        "visa://USB0::0x1111::0x2222::SN1::0::INSTR",
    ]


def test_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text('spec: "1.0"\ndevices: {}\nresources: {}\n')
    assert list(find_visa_resources(f"{tmp_path / 'empty.yaml'}@sim")) == []


def test_a_library_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="^the VISA library '/nowhere.so' cannot be used: "):
        list(find_visa_resources("/nowhere.so"))


def test_a_library_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(discovery, "_list_resources", lambda library: released.wait(5))
    with pytest.raises(InstrumentError, match="^the VISA library '@py' still searches after 0.05 s$"):
        list(find_visa_resources(timeout_s=0.05))
    released.set()
    for thread in threading.enumerate():
        if thread.name == bounded.THREAD_NAME:
            thread.join()
