"""The safety line: a socket of its own for the emergency stop; this is its client.

It shares nothing with the operators' channel, so that a full queue, a busy desk or a slow client cannot
delay it. The protocol is lines: the bench sends a nonce in hex; the client answers with the HMAC-SHA256 of
nonce and command under the data folder's key, a space, and the command as JSON; the bench acknowledges with
one JSON line and sends its report as another. Only the standard library is imported here, so that the client
starts in milliseconds.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety import safety_socket

ACKNOWLEDGE_TIMEOUT_S = 0.25
REPORT_TIMEOUT_S = 10.0
MAX_LINE_BYTES = 4096


class NoBench(Exception):
    """No bench listens on the safety line."""


class BenchSilent(Exception):
    """A bench listens but does not acknowledge in time: it hangs."""


class SafetyReply(NamedTuple):
    """What came of a command: per instrument its name, outcome, duration and message.

    ``unlatched`` tells why the next bench would not know of the stop; empty where it will.
    """

    instruments: list[dict[str, Any]]
    unlatched: str = ""


def signature(key: bytes, nonce: str, command: str) -> str:
    """Return what proves that whoever sends `command` knows the key."""
    return hmac.new(key, f"{nonce} {command}".encode(), hashlib.sha256).hexdigest()


def press(folder: DataFolder, source: str, on_acknowledged: Callable[[], None] = lambda: None) -> SafetyReply:
    """Press the emergency stop of the bench on this data folder and wait for its report.

    Raises:
        NoBench: none runs.
        BenchSilent: it does not acknowledge within 250 ms.
    """
    return _command(folder, {"command": "stop", "source": source}, on_acknowledged)


def reset(folder: DataFolder, source: str) -> SafetyReply:
    """Release the latched emergency stop of the bench on this data folder.

    Raises:
        NoBench: none runs.
        BenchSilent: it does not acknowledge within 250 ms.
    """
    return _command(folder, {"command": "reset", "source": source}, lambda: None)


def _command(folder: DataFolder, command: dict[str, str], on_acknowledged: Callable[[], None]) -> SafetyReply:
    try:
        connection = safety_socket.connect(folder, ACKNOWLEDGE_TIMEOUT_S)
    except TimeoutError as error:
        raise BenchSilent from error
    except OSError as error:
        raise NoBench from error
    with connection, connection.makefile("rwb") as stream:
        try:
            nonce = stream.readline(MAX_LINE_BYTES).decode().strip()
            text = json.dumps(command)
            stream.write(f"{signature(folder.auth_key(), nonce, text)} {text}\n".encode())
            stream.flush()
            acknowledged = stream.readline(MAX_LINE_BYTES)
        except (TimeoutError, OSError) as error:
            raise BenchSilent from error
        if not acknowledged:
            raise BenchSilent
        on_acknowledged()
        connection.settimeout(REPORT_TIMEOUT_S)
        try:
            return SafetyReply(json.loads(stream.readline() or b"{}").get("instruments", []))
        except OSError as error:
            raise BenchSilent from error
