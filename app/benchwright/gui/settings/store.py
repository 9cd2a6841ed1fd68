"""The settings in force, kept in step with their file in both directions."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal, SignalInstance

from benchwright.core.errors import BenchwrightError
from benchwright.core.values import Value
from benchwright.gui.settings.table import SETTINGS, SettingRow
from benchwright.gui.settings.toml_file import (
    changed_text,
    read_settings,
    text_or_template,
)

_log = logging.getLogger(__name__)
_ROWS = {row.key: row for row in SETTINGS}


class Settings(QObject):
    """Values by key, such as ``editor.font_size``; a file that is edited by hand is read again at once.

    Args:
        path: the file; it need not be there.
        parent: the window.
    """

    changed = Signal()
    problems_changed = Signal()
    not_saved = Signal(str)  # why a change is not in the file
    _written = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self._values, self.problems = read_settings(path)
        self._make_folder()
        self._writer = ThreadPoolExecutor(1, "settings")
        self._lock = threading.Lock()
        self._unwritten = 0
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self.refresh)
        self._watcher.directoryChanged.connect(self.refresh)
        self._written.connect(self.refresh)
        self._watch()

    def text(self, key: str) -> str:
        """Return a setting that is a text."""
        return str(self._values[key])

    def number(self, key: str) -> int:
        """Return a setting that is a whole number."""
        value = self._values[key]
        assert isinstance(value, int)
        return value

    def is_on(self, key: str) -> bool:
        """Return a setting that is yes or no."""
        return self._values[key] is True

    def path_of(self, key: str) -> Path | None:
        """Return a setting that names a file, None where it is empty; relative to the settings."""
        text = self.text(key)
        return self.path.parent / Path(text).expanduser() if text else None

    def value(self, key: str) -> Value:
        """Return any setting."""
        return self._values[key]

    def set(self, key: str, value: Value) -> None:
        """Change a setting, which has been checked; it is written in the background."""
        if self._values[key] == value:
            return
        self._values[key] = value
        with self._lock:
            self._unwritten += 1
        self._writer.submit(self._write, _ROWS[key], value)
        self.changed.emit()

    def make_file(self) -> Path:
        """Return the path of the file; where there is none, one that explains every setting is made.

        Raises:
            StorageError: it cannot be written.
        """
        if not self.path.exists():
            from benchwright.bench.storage.files import write_atomic

            write_atomic(self.path, text_or_template(self.path).encode())
            self._watch()
        return self.path

    def refresh(self) -> None:
        """Read the file again; what is on its way into it counts until then."""
        self._watch()
        with self._lock:
            if self._unwritten:
                return
        values, problems = read_settings(self.path)
        if problems != self.problems:
            self.problems = problems
            self.problems_changed.emit()
        if values != self._values:
            self._values = values
            self.changed.emit()

    def close(self) -> None:
        """Wait until everything is in the file."""
        self._writer.shutdown(wait=True)

    def _make_folder(self) -> None:
        """Make the folder that is watched; where that fails, the bench says why."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            _log.warning("the settings are not watched: %s", error)

    def _write(self, row: SettingRow, value: Value) -> None:
        from benchwright.bench.storage.files import write_atomic

        try:
            write_atomic(self.path, changed_text(text_or_template(self.path), row, value).encode())
        except BenchwrightError as error:
            _log.warning("a setting was not written: %s", error)
            self._tell(self.not_saved, f"{row.value.label} was not saved: {error}")
        with self._lock:
            self._unwritten -= 1
        self._tell(self._written)

    def _tell(self, signal: SignalInstance, *values: str) -> None:
        try:
            signal.emit(*values)
        except RuntimeError:
            pass  # the window is gone meanwhile

    def _watch(self) -> None:
        """Watch the file and its folder: a file that is replaced is watched no longer."""
        watched = {*self._watcher.files(), *self._watcher.directories()}
        wanted = {str(each) for each in (self.path, self.path.parent) if each.exists()}
        if wanted - watched:
            self._watcher.addPaths(sorted(wanted - watched))
