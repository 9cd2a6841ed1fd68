"""A serial instrument behind a pseudo terminal, answering as a test tells it."""

import os
import select
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

if sys.platform != "win32":
    import tty


class Adapter:
    """A serial port as pyserial lists it; those that are not USB have neither vendor nor product."""

    def __init__(
        self,
        device: str,
        vid: int | None,
        pid: int | None,
        serial_number: str | None,
        description: str = "n/a",
    ) -> None:
        self.device, self.vid, self.pid, self.serial_number = device, vid, pid, serial_number
        self.description = description


class FakeSerial:
    """Answers each line that arrives at `device`; use it as a context manager."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.received: list[bytes] = []
        self._arrived = threading.Condition()
        self._answer = answer
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.device = os.ttyname(self._slave)
        self._quit_read, self._quit_write = os.pipe()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Take the device away."""
        if self._thread.is_alive():
            os.write(self._quit_write, b"x")
            self._thread.join()
            for descriptor in (self._slave, self._master, self._quit_read, self._quit_write):
                os.close(descriptor)

    def send(self, data: bytes) -> None:
        """Send unasked."""
        os.write(self._master, data)

    def wait_for(self, command: bytes, timeout_s: float = 5.0) -> None:
        """Wait until `command` has arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: command in self.received, timeout_s), self.received

    def _serve(self) -> None:
        buffer = b""
        while True:
            ready = select.select([self._master, self._quit_read], [], [])[0]
            if self._quit_read in ready:
                return
            *commands, buffer = (buffer + os.read(self._master, 4096)).split(b"\n")
            for command in commands:
                with self._arrived:
                    self.received.append(command)
                    self._arrived.notify_all()
                os.write(self._master, self._answer(command))
