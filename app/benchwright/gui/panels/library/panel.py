"""The library: scripts by folder or tag, how each stands, and what can be done with it."""

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from benchwright.core.script_statistics import ScriptStatus
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.panels.library.details import Details
from benchwright.gui.panels.library.shelf import Contents, Shelf, ShelfItem
from benchwright.gui.panels.library.tree import Grouping, LibraryTree
from benchwright.gui.panels.library.view import LibraryView
from benchwright.gui.session import Controls, RunModel

_LOOK_MS: Final = 2000  # between two looks at the folder for changes from outside
_TYPING_MS: Final = 60  # after the last key of a search
_EMPTY: Final = (
    "The library is empty.\n\nFile > Add to library keeps the script in the editor; or copy an example, "
    "or drop an exported .toml file here."
)


class LibraryPanel(QWidget):
    """Search on top, the tree below, details of the selected script at the bottom."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self._shelf: Shelf | None = None
        self._contents = Contents()
        self._found: frozenset[Path] | None = None  # by the search; None: there is none
        self._is_reading = False
        self._reads_again = False
        self.tree = LibraryTree(self)
        self._build()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._start_search)
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK_MS)
        self._looking.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.grouping.currentIndexChanged.connect(lambda _: self._show())
        self.view.chosen.connect(self.open)
        self.view.current_changed.connect(lambda _: self._show_details())
        model.run_changed.connect(self._on_run)
        model.run_seen.connect(self._on_run_seen)
        theme.watcher.changed.connect(self._on_theme)

    def use_folder(self, data_dir: Path) -> None:
        """Show the library of a data folder from now on."""
        self._shelf = Shelf(data_dir)
        self._looking.start()
        self.refresh()

    def refresh(self) -> None:
        """Look at the library anew, in the background."""
        if self._shelf is None or self._is_reading:
            self._reads_again = self._is_reading
            return
        self._is_reading, self._reads_again = True, False
        in_background("library", self._shelf.read, self._on_read, lambda _: self._on_read(None))

    def open(self, item: ShelfItem) -> None:
        """Show a script in the editor."""
        self._controls.file_wanted.emit(item.path)

    def run(self, item: ShelfItem) -> None:
        """Run a script, open in the editor or not."""
        self._controls.run_wanted.emit(item.path)

    def save_state(self) -> dict[str, Any]:
        return {"grouping": str(self.grouping.currentData())}

    def restore_state(self, state: dict[str, Any]) -> None:
        at = self.grouping.findData(state.get("grouping"))
        self.grouping.setCurrentIndex(max(at, 0))

    # --- what is shown ---

    def _build(self) -> None:
        self.search = QLineEdit(self)
        self.search.setObjectName("library.search")
        self.search.setAccessibleName("Search the library")
        self.search.setPlaceholderText("Search names, text, #tags")
        self.search.setClearButtonEnabled(True)
        self.grouping = QComboBox(self)
        self.grouping.setObjectName("library.grouping")
        self.grouping.setAccessibleName("Show the library by")
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

    def _on_read(self, contents: Contents | None) -> None:
        self._is_reading = False
        if contents is not None and contents != self._contents:
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

    def _start_search(self) -> None:
        query, shelf, contents = self.search.text().strip(), self._shelf, self._contents
        if shelf is None or not query:
            self._found = None
            self._show()
            return
        in_background(
            "library search",
            lambda: shelf.search(query, contents),
            lambda found: self._on_found(query, found),
        )

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

    def _on_run(self) -> None:
        run = self._model.run
        self.tree.set_statuses({run.file: ScriptStatus.RUNNING} if run.is_active and run.file else {})
        self._show_details()

    def _on_run_seen(self, event: object) -> None:
        from benchwright.core.events import RunFinished

        if isinstance(event, RunFinished):
            self.refresh()

    def _on_theme(self, _: object = None) -> None:
        self.view.viewport().update()
        self._show_details()
