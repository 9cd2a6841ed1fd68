"""What is done with the script in the editor beside running it: the library, exports, schedules."""

from pathlib import Path

from benchwright.gui.controls import Controls
from benchwright.gui.docks import Docks
from benchwright.gui.panels.editor.panel import EditorPanel
from benchwright.gui.panels.library.panel import LibraryPanel
from benchwright.gui.panels.schedule.panel import SchedulePanel


class ScriptActions:
    """Takes what the editor shows to the panel that knows what to do with it.

    Args:
        editor: has the script.
        library: keeps and exports scripts.
        docks: every panel.
        controls: where it is told what cannot be done.
    """

    def __init__(self, editor: EditorPanel, library: LibraryPanel, docks: Docks, controls: Controls) -> None:
        self._editor = editor
        self._library = library
        self._docks = docks
        self._controls = controls

    def schedule_script(self) -> None:
        """Open the form that runs the editor's script at set times."""
        buffer = self._editor.current()
        if buffer is not None and buffer.path is not None:
            self.schedule_file(buffer.path)
            if buffer.is_modified:
                self._controls.message_wanted.emit("A schedule runs the script as it is saved.")
        else:
            self._controls.message_wanted.emit("Save the script first: a schedule runs a file.")

    def schedule_file(self, path: Path) -> None:
        """Open the form that runs a script at set times."""
        self._docks.raise_panel("schedule")
        self._docks.panel(SchedulePanel).schedule_script(str(path))

    def keep_version(self) -> None:
        """Let the library keep what is about to be edited."""
        buffer = self._editor.current()
        if buffer is not None and buffer.path is not None:
            self._library.commands.keep_version(buffer.path)

    def add_to_library(self) -> None:
        """Save what the editor shows as a script of the library; a file elsewhere stays as it is."""
        buffer = self._editor.current()
        if buffer is None:
            return
        path = buffer.path
        self._docks.raise_panel("library")
        if path is not None and self._library.key_of(path) is not None:
            self._library.show_script(path)
        elif path is not None:
            self._library.commands.add(path.name, buffer.text, buffer.metadata_text)
        elif (new := self._library.path_for(buffer.title)) is not None and self._editor.saving.save_to(
            buffer, new
        ):
            self._library.show_script(new)

    def preview_import(self, file: Path) -> None:
        """Show what an exported script is, and offer to take it in."""
        self._docks.raise_panel("library")
        self._library.sharing.preview(file)

    def export_script(self) -> None:
        """Export the script that is selected in the library, else the one that the editor shows."""
        buffer = self._editor.current()
        if self._library.view.hasFocus() or buffer is None or buffer.path is None:
            self._library.sharing.export()
        else:
            self._library.sharing.export_file(buffer.path)
