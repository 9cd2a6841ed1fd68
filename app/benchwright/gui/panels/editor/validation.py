"""Checks what is typed, off the GUI thread, a moment after the last key; the latest text wins."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, QTimer

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic
from benchwright.core.errors import BenchwrightError
from benchwright.gui.background import in_background
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.session import FileDiagnostics, RunModel

DELAY_MS: Final = 300
MAX_CHARACTERS: Final = 1_000_000  # a longer text is checked by the bench alone


class _Question(NamedTuple):
    language: str
    text: str
    title: str
    path: Path | None
    metadata_text: str | None
    instruments: Mapping[str, InstrumentDescriptor]


class LiveValidation(QObject):
    """Keeps what is wrong with one script up to date in the model."""

    def __init__(self, buffer: ScriptBuffer, model: RunModel) -> None:
        super().__init__(buffer)
        self._buffer = buffer
        self._model = model
        self._is_busy = False
        self._is_waiting = False
        self._is_closed = False
        self._was_edited = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.check)
        buffer.editor.text_changed.connect(self._on_text)
        model.instruments_described.connect(self._timer.start)

    def close(self) -> None:
        """Forget what was found; nothing arrives any more."""
        self._is_closed = True
        self._timer.stop()
        self.forget(self._buffer.file)

    def forget(self, file: str) -> None:
        """Take back what was said of a file, which is called otherwise now."""
        for source in ("check", "run"):
            self._model.set_diagnostics(FileDiagnostics(file, (), source))

    def check(self) -> None:
        """Check now; while a check is under way, once more after it."""
        self._timer.stop()
        if self._is_busy:
            self._is_waiting = True
            return
        buffer = self._buffer
        if buffer.editor.code.length() > MAX_CHARACTERS:
            return
        if self._was_edited:
            self._was_edited = False
            self._model.set_diagnostics(FileDiagnostics(buffer.file, (), "run"))
        question = _Question(
            buffer.language,
            buffer.text,
            buffer.title,
            buffer.path,
            buffer.metadata_text,
            dict(self._model.descriptors),
        )
        self._is_busy = True
        in_background(
            "validate",
            lambda: _answer(question),
            lambda found: self._on_found(question, found),
            self._on_failure,
        )

    def _on_text(self) -> None:
        self._was_edited = True
        self._timer.start()

    def _on_failure(self, error: BenchwrightError) -> None:
        self._is_busy = False

    def _on_found(self, question: _Question, found: tuple[Diagnostic, ...]) -> None:
        self._is_busy = False
        if self._is_closed:
            return
        if self._is_waiting:
            self._is_waiting = False
            self.check()
        elif not self._timer.isActive():  # else the text is another already
            self._model.set_diagnostics(FileDiagnostics(self._buffer.file, found))


def _answer(question: _Question) -> tuple[Diagnostic, ...]:
    from benchwright.core.metadata import ScriptMetadata, parse_metadata
    from benchwright.core.permissions import ALL_PERMISSIONS
    from benchwright.engines.engine import CheckContext
    from benchwright.engines.registry import validate

    metadata, permissions = ScriptMetadata(), ALL_PERMISSIONS
    parameters: frozenset[str] | None = None
    if question.metadata_text is not None:
        try:
            metadata = parse_metadata(question.metadata_text, f"{question.title}.toml")
            permissions, parameters = metadata.permissions, frozenset(metadata.parameters)
        except BenchwrightError:
            pass  # told when the script is run
    context = CheckContext(question.instruments, permissions, parameters, frozenset(metadata.dependencies))
    return tuple(validate(question.language, question.text, question.title, context))
