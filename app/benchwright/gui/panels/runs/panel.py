"""The runs of the data folder: what goes on, what became of the others, and what can be done with them."""

import base64
from collections.abc import Iterable
from html import escape
from typing import Any, Final

from PySide6.QtCore import QByteArray, QModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QMenu,
    QSplitter,
    QStackedLayout,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.controls import Controls
from benchwright.gui.panel import Panel
from benchwright.gui.panels.runs import commands
from benchwright.gui.panels.runs.details import RunDetails
from benchwright.gui.panels.runs.feed import RunFeed
from benchwright.gui.panels.runs.finder import RunFinder
from benchwright.gui.panels.runs.footer import Footer
from benchwright.gui.panels.runs.history import History
from benchwright.gui.panels.runs.row import RunRow
from benchwright.gui.panels.runs.run_actions import RunActions
from benchwright.gui.panels.runs.run_pages import changes_page, log_page
from benchwright.gui.panels.runs.search_row import SearchRow
from benchwright.gui.panels.runs.table import RUN_ID, SCRIPT, STARTED, STATE, RunTable
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named
from benchwright.gui.widgets.row_table import show_as_rows

_TEXT_PAUSE_MS: Final = 300  # without a key, before scripts and logs are read
_TICK_MS: Final = 500
_EMPTY: Final = (
    "<p><b>No runs yet</b></p><p>F5 runs the script in the editor.<br>"
    "Each run is kept here with its text, its rows and what it did.</p>"
)


class RunsPanel(Panel):
    """The list of runs and what finds some of them, beside the details of the selected one."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._follows = True  # the newest run is selected until the person selects another
        self._to_select = ""  # as soon as it is known
        self._history = History(model.data_dir)
        self.run_actions = RunActions(self._history, controls, self)
        self.table = RunTable()
        self.feed = RunFeed(model, self._history, self.table, self)
        self.finder = RunFinder(self._history, self)
        self.search = SearchRow(self)
        self.footer = Footer(self)
        self._view = QTableView(self)
        self._details = RunDetails(self)
        self._pages = (log_page(self._history, self), changes_page(self._history, self))
        self._commands = commands.make_commands(self, self._do)
        self.addActions(list(self._commands.values()))
        open_script = self._commands["open_script"]
        # Elsewhere in the panel Enter is for the link or the button that has the focus.
        open_script.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._view.addAction(open_script)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TEXT_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.finder.search_texts(self.table.all_rows()))
        self._arrange_view()
        self._arrange()
        self._connect()
        self._show()

    # --- building ---

    def _arrange_view(self) -> None:
        view = self._view
        named(view, "runs.view", "Runs")
        view.setModel(self.table)
        view.setSortingEnabled(True)
        view.sortByColumn(STARTED, Qt.SortOrder.DescendingOrder)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        show_as_rows(view)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)  # two can be compared
        header = view.horizontalHeader()
        width = self.fontMetrics().averageCharWidth()
        for column in range(self.table.columnCount()):
            wide = {STATE: 20, SCRIPT: 20, STARTED: 20, RUN_ID: 26}.get(column, 10)
            title = str(self.table.headerData(column, Qt.Orientation.Horizontal))
            room = header.fontMetrics().horizontalAdvance(title) + 4 * width
            header.resizeSection(column, max(wide * width, room))

    def _arrange(self) -> None:
        tools = named(QToolBar(self), "runs.tools", "What can be done with the run")
        tools.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        tools.setStyleSheet("QToolBar { padding: 0 2px; } QToolButton { padding: 3px 7px; }")
        tools.addActions([self._commands[each.handler] for each in commands.COMMANDS if each.in_bar])
        tabs = QTabWidget(self)
        tabs.setObjectName("runs.tabs")
        tabs.setDocumentMode(True)
        for page, title in zip(
            (self._details, *self._pages), ("Details", "Log", "Changes since"), strict=True
        ):
            tabs.addTab(page, title)
        self._nothing = QLabel(self)
        self._nothing.setObjectName("runs.nothing")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._nothing.setForegroundRole(self._nothing.palette().ColorRole.PlaceholderText)
        self._lists = QStackedWidget(self)
        self._lists.addWidget(self._view)
        self._lists.addWidget(self._nothing)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(_column(self.search, self._lists, self.footer))
        self._splitter.addWidget(_column(tools, tabs))
        self._splitter.setSizes([500, 500])  # shares, not pixels
        self._empty = QLabel(_EMPTY, self)
        self._empty.setObjectName("runs.empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setForegroundRole(self._empty.palette().ColorRole.PlaceholderText)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._splitter)

    def _connect(self) -> None:
        self.feed.told.connect(self._put)
        self.feed.kept.connect(self._merge)
        self._model.resources_used.connect(self._show_details)
        self._model.run_changed.connect(self._enable)
        self.search.changed.connect(self.finder.look_for)
        self.search.left.connect(self._go_to_list)
        self.finder.changed.connect(self._show_found)
        self.finder.progressed.connect(self._show_footer)
        self.footer.stop_wanted.connect(self.finder.stop)
        self._view.selectionModel().currentRowChanged.connect(self._on_selected)
        self._view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self._view.customContextMenuRequested.connect(self._show_menu)
        self._view.doubleClicked.connect(lambda _: self._do("open_script"))
        self._details.error_activated.connect(lambda: self._do("go_to_error"))
        theme.watcher.changed.connect(self._show_details)

    # --- what is remembered ---

    def save_state(self) -> dict[str, Any]:
        header = self._view.horizontalHeader().saveState().data()
        return {"header": base64.b64encode(header).decode(), "sizes": self._splitter.sizes()}

    def restore_state(self, state: dict[str, Any]) -> None:
        header = QByteArray.fromBase64(str(state.get("header", "")).encode())
        if not header.isEmpty():
            self._view.horizontalHeader().restoreState(header)
        sizes = state.get("sizes")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(each, int) for each in sizes):
            self._splitter.setSizes(sizes)

    # --- what happens ---

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.feed.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.feed.stop()

    def _merge(self, rows: list[RunRow], gone: Iterable[str]) -> None:
        """Take in runs that are over; those that go on are told of by their bench."""
        held = self._selected_id()
        self.table.merge(rows, gone)
        if self._follows and (known := self.table.all_rows()):
            held = max(known, key=lambda row: row.started).run_id
        self._hold(held)
        self._show()

    def _on_tick(self) -> None:
        if not self.table.active():
            self._tick.stop()
        if self.isVisible():
            self.table.tick()
            self._show_details()

    def _put(self, row: RunRow) -> None:
        is_new = self.table.find(row.run_id) is None
        self.table.put(row)
        if is_new and self._follows:
            self.select(row.run_id)
        if not row.is_over and not self._tick.isActive():
            self._tick.start()
        self._show()

    # --- what is shown ---

    def _show(self) -> None:
        self._stack.setCurrentWidget(self._splitter if self.table.count() else self._empty)
        has_any = self.table.rowCount() > 0
        self._lists.setCurrentWidget(self._view if has_any else self._nothing)
        if has_any and not self._view.currentIndex().isValid():
            self._view.setCurrentIndex(self.table.index(0, 0))
        self._show_footer()
        self._show_details()

    def _show_found(self) -> None:
        """Show the runs that fit what is looked for; the selected one stays so where it is among them."""
        held = self._selected_id()
        self.table.show_those(self.finder.fits)
        self._hold(held)
        self._show()
        if not self.finder.is_searching:
            self._pause.start()

    def _show_footer(self) -> None:
        self.footer.show_state(self.table, self.finder)
        if self.finder.problem:
            return  # what was found before it is shown
        searching = "<br>Scripts and logs are looked through…" if self.finder.is_searching else ""
        self._nothing.setText(f"<b>No run fits</b><br>{escape(self.finder.text)}{searching}")

    def _selected_id(self) -> str:
        row = self.selected()
        return "" if row is None else row.run_id

    def _hold(self, run_id: str) -> None:
        """Select a run again after the list was made anew, without looking for another place."""
        place = self.table.place_of(self._to_select or run_id)
        if place.isValid():
            self._to_select = ""
            self._view.setCurrentIndex(place)

    def selected(self) -> RunRow | None:
        """Return the selected run, of several the one that was selected last."""
        index = self._view.currentIndex()
        return self.table.row_at(index) if index.isValid() else None

    def select(self, run_id: str) -> None:
        """Select a run, where it is shown."""
        place = self.table.place_of(run_id)
        if place.isValid():
            self._view.setCurrentIndex(place)

    def show_run(self, run_id: str) -> None:
        """Select a run, whatever is looked for; one that is not known yet as soon as it is."""
        if self.table.find(run_id) is None:
            self._to_select = run_id
        elif not self.table.place_of(run_id).isValid():
            self.search.field.clear()
            self.finder.look_for("")
        self.select(run_id)

    def _go_to_list(self) -> None:
        self._view.setFocus()

    def _on_selected(self, _new: QModelIndex, _old: QModelIndex) -> None:
        row = self.selected()
        self._follows = row is None or all(each.started <= row.started for each in self.table.all_rows())
        if row is not None and row.record is None and row.is_over:
            self.feed.read_record(row.run_id)
        self._show_details()

    def _show_details(self, _: object = None) -> None:
        row = self.selected()
        for page in (self._details, *self._pages):
            page.show_run(row)
        self._enable()

    def _enable(self) -> None:
        row = self.selected()
        is_paired = row is not None and (
            len(self._chosen()) == 2 or (len(self._chosen()) < 2 and self.table.has_earlier(row))
        )
        commands.enable(self._commands, row, is_busy=self._model.is_busy, is_paired=is_paired)

    def _chosen(self) -> list[RunRow]:
        return [self.table.row_at(index) for index in self._view.selectionModel().selectedRows()]

    def _pair(self, row: RunRow) -> tuple[str, str]:
        """Return the runs to compare, the earlier first: the selected ones, else with the one before."""
        chosen = self._chosen()
        pair = chosen if len(chosen) == 2 else [*self.table.earlier(row)[:1], row]
        first, second = sorted(pair, key=lambda each: each.started)
        return first.run_id, second.run_id

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(list(self._commands.values()))
        menu.popup(self._view.viewport().mapToGlobal(place))

    def _do(self, handler: str) -> None:
        row = self.selected()
        if row is None or not self._commands[handler].isEnabled():
            return
        if handler == "compare":
            self.run_actions.compare(*self._pair(row))
        else:
            self.run_actions.do(handler, row)


def _column(*widgets: QWidget) -> QWidget:
    """Return widgets above each other; the second one takes the room."""
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for at, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if at == 1 else 0)
    return whole
