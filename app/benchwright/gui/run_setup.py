"""How the next run of the shown script is made: its metadata, and what the operator chose for it."""

from pathlib import Path
from typing import NamedTuple, Protocol

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from benchwright.bench.scripts.submission import RunOptions
from benchwright.core.errors import ArgumentError, MetadataError
from benchwright.core.limits import Preset
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.core.run_states import StopPolicy
from benchwright.core.script_parameters import from_text
from benchwright.gui.parameters import ParameterForm
from benchwright.gui.run_controls import RunControls
from benchwright.gui.run_memory import RunChoices, RunMemory


class Script(Protocol):
    """A script in the editor, saved or not."""

    @property
    def path(self) -> Path | None: ...
    @property
    def title(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def metadata_text(self) -> str | None: ...


class _ClosedScript(NamedTuple):
    """A script that is not open in the editor."""

    path: Path

    @property
    def title(self) -> str:
        return self.path.name

    @property
    def file(self) -> str:
        return str(self.path)

    @property
    def metadata_text(self) -> str | None:
        try:
            return self.path.with_suffix(".toml").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None


class RunSetup(QObject):
    """Keeps run controls and form in step with the shown script, and remembers what the operator changed.

    Args:
        controls: timeout, preset and stop policy.
        form: the parameters.
        parent: the window.
    """

    place_wanted = Signal(str, int)  # file, line: the metadata is wrong there

    def __init__(self, controls: RunControls, form: ParameterForm, parent: QObject) -> None:
        super().__init__(parent)
        self.memory = RunMemory()
        self._controls = controls
        self._form = form
        self._script: Script | None = None
        self._file = ""
        self._shown: tuple[str, str | None] | None = None  # file and metadata text
        self._metadata = ScriptMetadata()
        self._mistake: MetadataError | None = None
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self.refresh)
        self._watcher.directoryChanged.connect(self.refresh)
        controls.changed.connect(self._keep)
        form.changed.connect(self._keep)
        form.place_wanted.connect(self._show_place)

    def follow(self, script: Script | None) -> None:
        """Show what is set for another script, or for the same under another name."""
        if script is not None and script is self._script and script.file != self._file:
            self.memory.rename(self._file, script.file)
        self._script = script
        self._file = "" if script is None else script.file
        self.refresh()

    def refresh(self) -> None:
        """Read the metadata again; nothing changes where it is as before."""
        self._watch()
        script = self._script
        text = None if script is None else script.metadata_text
        if (self._file, text) == self._shown:
            return
        self._shown = (self._file, text)
        self._metadata, self._mistake = _read(script, text)
        choices = self.memory.of(self._file)
        self._controls.show_choices(self._metadata, choices)
        if self._mistake is None:
            self._form.show_parameters(self._metadata.parameters, choices.parameters)
        else:
            self._form.show_mistake(f"{self._mistake.message}.")

    def problem(self) -> str:
        """Say why the shown script cannot be started; empty where it can."""
        return self._mistake.message if self._mistake is not None else self._form.problem()

    def options(self) -> RunOptions:
        """Return what the operator chose for the shown script.

        Raises:
            ArgumentError: a parameter does not fit what the script declares.
        """
        return self._controls.options(self._form.values())

    def options_of(self, script: Script) -> RunOptions:
        """Return what was chosen for a script, shown or not; what does not fit is left out."""
        if script is self._script and not self.problem():
            return self.options()
        choices = self.memory.of(script.file)
        metadata, _ = _read(script, script.metadata_text)
        return choices_to_options(metadata, choices)

    def options_of_file(self, path: Path) -> RunOptions:
        """Return what was chosen for a script that is not open; what does not fit is left out."""
        return self.options_of(_ClosedScript(path))

    # --- inside ---

    def _keep(self) -> None:
        if self._script is None:
            return
        choices = self._controls.choices(self._metadata)
        choices.parameters = self._form.entries()
        if self._mistake is not None:
            choices.parameters = self.memory.of(self._file).parameters
        self.memory.keep(self._file, choices)

    def _show_place(self) -> None:
        if self._script is not None and self._script.path is not None and self._mistake is not None:
            self.place_wanted.emit(str(self._script.path.with_suffix(".toml")), self._mistake.file_line or 1)

    def _watch(self) -> None:
        """Watch the metadata and its folder: a file that is replaced is watched no longer."""
        path = None if self._script is None else self._script.path
        wanted: set[str] = set()
        if path is not None:
            beside = path.with_suffix(".toml")
            wanted = {str(each) for each in (beside, beside.parent) if each.exists()}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if watched - wanted:
            self._watcher.removePaths(sorted(watched - wanted))
        if wanted - watched:
            self._watcher.addPaths(sorted(wanted - watched))


def choices_to_options(metadata: ScriptMetadata, choices: RunChoices) -> RunOptions:
    """Return remembered choices as options of a run; a parameter that fits no longer has its default."""
    parameters = {}
    for name, entry in choices.parameters.items():
        declared = metadata.parameters.get(name)
        try:
            if declared is not None:
                parameters[name] = declared.check(from_text(declared.type, entry), "")
        except ArgumentError:
            continue
    return RunOptions(
        parameters=parameters,
        timeout_s=choices.timeout_s,
        preset=Preset(choices.preset) if choices.preset in set(Preset) else None,
        on_stop=StopPolicy(choices.on_stop) if choices.on_stop in set(StopPolicy) else None,
    )


def _read(script: Script | None, text: str | None) -> tuple[ScriptMetadata, MetadataError | None]:
    if script is None or text is None:
        return ScriptMetadata(), None
    file = f"{script.title}.toml" if script.path is None else str(script.path.with_suffix(".toml"))
    try:
        return parse_metadata(text, file), None
    except MetadataError as error:
        return ScriptMetadata(), error
