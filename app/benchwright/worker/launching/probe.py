"""Trying out the confinement on this machine, in a throwaway process."""

import socket
import tempfile
from typing import Literal

import msgspec

from benchwright.core.errors import WorkerStartError

from .child import Seal
from .contract import LaunchRequest
from .spare_launcher import SpareLauncher

_TIMEOUT_S = 20.0


def probe_confinement(language: Literal["lua", "python"]) -> dict[str, str]:
    """Return the state of each fence around a worker by its name: `"held"`, `"missing: reason"`.

    The caller itself is not confined.

    Raises:
        WorkerStartError: No worker process could be started, or it did not answer.
    """
    launcher = SpareLauncher(f"{__name__}:report_fences", spares=0)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            return _ask(launcher, LaunchRequest(language=language, scratch_dir=scratch, run_id="probe"))
    except OSError as error:
        raise WorkerStartError(f"there is no folder to try it in: {error.strerror}") from error
    finally:
        launcher.close()


def report_fences(channel: socket.socket, request: LaunchRequest, seal: Seal) -> None:
    """Be the worker of a probe: seal, and tell what holds."""
    del request
    channel.sendall(msgspec.msgpack.encode(seal()))


def _ask(launcher: SpareLauncher, request: LaunchRequest) -> dict[str, str]:
    worker = launcher.launch(request)
    try:
        worker.channel.settimeout(_TIMEOUT_S)
        answer = b""
        while more := worker.channel.recv(65536):
            answer += more
        return msgspec.msgpack.decode(answer, type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        raise WorkerStartError("the confinement could not be tried: the worker gave no answer") from error
    finally:
        worker.close()
