"""What is to be said of the file of the shown script: it was not saved, or another program touched it."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from benchwright.core.errors import BenchwrightError
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.notice import Notice
from benchwright.gui.panels.editor.outside import Outside, OutsideChanges
from benchwright.gui.panels.editor.saving import Saving
from benchwright.gui.panels.editor.tabs import ScriptTabs


class FileNotice(Notice):
    """Tells of the script in the shown tab, and offers how it and its file can go together again.

    Args:
        tabs: the open scripts.
        outside: what other programs did.
        saving: what could not be saved.
        tell: takes a line for the status bar.
    """

    def __init__(
        self,
        tabs: ScriptTabs,
        outside: OutsideChanges,
        saving: Saving,
        tell: Callable[[str], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._outside = outside
        self._saving = saving
        self._tell = tell
        outside.reload_wanted.connect(self._reload)
        outside.conflicts_changed.connect(self.update_text)
        saving.failed.connect(self.update_text)

    def update_text(self) -> None:
        """Say what there is to say of the script that is shown now."""
        buffer, save, save_as = self._tabs.current, self._saving.save, self._saving.save_as
        conflict = None if buffer is None else self._outside.conflict(buffer)
        if buffer is None:
            self.tell("", {})
        elif failure := self._saving.failure(buffer):
            text = f"{buffer.title} was not saved: {failure}."
            self.tell(text, {"Save as…": save_as, "Try again": save})
        elif conflict is Outside.CHANGED:
            text = f"{buffer.title} was changed by another program, and here too."
            choices = {"Read again": lambda: self._reload(buffer), "Keep mine": lambda: self._keep(buffer)}
            self.tell(text, choices)
        elif conflict is Outside.GONE:
            text = f"{buffer.title} was moved or deleted by another program; its text is only here now."
            self.tell(text, {"Save it there again": save, "Save as…": save_as})
        else:
            self.tell("", {})

    def _reload(self, buffer: ScriptBuffer) -> None:
        if buffer.path is None:
            return
        line, column = buffer.editor.place
        had_focus = buffer.editor.hasFocus()
        try:
            buffer.load(buffer.path)
        except BenchwrightError as error:
            self._tell(error.message)
            return
        self._outside.settle(buffer)
        buffer.editor.go_to(line, column, take_focus=had_focus)
        self._tell(f"{buffer.title} was changed outside and read again.")

    def _keep(self, buffer: ScriptBuffer) -> None:
        try:
            buffer.accept_disk()
        except BenchwrightError as error:
            self._tell(error.message)
        self._outside.settle(buffer)
