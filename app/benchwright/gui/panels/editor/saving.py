"""Saves scripts to their files, and asks for a name where one has none."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from benchwright.core.errors import BenchwrightError
from benchwright.gui.panels.editor import dialogs
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.tabs import ScriptTabs
from benchwright.gui.session import RunModel


class Saving(QObject):
    """Saves; what could not be saved it remembers, until it is.

    Args:
        tabs: the open scripts.
        model: tells whether a run is active, which a dialog of the system's own would hold up.
        folder: where somebody would look for scripts.
    """

    saved = Signal(object, str, object)  # ScriptBuffer, what findings called it before, its path before
    failed = Signal(object)  # ScriptBuffer: `failure` says why

    def __init__(self, tabs: ScriptTabs, model: RunModel, folder: Callable[[], Path]) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._model = model
        self._folder = folder
        self._failures: dict[ScriptBuffer, str] = {}

    def failure(self, buffer: ScriptBuffer) -> str:
        """Return why the script could not be saved; empty if it could."""
        return self._failures.get(buffer, "")

    def forget(self, buffer: ScriptBuffer) -> None:
        """Take note that the script is closed."""
        self._failures.pop(buffer, None)

    def save(self, buffer: ScriptBuffer | None = None, then: Callable[[], None] = lambda: None) -> None:
        """Save a script, the shown one by default, then do `then`; ask for a name where it has none."""
        buffer = buffer or self._tabs.current
        if buffer is None:
            return
        if buffer.path is None:
            self.save_as(buffer, then)
        elif self.save_to(buffer, buffer.path):
            then()

    def save_as(self, buffer: ScriptBuffer | None = None, then: Callable[[], None] = lambda: None) -> None:
        """Ask for a name and save the script under it."""
        script = buffer or self._tabs.current
        if script is None:
            return

        def chosen(name: str) -> None:
            if self.save_to(script, Path(name)):
                then()

        proposal = script.path or self._folder() / script.title
        dialogs.ask_name(self._tabs, proposal, not self._model.is_busy, chosen)

    def save_all(self) -> None:
        """Save every script that has a file; the others keep their mark."""
        for buffer in self._tabs.buffers:
            if buffer.is_modified and buffer.path is not None:
                self.save_to(buffer, buffer.path)

    def save_to(self, buffer: ScriptBuffer, path: Path) -> bool:
        """Save a script to a file, which it belongs to from now on; return whether that went."""
        old_file, old_path = buffer.file, buffer.path
        try:
            buffer.save(path)
        except BenchwrightError as error:
            self._failures[buffer] = error.message
            self._tabs.show_buffer(buffer)
            self.failed.emit(buffer)
            return False
        self._failures.pop(buffer, None)
        self.saved.emit(buffer, old_file, old_path)
        return True
