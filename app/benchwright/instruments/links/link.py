"""What a link to an instrument is: bytes out, bytes in, and a way to free whoever waits for them."""

from typing import Protocol


class Link(Protocol):
    """An open or closed connection; every method but `interrupt` and `write_urgent` is called under the port's lock.

    Raises:
        LinkError: from `open`, `write` and `read`: the link cannot be opened or was lost.
        InstrumentTimeout: from `read`: nothing complete arrived in time.
        CallCancelled: from `read`: `interrupt` was called.
    """

    address: str

    def open(self) -> None:
        """Open the connection."""
        ...

    def close(self) -> None:
        """Close the connection; harmless when closed."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        """Return one reply without its terminator; where `terminator` is empty, what arrives as one message."""
        ...

    def discard_input(self) -> None:
        """Throw away whatever has arrived unasked, so that the next reply belongs to the next question."""
        ...

    def interrupt(self) -> None:
        """Free a blocked `read` at once; from any thread. Without a blocked read it has no effect."""
        ...

    def write_urgent(self, data: bytes) -> None:
        """Send `data` beside a blocked `read` and without its lock: the stop lane. From any thread."""
        ...
