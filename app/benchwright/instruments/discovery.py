"""Finds what is plugged into this computer: serial ports and VISA resources."""

import warnings
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from benchwright.core.errors import ConfigurationError, InstrumentError
from benchwright.instruments.links.bounded import TooLate, within

VISA_TIMEOUT_S: Final = 15.0  # the Python library takes 2 s, whatever it finds


class FoundPort(msgspec.Struct, frozen=True, kw_only=True):
    """Something an instrument may be connected to.

    Attributes:
        kind: ``serial`` or ``visa``.
        link: its address for a configuration.
        description: what the system says of it, empty for nothing.
        usb: ``VID:PID:SERIAL`` of a USB serial adapter, for the key `usb` of a configuration.
    """

    kind: str
    link: str
    description: str = ""
    usb: str = ""


def find_serial_ports() -> Iterator[FoundPort]:
    """Yield the serial ports; takes some 10 ms."""
    from benchwright.instruments.links.serial import list_ports, usb_name

    for port in sorted(list_ports(), key=lambda port: str(port.device)):
        yield FoundPort(
            kind="serial",
            link=f"serial://{port.device}",
            description="" if port.description in (None, "n/a") else str(port.description),
            usb="" if port.vid is None else usb_name(port),
        )


def find_visa_resources(library: str = "@py", timeout_s: float = VISA_TIMEOUT_S) -> Iterator[FoundPort]:
    """Yield what a VISA library finds, but for serial ports, which have links of their own; takes seconds.

    Raises:
        ConfigurationError: the library cannot be used.
        InstrumentError: it does not come to an end.
    """
    try:
        resources = within(timeout_s, lambda: _list_resources(library))
    except TooLate:
        raise InstrumentError(
            "", f"the VISA library {library!r} still searches after {timeout_s:g} s"
        ) from None
    for resource in sorted(resources):
        if "ASRL" not in resource.partition("::")[0]:
            yield FoundPort(kind="visa", link=f"visa://{resource}")


def _list_resources(library: str) -> list[str]:
    import pyvisa
    from pyvisa.constants import StatusCode

    try:
        manager: Any = pyvisa.ResourceManager(library)
        with warnings.catch_warnings(action="ignore"):  # of optional packages that would find more
            return list(manager.list_resources("?*"))
    except pyvisa.VisaIOError as error:
        if error.error_code == StatusCode.error_resource_not_found:
            return []
        why = error.description
    except Exception as error:  # noqa: BLE001 - VISA libraries raise whatever they like, also bare Exception
        why = (str(error).splitlines() or [type(error).__name__])[0]
    raise ConfigurationError(f"the VISA library {library!r} cannot be used: {why}")
