"""The editor: opens, saves and closes scripts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout

from benchwright.core.errors import BenchwrightError
from benchwright.gui.controls import Controls
from benchwright.gui.panel import Panel
from benchwright.gui.panels.editor import dialogs
from benchwright.gui.panels.editor.backups import Backups
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.closing import Closing
from benchwright.gui.panels.editor.edit_commands import EditCommands
from benchwright.gui.panels.editor.file_notice import FileNotice
from benchwright.gui.panels.editor.outside import OutsideChanges
from benchwright.gui.panels.editor.recovery import UnsavedText
from benchwright.gui.panels.editor.saving import Saving
from benchwright.gui.panels.editor.tabs import ScriptTabs
from benchwright.gui.panels.editor.validation import LiveValidation
from benchwright.gui.panels.editor.view_options import ViewOptions
from benchwright.gui.session import RunModel
from benchwright.gui.session_values import FileDiagnostics
from benchwright.gui.widgets.code_editor import CodeEditor

_SUFFIXES: Final = {"lua": ".lua", "python": ".py"}
_MAX_RECENT: Final = 12


class EditorPanel(Panel):
    """Opens, saves and closes scripts, and keeps what is wrong with them up to date."""

    current_changed = Signal()  # another tab, or its script has another name
    cursor_moved = Signal(int, int)  # line, column
    text_changed = Signal(str)  # the script's file or title

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self._validations: dict[ScriptBuffer, LiveValidation] = {}
        self.recent: list[Path] = []
        self._build()
        self._outside = OutsideChanges(self.tabs)
        self._backups = Backups(self.buffers, self)
        self.saving = Saving(self.tabs, model, self._folder)
        self.saving.saved.connect(self._on_saved)
        self._notice = FileNotice(self.tabs, self._outside, self.saving, controls.message_wanted.emit, self)
        self._column.insertWidget(0, self._notice)
        self.closing = Closing(self.tabs, self.saving)
        self.closing.closed.connect(self._remove)
        self.closing.given_up.connect(self._backups.forget)
        self.view = ViewOptions(self.tabs)
        self.edit = EditCommands(self._current_editor)
        model.diagnostics_changed.connect(self._on_diagnostics)
        self.setAcceptDrops(True)

    # --- what is open ---

    def current(self) -> ScriptBuffer | None:
        """Return the script that is shown."""
        return self.tabs.current

    def buffers(self) -> list[ScriptBuffer]:
        """Return all that are open."""
        return self.tabs.buffers

    def new_script(
        self, text: str = "", language: str = "lua", title: str = "", metadata_text: str | None = None
    ) -> ScriptBuffer:
        """Open a script that has no file yet."""
        buffer = ScriptBuffer(self._model, language, self._free_title(title, language), metadata_text)
        buffer.editor.set_text(text)
        self._add(buffer)
        return buffer

    def new_python_script(self) -> None:
        """Open a Python script that has no file yet."""
        self.new_script(language="python")

    def open_file(self, path: Path | str) -> ScriptBuffer | None:
        """Show a file, in the tab where it is open already or in a new one; None where it cannot be read."""
        path = Path(path).absolute()
        known = self.tabs.at_path(path)
        if known is not None:
            self.tabs.show_buffer(known)
            return known
        buffer = ScriptBuffer(self._model, "lua", path.name)
        try:
            is_utf8 = buffer.load(path)
        except BenchwrightError as error:
            buffer.editor.deleteLater()
            self._controls.message_wanted.emit(error.message)
            return None
        self._replace_untouched()
        self._add(buffer)
        self._remember(path)
        if not is_utf8:
            self._controls.message_wanted.emit(f"{path.name} is no UTF-8: read as Latin-1, saved as UTF-8.")
        return buffer

    def follow_file(self, old: Path, new: Path) -> None:
        """Go on with an open script whose file has another name now."""
        buffer = self.tabs.at_path(old)
        if buffer is None:
            return
        old_file, is_typed = buffer.file, buffer.is_typed
        buffer.attach(new)
        if not is_typed:
            buffer.editor.mark_saved()  # it may have been told to be gone meanwhile
        self._outside.unwatch(old)
        self._outside.watch(new)
        self._outside.settle(buffer)
        self._validations[buffer].forget(old_file)
        self._validations[buffer].check()
        self._remember(new)
        self.current_changed.emit()

    def choose_file(self) -> None:
        """Ask for files to open."""
        dialogs.ask_files(self, self._folder(), not self._model.is_busy, self.open_file)

    def reopen_closed(self) -> None:
        """Open again what was closed last."""
        closed = self.closing.take_last()
        if closed is None:
            self._controls.message_wanted.emit("No script was closed.")
            return
        if closed.path:
            buffer = self.open_file(closed.path)
        else:
            buffer = self.new_script("", closed.language, closed.title, closed.metadata_text)
            buffer.editor.insert(closed.text)
        if buffer is not None:
            buffer.editor.go_to(closed.line, closed.column)

    def next_tab(self) -> None:
        self.tabs.step(1)

    def previous_tab(self) -> None:
        self.tabs.step(-1)

    # --- what the window's actions do ---

    def validate_now(self) -> None:
        """Check the shown script without waiting for a pause in typing."""
        buffer = self.current()
        if buffer is not None:
            self._validations[buffer].check_as_asked()

    def go_to(self, file: object, line: int, column: int) -> None:
        """Show a place of a script, by its path or by the title of one that has none."""
        buffer = self.tabs.of_file(str(file))
        if buffer is None and Path(str(file)).is_file():
            buffer = self.open_file(str(file))
        if buffer is not None:
            self.tabs.show_buffer(buffer)
            buffer.editor.go_to(*buffer.editor.markers.place_now(line, column))

    def mark_running_line(self, file: str, line: int | None) -> None:
        """Show which line of a script is being executed, or none."""
        for buffer in self.buffers():
            buffer.editor.mark_running_line(line if buffer.file == file else None)

    # --- what is remembered ---

    def save_state(self) -> dict[str, Any]:
        opened = [
            {"path": str(buffer.path), "line": buffer.editor.place[0], "column": buffer.editor.place[1]}
            for buffer in self.buffers()
            if buffer.path is not None
        ]
        current = self.current()
        return {
            "open": opened,
            "current": str(current.path) if current and current.path else "",
            "recent": [str(path) for path in self.recent],
            "view": self.view.save_state(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Open what was open, where it still exists."""
        self.recent = [Path(str(path)) for path in state.get("recent", ())][:_MAX_RECENT]
        recent = self.recent
        for each in state.get("open", ()):
            path = Path(str(each.get("path", "")))
            buffer = self.open_file(path) if path.is_file() else None
            if buffer is not None:
                buffer.editor.go_to(int(each.get("line", 1)), int(each.get("column", 1)))
        if state.get("current") and Path(state["current"]).is_file():
            self.open_file(state["current"])
        self.recent = recent  # opening anew is no use of a file
        self.view.restore_state(state.get("view") or {})

    def use_folder(self, folder: Path) -> None:
        """Keep unsaved work in this folder, and show what a crash left there."""
        for unsaved in self._backups.use_folder(folder):
            self._recover(unsaved)

    def back_up(self) -> None:
        """Write down now what is unsaved."""
        self._backups.write()

    # --- files from elsewhere ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the files."""
        self._open_urls(event.mimeData().urls())

    def changeEvent(self, event: QEvent) -> None:
        """Look at the files when somebody comes back from another program."""
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._outside.look_again()
            if (current := self.current()) is not None:
                self._check(current)
        super().changeEvent(event)

    def _open_urls(self, urls: Sequence[QUrl]) -> None:
        from benchwright.bench.library.script_document import is_document

        for path in [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]:
            if is_document(path):
                self._controls.import_wanted.emit(path)
            else:
                self.open_file(path)

    # --- inside ---

    def _build(self) -> None:
        self.tabs = ScriptTabs(self)
        self.tabs.shown.connect(self._on_shown)
        self._empty = QLabel(
            "No script is open.\n\nCtrl+N starts one, Ctrl+O opens a file; or drop one here.", self
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.tabs)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._stack, 1)

    def _current_editor(self) -> CodeEditor | None:
        buffer = self.current()
        return None if buffer is None else buffer.editor

    def _add(self, buffer: ScriptBuffer) -> None:
        validation = self._validations[buffer] = LiveValidation(buffer, self._model)
        validation.told.connect(self._controls.message_wanted)
        editor = buffer.editor
        editor.cursor_moved.connect(lambda line, column: self._on_cursor(buffer, line, column))
        editor.text_changed.connect(lambda: self._backups.note(buffer))
        editor.text_changed.connect(lambda: self.text_changed.emit(buffer.file))
        editor.dropped.connect(lambda text: self._open_urls([QUrl(url) for url in text.split()]))
        editor.zoomed.connect(self.view.follow_zoom)
        if buffer.path is not None:
            self._outside.watch(buffer.path)
        self._stack.setCurrentWidget(self.tabs)
        self.tabs.add(buffer)
        self.view.apply()
        editor.setFocus()
        self._on_diagnostics(FileDiagnostics(buffer.file, ()))
        validation.check_soon()

    def _remove(self, buffer: ScriptBuffer) -> None:
        self._validations.pop(buffer).close()
        self.saving.forget(buffer)
        self._outside.settle(buffer)
        self._outside.unwatch(buffer.path)
        self._backups.forget(buffer)
        self.tabs.remove(buffer)
        if self.tabs.current is None:
            self._stack.setCurrentWidget(self._empty)
            self._empty.setFocus()

    def _replace_untouched(self) -> None:
        """Close the one empty script that nobody wrote in."""
        if len(self.buffers()) == 1:
            only = self.buffers()[0]
            if only.path is None and not only.is_modified and not only.editor.code.length():
                self._remove(only)

    def _on_saved(self, buffer: ScriptBuffer, old_file: str, old_path: Path | None) -> None:
        path = buffer.path
        assert path is not None
        if old_path != path:
            self._outside.unwatch(old_path)
        self._outside.watch(path)
        self._outside.settle(buffer)
        self._notice.update_text()
        self._backups.forget(buffer)
        if buffer.file != old_file:
            self._validations[buffer].forget(old_file)
            self.current_changed.emit()
        self._validations[buffer].check()
        self._remember(path)
        self._controls.message_wanted.emit(f"Saved {path.name}.")

    def _folder(self) -> Path:
        """Return where somebody would look for scripts."""
        current = self.current()
        if current is not None and current.path is not None:
            return current.path.parent
        return self.recent[0].parent if self.recent else Path.home()

    def _free_title(self, title: str, language: str) -> str:
        taken = {buffer.title for buffer in self.buffers()}
        stem, suffix = (Path(title).stem, Path(title).suffix) if title else ("untitled", _SUFFIXES[language])
        name, number = f"{stem}{suffix}", 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}{suffix}"
        return name

    def _recover(self, unsaved: UnsavedText) -> None:
        path = Path(unsaved.path) if unsaved.path else None
        title = self._free_title(unsaved.title, unsaved.language)
        buffer = ScriptBuffer(self._model, unsaved.language, title, unsaved.metadata_text)
        buffer.key = unsaved.key
        if path is not None:
            buffer.attach(path)
            for other in [each for each in self.buffers() if each.path == path and not each.is_modified]:
                self._remove(other)
        buffer.editor.set_text(unsaved.text)
        buffer.editor.mark_unsaved()
        self._add(buffer)
        buffer.editor.go_to(unsaved.line, unsaved.column)
        self._backups.note(buffer)
        self._controls.message_wanted.emit(f"Unsaved work in {buffer.title} was brought back.")

    def _remember(self, path: Path) -> None:
        self.recent = [path, *(each for each in self.recent if each != path)][:_MAX_RECENT]

    def _on_cursor(self, buffer: ScriptBuffer, line: int, column: int) -> None:
        if buffer is self.current():
            self.cursor_moved.emit(line, column)

    def _on_shown(self) -> None:
        current = self.current()
        self.setFocusProxy(
            self._empty if current is None else current.editor
        )  # not the tabs, that come first
        self._notice.update_text()
        self.current_changed.emit()
        if current is not None:
            self.cursor_moved.emit(*current.editor.place)
            self._check(current)

    def _check(self, buffer: ScriptBuffer) -> None:
        """Check a script anew: its metadata, or what it needs, may be another by now."""
        if (validation := self._validations.get(buffer)) is not None:
            validation.check_soon()

    def _on_diagnostics(self, found: FileDiagnostics) -> None:
        buffer = self.tabs.of_file(found.file)
        if buffer is not None:
            buffer.editor.set_diagnostics(self._model.findings(found.file))
