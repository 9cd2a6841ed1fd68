"""The socket of the safety line: a UNIX socket, or a loopback port written in the data folder on Windows."""

import contextlib
import socket
import sys
import time
from pathlib import Path

from benchwright.bench.data_folder import DataFolder

_QUEUE = 128
_RETRY_S = 0.002


def listen(folder: DataFolder) -> socket.socket:
    """Listen on the safety line; the folder's lock makes sure that no other bench does."""
    if sys.platform == "win32":
        listening = socket.create_server(("127.0.0.1", 0), backlog=_QUEUE)
        _port_file(folder).write_text(str(listening.getsockname()[1]), encoding="ascii")
        return listening
    path = folder.safety_address()
    with contextlib.suppress(FileNotFoundError):
        Path(path).unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(path)
    Path(path).chmod(0o600)
    listening.listen(_QUEUE)
    return listening


def connect(folder: DataFolder, timeout_s: float) -> socket.socket:
    """Connect to the safety line; every step after takes at most `timeout_s`, too.

    Raises:
        OSError: nobody listens.
        TimeoutError: somebody does, but does not take the connection in time.
    """
    if sys.platform == "win32":
        try:
            port = int(_port_file(folder).read_text(encoding="ascii"))
        except ValueError as error:
            raise OSError("no bench has written its port") from error
        return socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        _connect_within(connection, folder.safety_address(), timeout_s)
    except OSError:
        connection.close()
        raise
    return connection


def _connect_within(connection: socket.socket, path: str, timeout_s: float) -> None:
    """Connect; a full queue, which UNIX sockets refuse at once, is tried again: many may press together."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            connection.connect(path)
        except BlockingIOError as error:
            if time.monotonic() >= deadline_s:
                raise TimeoutError from error
            time.sleep(_RETRY_S)
        else:
            return


def remove(folder: DataFolder) -> None:
    """Remove what `listen` left in the file system."""
    path = _port_file(folder) if sys.platform == "win32" else Path(folder.safety_address())
    path.unlink(missing_ok=True)


def _port_file(folder: DataFolder) -> Path:
    return folder.path / "safety.port"
