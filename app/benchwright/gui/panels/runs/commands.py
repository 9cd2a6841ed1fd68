"""What can be done with a run of the list: one row of a table for each."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from benchwright.gui.panels.runs.row import RunRow


class When(StrEnum):
    """Which runs something can be done with."""

    ACTIVE = "active"
    KNOWN = "known"  # started once: there is a folder of it
    FREE = "free"  # that, and the window has no run of its own
    RECORDED = "recorded"
    FAULTY = "faulty"  # an error with a line ended it
    PAIRED = "paired"  # two are selected, or its script was run before


class Command(NamedTuple):
    """One thing to do; `handler` is a method of the panel that takes the run."""

    handler: str
    title: str
    keys: str
    when: When
    tip: str
    in_bar: bool = True  # whether it has a button, not only a place in the menu


COMMANDS: Final = (
    Command("cancel", "Cancel", "Ctrl+K", When.ACTIVE, "Stop the run; twice: end its process at once"),
    Command("run_again", "Run again", "Ctrl+R", When.FREE, "The same text with the same parameters"),
    Command("open_script", "Open script", "Return", When.KNOWN, "Show the script in the editor"),
    Command(
        "open_text",
        "Open as it was run",
        "",
        When.KNOWN,
        "Show that text in a new tab",
        in_bar=False,
    ),
    Command(
        "go_to_error", "Go to the error", "Ctrl+J", When.FAULTY, "Show its line in the editor", in_bar=False
    ),
    Command(
        "compare",
        "Compare",
        "Ctrl+D",
        When.PAIRED,
        "What differs between two selected runs, or from the run of the script before",
    ),
    Command("plot", "Show in plots", "Ctrl+L", When.RECORDED, "Draw what the run recorded"),
    Command("export", "Export CSV…", "Ctrl+E", When.RECORDED, "Write what the run recorded to a file"),
    Command("open_folder", "Data folder", "Ctrl+B", When.KNOWN, "Show the files of the run"),
)


def make_commands(panel: QWidget, do: Callable[[str], None]) -> dict[str, QAction]:
    """Return the actions by handler; their keys hold while the panel has the focus."""
    made = {}
    for command in COMMANDS:
        action = QAction(command.title, panel)
        action.setIconText(command.title)
        action.setObjectName(f"runs.{command.handler}")
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if command.keys:
            action.setShortcut(QKeySequence(command.keys))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{command.tip} ({keys})" if keys else command.tip)
        action.triggered.connect(lambda _=False, name=command.handler: do(name))
        made[command.handler] = action
    return made


def enable(commands: dict[str, QAction], row: RunRow | None, *, is_busy: bool, is_paired: bool) -> None:
    """Enable what can be done with a run."""
    is_known = row is not None and (row.is_over or row.running_since_s is not None)
    holding = {
        When.ACTIVE: row is not None and not row.is_over,
        When.KNOWN: is_known,
        When.FREE: is_known and not is_busy,
        When.RECORDED: is_known and row is not None and row.rows > 0,
        When.PAIRED: is_known and is_paired,
        When.FAULTY: row is not None and row.error is not None and bool(row.error.line),
    }
    for command in COMMANDS:
        commands[command.handler].setEnabled(holding[command.when])
