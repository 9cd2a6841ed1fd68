"""One script in a tab: its text, the file it came from, and whether the two differ."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from benchwright.bench.scripts.script_file import MAX_METADATA_BYTES, read_text
from benchwright.bench.scripts.script_folder import METADATA_SUFFIX
from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.errors import BenchwrightError, ScriptNotFound
from benchwright.core.metadata import ScriptMetadata
from benchwright.engines.registry import engine_for_suffix
from benchwright.gui.panels.editor.text_file import read_text_file, write_text_file
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.code_editor import CodeEditor
from benchwright.gui.widgets.completion import ScriptCompletion

_OTHER_LANGUAGES: Final = {".toml": "toml"}  # that are shown, and not run
_NO_STAMP: Final = (-1, -1)


class ScriptBuffer(QObject):
    """A script in the editor, saved or not; it owns its editor widget."""

    title_changed = Signal()

    def __init__(self, model: RunModel, language: str, title: str, metadata_text: str | None = None) -> None:
        super().__init__()
        self.key = uuid.uuid4().hex
        self.path: Path | None = None
        self.editor = CodeEditor(language)
        self.metadata = ScriptMetadata()  # as it was when the script was checked last
        self.is_modified = False
        self._title = title
        self._metadata_text = metadata_text
        self._has_mark = False
        self._on_disk = b""
        self._stamp = _NO_STAMP
        self._model = model
        self.editor.set_completion(ScriptCompletion(self._instruments, lambda: self.metadata.parameters))
        self.editor.modified_changed.connect(self._on_modified)

    @property
    def title(self) -> str:
        """The name of the file, or what a script that was never saved is called."""
        return self.path.name if self.path else self._title

    @property
    def file(self) -> str:
        """What findings and runs call it: the path, or the title of one that was never saved."""
        return str(self.path) if self.path else self._title

    @property
    def language(self) -> str:
        """The language of the script."""
        return self.editor.language

    @property
    def kind(self) -> str:
        """The language in words, and what is unusual about the file, such as ``Lua · CRLF``."""
        layout = self.editor.format
        name = "TOML" if self.language == "toml" else self.language.capitalize()
        line_end = "mixed line ends" if layout.is_mixed else layout.line_end
        parts = [name, line_end if line_end != "LF" else "", "BOM" if self._has_mark else ""]
        return " · ".join(part for part in parts if part)

    @property
    def text(self) -> str:
        """The text as it stands in the editor."""
        return self.editor.text()

    @property
    def is_typed(self) -> bool:
        """Whether something was typed since the text was read or saved."""
        return bool(self.editor.code.modify())

    @property
    def metadata_text(self) -> str | None:
        """The TOML beside the file, or what a new script was given; None without any."""
        return self._metadata_text if self.path is None else metadata_beside(self.path)

    def load(self, path: Path) -> bool:
        """Show a file; return whether it was UTF-8.

        Raises:
            ScriptNotFound: it cannot be read.
        """
        found = read_text_file(path)
        self.path, self._has_mark, self._on_disk = path, found.has_mark, found.data
        self._stamp = _stamp_of(path)
        self._take_language(path)
        self.editor.set_text(found.text)
        if not found.is_utf8:
            self.editor.mark_unsaved()
        self.title_changed.emit()
        return found.is_utf8

    def attach(self, path: Path, has_mark: bool = False) -> None:
        """Say that the text, which came from elsewhere, belongs to a file."""
        self.path, self._has_mark = path, has_mark
        try:
            found = read_text_file(path)
            self._on_disk, self._has_mark = found.data, found.has_mark
            self._stamp = _stamp_of(path)
        except ScriptNotFound:
            self._on_disk = b""
        self._take_language(path)
        self.title_changed.emit()

    def save(self, path: Path) -> None:
        """Write the text to a file, which it belongs to from now on.

        Raises:
            StorageError: it cannot be written, or is read-only.
        """
        metadata_text = self._metadata_text if self.path is None else None
        self._on_disk = write_text_file(path, self.text, self._has_mark)
        beside = path.with_suffix(".toml")
        if metadata_text is not None and not beside.exists():
            write_text_file(beside, metadata_text, has_mark=False)
        self.path, self._stamp = path, _stamp_of(path)
        self._take_language(path)
        self.editor.mark_saved()
        self.title_changed.emit()

    def differs_from_disk(self) -> bool:
        """Whether the file is another than the one that was read or written last; not if it is gone."""
        stamp = _NO_STAMP if self.path is None else _stamp_of(self.path)
        if self.path is None or stamp in (_NO_STAMP, self._stamp):
            return False
        try:
            differs = read_text_file(self.path).data != self._on_disk
        except ScriptNotFound:
            return False
        if not differs:
            self._stamp = stamp
        return differs

    def accept_disk(self) -> None:
        """Keep the text though the file is another: saving will replace it."""
        if self.path is not None:
            self._on_disk, self._stamp = read_text_file(self.path).data, _stamp_of(self.path)
            self.editor.mark_unsaved()

    def _instruments(self) -> Mapping[str, InstrumentDescriptor]:
        return self._model.descriptors

    def _take_language(self, path: Path) -> None:
        suffix = path.suffix.lower()
        try:
            language = engine_for_suffix(suffix)
        except BenchwrightError:
            language = _OTHER_LANGUAGES.get(suffix, "text")
        if language != self.editor.language:
            self.editor.language = language

    def _on_modified(self, is_modified: bool) -> None:
        self.is_modified = is_modified
        self.title_changed.emit()


def metadata_beside(path: Path) -> str | None:
    """Return the TOML beside a script, None without any."""
    try:
        metadata = path.with_suffix(METADATA_SUFFIX)
        return read_text(metadata, MAX_METADATA_BYTES) if metadata.exists() else None
    except (OSError, ScriptNotFound):
        return None


def _stamp_of(path: Path) -> tuple[int, int]:
    """Return what shows cheaply that a file is another: its time and size."""
    try:
        status = path.stat()
    except OSError:
        return _NO_STAMP
    return status.st_mtime_ns, status.st_size
