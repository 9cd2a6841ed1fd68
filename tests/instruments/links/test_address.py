"""Addresses of links: what each scheme takes, and the sentence for what it does not."""

from pathlib import Path

import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.instruments.links import LinkSettings, make_link
from benchwright.instruments.links.serial import SerialLink
from benchwright.instruments.links.tcp import TcpLink
from benchwright.instruments.links.visa import VisaLink


@pytest.mark.parametrize(
    ("address", "kind", "shown"),
    [
        ("tcp://192.168.0.5:5025", TcpLink, "tcp://192.168.0.5:5025"),
        ("tcp://[fe80::1]:5025", TcpLink, "tcp://[fe80::1]:5025"),
        ("serial:///dev/ttyUSB0?baudrate=19200&parity=E", SerialLink, "serial:///dev/ttyUSB0"),
        ("serial://COM3", SerialLink, "serial://COM3"),
        ("serial://?usb=0403:6001:A5XK3RJT&baudrate=9600", SerialLink, "serial://?usb=0403:6001:A5XK3RJT"),
        ("visa://GPIB0::5::INSTR", VisaLink, "visa://GPIB0::5::INSTR"),
        ("visa://ASRL1::INSTR?baud_rate=19200", VisaLink, "visa://ASRL1::INSTR"),
        ("visa://TCPIP0::host::5025::SOCKET", TcpLink, "visa://TCPIP0::host::5025::SOCKET"),
    ],
)
def test_addresses(address: str, kind: type, shown: str) -> None:
    link = make_link(address, LinkSettings())
    assert type(link) is kind
    assert link.address == shown


def test_a_socket_of_another_library_stays_with_it(tmp_path: Path) -> None:
    settings = LinkSettings(visa_library="instruments.yaml@sim", folder=tmp_path)
    assert type(make_link("visa://TCPIP0::host::5025::SOCKET", settings)) is VisaLink


def test_paths_start_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "motor.toml").write_text('[[exchange]]\nsend = "1TP?"\n')
    link = make_link("replay://motor.toml", LinkSettings(folder=tmp_path))
    assert link.address == f"replay://{tmp_path / 'motor.toml'}"


@pytest.mark.parametrize(
    ("address", "settings", "sentence"),
    [
        (
            "tpc://host:1",
            LinkSettings(),
            (
                "'tpc://host:1' is no link; did you mean tcp? (examples: "
                "serial:///dev/ttyUSB0?baudrate=19200, "
                "tcp://192.168.0.5:5025, visa://GPIB0::5::INSTR, sim://esp300, replay://exchanges.toml, "
                "epics://)"
            ),
        ),
        (
            "tcp://host",
            LinkSettings(),
            "'tcp://host' needs a host and a port from 1 to 65535 (example: tcp://192.168.0.5:5025)",
        ),
        (
            "tcp://host:70000",
            LinkSettings(),
            "'tcp://host:70000' needs a host and a port from 1 to 65535 (example: tcp://192.168.0.5:5025)",
        ),
        (
            "serial://",
            LinkSettings(),
            (
                "'serial://' needs either a device or usb=VID:PID:SERIAL "
                "(example: serial:///dev/ttyUSB0?baudrate=19200)"
            ),
        ),
        (
            "serial://COM3?usb=1:2",
            LinkSettings(),
            (
                "'serial://COM3?usb=1:2' needs either a device or usb=VID:PID:SERIAL "
                "(example: serial:///dev/ttyUSB0?baudrate=19200)"
            ),
        ),
        (
            "serial://COM3?baudrate",
            LinkSettings(),
            (
                "'serial://COM3?baudrate' has an option that is not key=value or comes twice: 'baudrate' "
                "(example: serial:///dev/ttyUSB0?baudrate=19200)"
            ),
        ),
        (
            "visa://",
            LinkSettings(),
            (
                "'visa://' needs a VISA resource name, and takes no option but baud_rate "
                "(example: visa://GPIB0::5::INSTR)"
            ),
        ),
        (
            "replay://",
            LinkSettings(),
            "'replay://' needs the path of a recorded exchange (example: replay://exchanges.toml)",
        ),
        ("tcp://host:1", LinkSettings(usb="1:2"), "usb names a serial adapter, which tcp:// does not use"),
        (
            "tcp://host:1",
            LinkSettings(faults={"latency": 1}),
            "faults are for simulated instruments, not for tcp://",
        ),
    ],
)
def test_addresses_that_are_not_valid(address: str, settings: LinkSettings, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_link(address, settings)
    assert caught.value.message == sentence
