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

    What follows a colon in `handler` is its argument.

    `id` becomes the objectName. The keys of a row with `panel` count only while that panel has the keyboard:
    elsewhere they mean what they mean there.
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
    panel: str = ""
    group: bool = False  # a line above it in the menu


SCRIPT: Final = When.SCRIPT
_PANELS: Final = (
    ("editor", "&Editor"),
    ("library", "&Library"),
    ("plots", "&Plots"),
    ("instruments", "&Instruments"),
    ("console", "&Console"),
    ("problems", "Pro&blems"),
    ("runs", "&Runs"),
    ("schedule", "&Schedule"),
)  # in the order of their keys


def _edit(name: str, title: str, keys: tuple[str, ...], *, tip: str = "", group: bool = False) -> ActionRow:
    return ActionRow(
        f"action.{name}",
        title,
        f"editor.edit.{name}",
        keys,
        "Edit",
        SCRIPT,
        tip=tip,
        panel="editor",
        group=group,
    )


def _jump(number: int, name: str, title: str) -> ActionRow:
    return ActionRow(
        f"action.panel.{name}",
        title,
        f"docks.jump_to:{name}",
        (f"Ctrl+{number}",),
        "View > Go to",
        tip=f"Show the panel and give it the keyboard: {title.replace('&', '')}",
    )


ACTIONS: Final = (
    ActionRow("action.new", "&New script", "editor.new_script", ("Ctrl+N",), "File", short="New", icon="new"),
    ActionRow(
        "action.new_python", "New &Python script", "editor.new_python_script", ("Ctrl+Shift+N",), "File"
    ),
    ActionRow("action.open", "&Open…", "editor.choose_file", ("Ctrl+O",), "File", short="Open", icon="open"),
    ActionRow("action.quick_open", "Open by &name…", "finder.show_files", ("Ctrl+P",), "File"),
    ActionRow("action.reopen", "&Reopen closed tab", "editor.reopen_closed", ("Ctrl+Shift+T",), "File"),
    ActionRow("action.save", "&Save", "editor.saving.save", ("Ctrl+S",), "File", SCRIPT, "Save", icon="save"),
    ActionRow("action.save_as", "Save &as…", "editor.saving.save_as", ("Ctrl+Shift+S",), "File", SCRIPT),
    ActionRow("action.save_all", "Save a&ll", "editor.saving.save_all", ("Ctrl+Alt+S",), "File", SCRIPT),
    ActionRow("action.close_tab", "&Close tab", "editor.closing.close_current", ("Ctrl+W",), "File", SCRIPT),
    ActionRow(
        "action.add_to_library", "Add to &library", "scripts.add_to_library", (), "File", SCRIPT, group=True
    ),
    ActionRow("action.import", "&Import…", "library.sharing.choose_import", (), "File"),
    ActionRow("action.export", "&Export…", "scripts.export_script", (), "File"),
    ActionRow("action.settings", "Se&ttings…", "preferences.show_page", ("Ctrl+,",), "File", group=True),
    ActionRow("action.quit", "&Quit", "close", ("Ctrl+Q",), "File", group=True),
    _edit("undo", "&Undo", ("Ctrl+Z",)),
    _edit("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    _edit("cut", "Cu&t", ("Ctrl+X", "Shift+Del"), tip="Cut what is selected, else the line", group=True),
    _edit("copy", "&Copy", ("Ctrl+C", "Ctrl+Ins"), tip="Copy what is selected, else the line"),
    _edit("paste", "&Paste", ("Ctrl+V", "Shift+Ins")),
    _edit("select_all", "Select &all", ("Ctrl+A",)),
    ActionRow("action.find", "&Find…", "editor.edit.find", ("Ctrl+F",), "Edit", SCRIPT, group=True),
    ActionRow("action.find_next", "Find &next", "editor.edit.find_next", ("F3",), "Edit", SCRIPT),
    ActionRow(
        "action.find_previous", "Find pre&vious", "editor.edit.find_previous", ("Shift+F3",), "Edit", SCRIPT
    ),
    ActionRow("action.replace", "R&eplace…", "editor.edit.replace", ("Ctrl+H",), "Edit", SCRIPT),
    ActionRow("action.go_to_line", "&Go to line…", "editor.edit.go_to_line", ("Ctrl+G",), "Edit", SCRIPT),
    ActionRow("action.next_problem", "Next pro&blem", "editor.edit.next_problem", ("F8",), "Edit", SCRIPT),
    ActionRow(
        "action.previous_problem",
        "Previous problem",
        "editor.edit.previous_problem",
        ("Shift+F8",),
        "Edit",
        SCRIPT,
    ),
    _edit("complete", "Complete the &word", ("Ctrl+Space",), group=True),
    _edit("comment", "Toggle co&mment", ("Ctrl+/",)),
    _edit("indent", "&Indent", ("Ctrl+]",)),
    _edit("unindent", "Unin&dent", ("Ctrl+[",)),
    _edit("duplicate", "Duplicate &line", ("Ctrl+Shift+D",), tip="Duplicate what is selected, else the line"),
    _edit("delete_line", "Delete line", ("Ctrl+Shift+K",)),
    _edit("move_up", "Move line up", ("Alt+Up",)),
    _edit("move_down", "Move line down", ("Alt+Down",)),
    _edit("select_next", "&Select next occurrence", ("Ctrl+D",), group=True),
    _edit("select_every", "Select every &occurrence", ("Ctrl+Shift+L",)),
    _edit("cursor_above", "Add cursor above", ("Ctrl+Alt+Up",)),
    _edit("cursor_below", "Add cursor below", ("Ctrl+Alt+Down",)),
    ActionRow("action.fold_all", "&Fold all", "editor.edit.fold_all", ("Ctrl+K, Ctrl+0",), "View", SCRIPT),
    ActionRow(
        "action.unfold_all", "&Unfold all", "editor.edit.unfold_all", ("Ctrl+K, Ctrl+J",), "View", SCRIPT
    ),
    ActionRow("action.wrap", "&Wrap long lines", "editor.view.toggle_wrap", ("Alt+Z",), "View", SCRIPT),
    ActionRow("action.blanks", "Show &blanks", "editor.view.toggle_blanks", (), "View", SCRIPT),
    ActionRow("action.zoom_in", "Zoom &in", "editor.view.zoom_in", ("Ctrl++", "Ctrl+="), "View", group=True),
    ActionRow("action.zoom_out", "Zoom &out", "editor.view.zoom_out", ("Ctrl+-",), "View"),
    ActionRow("action.zoom_reset", "&Normal size", "editor.view.zoom_reset", ("Ctrl+0",), "View"),
    ActionRow(
        "action.next_tab",
        "Next &tab",
        "editor.next_tab",
        ("Ctrl+Tab", "Ctrl+PgDown"),
        "View",
        SCRIPT,
        group=True,
    ),
    ActionRow(
        "action.previous_tab",
        "&Previous tab",
        "editor.previous_tab",
        ("Ctrl+Shift+Tab", "Ctrl+PgUp"),
        "View",
        SCRIPT,
    ),
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
    ActionRow("action.validate", "&Validate", "validate", ("Ctrl+Shift+F5",), "Run", SCRIPT),
    ActionRow("action.schedule", "Run at &set times…", "scripts.schedule_script", (), "Run", SCRIPT),
    ActionRow("action.emergency_stop", "&Emergency stop\tPause", "emergency_stop", (), "Run"),
    ActionRow("action.emergency_reset", "Reset the e&mergency stop…", "ask_reset", (), "Run", When.LATCHED),
    ActionRow("action.start_bench", "Start a new &bench", "start_bench", (), "Run", When.LOST),
    ActionRow("action.add_instrument", "&Add an instrument…", "instruments.show_add_page", (), "Instruments"),
    ActionRow("action.raw_console", "&Raw console", "instruments.show_console", (), "Instruments"),
    ActionRow("action.edit_config", "&Edit the configuration", "instruments.edit_config", (), "Instruments"),
    *(_jump(number, *panel) for number, panel in enumerate(_PANELS, start=1)),
    ActionRow(
        "action.palette",
        "&Command palette…",
        "finder.show_commands",
        ("Ctrl+Shift+P",),
        "View",
        tip="Find anything that can be done",
        group=True,
    ),
    ActionRow("action.reset_layout", "Reset la&yout", "reset_layout", (), "View"),
    ActionRow("action.theme", "Light or &dark", "preferences.toggle_theme", (), "View"),
    ActionRow("action.documentation", "&Documentation", "help.show_documents", ("F1",), "Help"),
    ActionRow("action.keys", "&Keyboard shortcuts", "help.show_keys", (), "Help"),
    ActionRow("action.tour", "&Tour", "tour.start", (), "Help"),
    ActionRow("action.about", "&About Benchwright", "help.show_about", (), "Help", group=True),
)
TOOL_BAR: Final = (
    "action.new", "action.open", "action.save", "", "action.run", "action.cancel", "action.pause", ""
)  # fmt: skip
MENUS: Final = ("File", "Edit", "View", "Run", "Instruments", "Help")


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
    context = Qt.ShortcutContext
    action.setShortcutContext(context.WidgetWithChildrenShortcut if row.panel else context.WindowShortcut)
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
