"""The safety line: a socket of its own for the emergency stop, and its client.

It shares nothing with the operators' channel, so that a full queue, a busy desk or a slow client cannot
delay it. The protocol is lines: the bench sends a nonce in hex; the client answers with the HMAC-SHA256 of
nonce and command under the data folder's key, a space, and the command as JSON; the bench acknowledges with
one JSON line and sends its report as another. Only the standard library is imported here, so that the client
starts in milliseconds.
"""

import hashlib
import hmac
import json
import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchwright.bench import safety_socket
from benchwright.bench.data_folder import DataFolder

ACKNOWLEDGE_TIMEOUT_S = 0.25
REPORT_TIMEOUT_S = 10.0
_MAX_LINE_BYTES = 4096

_log = logging.getLogger(__name__)


class NoBench(Exception):
    """No bench listens on the safety line."""


class BenchSilent(Exception):
    """A bench listens but does not acknowledge in time: it hangs."""


@dataclass(frozen=True)
class SafetyReply:
    """What came of a command: per instrument its name, outcome, duration and message."""

    instruments: list[dict[str, Any]] = field(default_factory=list)


def _signature(key: bytes, nonce: str, command: str) -> str:
    return hmac.new(key, f"{nonce} {command}".encode(), hashlib.sha256).hexdigest()


# --- the client -------------------------------------------------------------------------------------------


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
            nonce = stream.readline(_MAX_LINE_BYTES).decode().strip()
            text = json.dumps(command)
            stream.write(f"{_signature(folder.auth_key(), nonce, text)} {text}\n".encode())
            stream.flush()
            acknowledged = stream.readline(_MAX_LINE_BYTES)
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


# --- the bench --------------------------------------------------------------------------------------------


class SafetyLine:
    """The bench's end: one thread accepts, one thread per command acts; nothing else is waited for.

    Args:
        on_latch: latches at once, so that the acknowledgement is true.
        on_stop: carries the emergency stop out; returns the report as JSON values.
        on_reset: releases it.
    """

    def __init__(
        self,
        folder: DataFolder,
        on_latch: Callable[[str], None],
        on_stop: Callable[[str], list[dict[str, Any]]],
        on_reset: Callable[[str], None],
    ) -> None:
        self._key = folder.auth_key()
        self._on_latch = on_latch
        self._on_stop = on_stop
        self._on_reset = on_reset
        self._folder = folder
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Listen from now on."""
        self._socket = safety_socket.listen(self._folder)
        threading.Thread(target=self._accept, args=(self._socket,), name="safety line", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # not every system shuts a listening socket down; closing it suffices there
            self._socket.close()
            safety_socket.remove(self._folder)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return  # closed
            threading.Thread(
                target=self._serve, args=(connection,), name="safety command", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(REPORT_TIMEOUT_S)
        try:
            with connection, connection.makefile("rwb") as stream:
                nonce = os.urandom(16).hex()
                stream.write(f"{nonce}\n".encode())
                stream.flush()
                signature, _, text = stream.readline(_MAX_LINE_BYTES).decode().strip().partition(" ")
                if not hmac.compare_digest(signature, _signature(self._key, nonce, text)):
                    _log.warning("a command without the key was refused on the safety line")
                    return
                self._obey(json.loads(text), stream)
        except (OSError, ValueError):
            _log.warning("a client of the safety line broke off")

    def _obey(self, command: dict[str, str], stream: Any) -> None:
        source = str(command.get("source", "safety line"))[:200]
        stopping = command.get("command") == "stop"
        if stopping:
            self._on_latch(source)
        else:
            self._on_reset(source)
        stream.write(b'{"acknowledged": true}\n')
        stream.flush()
        report = self._on_stop(source) if stopping else []
        stream.write(json.dumps({"instruments": report}).encode() + b"\n")
        stream.flush()
