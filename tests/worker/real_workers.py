"""Real workers, confined and running the real engines, with a bench that answers 1.5 to everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

from benchwright.core.errors import ErrorInfo
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.script_messages import (
    MAX_FRAME_BYTES,
    Call,
    Finished,
    Go,
    LimitReached,
    Log,
    Output,
    Ready,
    Reply,
    Start,
    WorkerMessage,
)
from benchwright.core.values import Value
from benchwright.worker.channel import Channel
from benchwright.worker.launching import LaunchRequest, WorkerLauncher
from benchwright.worker.launching.zygote_launcher import ZygoteLauncher
from tests.engines.motor import MOTOR
from tests.worker.puppets import REPOSITORY, running

ENTRY = "benchwright.worker.main:run_worker"


class Told(NamedTuple):
    """All that a worker said of its script."""

    result: Value
    error: ErrorInfo | None
    printed: list[str]
    fences: dict[str, str]


@contextmanager
def zygote(entry: str = ENTRY) -> Iterator[WorkerLauncher]:
    """Return what launches real workers, until the end of the block."""
    launcher = ZygoteLauncher(entry, [REPOSITORY])
    try:
        yield launcher
    finally:
        launcher.close()


def run_script(
    launcher: WorkerLauncher, source: str, scratch: str, language: Literal["lua", "python"] = "lua"
) -> Told:
    """Run a script in a worker of its own, to its end."""
    start = Start(language, "script", source, [MOTOR], {}, ScriptResourceLimits())
    request = LaunchRequest(language=language, scratch_dir=scratch, run_id="test")
    with running(launcher, request) as worker:
        worker.channel.settimeout(20)
        channel: Channel[WorkerMessage] = Channel(worker.channel, WorkerMessage, MAX_FRAME_BYTES)
        channel.send(start)
        ready = channel.receive()
        assert isinstance(ready, Ready)
        channel.send(Go())
        return _to_its_end(channel, ready.fences)


def _to_its_end(channel: Channel[WorkerMessage], fences: dict[str, str]) -> Told:
    printed: list[str] = []
    while True:
        message = channel.receive()
        if isinstance(message, Call):
            channel.send(Reply(message.id, 1.5))
        elif isinstance(message, Output):
            printed += message.lines
        elif isinstance(message, Log):
            printed.append(message.text)
        elif isinstance(message, LimitReached):
            return Told(None, ErrorInfo("resource_limit", message.limit), printed, fences)
        elif isinstance(message, Finished):
            return Told(message.result.value, message.error, printed, fences)
