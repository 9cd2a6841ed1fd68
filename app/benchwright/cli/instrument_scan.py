"""`benchwright instrument scan`: what is plugged into this computer, each port as soon as it is found."""

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from benchwright.cli.console import Console, printable


def scan(arguments: Namespace) -> int:
    """Show serial ports at once and VISA resources when their search is done; return the exit code."""
    console = Console()
    count = 0
    for found in _serial_ports():
        count += 1
        _show(console, found, arguments.json)
    if not arguments.no_visa:
        console.status("looking for VISA resources ...")
        for found in _visa_resources(arguments.visa_library):
            count += 1
            _show(console, found, arguments.json)
    if not arguments.json and not count:
        console.note("nothing found")
    return 0


def _show(console: Console, found: dict[str, str], as_json: bool) -> None:
    if as_json:
        console.json({"event": "port", **found})
    else:
        note = "  ".join(found[key] for key in ("description", "usb") if found.get(key))
        console.out(f"{found['link']:40}  {printable(note)}".rstrip())


def _serial_ports() -> Iterator[dict[str, str]]:
    from serial.tools.list_ports import comports

    for port in sorted(comports(), key=lambda port: str(port.device)):
        is_usb = port.vid is not None
        yield {
            "kind": "serial",
            "link": f"serial://{port.device}",
            "description": "" if port.description in (None, "n/a") else str(port.description),
            "usb": f"{port.vid:04X}:{port.pid:04X}:{port.serial_number or ''}".rstrip(":") if is_usb else "",
        }


def _visa_resources(library: str) -> Iterator[dict[str, str]]:
    import pyvisa

    from benchwright.core.errors import ConfigurationError

    try:
        manager: Any = pyvisa.ResourceManager(library)
    except (OSError, ValueError, pyvisa.Error) as error:
        raise ConfigurationError(f"the VISA library {library!r} cannot be used: {error}") from None
    try:
        # Serial ports are listed above by their own names.
        for resource in manager.list_resources("?*"):
            if not resource.startswith("ASRL"):
                yield {"kind": "visa", "link": f"visa://{resource}", "description": "", "usb": ""}
    finally:
        manager.close()
