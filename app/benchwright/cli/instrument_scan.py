"""`benchwright instrument scan`: what is plugged into this computer, each port as soon as it is found."""

from argparse import Namespace
from typing import TYPE_CHECKING

from benchwright.cli.console import Console, printable

if TYPE_CHECKING:
    from benchwright.instruments.discovery import FoundPort


def scan(arguments: Namespace) -> int:
    """Show serial ports at once and VISA resources when their search is done; return the exit code."""
    from benchwright.instruments.discovery import find_serial_ports, find_visa_resources

    console = Console()
    count = 0
    for found in find_serial_ports():
        count += 1
        _show(console, found, arguments.json)
    if not arguments.no_visa:
        console.status("looking for VISA resources ...")
        for found in find_visa_resources(arguments.visa_library):
            count += 1
            _show(console, found, arguments.json)
    if not arguments.json and not count:
        console.note("nothing found")
    return 0


def _show(console: Console, found: "FoundPort", as_json: bool) -> None:
    if as_json:
        fields = {"kind": found.kind, "link": found.link, "description": found.description, "usb": found.usb}
        console.json({"event": "port", **fields})
    else:
        note = "  ".join(text for text in (found.description, found.usb) if text)
        console.out(f"{found.link:40}  {printable(note)}".rstrip())
