"""What a link to an instrument is: bytes out, bytes in, and a way to free whoever waits for them."""

from typing import Protocol


class Link(Protocol):
    """An open or closed connection; all but `interrupt` and `write_urgent` is called under the port's lock.

    Raises:
        LinkError: from `open`, `write` and `read`: the link cannot be opened or was lost.
        InstrumentTimeout: from `read`: nothing complete arrived in time.
        CallCancelled: from `open`, `write` and `read`: the `CallScope` that they wait for was cancelled.
    """

    address: str

    def open(self) -> None:
        """Open the connection, or fail within the time that an exchange may take."""
        ...

    def close(self) -> None:
        """Close the connection; harmless when closed."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        """Return one reply without its terminator; where `terminator` is empty, what arrives as one message.

        What came after the terminator stays and is read next.
        """
        ...

    def discard_input(self) -> None:
        """Throw away whatever has arrived unasked, so that the next reply belongs to the next question."""
        ...

    def interrupt(self) -> None:
        """Let a blocked method look at once whether its caller was stopped; from any thread.

        Whoever waits on behalf of a scope that was not cancelled goes on waiting, so that an interrupt which
        comes too late for one caller never hits the next.
        """
        ...

    def write_urgent(self, data: bytes) -> None:
        """Send `data` beside a blocked `read` and without its lock: the stop lane. From any thread."""
        ...
