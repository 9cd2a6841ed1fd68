"""What the command palette offers: every action, and the files that somebody may mean."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence

from benchwright.gui import actions
from benchwright.gui.availability import Availability
from benchwright.gui.panels.editor.panel import EditorPanel
from benchwright.gui.widgets.palette import Entry


def command_entries(actions_by_id: dict[str, QAction], availability: Availability) -> list[Entry]:
    """Return every action with its keys, or with why it cannot be taken now."""
    return [
        Entry(
            f"{row.menu.split(' > ')[0]}: {plain_title(actions_by_id[row.id])}" if row.menu else row.title,
            keys_of(row),
            actions_by_id[row.id].trigger,
            availability.reason(row),
        )
        for row in actions.ACTIONS
        if row.id != "action.palette"
    ]


def file_entries(editor: EditorPanel, library: Callable[[], list[Path]]) -> list[Entry]:
    """Return the open tabs, then the files of before, then the scripts of the library."""
    entries = [
        Entry(
            buffer.title,
            "open" if buffer.path is None else f"open · {buffer.path.parent}",
            partial(editor.tabs.show_buffer, buffer),
        )
        for buffer in editor.buffers()
    ]
    seen = {buffer.path for buffer in editor.buffers()}
    for path, where in _paths(editor, library):
        if path not in seen:
            seen.add(path)
            entries.append(Entry(path.name, where, partial(editor.open_file, path)))
    return entries


def keys_of(row: actions.ActionRow) -> str:
    """Return the keys of an action as the system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    if row.id == "action.emergency_stop":
        return "Pause, Ctrl+Shift+Space"
    return ", ".join(QKeySequence(keys).toString(native) for keys in row.shortcuts)


def plain_title(action: QAction) -> str:
    """Return the title of an action without the marks of a menu."""
    return action.text().split("\t")[0].replace("&", "").rstrip("…")


def _paths(editor: EditorPanel, library: Callable[[], list[Path]]) -> Iterator[tuple[Path, str]]:
    for path in editor.recent:
        yield path, str(path.parent)
    for path in library():
        yield path, f"library · {path.parent.name}"
