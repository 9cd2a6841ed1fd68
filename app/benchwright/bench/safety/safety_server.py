"""The bench's end of the safety line."""

import hmac
import json
import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety import safety_socket
from benchwright.bench.safety.safety_line import MAX_LINE_BYTES, signature
from benchwright.core.errors import BenchwrightError

_log = logging.getLogger(__name__)

_COMMAND_TIMEOUT_S: Final = 2.0  # a client sends its command at once
_RETRY_S: Final = 0.01


class SafetyLine:
    """Listens for commands: one thread accepts, one thread per command acts; nothing else is waited for.

    Args:
        on_latch: latches at once, so that the acknowledgement is true.
        on_stop: carries the emergency stop out; returns the report as JSON values.
        on_reset: releases it, or raises why not.
    """

    def __init__(
        self,
        folder: DataFolder,
        on_latch: Callable[[], None],
        on_stop: Callable[[str], list[dict[str, Any]]],
        on_reset: Callable[[str], None],
    ) -> None:
        self._key = folder.auth_key()
        self._on_latch = on_latch
        self._on_stop = on_stop
        self._on_reset = on_reset
        self._folder = folder
        self._socket: socket.socket | None = None
        self._closed = threading.Event()

    def start(self) -> None:
        """Listen from now on."""
        self._socket = safety_socket.listen(self._folder)
        threading.Thread(target=self._accept, args=(self._socket,), name="safety line", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._closed.set()
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
                if self._closed.wait(_RETRY_S):
                    return
                continue  # no descriptor is free: whoever presses now does not wait for us
            thread = threading.Thread(
                target=self._serve, args=(connection,), name="safety command", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:  # no thread is free
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(_COMMAND_TIMEOUT_S)
        try:
            with connection, connection.makefile("rwb") as stream:
                nonce = os.urandom(16).hex()
                stream.write(f"{nonce}\n".encode())
                stream.flush()
                proof, _, text = stream.readline(MAX_LINE_BYTES).decode().strip().partition(" ")
                if not hmac.compare_digest(proof, signature(self._key, nonce, text)):
                    _log.warning("a command without the key was refused on the safety line")
                    return
                self._obey(json.loads(text), stream)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            _log.warning("a client of the safety line broke off")

    def _obey(self, command: dict[str, str], stream: Any) -> None:
        source = _printable(command.get("source"))
        if command.get("command") == "ping":
            _send(stream, {"acknowledged": True})
            _send(stream, {})
            return
        if command.get("command") == "reset":
            _send(stream, {"acknowledged": True})
            _send(stream, {"instruments": [], "error": self._reset(source)})
            return
        self._on_latch()
        try:
            _send(stream, {"acknowledged": True})
        finally:  # whoever pressed may be gone
            report = self._on_stop(source)
        _send(stream, {"instruments": report})

    def _reset(self, source: str) -> str:
        """Release the stop; return why not."""
        try:
            self._on_reset(source)
        except BenchwrightError as error:
            return error.message
        return ""


def _printable(source: object) -> str:
    """Return who sent a command as any log and channel takes it; no such thing keeps a stop waiting."""
    text = source[:200] if isinstance(source, str) else "safety line"
    return text.encode("utf-8", "replace").decode()


def _send(stream: Any, message: dict[str, Any]) -> None:
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()
