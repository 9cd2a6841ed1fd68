"""Ctrl-C while the program still loads: an import that is broken off halfway leaves a broken program."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process on the spot within the context, in which nothing is opened yet.

    It raises nothing in the midst of an import, which has crashed the interpreter. Where Ctrl-C is ignored
    or somebody else's, it stays so.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(*_: object) -> None:
    os.write(2, b"cancelled\n")
    if "--json" in sys.argv:
        os.write(1, b'{"event":"error","code":"cancelled","message":"cancelled"}\n')
    os._exit(130)
