"""The one virtual bench of this process, behind ``sim://`` links: started by need, closed once."""

import threading

from benchwright.instruments.simulation.server import SimulationServer
from benchwright.instruments.simulation.virtual_bench import serve_virtual_bench

_lock = threading.Lock()
_server: SimulationServer | None = None


def shared_virtual_bench() -> SimulationServer:
    """Return the server of this process's virtual bench, started if it was not."""
    global _server
    with _lock:
        if _server is None:
            _server = serve_virtual_bench()
        return _server


def close_shared() -> None:
    """Close this process's virtual bench; a later use starts a new one."""
    global _server
    with _lock:
        server, _server = _server, None
    if server is not None:
        server.close()
