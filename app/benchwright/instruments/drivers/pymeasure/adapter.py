"""PyMeasure's adapter over one of our ports: its latch, traffic, timeouts and stop hold for strangers, too.

PyMeasure's own adapters open the device themselves, so that none of this would reach them.
"""

from typing import Any, Final

from pymeasure.adapters import Adapter
from pymeasure.instruments import Instrument

from benchwright.core.errors import ArgumentError, InstrumentTimeout
from benchwright.instruments.calls import current_scope
from benchwright.instruments.port import Port

_QUIET_S: Final = 0.1  # after which a message of unknown length is taken to be whole


class PortAdapter(Adapter):  # type: ignore[misc]
    """Writes and reads over a port, within a conversation that the driver holds.

    Args:
        port: that of the instrument.
    """

    def __init__(self, port: Port) -> None:
        super().__init__()
        self.connection = Connection(port)
        self.bytes_sent = 0
        self._port = port
        self._rest = b""  # of a message that was read in part

    def learn(self, settings: dict[str, Any]) -> None:
        """Do nothing: the port knows the line ends."""

    def _write(self, command: str, **kwargs: Any) -> None:
        if len(command.rstrip("\r\n").splitlines()) > 1:  # a text of a script must not bring a second command
            raise ArgumentError(f"{self._port.name}: what is sent must be one line, found {command[:60]!r}")
        self._write_bytes((command + self.connection.write_termination).encode("latin-1"))

    def _write_bytes(self, content: bytes, **kwargs: Any) -> None:
        self._port.write(content, acts=not _only_asks(content))
        self.bytes_sent += len(content)

    def _read(self, **kwargs: Any) -> str:
        end = self.connection.read_termination.encode()
        if end and end in self._rest:
            line, _, self._rest = self._rest.partition(end)
        else:
            line, self._rest = self._rest + self._receive(end), b""
        return line.decode("latin-1").rstrip("\r")

    def _read_bytes(self, count: int, break_on_termchar: bool, **kwargs: Any) -> bytes:
        if break_on_termchar:
            return (self._read() + self.connection.read_termination).encode("latin-1")
        data = self._rest or self._receive(b"")
        while not _is_whole(data, count):
            try:
                data += self._receive(b"", _QUIET_S if count < 0 else None)
            except InstrumentTimeout:
                if count >= 0 or data.startswith(b"#"):
                    raise
                break
        taken = len(data) if count < 0 else count
        self._rest = data[taken:]
        return data[:taken]

    def _receive(self, end: bytes, timeout_s: float | None = None) -> bytes:
        return self._port.read(end, self.connection.timeout_s if timeout_s is None else timeout_s)

    def flush_read_buffer(self) -> None:
        """Throw away what has arrived."""
        self.connection.clear()
        self._rest = b""

    def __repr__(self) -> str:
        return f"<{self._port.link.address}>"


def _only_asks(content: bytes) -> bool:
    """Tell whether a line consists of questions alone; what is no question is taken to act."""
    return all(b"?" in part for part in content.split(b";") if part.strip())


def _is_whole(data: bytes, count: int) -> bool:
    """Tell whether all has come: so many bytes, or the announced length of a block (IEEE 488.2, 8.7.9)."""
    if count >= 0:
        return len(data) >= count
    digits = data[1:2]
    if data[:1] != b"#" or not digits.isdigit() or digits == b"0":
        return False
    announced = data[2 : 2 + int(digits)]
    return announced.isdigit() and len(data) >= 2 + int(digits) + int(announced)


class Connection:
    """What classes may want of PyMeasure's connection; all else of it is refused by name."""

    def __init__(self, port: Port) -> None:
        self.write_termination = port.write_terminator.decode("latin-1")
        self.read_termination = port.read_terminator.decode("latin-1")
        self.timeout_s: float | None = None  # the port's
        self.chunk_size = 20 * 1024  # has no meaning here
        self._port = port

    @property
    def timeout(self) -> float:
        """How long to wait for an answer, in milliseconds."""
        return (self.timeout_s or self._port.timeout_s) * 1000

    @timeout.setter
    def timeout(self, value_ms: float | None) -> None:
        self.timeout_s = value_ms / 1000 if value_ms else None

    def clear(self) -> None:
        """Throw away what has arrived."""
        self._port.link.discard_input()

    def close(self) -> None:
        """Do nothing: the port is closed by its owner."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"the class wants {name!r} of a VISA connection, and this is a link of Benchwright"
        )


class OnOurLink(Instrument):  # type: ignore[misc]
    """Comes between a class and PyMeasure's `Instrument`, see `classes.make`."""

    def __init__(self, adapter: Any, name: str, includeSCPI: bool | None = None, **kwargs: Any) -> None:  # noqa: N803
        adapter.learn(kwargs)
        super().__init__(adapter, name, includeSCPI=False)
        self.SCPI = includeSCPI is not False  # set afterwards: PyMeasure warns of what it deprecates

    def wait_for(self, query_delay: float | None = None) -> None:
        """Wait before an answer is read; ends at once when the caller is stopped."""
        if query_delay:
            current_scope().wait(query_delay)


class Nowhere(Adapter):  # type: ignore[misc]
    """An adapter that leads nowhere: to see what a class makes of itself without an instrument."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = _NoConnection()
        self.settings: dict[str, Any] = {}

    def learn(self, settings: dict[str, Any]) -> None:
        """Keep what the class would have PyMeasure open its device with."""
        self.settings = settings

    def _write(self, command: str, **kwargs: Any) -> None:
        pass

    def _write_bytes(self, content: bytes, **kwargs: Any) -> None:
        pass

    def _read(self, **kwargs: Any) -> str:
        raise TimeoutError("there is no instrument")

    def _read_bytes(self, count: int, break_on_termchar: bool, **kwargs: Any) -> bytes:
        raise TimeoutError("there is no instrument")

    def flush_read_buffer(self) -> None:
        pass


class _NoConnection:
    def close(self) -> None:
        pass
