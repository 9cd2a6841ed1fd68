"""All that can be done in the window, one row each: menus, tool bar and shortcuts are made from it."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


class When(StrEnum):
    """The state of the window in which something can be done."""

    ALWAYS = "always"
    RUNNABLE = "runnable"  # a bench, a script, no run, no latched stop
    ACTIVE = "active"  # a run to stop
    PAUSABLE = "pausable"  # a run that runs or is paused
    LATCHED = "latched"
    LOST = "lost"  # no bench
    SCRIPT = "script"  # an open script


class ActionRow(NamedTuple):
    """One thing to do; `handler` is a method of the window, or as ``panel.method`` one of a panel.

    `id` becomes the objectName.
    """

    id: str
    title: str
    handler: str
    shortcuts: tuple[str, ...] = ()
    menu: str = ""
    when: When = When.ALWAYS
    short: str = ""  # what the tool bar's button says
    tip: str = ""
    icon: str = ""


ACTIONS: Final = (
    ActionRow("action.new", "&New script", "editor.new_script", ("Ctrl+N",), "File", short="New", icon="new"),
    ActionRow("action.open", "&Open…", "editor.choose_file", ("Ctrl+O",), "File", short="Open", icon="open"),
    ActionRow("action.save", "&Save", "editor.save", ("Ctrl+S",), "File", When.SCRIPT, "Save", icon="save"),
    ActionRow("action.save_as", "Save &as…", "editor.save_as", ("Ctrl+Shift+S",), "File", When.SCRIPT),
    ActionRow("action.close_tab", "&Close tab", "editor.close_current", ("Ctrl+W",), "File", When.SCRIPT),
    ActionRow("action.quit", "&Quit", "close", ("Ctrl+Q",), "File"),
    ActionRow("action.find", "&Find…", "editor.show_find", ("Ctrl+F",), "Edit", When.SCRIPT),
    ActionRow("action.replace", "&Replace…", "editor.show_replace", ("Ctrl+H",), "Edit", When.SCRIPT),
    ActionRow("action.go_to_line", "&Go to line…", "editor.go_to_line", ("Ctrl+G",), "Edit", When.SCRIPT),
    ActionRow("action.comment", "Toggle &comment", "editor.toggle_comment", ("Ctrl+/",), "Edit", When.SCRIPT),
    ActionRow(
        "action.run", "&Run", "run_script", ("F5",), "Run", When.RUNNABLE, "Run", "Run the script", "run"
    ),
    ActionRow("action.run_last", "Run the &last again", "run_last", ("F6",), "Run", When.RUNNABLE),
    ActionRow(
        "action.cancel",
        "&Cancel",
        "cancel_run",
        ("Shift+F5", "Ctrl+F2"),
        "Run",
        When.ACTIVE,
        "Cancel",
        "Stop the run; a second time ends its process at once",
        "cancel",
    ),
    ActionRow(
        "action.pause",
        "&Pause",
        "pause_or_resume",
        ("F7",),
        "Run",
        When.PAUSABLE,
        "Pause",
        "Hold the run at its next checkpoint()",
        "pause",
    ),
    ActionRow("action.validate", "&Validate", "validate", ("Ctrl+Shift+F5",), "Run", When.SCRIPT),
    ActionRow("action.emergency_stop", "&Emergency stop\tPause", "emergency_stop", (), "Run"),
    ActionRow("action.emergency_reset", "Reset the e&mergency stop…", "ask_reset", (), "Run", When.LATCHED),
    ActionRow("action.start_bench", "Start a new &bench", "start_bench", (), "Run", When.LOST),
    ActionRow("action.theme", "Light or &dark", "toggle_theme", (), "View"),
)
TOOL_BAR: Final = (
    "action.new", "action.open", "action.save", "", "action.run", "action.cancel", "action.pause", ""
)  # fmt: skip
MENUS: Final = ("File", "Edit", "View", "Run")


def make_actions(window: QWidget, handlers: Callable[[str], Callable[[], object]]) -> dict[str, QAction]:
    """Return the actions by id; `handlers` finds what a row names."""
    return {row.id: _make_action(row, window, handlers(row.handler)) for row in ACTIONS}


def enable(actions: dict[str, QAction], holding: Iterable[When]) -> None:
    """Enable what can be done while these states hold."""
    states = {When.ALWAYS, *holding}
    for row in ACTIONS:
        actions[row.id].setEnabled(row.when in states)


def _make_action(row: ActionRow, window: QWidget, handler: Callable[[], object]) -> QAction:
    action = QAction(row.title, window)
    action.setObjectName(row.id)
    action.setShortcuts([QKeySequence(text) for text in row.shortcuts])
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    plain = row.title.replace("&", "").rstrip("…")
    keys = (
        QKeySequence(row.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
        if row.shortcuts
        else ""
    )
    action.setToolTip(f"{row.tip or plain} ({keys})" if keys else row.tip or plain)
    if row.short:
        action.setIconText(row.short)
    action.triggered.connect(lambda _checked: handler())
    return action
