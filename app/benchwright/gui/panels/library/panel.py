"""The library: scripts by folder or tag, how each stands, and what can be done with it."""

import time
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout

from benchwright.core.errors import BenchwrightError
from benchwright.core.events import RunFinished
from benchwright.core.script_statistics import ScriptStatus, status_of_check
from benchwright.engines.registry import engine_suffixes
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.controls import Controls
from benchwright.gui.panel import Panel
from benchwright.gui.panels.library.commands import LibraryCommands
from benchwright.gui.panels.library.details import Details
from benchwright.gui.panels.library.menu import LibraryMenu
from benchwright.gui.panels.library.notice import Notice
from benchwright.gui.panels.library.sharing import LibrarySharing
from benchwright.gui.panels.library.shelf import Contents, Shelf
from benchwright.gui.panels.library.tree import Grouping, LibraryTree
from benchwright.gui.panels.library.view import LibraryView
from benchwright.gui.panels.library.windows import LibraryWindows
from benchwright.gui.panels.library.work import LibraryWork
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named

_LOOK_MS: Final = 2000  # between two looks at the folder for changes from outside
_LOOK_SHARE: Final = 30  # a look that takes long, at a slow drive or many files, is taken more rarely
_TYPING_MS: Final = 60  # after the last key of a search
_EMPTY: Final = (
    "The library is empty.\n\nFile > Add to library keeps the script in the editor; or copy an example, "
    "or drop an exported .toml file here."
)


class LibraryPanel(Panel):
    """Search on top, the tree below, details of the selected script at the bottom."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._shelf: Shelf | None = None
        self._contents = Contents()
        self._found: frozenset[Path] | None = None  # by the search; None: there is none
        self._is_reading = False
        self._reads_again = False
        self._began_s = 0.0
        self._to_show = ""  # the file to select once it is there
        self.tree = LibraryTree(self)
        self._build()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._start_search)
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK_MS)
        self._looking.timeout.connect(self.refresh)
        self._work = LibraryWork(self.notice, controls, self)
        self.commands = LibraryCommands(self._work, self.view.item)
        self.sharing = LibrarySharing(self._work, self.view.item, self)
        self.menu = LibraryMenu(self.view, (self.commands, self.sharing), self.view.item)
        self._windows = LibraryWindows(self._work, self)
        self._connect()
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.returnPressed.connect(self.view.go_to_first)
        for keys, do in (("Down", self.view.go_to_first), ("Esc", self.search.clear)):
            shortcut = QShortcut(QKeySequence(keys), self.search)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(do)
        self.grouping.currentIndexChanged.connect(lambda _: self._show())
        self.view.chosen.connect(lambda _: self.commands.open())
        self.view.current_changed.connect(lambda _: self._show_details())
        self.tree.rename_wanted.connect(self.commands.rename_to)
        self.commands.rename_wanted.connect(lambda: self.view.edit(self.view.currentIndex()))
        self.commands.versions_wanted.connect(self._windows.show_versions)
        self.commands.metadata_wanted.connect(self._windows.show_metadata)
        self._work.changed.connect(self._on_changed)
        self._model.run_changed.connect(self._on_run)
        self._model.diagnostics_changed.connect(self._on_run)
        self._model.run_seen.connect(self._on_run_seen)
        theme.watcher.changed.connect(self._on_theme)

    def use_folder(self, data_dir: Path) -> None:
        """Show the library of a data folder from now on."""
        self._shelf = self._work.shelf = Shelf(data_dir)
        self._looking.start()
        self.refresh()

    def refresh(self) -> None:
        """Look at the library anew, in the background."""
        if self._shelf is None or self._is_reading:
            self._reads_again = self._is_reading
            return
        self._is_reading, self._reads_again = True, False
        self._began_s = time.monotonic()
        in_background("library", self._shelf.read, self._on_read, self._on_unread, self)

    def script_paths(self) -> list[Path]:
        """Return the files of all scripts that are shown."""
        return [item.path for item in self._contents.items]

    def key_of(self, path: Path) -> str | None:
        """Return what the library calls a file, None where it is not one of its scripts."""
        return None if self._shelf is None else self._shelf.library.key_of(path)

    def path_for(self, title: str) -> Path | None:
        """Return a file of the library for a new script; None, and say why, where there can be none."""
        if self._shelf is None:
            return None
        try:
            return self._shelf.library.path_for(title)
        except BenchwrightError as error:
            self._work.tell_error(error)
            return None

    def show_script(self, path: Path) -> None:
        """Select a script of the library once the tree has it."""
        self.search.clear()
        self._on_changed(str(path))

    def save_state(self) -> dict[str, Any]:
        return {"grouping": str(self.grouping.currentData())}

    def restore_state(self, state: dict[str, Any]) -> None:
        at = self.grouping.findData(state.get("grouping"))
        self.grouping.setCurrentIndex(max(at, 0))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take exported scripts, and scripts."""
        if _dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Offer what an exported script brings; copy a script."""
        for path in _dropped(event.mimeData()):
            self.sharing.take(path)

    # --- what is shown ---

    def _build(self) -> None:
        self.search = named(QLineEdit(self), "library.search", "Search the library")
        self.search.setToolTip("Words in names, folders, descriptions and text; #word is a tag")
        self.search.setPlaceholderText("Search, #tag")
        self.search.setClearButtonEnabled(True)
        self.grouping = named(QComboBox(self), "library.grouping", "Show the library by")
        self.grouping.addItem("Folders", Grouping.FOLDER)
        self.grouping.addItem("Tags", Grouping.TAG)
        self.view = LibraryView(self.tree, self)
        self._nothing = QLabel(self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._nothing.setEnabled(False)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._nothing)
        self._hint = QLabel(_EMPTY, self)
        self._hint.setObjectName("library.hint")
        self._hint.setWordWrap(True)
        self._hint.setEnabled(False)
        self._hint.setContentsMargins(8, 4, 8, 8)
        self._hint.hide()
        self.details = Details(self)
        self.notice = Notice(self)
        top = QHBoxLayout()
        top.setContentsMargins(6, 4, 6, 4)
        top.setSpacing(4)
        top.addWidget(self.search, 1)
        top.addWidget(self.grouping)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._hint)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.details)
        layout.addWidget(self.notice)

    def _on_unread(self, error: BenchwrightError) -> None:
        self._on_read(self._contents._replace(problem=error.message))

    def _on_read(self, contents: Contents) -> None:
        self._is_reading = False
        took_ms = (time.monotonic() - self._began_s) * 1000
        self._looking.setInterval(max(_LOOK_MS, int(took_ms * _LOOK_SHARE)))
        if contents.problem and contents.problem != self._contents.problem:
            self._work.tell_error(BenchwrightError(contents.problem))
        if contents != self._contents:
            is_same = contents.items == self._contents.items
            self._contents = contents
            if is_same:
                self.tree.set_statistics(contents.statistics)
                self._show_details()
            elif self.search.text().strip():
                self._start_search()
            else:
                self._show()
        if self._reads_again:
            self.refresh()
        elif self._to_show:
            self.view.select(self._to_show)
            self._to_show = ""

    def _on_changed(self, file: str) -> None:
        self._to_show = file or self._to_show
        self.refresh()

    def _start_search(self) -> None:
        query, shelf, contents = self.search.text().strip(), self._shelf, self._contents
        if shelf is None or not query:
            self._found = None
            self._show()
            return

        def found(files: frozenset[Path]) -> None:
            self._on_found(query, files)

        in_background("library search", lambda: shelf.search(query, contents), found, owner=self)

    def _on_found(self, query: str, found: frozenset[Path]) -> None:
        if query == self.search.text().strip():  # else another search is on its way
            self._found = found
            self._show()

    def _show(self) -> None:
        place = self.view.keep_place()
        self.tree.show(self._contents, Grouping(self.grouping.currentData()), self._found)
        self.view.restore_place(place, expand_all=self._found is not None)
        self._nothing.setText(f"Nothing found for “{self.search.text().strip()}”.")
        self._stack.setCurrentIndex(0 if self._found is None or self._found else 1)
        self._hint.setVisible(
            self._found is None
            and self._shelf is not None
            and all(each.is_example for each in self._contents.items)
        )
        self._show_details()

    def _show_details(self) -> None:
        item = self.view.item()
        if item is None:
            self.details.hide()
        else:
            self.details.show_script(item, self.tree.status(item), self.tree.statistics(item))

    def _on_run(self, _: object = None) -> None:
        statuses: dict[str, ScriptStatus] = {
            file: status
            for (file, _), report in self._model.diagnostics.items()
            if (status := status_of_check(report.diagnostics)) is ScriptStatus.COMPILATION_ERROR
        }
        if self._model.run.is_active:
            statuses[self._model.run.file] = ScriptStatus.RUNNING
        self.tree.set_statuses(statuses)
        self._show_details()

    def _on_run_seen(self, event: object) -> None:
        if isinstance(event, RunFinished):
            self.refresh()

    def _on_theme(self, _: object = None) -> None:
        self.view.viewport().update()
        self._show_details()


def _dropped(data: QMimeData) -> list[Path]:
    """Return the dropped files that the library can take."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix in (".toml", *engine_suffixes())]
