"""Writes down unsaved scripts while they are being typed, a few seconds apart and off the GUI thread."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from benchwright.gui.background import in_background
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.recovery import Recovery, UnsavedText

_INTERVAL_MS: Final = 2_000


class Backups(QObject):
    """Keeps a copy of every open script that is not saved; without a folder it keeps none."""

    def __init__(self, buffers: Callable[[], list[ScriptBuffer]], parent: QObject) -> None:
        super().__init__(parent)
        self._buffers = buffers
        self._recovery: Recovery | None = None
        self._waiting: set[ScriptBuffer] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.write)

    def use_folder(self, folder: Path) -> list[UnsavedText]:
        """Keep copies there from now on; return what a crash left behind."""
        self._recovery = Recovery(folder)
        return self._recovery.take_back()

    def note(self, buffer: ScriptBuffer) -> None:
        """Take note that a script was changed."""
        self._waiting.add(buffer)
        if not self._timer.isActive():
            self._timer.start()

    def forget(self, buffer: ScriptBuffer) -> None:
        """Remove the copy of a script that was saved or given up."""
        self._waiting.discard(buffer)
        if self._recovery is not None:
            self._recovery.forget(buffer.key)

    def write(self) -> None:
        """Write down what was changed since it was written last."""
        waiting, self._waiting = self._waiting, set()
        for buffer in waiting:
            if self._recovery is not None and buffer in self._buffers() and buffer.is_modified:
                self._write(self._recovery, buffer.key, unsaved_text(buffer))

    def _write(self, recovery: Recovery, key: str, unsaved: UnsavedText) -> None:
        def settle(_: object) -> None:
            kept = next((each for each in self._buffers() if each.key == key), None)
            if kept is None or not kept.is_modified:  # it was saved or closed meanwhile
                recovery.forget(key)

        in_background("back up", lambda: recovery.keep(unsaved), settle)


def unsaved_text(buffer: ScriptBuffer) -> UnsavedText:
    """Return all there is to bring a script back."""
    line, column = buffer.editor.place
    return UnsavedText(
        key=buffer.key,
        pid=os.getpid(),
        title=buffer.title,
        language=buffer.language,
        text=buffer.text,
        path=str(buffer.path) if buffer.path else "",
        metadata_text=buffer.metadata_text,
        line=line,
        column=column,
    )
