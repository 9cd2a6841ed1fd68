"""Closes scripts without losing anything: asks first, and opens again what was closed."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMessageBox

from benchwright.gui.panels.editor import dialogs
from benchwright.gui.panels.editor.backups import unsaved_text
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.recovery import UnsavedText
from benchwright.gui.panels.editor.saving import Saving
from benchwright.gui.panels.editor.tabs import ScriptTabs

_MAX_CLOSED: Final = 20


class Closing(QObject):
    """Closes tabs, one or all."""

    closed = Signal(object)  # ScriptBuffer: settled, and to be taken away
    given_up = Signal(object)  # ScriptBuffer: its changes are not wanted

    def __init__(self, tabs: ScriptTabs, saving: Saving) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._saving = saving
        self._closed: list[UnsavedText] = []
        tabs.close_wanted.connect(self.close_buffer)

    def close_current(self) -> None:
        """Close the shown script."""
        if self._tabs.current is not None:
            self.close_buffer(self._tabs.current)

    def close_buffer(self, buffer: ScriptBuffer) -> None:
        """Close a script; ask first where it has unsaved work."""
        if not buffer.is_modified:
            self._close(buffer)
            return
        self._tabs.show_buffer(buffer)
        answers: dialogs.Answers = {
            QMessageBox.StandardButton.Save: lambda: self._saving.save(buffer, lambda: self._close(buffer)),
            QMessageBox.StandardButton.Discard: lambda: self._close(buffer),
        }
        dialogs.ask_unsaved(
            self._tabs, f"{buffer.title} has changes that are not saved.", "Save them?", answers
        )

    def take_last(self) -> UnsavedText | None:
        """Return what was closed last, and forget it."""
        return self._closed.pop() if self._closed else None

    def may_close_all(self) -> bool:
        """Whether nothing is unsaved; else ask, and close the window when that is settled."""
        unsaved = [buffer for buffer in self._tabs.buffers if buffer.is_modified]
        if not unsaved:
            return True
        if not dialogs.is_asking(self._tabs):
            answers: dialogs.Answers = {
                QMessageBox.StandardButton.SaveAll: self._save_all_and_close,
                QMessageBox.StandardButton.Discard: self._discard_all_and_close,
            }
            dialogs.ask_unsaved(self._tabs, *_question(unsaved), answers)
        return False

    def _close(self, buffer: ScriptBuffer) -> None:
        if buffer not in self._tabs.buffers:
            return
        if buffer.path is not None or buffer.text:
            self._closed = [*self._closed, unsaved_text(buffer)][-_MAX_CLOSED:]
        self.closed.emit(buffer)

    def _save_all_and_close(self) -> None:
        unsaved = next((buffer for buffer in self._tabs.buffers if buffer.is_modified), None)
        if unsaved is None:
            self._close_window()
        else:
            self._saving.save(unsaved, self._save_all_and_close)

    def _discard_all_and_close(self) -> None:
        for buffer in self._tabs.buffers:
            if buffer.is_modified:
                buffer.editor.mark_saved()
                self.given_up.emit(buffer)
        self._close_window()

    def _close_window(self) -> None:
        window = self._tabs.window()
        QTimer.singleShot(0, window, window.close)


def _question(unsaved: Sequence[ScriptBuffer]) -> tuple[str, str]:
    many = len(unsaved) > 1
    names = ", ".join(buffer.title for buffer in unsaved[:5]) + (", …" if len(unsaved) > 5 else "")
    text = f"{len(unsaved)} scripts have" if many else f"{names} has"
    return f"{text} changes that are not saved.", names if many else "Save them?"
