"""Makes the link that an address of the configuration names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchwright.core.errors import ConfigurationError, did_you_mean
from benchwright.instruments.links.link import Link


@dataclass(frozen=True)
class LinkSettings:
    """What a link is told besides its address.

    Attributes:
        name: the instrument's name, for messages and for ``sim://``.
        timeout_s: how long opening and a stuck write may take.
        visa_library: see `VisaLink`; a relative path is one in `folder`.
        usb: ``VID:PID:SERIAL`` of a serial adapter.
        faults: of a simulated instrument.
        folder: where relative paths start.
    """

    name: str = ""
    timeout_s: float = 2.0
    visa_library: str = "@py"
    usb: str = ""
    faults: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()


def make_link(address: str, settings: LinkSettings) -> Link:
    """Return a closed link to what `address` names; no port is opened.

    Raises:
        ConfigurationError: the address is not valid, or a setting does not fit it.
    """
    scheme, separator, target = address.partition("://")
    if not separator or scheme not in _MAKERS:
        hint = did_you_mean(scheme, _MAKERS)
        examples = ", ".join(_EXAMPLES.values())
        raise ConfigurationError(f"{address!r} is no link{hint} (examples: {examples})")
    if settings.usb and scheme != "serial":
        raise ConfigurationError(f"usb names a serial adapter, which {scheme}:// does not use")
    if settings.faults and scheme != "sim":
        raise ConfigurationError(f"faults are for simulated instruments, not for {scheme}://")
    return _MAKERS[scheme](target, settings)


def _tcp(target: str, settings: LinkSettings) -> Link:
    host, port = _host_and_port(target)
    from benchwright.instruments.links.tcp import TcpLink

    return TcpLink(host, port, name=settings.name, timeout_s=settings.timeout_s)


def _host_and_port(target: str) -> tuple[str, int]:
    host, colon, port = target.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise _bad("tcp", target, "needs a host and a port from 1 to 65535")
    return host, int(port)


def _serial(target: str, settings: LinkSettings) -> Link:
    device, options = _with_options("serial", target)
    usb = options.pop("usb", settings.usb)
    if bool(device) == bool(usb):
        raise _bad("serial", target, "needs either a device or usb=VID:PID:SERIAL")
    from benchwright.instruments.links.serial import SerialLink

    return SerialLink(device, options, usb=usb, name=settings.name, timeout_s=settings.timeout_s)


def _visa(target: str, settings: LinkSettings) -> Link:
    resource, options = _with_options("visa", target)
    baud_rate = options.pop("baud_rate", "")
    if not resource or options:
        raise _bad("visa", target, "needs a VISA resource name, and takes no option but baud_rate")
    if baud_rate and not (baud_rate.isascii() and baud_rate.isdigit()):
        raise _bad("visa", target, "needs a whole number as baud_rate")
    library = _library(settings)
    if library == "@py" and (socket := _visa_socket(resource)):
        # A raw socket is one without VISA, too, and then a read ends as soon as it is cancelled.
        from benchwright.instruments.links.tcp import TcpLink

        return TcpLink(
            *socket, name=settings.name, timeout_s=settings.timeout_s, address=f"visa://{resource}"
        )
    from benchwright.instruments.links.visa import VisaLink

    return VisaLink(
        resource,
        library,
        baud_rate=int(baud_rate) if baud_rate else None,
        name=settings.name,
        timeout_s=settings.timeout_s,
    )


def _library(settings: LinkSettings) -> str:
    path, at, backend = settings.visa_library.rpartition("@")
    return f"{settings.folder / path}@{backend}" if at and path else settings.visa_library


def _visa_socket(resource: str) -> tuple[str, int] | None:
    """Return host and port of ``TCPIP0::host::port::SOCKET``, None for any other resource."""
    parts = resource.split("::")
    if len(parts) != 4 or not parts[0].upper().startswith("TCPIP") or parts[3].upper() != "SOCKET":
        return None
    return _host_and_port(f"{parts[1]}:{parts[2]}")


def _replay(target: str, settings: LinkSettings) -> Link:
    if not target:
        raise _bad("replay", target, "needs the path of a recorded exchange")
    from benchwright.instruments.links.replay import ReplayLink

    return ReplayLink.from_file(settings.folder / target, name=settings.name)


def _sim(target: str, settings: LinkSettings) -> Link:
    from benchwright.instruments.links.sim import SimLink

    return SimLink(target or settings.name, settings.faults, name=settings.name, timeout_s=settings.timeout_s)


def _epics(target: str, settings: LinkSettings) -> Link:
    if target:
        why = "takes nothing behind it; EPICS_PVA_ADDR_LIST and EPICS_CA_ADDR_LIST tell where servers are"
        raise _bad("epics", target, why)
    from benchwright.instruments.links.epics import EpicsLink

    return EpicsLink(name=settings.name, timeout_s=settings.timeout_s)


def _with_options(scheme: str, target: str) -> tuple[str, dict[str, str]]:
    """Split ``target?key=value&key=value``."""
    target, _, query = target.partition("?")
    options: dict[str, str] = {}
    for item in filter(None, query.split("&")):
        key, equals, value = item.partition("=")
        if not equals or not key or key in options:
            raise _bad(
                scheme, f"{target}?{query}", f"has an option that is not key=value or comes twice: {item!r}"
            )
        options[key] = value
    return target, options


def _bad(scheme: str, target: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"'{scheme}://{target}' {why} (example: {_EXAMPLES[scheme]})")


_MAKERS: Final[Mapping[str, Callable[[str, LinkSettings], Link]]] = {
    "tcp": _tcp,
    "serial": _serial,
    "visa": _visa,
    "replay": _replay,
    "sim": _sim,
    "epics": _epics,
}
_EXAMPLES: Final = {
    "serial": "serial:///dev/ttyUSB0?baudrate=19200",
    "tcp": "tcp://192.168.0.5:5025",
    "visa": "visa://GPIB0::5::INSTR",
    "sim": "sim://esp300",
    "replay": "replay://exchanges.toml",
    "epics": "epics://",
}
