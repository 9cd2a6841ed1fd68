"""The last steps of a new worker process, whoever made it: surroundings, confinement, the worker's entry."""

import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from benchwright.worker.confinement import confine_process, seal

from .contract import LaunchRequest

# Seals the process and returns what then holds around it: the state of each fence by its name.
Seal = Callable[[], dict[str, str]]
Entry = Callable[[socket.socket, LaunchRequest, Seal], None]


def load_entry(name: str) -> Entry:
    """Import and return the entry `"module:function"`.

    Everything a script may need is imported with it: a sealed Lua worker cannot import any more.
    """
    module, _, function = name.partition(":")
    entry: Entry = getattr(importlib.import_module(module), function)
    return entry


def settle_memory() -> None:
    """Collect once and take what is left out of the collector's sight, so that forks do not copy it."""
    gc.collect()
    gc.freeze()


def become_worker(entry: Entry, channel: socket.socket, request: LaunchRequest, parent_pid: int) -> NoReturn:
    """Confine this process for `request`, run `entry` and leave without any clean-up.

    Args:
        entry: Called with the channel, the request and the seal, which it uses once all its threads run.
        channel: The worker's end of the channel.
        request: What to confine to.
        parent_pid: The process that made this one.
    """
    code = 1
    try:
        _set_surroundings(request.scratch_dir)
        fences = confine_process(request, [channel.fileno()], parent_pid)
        entry(channel, request, lambda: seal(request, fences).states)
        code = 0
    except BaseException as error:  # noqa: BLE001 - the edge of the process; the bench keeps what is told
        _tell(error)
    finally:
        _leave(code)


def _tell(error: BaseException) -> None:
    """Say in a line what ended the worker: a mistake of ours, or of a script that changed what is ours."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = "".join(traceback.format_exception_only(error)).strip()
    print(f"the worker failed at {Path(place.filename).name}:{place.lineno}: {what}", file=sys.stderr)  # noqa: T201


def _leave(code: int) -> NoReturn:
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        os._exit(code)


def _set_surroundings(scratch_dir: str) -> None:
    if sys.platform != "win32":
        os.umask(0o077)
        if os.getsid(0) != os.getpid():
            os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(scratch_dir)
    os.environ.update(HOME=scratch_dir, TMPDIR=scratch_dir)
