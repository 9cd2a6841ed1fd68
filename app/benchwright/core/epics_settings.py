"""Where and how a bench is published as process variables of EPICS."""

from ipaddress import ip_address

import msgspec


class EpicsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `benchwright serve --epics` does.

    Attributes:
        prefix: of each name; empty for the bench's own.
        address: an IP address of this computer to listen at.
        port: TCP port, 0 for any that is free.
        broadcast_port: UDP port of searches, likewise.
        writes: whether clients may call commands of instruments.
    """

    prefix: str = ""
    address: str = "127.0.0.1"
    port: int = 5075
    broadcast_port: int = 5076
    writes: bool = False

    @property
    def is_local(self) -> bool:
        """Whether it is seen on this computer alone."""
        return ip_address(self.address).is_loopback
