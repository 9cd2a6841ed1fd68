"""A client over a pseudo terminal, for programs that want a serial port; POSIX only."""

import os
import pty
import tty


class PtyStream:
    """The controlling end of a pseudo terminal; a client opens `path` like a serial port."""

    def __init__(self) -> None:
        self._near, self._far = pty.openpty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        self.path = os.ttyname(self._far)  # kept open here: reading goes on when a client leaves

    def fileno(self) -> int:
        return self._near

    def receive(self, size: int) -> bytes:
        return os.read(self._near, size)

    def send(self, data: bytearray) -> int:
        return os.write(self._near, data)

    def close(self) -> None:
        os.close(self._near)
        os.close(self._far)
