"""The scripts that are open, one in each tab."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, QFileSystemWatcher, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QMessageBox, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from benchwright.core.errors import BenchwrightError
from benchwright.gui.panels.editor import dialogs
from benchwright.gui.panels.editor.backups import Backups
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.notice import OutsideNotice
from benchwright.gui.panels.editor.recovery import UnsavedText
from benchwright.gui.panels.editor.validation import LiveValidation
from benchwright.gui.session import Controls, FileDiagnostics, RunModel

_SUFFIXES: Final = {"lua": ".lua", "python": ".py"}
_MAX_RECENT: Final = 12


class EditorPanel(QWidget):
    """Opens, saves and closes scripts, and keeps what is wrong with them up to date."""

    current_changed = Signal()  # another tab, or its script has another name
    cursor_moved = Signal(int, int)  # line, column
    recent_changed = Signal()

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self._buffers: list[ScriptBuffer] = []
        self._validations: dict[ScriptBuffer, LiveValidation] = {}
        self._outside: set[ScriptBuffer] = set()  # their file was changed by somebody else
        self.recent: list[Path] = []
        self._build()
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._on_file_changed)
        self._backups = Backups(self.buffers, self)
        model.diagnostics_changed.connect(self._on_diagnostics)
        self.setAcceptDrops(True)

    # --- what is open ---

    def current(self) -> ScriptBuffer | None:
        """Return the script that is shown."""
        index = self.tabs.currentIndex()
        return self._buffers[index] if 0 <= index < len(self._buffers) else None

    def buffers(self) -> list[ScriptBuffer]:
        """Return all that are open."""
        return list(self._buffers)

    def new_script(
        self, text: str = "", language: str = "lua", title: str = "", metadata_text: str | None = None
    ) -> ScriptBuffer:
        """Open a script that has no file yet."""
        buffer = ScriptBuffer(self._model, language, self._free_title(title, language), metadata_text)
        buffer.editor.set_text(text)
        self._add(buffer)
        return buffer

    def open_file(self, path: Path | str) -> ScriptBuffer | None:
        """Show a file, in the tab where it is open already or in a new one; None where it cannot be read."""
        path = Path(path).absolute()
        for buffer in self._buffers:
            if buffer.path is not None and _is_same(buffer.path, path):
                self.tabs.setCurrentWidget(buffer.editor)
                return buffer
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

    def choose_file(self) -> None:
        """Ask for files to open."""
        dialogs.ask_files(self, self._folder(), not self._model.is_busy, self.open_file)

    def save(self, buffer: ScriptBuffer | None = None, then: Callable[[], None] = lambda: None) -> None:
        """Save a script, the shown one by default, then do `then`; ask for a name where it has none."""
        buffer = buffer or self.current()
        if buffer is None:
            return
        if buffer.path is None:
            self.save_as(buffer, then)
        elif self._save_to(buffer, buffer.path):
            then()

    def save_as(self, buffer: ScriptBuffer | None = None, then: Callable[[], None] = lambda: None) -> None:
        """Ask for a name and save the script under it."""
        buffer = buffer or self.current()
        if buffer is None:
            return
        script = buffer

        def chosen(name: str) -> None:
            if self._save_to(script, Path(name)):
                then()

        proposal = script.path or self._folder() / script.title
        dialogs.ask_name(self, proposal, not self._model.is_busy, chosen)

    def close_current(self) -> None:
        """Close the shown script."""
        buffer = self.current()
        if buffer is not None:
            self.close_buffer(buffer)

    def close_buffer(self, buffer: ScriptBuffer) -> None:
        """Close a script; ask first where it has unsaved work."""
        if not buffer.is_modified:
            self._remove(buffer)
            return
        self.tabs.setCurrentWidget(buffer.editor)
        answers: dialogs.Answers = {
            QMessageBox.StandardButton.Save: lambda: self.save(buffer, lambda: self._remove(buffer)),
            QMessageBox.StandardButton.Discard: lambda: self._remove(buffer),
        }
        dialogs.ask_unsaved(self, f"{buffer.title} has changes that are not saved.", "Save them?", answers)

    def may_close(self) -> bool:
        """Whether nothing is unsaved; else ask, and close the window when that is settled."""
        unsaved = [buffer for buffer in self._buffers if buffer.is_modified]
        if not unsaved:
            return True
        if dialogs.is_asking(self):
            return False
        many = len(unsaved) > 1
        names = ", ".join(buffer.title for buffer in unsaved[:5]) + (", …" if len(unsaved) > 5 else "")
        text = f"{len(unsaved)} scripts have" if many else f"{names} has"
        more = names if many else "Save them?"
        answers: dialogs.Answers = {
            QMessageBox.StandardButton.SaveAll: self._save_all_and_close,
            QMessageBox.StandardButton.Discard: self._discard_all_and_close,
        }
        dialogs.ask_unsaved(self, f"{text} changes that are not saved.", more, answers)
        return False

    # --- what the window's actions do ---

    def show_find(self) -> None:
        self._with_editor(lambda buffer: buffer.editor.find_text())

    def show_replace(self) -> None:
        self._with_editor(lambda buffer: buffer.editor.replace_text())

    def go_to_line(self) -> None:
        self._with_editor(lambda buffer: buffer.editor.ask_line())

    def toggle_comment(self) -> None:
        self._with_editor(lambda buffer: buffer.editor.toggle_comment())

    def validate_now(self) -> None:
        """Check the shown script without waiting for a pause in typing."""
        self._with_editor(lambda buffer: self._validations[buffer].check())

    def go_to(self, file: object, line: int, column: int) -> None:
        """Show a place of a script, by its path or by the title of one that has none."""
        buffer = next((each for each in self._buffers if each.file == str(file)), None)
        if buffer is None and Path(str(file)).is_file():
            buffer = self.open_file(str(file))
        if buffer is not None:
            self.tabs.setCurrentWidget(buffer.editor)
            buffer.editor.go_to(line, column)

    def mark_running_line(self, file: str, line: int | None) -> None:
        """Show which line of a script is being executed, or none."""
        for buffer in self._buffers:
            buffer.editor.mark_running_line(line if buffer.file == file else None)

    # --- what is remembered ---

    def save_state(self) -> dict[str, Any]:
        opened = [
            {"path": str(buffer.path), "line": buffer.editor.place[0], "column": buffer.editor.place[1]}
            for buffer in self._buffers
            if buffer.path is not None
        ]
        current = self.current()
        return {
            "open": opened,
            "current": str(current.path) if current and current.path else "",
            "recent": [str(path) for path in self.recent],
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Open what was open, where it still exists."""
        self.recent = [Path(str(path)) for path in state.get("recent", ())][:_MAX_RECENT]
        for each in state.get("open", ()):
            path = Path(str(each.get("path", "")))
            buffer = self.open_file(path) if path.is_file() else None
            if buffer is not None:
                buffer.editor.go_to(int(each.get("line", 1)), int(each.get("column", 1)))
        if state.get("current") and Path(state["current"]).is_file():
            self.open_file(state["current"])

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
        for url in event.mimeData().urls():
            self._on_drop(url.toString())

    def _on_drop(self, url: str) -> None:
        place = QUrl(url)
        if place.isLocalFile() and Path(place.toLocalFile()).is_file():
            self.open_file(place.toLocalFile())

    def _on_file_changed(self, name: str) -> None:
        QTimer.singleShot(
            100, self, lambda: self._look_at(Path(name))
        )  # a replaced file is away for a moment

    def _look_at(self, path: Path) -> None:
        buffer = next((each for each in self._buffers if each.path == path), None)
        if buffer is None:
            return
        if path.exists():
            self._watcher.addPath(str(path))  # a file that was replaced is not watched any more
        if not buffer.differs_from_disk():
            return
        if buffer.is_modified:
            self._outside.add(buffer)
            self._show_notice()
        else:
            self._reload(buffer)

    def _reload(self, buffer: ScriptBuffer) -> None:
        if buffer.path is None:
            return
        line, column = buffer.editor.place
        self._outside.discard(buffer)
        try:
            buffer.load(buffer.path)
        except BenchwrightError as error:
            self._controls.message_wanted.emit(error.message)
            return
        buffer.editor.go_to(line, column)
        self._controls.message_wanted.emit(f"{buffer.title} was changed outside and read again.")
        self._show_notice()

    def _keep_mine(self, buffer: ScriptBuffer) -> None:
        self._outside.discard(buffer)
        try:
            buffer.accept_disk()
        except BenchwrightError as error:
            self._controls.message_wanted.emit(error.message)
        self._show_notice()

    # --- inside ---

    def _build(self) -> None:
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("editor.tabs")
        self.tabs.setAccessibleName("Open scripts")
        self.tabs.setDocumentMode(True)
        self.tabs.setTabsClosable(True)
        self.tabs.setMovable(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.currentChanged.connect(self._on_tab)
        self.tabs.tabCloseRequested.connect(lambda index: self.close_buffer(self._buffers[index]))
        self.tabs.tabBar().tabMoved.connect(self._on_moved)
        self.tabs.tabBar().installEventFilter(self)
        self._empty = QLabel(
            "No script is open.\n\nCtrl+N starts one, Ctrl+O opens a file; or drop one here.", self
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.tabs)
        self._notice = OutsideNotice(self)
        self._notice.read_again.connect(lambda: self._with_editor(self._reload))
        self._notice.keep_mine.connect(lambda: self._with_editor(self._keep_mine))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._notice)
        layout.addWidget(self._stack, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click with the middle button closes a tab."""
        if event.type() == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.MiddleButton:  # type: ignore[attr-defined]
            index = self.tabs.tabBar().tabAt(event.position().toPoint())  # type: ignore[attr-defined]
            if index >= 0:
                self.close_buffer(self._buffers[index])
                return True
        return super().eventFilter(watched, event)

    def _with_editor(self, do: Callable[[ScriptBuffer], object]) -> None:
        buffer = self.current()
        if buffer is not None:
            do(buffer)

    def _add(self, buffer: ScriptBuffer) -> None:
        self._buffers.append(buffer)
        self._validations[buffer] = LiveValidation(buffer, self._model)
        editor = buffer.editor
        editor.cursor_moved.connect(lambda line, column: self._on_cursor(buffer, line, column))
        editor.text_changed.connect(lambda: self._on_text(buffer))
        editor.dropped.connect(self._on_drop)
        buffer.title_changed.connect(lambda: self._on_title(buffer))
        self.tabs.addTab(editor, "")
        if buffer.path is not None:
            self._watcher.addPath(str(buffer.path))
        self._show_title(buffer)
        self._stack.setCurrentWidget(self.tabs)
        self.tabs.setCurrentWidget(editor)
        editor.setFocus()
        self._on_diagnostics(FileDiagnostics(buffer.file, ()))
        self._validations[buffer].check()
        if len(self._buffers) == 1:
            self._on_tab()

    def _remove(self, buffer: ScriptBuffer) -> None:
        if buffer not in self._buffers:
            return
        index = self._buffers.index(buffer)
        self._validations.pop(buffer).close()
        self._outside.discard(buffer)
        del self._buffers[index]
        self.tabs.removeTab(index)
        if buffer.path is not None:
            self._watcher.removePath(str(buffer.path))
        self._backups.forget(buffer)
        buffer.editor.deleteLater()
        buffer.deleteLater()
        self._stack.setCurrentWidget(self.tabs if self._buffers else self._empty)
        self._on_tab()

    def _replace_untouched(self) -> None:
        """Close the one empty script that nobody wrote in."""
        if len(self._buffers) == 1:
            only = self._buffers[0]
            if only.path is None and not only.is_modified and not only.editor.code.length():
                self._remove(only)

    def _save_to(self, buffer: ScriptBuffer, path: Path) -> bool:
        old_file, old_path = buffer.file, buffer.path
        try:
            buffer.save(path)
        except BenchwrightError as error:
            dialogs.tell_failure(self, "The script was not saved.", error.message)
            return False
        if old_path is not None and old_path != path:
            self._watcher.removePath(str(old_path))
        self._watcher.addPath(str(path))
        self._outside.discard(buffer)
        self._show_notice()
        self._backups.forget(buffer)
        if buffer.file != old_file:
            self._validations[buffer].forget(old_file)
            self.current_changed.emit()
        self._validations[buffer].check()
        self._remember(path)
        self._controls.message_wanted.emit(f"Saved {path.name}.")
        return True

    def _save_all_and_close(self) -> None:
        unsaved = next((buffer for buffer in self._buffers if buffer.is_modified), None)
        if unsaved is None:
            QTimer.singleShot(0, self.window(), self.window().close)
        else:
            self.save(unsaved, self._save_all_and_close)

    def _discard_all_and_close(self) -> None:
        for buffer in self._buffers:
            if buffer.is_modified:
                buffer.editor.mark_saved()
                self._backups.forget(buffer)
        QTimer.singleShot(0, self.window(), self.window().close)

    def _folder(self) -> Path:
        """Return where somebody would look for scripts."""
        current = self.current()
        if current is not None and current.path is not None:
            return current.path.parent
        return self.recent[0].parent if self.recent else Path.home()

    def _free_title(self, title: str, language: str) -> str:
        taken = {buffer.title for buffer in self._buffers}
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
            for other in [each for each in self._buffers if each.path == path and not each.is_modified]:
                self._remove(other)
        buffer.editor.set_text(unsaved.text)
        buffer.editor.mark_unsaved()
        self._add(buffer)
        buffer.editor.go_to(unsaved.line, unsaved.column)
        self._backups.note(buffer)
        self._controls.message_wanted.emit(f"Unsaved work in {buffer.title} was brought back.")

    def _remember(self, path: Path) -> None:
        self.recent = [path, *(each for each in self.recent if each != path)][:_MAX_RECENT]
        self.recent_changed.emit()

    def _on_cursor(self, buffer: ScriptBuffer, line: int, column: int) -> None:
        if buffer is self.current():
            self.cursor_moved.emit(line, column)

    def _on_text(self, buffer: ScriptBuffer) -> None:
        self._backups.note(buffer)

    def _on_tab(self, _: int = 0) -> None:
        current = self.current()
        for buffer in self._buffers:
            buffer.editor.setObjectName("editor.code" if buffer is current else "")
        self._show_notice()
        self.current_changed.emit()
        if current is not None:
            self.cursor_moved.emit(*current.editor.place)

    def _on_moved(self, start: int, end: int) -> None:
        self._buffers.insert(end, self._buffers.pop(start))

    def _on_title(self, buffer: ScriptBuffer) -> None:
        if buffer in self._buffers:
            self._show_title(buffer)

    def _show_title(self, buffer: ScriptBuffer) -> None:
        index = self._buffers.index(buffer)
        self.tabs.setTabText(index, f"{buffer.title} ●" if buffer.is_modified else buffer.title)
        self.tabs.setTabToolTip(index, str(buffer.path) if buffer.path else "Not saved yet")

    def _show_notice(self) -> None:
        current = self.current()
        self._notice.tell(current.title if current is not None and current in self._outside else "")

    def _on_diagnostics(self, found: FileDiagnostics) -> None:
        for buffer in self._buffers:
            if buffer.file == found.file:
                reports = [self._model.diagnostics.get((found.file, source)) for source in ("check", "run")]
                buffer.editor.set_diagnostics(
                    [each for report in reports if report for each in report.diagnostics]
                )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one == other or one.samefile(other)
    except OSError:
        return False
