"""Event loops for scripts; they need no socket pair, which a confined worker is refused."""

import asyncio
import os
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


class _PipeEnd:
    """An end of a pipe, with as much of a socket as a loop uses to wake itself."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def recv(self, count: int) -> bytes:
        return os.read(self._descriptor, count)

    def send(self, data: bytes) -> int:
        return os.write(self._descriptor, data)

    def close(self) -> None:
        os.close(self._descriptor)


class PipeEventLoop(asyncio.SelectorEventLoop):
    """The selector loop, woken through a pipe."""

    _internal_fds: int
    _add_reader: Callable[..., Any]
    _read_from_self: Callable[[], None]

    def _make_self_pipe(self) -> None:
        self._ssock, self._csock = map(_PipeEnd, os.pipe())
        self._internal_fds += 1
        self._add_reader(self._ssock.fileno(), self._read_from_self)


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that can be made in a confined worker."""
    return PipeEventLoop() if os.name == "posix" else asyncio.new_event_loop()


def run_coroutine(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a script's coroutine to its end; what it started and left is cancelled."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(coroutine)


@contextmanager
def script_loops() -> Iterator[None]:
    """Within the context ``asyncio.run`` and its like make loops of ours."""
    if os.name != "posix":
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # policies, since Python 3.14
        before = asyncio.get_event_loop_policy()

        class Policy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self) -> asyncio.AbstractEventLoop:
                return PipeEventLoop()

        asyncio.set_event_loop_policy(Policy())
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            asyncio.set_event_loop_policy(before)
