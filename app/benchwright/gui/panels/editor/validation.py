"""Checks what is typed, off the GUI thread, a moment after the last key; the latest text wins."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from benchwright.bench.data_folder import DataFolder
from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.core.errors import BenchwrightError, MetadataError, ScriptNotFound
from benchwright.core.metadata import ScriptMetadata
from benchwright.engines.registry import engine_languages
from benchwright.gui.background import in_background
from benchwright.gui.panels.editor.buffer import ScriptBuffer, metadata_beside
from benchwright.gui.session import RunModel
from benchwright.gui.session_values import FileDiagnostics

DELAY_MS: Final = 300
_FIRST_MS: Final = 60  # a script is on the screen before it is checked
MAX_BYTES: Final = 300_000  # a longer text is checked when it is run


class _Question(NamedTuple):
    language: str
    text: str
    title: str
    path: Path | None
    metadata_text: str | None  # of a script without a file
    instruments: Mapping[str, InstrumentDescriptor]
    library: Path


class _Answer(NamedTuple):
    metadata: ScriptMetadata
    diagnostics: tuple[Diagnostic, ...]
    problem: MetadataError | None  # in the metadata, or with a script that it needs


class LiveValidation(QObject):
    """Keeps what is wrong with one script up to date in the model."""

    told = Signal(str)  # that the script is not checked while it is typed

    def __init__(self, buffer: ScriptBuffer, model: RunModel) -> None:
        super().__init__(buffer.editor)  # nothing is checked once that is gone
        self._buffer = buffer
        self._model = model
        self._is_busy = False
        self._is_waiting = False
        self._is_closed = False
        self._is_small = True
        self._metadata_file = ""  # in which a problem was told
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.check)
        buffer.editor.text_changed.connect(self._on_text)
        model.instruments_described.connect(self.check_soon)

    def close(self) -> None:
        """Forget what was found; nothing arrives any more."""
        self._is_closed = True
        self._timer.stop()
        self.forget(self._buffer.file)

    def forget(self, file: str) -> None:
        """Take back what was said of a file, which is called otherwise now."""
        for source in ("check", "run"):
            self._model.set_diagnostics(FileDiagnostics(file, (), source))
        self._tell_problem(file, None)

    def check_as_asked(self) -> None:
        """Check now, and say so where that cannot be."""
        self._is_small = True  # it is told once more
        if self._buffer.language not in engine_languages():
            self.told.emit(f"{self._buffer.title} is not checked: it is no Lua or Python script.")
        self.check()

    def check_soon(self) -> None:
        """Check once the window has had time to show what there is."""
        self._timer.start(_FIRST_MS)

    def check(self) -> None:
        """Check now; while a check is under way, once more after it."""
        self._timer.stop()
        if self._is_busy:
            self._is_waiting = True
            return
        buffer = self._buffer
        if not self._is_checkable():
            self.forget(buffer.file)
            return
        question = _Question(
            buffer.language,
            buffer.text,
            buffer.title,
            buffer.path,
            buffer.metadata_text if buffer.path is None else None,
            dict(self._model.descriptors),
            DataFolder.at(self._model.data_dir).library,
        )
        self._is_busy = True
        in_background(
            "validate",
            lambda: _answer(question),
            self._on_found,
            self._on_failure,
            owner=buffer.editor,
        )

    def _on_text(self) -> None:
        self._model.set_diagnostics(FileDiagnostics(self._buffer.file, (), "run"))
        self._timer.start(DELAY_MS)

    def _is_checkable(self) -> bool:
        buffer = self._buffer
        if buffer.language not in engine_languages():
            return False
        was_small, self._is_small = self._is_small, buffer.editor.code.length() <= MAX_BYTES
        if was_small and not self._is_small:
            self.told.emit(
                f"{buffer.title} is longer than {MAX_BYTES // 1000} kB: it is checked only when it runs."
            )
        return self._is_small

    def _on_failure(self, error: BenchwrightError) -> None:
        self._is_busy = False

    def _on_found(self, answer: _Answer) -> None:
        self._is_busy = False
        if self._is_closed:
            return
        buffer = self._buffer
        buffer.metadata = answer.metadata
        if self._is_waiting:
            self._is_waiting = False
            self.check()
        elif not self._timer.isActive():  # else the text is another already
            self._model.set_diagnostics(FileDiagnostics(buffer.file, answer.diagnostics))
            self._tell_problem(buffer.file, answer.problem)
            buffer.editor.set_diagnostics(self._model.findings(buffer.file))

    def _tell_problem(self, script: str, problem: MetadataError | None) -> None:
        """Say what is wrong with the metadata of a script, in the TOML file that must be changed."""
        if self._metadata_file:
            self._model.set_diagnostics(FileDiagnostics(self._metadata_file, (), script))
        self._metadata_file = "" if problem is None else problem.file or script
        if problem is not None:
            self._model.set_diagnostics(FileDiagnostics(self._metadata_file, (_finding(problem),), script))


def _answer(question: _Question) -> _Answer:
    from benchwright.bench.scripts.script_check import broken_dependencies
    from benchwright.bench.scripts.script_file import neighbour_test, read_script
    from benchwright.core.metadata import parse_metadata
    from benchwright.core.permissions import ALL_PERMISSIONS
    from benchwright.engines.engine import CheckContext
    from benchwright.engines.registry import validate

    metadata, permissions = ScriptMetadata(), ALL_PERMISSIONS
    problem = None
    parameters: frozenset[str] | None = None
    broken: dict[str, str] = {}
    text = question.metadata_text if question.path is None else metadata_beside(question.path)
    if text is not None:
        try:
            metadata = parse_metadata(text, f"{question.title}.toml")
            permissions, parameters = metadata.permissions, frozenset(metadata.parameters)
        except MetadataError as error:
            problem = error
    try:
        if question.path is not None and question.path.exists():
            broken = broken_dependencies(read_script(question.path, question.library))
    except MetadataError as error:
        problem = error
    except ScriptNotFound:
        pass  # told where it is opened, saved or run
    context = CheckContext(
        instruments=question.instruments,
        knows_instruments=bool(question.instruments),  # else the bench has not said yet which there are
        permissions=permissions,
        parameters=parameters,
        dependencies=metadata.dependency_names,
        broken=broken,
    )
    if question.path is not None:
        context = replace(context, has_beside=neighbour_test(question.path))
    found = validate(question.language, question.text, question.title, context)
    return _Answer(metadata, tuple(found), problem)


def _finding(problem: MetadataError) -> Diagnostic:
    place = f"{problem.file}:{problem.file_line}" if problem.file_line else problem.file
    return Diagnostic(
        severity=Severity.ERROR,
        message=problem.message.removeprefix(f"{place}: "),
        line=problem.file_line or 1,
        column=1,
        end_column=1,
        code=problem.code,
    )
