"""What there is for a hostile worker to attack, and the check that it stayed whole."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.worker.attacks import Target


class Targets:
    """Files, servers and a bystander process that an attack can reach where no fence stops it.

    Attributes:
        scratch: the run's scratch folder; everything else is `outside`.
        facts: what the attacks are told.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.scratch = _open_folder(folder / "scratch")
        self.outside = _open_folder(folder / "outside")
        self.secret = self.outside / "secret"
        for path in (self.secret, self.outside / "victim", self.outside / "doomed"):
            path.write_text("untouched")
            path.chmod(0o666)
        self._servers = [
            stack.enter_context(_server(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))),
            stack.enter_context(_server(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))),
            stack.enter_context(_server(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "stream"))),
            stack.enter_context(_server(socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagram"))),
            stack.enter_context(_server(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{folder.name}")),
        ]
        for name in ("stream", "datagram"):
            (folder / name).chmod(0o666)
        opened = stack.enter_context(self.secret.open())
        self._bystander = stack.enter_context(_bystander())
        self._priority = os.getpriority(os.PRIO_PROCESS, self._bystander)
        self.facts: Target = {
            "bench": os.getpid(),
            "bystander": self._bystander,
            "secret": str(self.secret),
            "victim": str(self.outside / "victim"),
            "outside": str(self.outside),
            "descriptor": opened.fileno(),
            "tcp": self._servers[0].getsockname()[1],
            "udp": self._servers[1].getsockname()[1],
            "unix": str(folder / "stream"),
            "unix_datagram": str(folder / "datagram"),
            "abstract": folder.name,
        }

    def harm(self) -> list[str]:
        """Return what was done to the targets; nothing when every fence held."""
        found = [
            f"connection to {server.getsockname()!r}" for server in self._servers if _has_visitor(server)
        ]
        contents = {path.name: path.read_text() for path in self.outside.iterdir() if path.is_file()}
        if contents != dict.fromkeys(("secret", "victim", "doomed"), "untouched"):
            found.append(f"files: {contents}")
        if os.getpriority(os.PRIO_PROCESS, self._bystander) != self._priority:
            found.append("priority of the bystander")
        strange = [path.name for path in self.scratch.iterdir() if path.is_symlink() or not path.is_file()]
        return found + [f"in scratch: {name}" for name in strange]


@contextmanager
def targets() -> Iterator[Targets]:
    """Make targets that any user can reach, in a folder with a path short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="bw"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            yield Targets(folder, stack)
    finally:
        shutil.rmtree(folder)


def _open_folder(path: Path) -> Path:
    path.mkdir()
    path.chmod(0o777)
    return path


@contextmanager
def _server(family: int, kind: int, address: str | tuple[str, int]) -> Iterator[socket.socket]:
    with socket.socket(family, kind) as server:
        server.bind(address)
        if kind == socket.SOCK_STREAM:
            server.listen()
        server.setblocking(False)
        yield server


def _has_visitor(server: socket.socket) -> bool:
    try:
        if server.type == socket.SOCK_STREAM:
            server.accept()[0].close()
        else:
            server.recv(1)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _bystander() -> Iterator[int]:
    source = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-I", "-c", source], stdin=subprocess.PIPE) as process:
        yield process.pid
