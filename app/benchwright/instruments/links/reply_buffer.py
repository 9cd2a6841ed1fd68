"""Collects what arrives over a link into replies."""

from benchwright.core.errors import InstrumentTimeout, LinkError

MAX_REPLY_BYTES = 16 * 1024 * 1024
_SHOWN_BYTES = 40


class ReplyBuffer:
    """Bytes that have arrived and were not read yet; one link reads with one terminator.

    Args:
        name: the instrument's name, for messages.
        address: the link's address, for messages.
    """

    def __init__(self, name: str, address: str) -> None:
        self._name = name
        self._address = address
        self._data = bytearray()
        self._searched = 0  # up to here there is no terminator

    def add(self, chunk: bytes) -> None:
        """Append what arrived.

        Raises:
            LinkError: the instrument does not come to an end.
        """
        self._data += chunk
        if len(self._data) > MAX_REPLY_BYTES:
            limit = f"{MAX_REPLY_BYTES >> 20} MiB"
            raise LinkError(self._name, f"{self._address} sent over {limit} without the end of a reply")

    def take(self, terminator: bytes) -> bytes | None:
        """Return the first reply without its terminator, None where it is not complete.

        Where `terminator` is empty, all that has arrived is the reply.
        """
        data = self._data
        end = data.find(terminator, self._searched) if terminator else len(data) or -1
        if end < 0:
            self._searched = max(0, len(data) - len(terminator) + 1)
            return None
        reply = bytes(data[:end])
        del data[: end + len(terminator)]
        self._searched = 0
        return reply

    def clear(self) -> None:
        """Forget what has arrived."""
        self._data.clear()
        self._searched = 0

    def timeout(self, timeout_s: float) -> InstrumentTimeout:
        """Return the error that says what came instead of a reply."""
        if self._data:
            received = bytes(self._data[:_SHOWN_BYTES])
            return InstrumentTimeout(
                self._name, f"the answer {received!r} was not complete within {timeout_s:g} s"
            )
        return InstrumentTimeout(self._name, f"no answer within {timeout_s:g} s")
