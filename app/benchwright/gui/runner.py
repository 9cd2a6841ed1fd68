"""Makes runs of what is in the editor, and acts on the one that is active."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.scripts.script_file import ScriptFile, read_alone, read_script
from benchwright.bench.scripts.submission import RunOptions, submission
from benchwright.core.errors import BenchwrightError
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.core.operator_messages import CancelRun, PauseRun, ResumeRun, SubmitRun
from benchwright.core.permissions import DEFAULT_PERMISSIONS, Permission
from benchwright.core.resource_paths import resource_path
from benchwright.core.run_states import RunState
from benchwright.gui.background import in_background
from benchwright.gui.engine_thread import EngineThread
from benchwright.gui.session import RunModel

Outcome = TypeVar("Outcome")


class Buffer(Protocol):
    """A script in the editor, saved or not."""

    @property
    def path(self) -> Path | None: ...
    @property
    def title(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def metadata_text(self) -> str | None: ...


class Prepared(NamedTuple):
    """A script that is ready to be submitted.

    `missing` is what nobody granted it yet; `unfenced` is then what does not hold around it, and why.
    """

    script: ScriptFile
    request: SubmitRun
    file: str
    missing: frozenset[Permission]
    unfenced: tuple[str, ...] = ()


class Runner(QObject):
    """Submits, cancels, pauses; asks nothing of the person itself.

    Args:
        engine: the way to the bench.
        model: is told of what is submitted.
        data_dir: where grants are kept.
    """

    grant_wanted = Signal(object)  # Prepared: `allow` runs it
    refused = Signal(str)  # the script cannot be submitted, and why

    def __init__(self, engine: EngineThread, model: RunModel, data_dir: Path | None) -> None:
        super().__init__(engine)
        self._engine = engine
        self._model = model
        self._data_dir = data_dir
        self._last: Prepared | None = None
        self._is_preparing = False
        self._cancels = False  # before the run had an id
        model.run_changed.connect(self._cancel_late)

    @property
    def is_preparing(self) -> bool:
        """Whether a script is being read for its run."""
        return self._is_preparing

    def run(self, buffer: Buffer, options: RunOptions) -> None:
        """Run what the editor shows, saved or not."""
        snapshot = _Snapshot(buffer.path, buffer.title, buffer.language, buffer.text, buffer.metadata_text)
        self._prepare(lambda: snapshot, options)

    def run_file(self, path: Path, options: RunOptions) -> None:
        """Run a script that need not be open in the editor."""
        self._prepare(lambda: _snapshot_of(path), options)

    def _prepare(self, snapshot: Callable[[], "_Snapshot"], options: RunOptions) -> None:
        self._is_preparing = True
        in_background(
            "run preparation",
            lambda: _prepare(snapshot(), options, self._data_dir),
            self._on_prepared,
            self._on_failure,
        )

    def run_last(self) -> bool:
        """Run once more what was run last, exactly as it was; return whether there is such a thing."""
        if self._last is None:
            return False
        self._submit(self._last)
        return True

    def run_again(self, run_id: str) -> None:
        """Run what a run of before ran: the same text with the same parameters, permissions and limits."""
        self._is_preparing = True
        in_background(
            "run preparation",
            lambda: _prepare_again(run_id, self._data_dir),
            self._on_prepared,
            self._on_failure,
        )

    def allow(self, prepared: Prepared) -> None:
        """Grant a script what it asks for, for this content for ever, and run it."""
        in_background("grant", lambda: _remember(prepared.script, self._data_dir), lambda _: None)
        self._submit(prepared)

    def cancel(self) -> None:
        """Stop the run; a second time ends its process at once."""
        run = self._model.run
        if run.run_id and run.is_active:
            self._engine.ask(CancelRun(run_id=run.run_id))
        else:
            self._cancels = self._model.is_busy

    def pause_or_resume(self) -> None:
        """Hold the run at its next checkpoint, or let it go on."""
        run = self._model.run
        request = ResumeRun if run.state is RunState.PAUSED else PauseRun
        self._engine.ask(request(run_id=run.run_id))

    def _on_prepared(self, prepared: Prepared) -> None:
        self._is_preparing = False
        if prepared.missing:
            self.grant_wanted.emit(prepared)
        else:
            self._submit(prepared)

    def _on_failure(self, error: BenchwrightError) -> None:
        self._is_preparing = False
        self.refused.emit(error.message)

    def _submit(self, prepared: Prepared) -> None:
        self._last = prepared
        self._cancels = False
        # A request of its own: answers are told apart by identity.
        request = msgspec.structs.replace(prepared.request, from_window=True)
        self._model.submitting(request, prepared.file, prepared.script.metadata)
        self._engine.ask(request)

    def _cancel_late(self) -> None:
        if self._cancels and self._model.run.run_id:
            self._cancels = False
            self.cancel()


class _Snapshot(NamedTuple):
    path: Path | None
    title: str
    language: str
    text: str
    metadata_text: str | None


def _snapshot_of(path: Path) -> _Snapshot:
    script = read_alone(path)
    return _Snapshot(path, path.name, script.language, script.source, script.metadata_text)


def script_of(buffer: Buffer | _Snapshot, library: Path) -> ScriptFile:
    """Return the script in the editor, with its metadata and the library scripts that it needs.

    Raises:
        MetadataError: the metadata is not valid, or a script that it needs cannot be used.
        ScriptNotFound: the file, or its metadata, cannot be read.
    """
    if buffer.path is not None and buffer.path.exists():
        return replace(read_script(buffer.path, library), source=buffer.text)
    text = buffer.metadata_text
    metadata = (
        ScriptMetadata(name=buffer.title) if text is None else parse_metadata(text, f"{buffer.title}.toml")
    )
    return ScriptFile(
        path=buffer.path or Path(buffer.title),
        language=buffer.language,
        source=buffer.text,
        metadata=metadata,
        metadata_text=text,
    )


def _prepare(buffer: _Snapshot, options: RunOptions, data_dir: Path | None) -> Prepared:
    script = script_of(buffer, DataFolder.at(data_dir).library)
    request = submission(script, options)
    if buffer.path is None:
        request = msgspec.structs.replace(request, path="")
    missing = frozenset[Permission]() if buffer.path is None else _missing(script, data_dir)
    file = buffer.title if buffer.path is None else str(buffer.path)
    return Prepared(script, request, file, missing, _unfenced(script) if missing else ())


def _prepare_again(run_id: str, data_dir: Path | None) -> Prepared:
    from benchwright.bench.scripts.repetition import repetition
    from benchwright.bench.storage.run_store import RunStore

    again = repetition(RunStore(DataFolder.at(data_dir).path), run_id)
    script, request = again.script, again.request
    missing = _missing(script, data_dir) if request.path else frozenset()
    unfenced = _unfenced(script) if missing else ()
    return Prepared(script, request, request.path or request.name, missing, unfenced)


def _unfenced(script: ScriptFile) -> tuple[str, ...]:
    if script.language != "python":
        return ()  # its language holds it, on every computer
    from benchwright.worker.launching.probe import missing_fences

    return tuple(missing_fences("python"))


def _missing(script: ScriptFile, data_dir: Path | None) -> frozenset[Permission]:
    """Return what a script with a file wants and nobody granted to this content yet."""
    if script.metadata_text is None or _is_shipped(script):
        return frozenset()
    missing = script.wanted_permissions - DEFAULT_PERMISSIONS
    return (
        missing - _store(data_dir, lambda store: store.granted(script.content_hash)) if missing else missing
    )


def _is_shipped(script: ScriptFile) -> bool:
    try:
        return script.path.resolve().parent == resource_path("examples").resolve()
    except FileNotFoundError:
        return False


def _remember(script: ScriptFile, data_dir: Path | None) -> None:
    _store(
        data_dir, lambda store: store.remember(script.content_hash, script.name, script.wanted_permissions)
    )


def _store(data_dir: Path | None, use: Callable[..., Outcome]) -> Outcome:
    from benchwright.bench.scripts.grants import GrantStore

    return use(GrantStore(DataFolder.open(data_dir).grants_file))
