"""The safety line: a socket of its own for the emergency stop; this is its client.

It shares nothing with the operators' channel, so that a full queue, a busy desk or a slow client cannot
delay it. The protocol is lines: the bench sends a nonce in hex; the client answers with the HMAC-SHA256 of
nonce and command under the data folder's key, a space, and the command as JSON; the bench acknowledges with
one JSON line and sends its report as another, with an ``error`` where it refuses (a reset only). Only the
standard library is imported here, so that the client starts in milliseconds.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety import safety_socket

if TYPE_CHECKING:
    import socket

ACKNOWLEDGE_TIMEOUT_S = 0.25
PING_TIMEOUT_S = 1.0
REPORT_TIMEOUT_S = 5.0  # each instrument has 2 s, all of them at once
MAX_LINE_BYTES = 4096


class NoBench(Exception):
    """No bench listens on the safety line."""


class BenchSilent(Exception):
    """A bench does not acknowledge or report in time, or not to us: it hangs, or may just as well."""


class ResetRefused(Exception):
    """The bench stays latched; the text says why."""


class SafetyReply(NamedTuple):
    """What came of a command: per instrument its name, outcome, duration and message.

    ``unlatched`` tells why the next bench would not know of the stop; empty where it will. ``by_bench`` tells
    who stopped them: the bench, or this process in its place.
    """

    instruments: list[dict[str, Any]]
    unlatched: str = ""
    by_bench: bool = True


def signature(key: bytes, nonce: str, command: str) -> str:
    """Return what proves that whoever sends `command` knows the key."""
    return hmac.new(key, f"{nonce} {command}".encode(), hashlib.sha256).hexdigest()


def press(folder: DataFolder, source: str, on_acknowledged: Callable[[], None] = lambda: None) -> SafetyReply:
    """Press the emergency stop of the bench on this data folder and wait for its report.

    Raises:
        NoBench: none listens.
        BenchSilent: it does not acknowledge within 250 ms, or does not report.
    """
    report = _command(folder, {"command": "stop", "source": source}, on_acknowledged)
    instruments = report.get("instruments")
    if not isinstance(instruments, list):
        raise BenchSilent
    return SafetyReply(instruments)


def reset(folder: DataFolder, source: str) -> None:
    """Release the latched emergency stop of the bench on this data folder.

    Raises:
        NoBench: none listens.
        BenchSilent: it does not acknowledge within 250 ms, or does not report.
        ResetRefused: it stays latched.
    """
    report = _command(folder, {"command": "reset", "source": source}, lambda: None)
    if why := report.get("error"):
        raise ResetRefused(why)


def ping(folder: DataFolder) -> None:
    """Ask whether the bench on this data folder would hear the emergency stop.

    Raises:
        NoBench: none listens.
        BenchSilent: it does not acknowledge within 1 s.
    """
    _command(folder, {"command": "ping"}, lambda: None, PING_TIMEOUT_S)


def _command(
    folder: DataFolder,
    command: dict[str, str],
    on_acknowledged: Callable[[], None],
    timeout_s: float = ACKNOWLEDGE_TIMEOUT_S,
) -> dict[str, Any]:
    deadline_s = time.monotonic() + timeout_s
    try:
        connection = safety_socket.connect(folder, timeout_s)
    except TimeoutError as error:
        raise BenchSilent from error
    except Exception as error:
        raise NoBench from error
    with connection, connection.makefile("rb") as stream:  # a writer would fail once more when it is closed
        try:
            nonce = _line(connection, stream, deadline_s).decode()
            text = json.dumps(command)
            connection.sendall(f"{signature(folder.auth_key(), nonce, text)} {text}\n".encode())
            _line(connection, stream, deadline_s)
        except Exception as error:
            raise BenchSilent from error
        on_acknowledged()
        try:
            report = json.loads(_line(connection, stream, time.monotonic() + REPORT_TIMEOUT_S))
        except (OSError, ValueError) as error:
            raise BenchSilent from error
    return report if isinstance(report, dict) else {}


def _line(connection: "socket.socket", stream: Any, deadline_s: float) -> bytes:
    """Return the next whole line without its end.

    Raises:
        OSError: it does not come in time, or the connection ends before.
    """
    connection.settimeout(max(0.001, deadline_s - time.monotonic()))
    line: bytes = stream.readline()
    if not line.endswith(b"\n"):
        raise ConnectionResetError
    return line.strip()
