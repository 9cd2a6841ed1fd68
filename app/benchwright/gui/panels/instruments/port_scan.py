"""Looks for ports in a process of its own, so that no VISA library can hang or harm the window."""

import json
from typing import Final

from PySide6.QtCore import QObject, QProcess, Signal

from benchwright.core.program import program_command
from benchwright.instruments.discovery import FoundPort

_KILL_TIMEOUT_MS: Final = 1000


class PortScan(QObject):
    """Runs the search of ``benchwright instrument scan``: serial ports at once, VISA resources as they come.

    No port is opened.
    """

    found = Signal(object)  # FoundPort
    ended = Signal(str)  # why it failed, empty where it did not

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_cancelled = False
        self._process = process = QProcess(self)
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        parent.destroyed.connect(lambda: _end(process))

    @property
    def is_running(self) -> bool:
        """Whether the search is under way."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def start(self, visa_library: str = "@py") -> None:
        """Begin a search, unless one is under way."""
        if not self.is_running:
            self._is_cancelled = False
            program, *arguments = program_command(
                "instrument", "scan", "--json", f"--visa-library={visa_library}"
            )
            self._process.start(program, arguments)

    def cancel(self) -> None:
        """End the search; `ended` follows."""
        self._is_cancelled = True
        self._process.kill()

    def _on_output(self) -> None:
        while self._process.canReadLine():
            self._on_line(bytes(self._process.readLine().data()))

    def _on_line(self, line: bytes) -> None:
        try:
            fields = json.loads(line)
        except ValueError:
            return  # what a VISA library prints
        if isinstance(fields, dict) and fields.pop("event", "") == "port":
            self.found.emit(FoundPort(**fields))

    def _on_finished(self, code: int) -> None:
        self._on_output()
        said = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        problem = said.removeprefix("error: ") if code and not self._is_cancelled else ""
        self.ended.emit(problem)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.ended.emit(self._process.errorString())


def _end(process: QProcess) -> None:
    if process.state() is not QProcess.ProcessState.NotRunning:
        process.kill()
        process.waitForFinished(_KILL_TIMEOUT_MS)
