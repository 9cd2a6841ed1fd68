"""What other programs do to the files of open scripts."""

from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.tabs import ScriptTabs

_SETTLE_MS = 100  # a file that is replaced is away for a moment


class Outside(Enum):
    """What became of a file that a script has unsaved work for."""

    CHANGED = auto()
    GONE = auto()


class OutsideChanges(QObject):
    """Watches the files of the open scripts; tells what is settled, keeps what the person must settle."""

    reload_wanted = Signal(object)  # ScriptBuffer: its file is another, and nothing is lost by reading it
    conflicts_changed = Signal()  # `conflict` says another thing of some script

    def __init__(self, tabs: ScriptTabs) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._conflicts: dict[ScriptBuffer, Outside] = {}
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(
            lambda name: QTimer.singleShot(_SETTLE_MS, self, lambda: self._look_at(Path(name)))
        )

    def watch(self, path: Path) -> None:
        """Look after a file from now on."""
        self._watcher.addPath(str(path))

    def unwatch(self, path: Path | None) -> None:
        """Leave a file alone."""
        if path is not None:
            self._watcher.removePath(str(path))

    def conflict(self, buffer: ScriptBuffer) -> Outside | None:
        """Return what the person has to settle."""
        return self._conflicts.get(buffer)

    def settle(self, buffer: ScriptBuffer) -> None:
        """Take note that the script and its file go together again, or that the script is closed."""
        if self._conflicts.pop(buffer, None) is not None:
            self.conflicts_changed.emit()

    def look_again(self) -> None:
        """Look at all files: not every file system tells of changes."""
        for buffer in self._tabs.buffers:
            if buffer.path is not None:
                self._look_at(buffer.path)

    def _look_at(self, path: Path) -> None:
        buffer = next((each for each in self._tabs.buffers if each.path == path), None)
        if buffer is None:
            return
        if not path.exists():
            if self.conflict(buffer) is not Outside.GONE:
                buffer.editor.mark_unsaved()
                self._tell(buffer, Outside.GONE)
            return
        self.watch(path)  # a file that was replaced is not watched any more
        was_gone = self.conflict(buffer) is Outside.GONE
        if not buffer.differs_from_disk():
            if was_gone and not buffer.is_typed:
                buffer.editor.mark_saved()
            self.settle(buffer)
        elif buffer.is_typed or (buffer.is_modified and not was_gone):
            self._tell(buffer, Outside.CHANGED)
        else:
            self.reload_wanted.emit(buffer)

    def _tell(self, buffer: ScriptBuffer, conflict: Outside) -> None:
        self._conflicts[buffer] = conflict
        self.conflicts_changed.emit()
