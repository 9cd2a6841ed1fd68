"""A recorded exchange in place of an instrument; whatever was not recorded is refused."""

from collections import deque
from pathlib import Path

from benchwright.core.errors import ConfigurationError, InstrumentTimeout, LinkError
from benchwright.core.toml_source import parse_toml
from benchwright.core.toml_table import TomlTable

_LINE_ENDS = b"\r\n"


class ReplayLink:
    """A link that answers from a TOML file, in the order of the file and once.

    Each ``[[exchange]]`` has ``send`` and, where the instrument answers, ``reply``; both without line ends,
    bytes above 127 as the characters of the same number.

    Args:
        text: the content of the file.
        file: its name, for messages.
        name: the instrument's name, for messages.

    Raises:
        ConfigurationError: the text is no recorded exchange.
    """

    def __init__(self, text: str, file: str, *, name: str = "") -> None:
        self.address = f"replay://{file}"
        self._file = file
        self._name = name
        self._exchanges = deque(_parse(text, file))
        self._count = 0
        self._reply = b""
        self._is_open = False

    @classmethod
    def from_file(cls, path: Path, *, name: str = "") -> "ReplayLink":
        """Read a recorded exchange.

        Raises:
            ConfigurationError: the file cannot be read or is no recorded exchange.
        """
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ConfigurationError(f"cannot read the recorded exchange: {why}", str(path)) from None
        return cls(text, str(path), name=name)

    @property
    def remaining(self) -> list[str]:
        """What was recorded and not asked for yet."""
        return [send.decode("latin-1") for send, _ in self._exchanges]

    def open(self) -> None:
        self._is_open = True  # goes on where it was: a link that was lost does not turn back time

    def close(self) -> None:
        self._is_open = False
        self._reply = b""

    def write(self, data: bytes) -> None:
        if not self._is_open:
            raise LinkError(self._name, f"{self.address} is not open")
        sent = data.rstrip(_LINE_ENDS)
        if self._reply:
            raise self._unexpected(sent, f"while the reply {self._reply!r} was not read")
        if not self._exchanges:
            raise self._unexpected(sent, "after the last exchange")
        expected, reply = self._exchanges[0]
        if sent != expected:
            raise self._unexpected(sent, f"where exchange {self._count + 1} has {expected!r}")
        self._exchanges.popleft()
        self._count += 1
        self._reply = reply

    write_urgent = write

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        reply, self._reply = self._reply, b""
        if not reply:
            raise InstrumentTimeout(
                self._name, f"no answer recorded after exchange {self._count} of {self._file}"
            )
        return reply

    def discard_input(self) -> None:
        self._reply = b""

    def interrupt(self) -> None:
        """Do nothing: no read blocks."""

    def _unexpected(self, sent: bytes, where: str) -> LinkError:
        return LinkError(self._name, f"{self._file}: {sent!r} was sent {where}")


def _parse(text: str, file: str) -> list[tuple[bytes, bytes]]:
    table = TomlTable(parse_toml(text, file), text, file, ConfigurationError)
    table.allow(("exchange",))
    return [_parse_exchange(item) for item in table.array("exchange")]


def _parse_exchange(item: TomlTable) -> tuple[bytes, bytes]:
    item.allow(("send", "reply"))
    if "send" not in item:
        item.fail("send is missing")
    return _as_bytes(item, "send"), _as_bytes(item, "reply")


def _as_bytes(item: TomlTable, key: str) -> bytes:
    try:
        return item.text(key).encode("latin-1").rstrip(_LINE_ENDS)
    except UnicodeEncodeError:
        item.fail("must consist of characters up to \\u00ff, each a byte", key)
