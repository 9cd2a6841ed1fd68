"""Links to instruments: serial, VISA, TCP, replay of a recorded exchange, EPICS, and the virtual bench."""

from benchwright.instruments.links.address import LinkSettings, make_link
from benchwright.instruments.links.link import Link

__all__ = ["Link", "LinkSettings", "make_link"]
