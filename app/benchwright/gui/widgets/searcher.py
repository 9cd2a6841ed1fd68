"""Searches without holding up the window: what is quick at once, the rest in a process."""

import os
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from benchwright.core.program import program_command
from benchwright.gui.widgets.text_search import SEARCH_SWITCH, TIME_LIMIT_S, Found, Query, Task, search

AT_ONCE_BYTES: Final = 200_000
_END_MS: Final = 500
_SOURCE_ROOT: Final = str(Path(__file__).parents[3])


class Searcher(QObject):
    """Answers the latest question only."""

    done = Signal(object)  # Found

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is to come."""
        return self._process is not None

    def start(self, query: Query, text: str) -> None:
        """Search; `done` comes at once for plain text in a script of common length."""
        self.cancel()
        if not query.is_regex and len(text) <= AT_ONCE_BYTES:
            self.done.emit(search(query, text))
            return
        process = self._process = QProcess(self)
        process.finished.connect(lambda: self._on_finished(process))
        process.errorOccurred.connect(lambda error: self._on_error(process, error))
        process.setProcessEnvironment(_environment())
        program, *arguments = program_command(SEARCH_SWITCH)
        process.start(program, arguments)
        process.write(msgspec.json.encode(Task(query, text)))
        process.closeWriteChannel()

    def cancel(self) -> None:
        """Give up the search under way."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(_END_MS)  # it is over at once; nothing is left of it

    def _on_error(self, process: QProcess, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # all others are followed by its end
            self._on_finished(process)

    def _on_finished(self, process: QProcess) -> None:
        process.deleteLater()
        if process is not self._process:
            return
        self._process = None
        answer = bytes(process.readAllStandardOutput().data())
        try:
            found = msgspec.json.decode(answer, type=Found)
        except msgspec.DecodeError:
            found = Found(problem=f"takes longer than {TIME_LIMIT_S:g} s: try a simpler expression")
        self.done.emit(found)


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment.systemEnvironment()
    paths = [_SOURCE_ROOT, environment.value("PYTHONPATH")]
    environment.insert("PYTHONPATH", os.pathsep.join(path for path in paths if path))
    return environment
