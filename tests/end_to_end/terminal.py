"""A command on a pseudo terminal, with a person who waits for words and types."""

import os
import re
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.cli import cli_command, cli_environment

TIMEOUT_S = 20.0


class Person:
    """Reads what appears on the terminal and types."""

    def __init__(self, process: "subprocess.Popen[bytes]", descriptor: int) -> None:
        self.process = process
        self.seen = ""
        self._descriptor = descriptor
        self._waited_to = 0

    def wait_for(self, text: str) -> None:
        """Read until a text appeared after what was waited for before."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while (found := self.seen.find(text, self._waited_to)) < 0:
            assert self._read(deadline_s), f"{text!r} never came: {self.seen!r}"
        self._waited_to = found + len(text)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._descriptor, text.encode())

    def leave(self) -> int:
        """Read to the end and return the exit code."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while self._read(deadline_s):
            pass
        return self.process.wait(TIMEOUT_S)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen: without colours, each line as it was written last."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.seen)
        return [line.rstrip("\r").split("\r")[-1].rstrip() for line in plain.split("\n")]

    def _read(self, deadline_s: float) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, deadline_s - time.monotonic()))
        if not ready:
            raise AssertionError(f"nothing more came: {self.seen!r}")
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # Linux: the other end is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


@contextmanager
def person_at(*arguments: str | Path, **environment: str) -> Iterator[Person]:
    """Start a command on a terminal of its own."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        cli_command(*arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=cli_environment(TERM="xterm", **environment),
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            yield Person(process, ours)
        finally:
            if process.poll() is None:
                process.kill()
            os.close(ours)
