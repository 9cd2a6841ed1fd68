"""Trying out the confinement on this machine, in a throwaway process."""

import socket
import tempfile
from collections.abc import Mapping
from typing import Literal

import msgspec

from benchwright.core.errors import WorkerStartError

from .child import Seal
from .contract import LaunchRequest, WorkerLauncher
from .spare_launcher import SpareLauncher

_TIMEOUT_S = 20.0


def missing_fences(language: Literal["lua", "python"]) -> list[str]:
    """Return what does not hold around a worker on this machine, each as `"fence: reason"`."""
    try:
        states = probe_confinement(language)
    except WorkerStartError as error:
        return [f"all: {error.message}"]
    return missing_of(states)


def missing_of(states: Mapping[str, str]) -> list[str]:
    """Return those of the fences that do not hold, each as `"fence: reason"`."""
    return [
        f"{fence}: {state.removeprefix('missing: ')}"
        for fence, state in states.items()
        if not state.startswith("held")
    ]


def probe_confinement(
    language: Literal["lua", "python"], launcher: WorkerLauncher | None = None
) -> dict[str, str]:
    """Return the state of each fence around a worker by its name: `"held"`, `"missing: reason"`.

    The caller itself is not confined.

    Args:
        language: What the worker would run.
        launcher: Makes the process that tries it; it is closed afterwards.

    Raises:
        WorkerStartError: No worker process could be started, or it did not answer.
    """
    launcher = launcher or SpareLauncher(f"{__name__}:report_fences", spares=0)
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


def _ask(launcher: WorkerLauncher, request: LaunchRequest) -> dict[str, str]:
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
