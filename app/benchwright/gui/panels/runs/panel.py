"""The runs of the data folder: what goes on, what became of the others, and what can be done with them."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray, QModelIndex, QPoint, QSortFilterProxyModel, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QTableView,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from benchwright.core.events import ResourcesUsed, RunFinished, RunStateChanged, StopPolicyApplied
from benchwright.core.operator_messages import CancelRun
from benchwright.core.run_record import ActiveRun, RunRecord
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.panels.runs import commands
from benchwright.gui.panels.runs.details import RunDetails
from benchwright.gui.panels.runs.history import History
from benchwright.gui.panels.runs.row import RunRow, row_of_active, row_of_record
from benchwright.gui.panels.runs.table import RUN_ID, SCRIPT, SORT_ROLE, STARTED, STATE, RunTable
from benchwright.gui.session import Controls, RunModel
from benchwright.gui.widgets.row_table import show_as_rows

PAGE: Final = 200
_TICK_MS: Final = 500
_EMPTY: Final = (
    "<p><b>No runs yet</b></p><p>F5 runs the script in the editor.<br>"
    "Each run is kept here with its text, its rows and what it did.</p>"
)


class RunsPanel(QWidget):
    """The list of runs beside the details of the selected one; those of earlier days are read in pages."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self._limit = PAGE
        self._follows = True  # the newest run is selected until the person selects another
        self._total = 0  # runs that there are, shown or not
        self._history = History(model.data_dir)
        self.table = RunTable()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.table)
        self._sorted.setSortRole(SORT_ROLE)
        self._view = QTableView(self)
        self._details = RunDetails(self)
        self._commands = commands.make_commands(self, self._do)
        self.addActions(list(self._commands.values()))
        open_script = self._commands["open_script"]
        # Elsewhere in the panel Enter is for the link or the button that has the focus.
        open_script.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._view.addAction(open_script)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        self._arrange_view()
        self._arrange()
        self._connect()
        self._show()

    # --- building ---

    def _arrange_view(self) -> None:
        view = self._view
        view.setObjectName("runs.view")
        view.setAccessibleName("Runs")
        view.setModel(self._sorted)
        view.setSortingEnabled(True)
        view.sortByColumn(STARTED, Qt.SortOrder.DescendingOrder)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        show_as_rows(view)
        header = view.horizontalHeader()
        width = self.fontMetrics().averageCharWidth()
        for column in range(self.table.columnCount()):
            wide = {STATE: 17, SCRIPT: 19, STARTED: 13, RUN_ID: 24}.get(column, 11)
            header.resizeSection(column, wide * width)

    def _arrange(self) -> None:
        tools = QToolBar(self)
        tools.setObjectName("runs.tools")
        tools.setAccessibleName("What can be done with the run")
        tools.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        tools.setStyleSheet("QToolBar { padding: 0 2px; } QToolButton { padding: 3px 7px; }")
        tools.addActions([self._commands[each.handler] for each in commands.COMMANDS if each.in_bar])
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(tools)
        column.addWidget(self._details, 1)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._view, 1)
        column.addWidget(self._make_footer())
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(left)
        self._splitter.addWidget(right)
        self._splitter.setSizes([500, 500])  # shares, not pixels
        self._empty = QLabel(_EMPTY, self)
        self._empty.setObjectName("runs.empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setForegroundRole(self._empty.palette().ColorRole.PlaceholderText)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._splitter)

    def _make_footer(self) -> QWidget:
        self._footer = QWidget(self)
        line = QHBoxLayout(self._footer)
        line.setContentsMargins(8, 2, 8, 2)
        self._count = QLabel(self)
        self._count.setForegroundRole(self._count.palette().ColorRole.PlaceholderText)
        self._more = QPushButton("Show earlier runs", self)
        self._more.setObjectName("runs.more")
        self._more.clicked.connect(self.show_earlier)
        line.addWidget(self._count)
        line.addWidget(self._more)
        line.addStretch(1)
        self._footer.hide()
        return self._footer

    def _connect(self) -> None:
        model = self._model
        model.run_seen.connect(self._on_run)
        model.policy_applied.connect(self._on_policy)
        model.resources_used.connect(self._on_resources)
        model.runs_listed.connect(self._on_listed)
        model.history_read.connect(self._on_history)
        model.bench_changed.connect(self._on_bench)
        model.run_changed.connect(self._enable)
        self._view.selectionModel().currentRowChanged.connect(self._on_selected)
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

    def _on_bench(self) -> None:
        if not self._model.is_attached:
            for row in self.table.active():
                self._put(replace(row, state=RunState.INTERRUPTED, duration_s=row.elapsed_s))

    def _on_history(self, records: list[RunRecord]) -> None:
        self.table.merge([row_of_record(record) for record in records[: self._limit]])
        self._show()
        in_background("number of runs", self._history.count, self._on_count, owner=self)

    def _on_count(self, total: int) -> None:
        self._total = total
        self._show()

    def show_earlier(self) -> None:
        """Read one page more of the runs of before."""
        self._limit = limit = self._limit + PAGE
        in_background("runs of before", lambda: self._history.newest(limit), self._on_history, owner=self)

    def _on_listed(self, runs: list[ActiveRun]) -> None:
        for run in runs:
            known = self.table.find(run.run_id)
            self._put(row_of_active(run) if known is None else replace(known, **_live_facts(run)))
            if run.state is not RunState.QUEUED:
                self._read_record(run.run_id)

    def _on_run(self, event: RunStateChanged | RunFinished) -> None:
        row = self.table.find(event.run_id) or RunRow(run_id=event.run_id, started=event.utc)
        if isinstance(event, RunFinished):
            self._put(row.with_end(event))
            self._read_record(event.run_id)
        else:
            self._put(row.with_state(event))
            if event.state is RunState.RUNNING and row.record is None:
                self._read_record(event.run_id)

    def _on_policy(self, event: StopPolicyApplied) -> None:
        row = self.table.find(event.run_id)
        if row is not None:
            self._put(row.with_policy(event))

    def _on_resources(self, event: ResourcesUsed) -> None:
        for run_id, usage in event.runs.items():
            row = self.table.find(run_id)
            if row is not None and not row.is_over:
                self.table.put(row.with_usage(usage))
        self._show_details()

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
        self._total += is_new
        self.table.keep(self._limit)
        if not row.is_over and not self._tick.isActive():
            self._tick.start()
        self._show()

    def _read_record(self, run_id: str) -> None:
        """Read what only the record knows, such as the parameters."""
        in_background("record of a run", lambda: self._history.record(run_id), self._on_record, owner=self)

    def _on_record(self, record: RunRecord) -> None:
        row = self.table.find(record.run_id)
        if row is not None and record.script_file and not (row.is_over and not row_of_record(record).is_over):
            self._put(row.with_record(record))

    # --- what is shown ---

    def _show(self) -> None:
        count = self.table.rowCount()
        self._stack.setCurrentWidget(self._splitter if count else self._empty)
        if count and not self._view.currentIndex().isValid():
            self._view.setCurrentIndex(self._sorted.index(0, 0))
        self._footer.setVisible(self._total > count)
        self._count.setText(f"the newest {count:,} of {max(self._total, count):,} runs")
        self._show_details()

    def selected(self) -> RunRow | None:
        """Return the selected run."""
        index = self._view.currentIndex()
        return self.table.row_at(self._sorted.mapToSource(index)) if index.isValid() else None

    def select(self, run_id: str) -> None:
        """Select a run."""
        for at in range(self._sorted.rowCount()):
            index = self._sorted.index(at, 0)
            if self.table.row_at(self._sorted.mapToSource(index)).run_id == run_id:
                self._view.setCurrentIndex(index)

    def show_run(self, run_id: str) -> None:
        """Select a run, however old: as many pages are read as it takes."""
        if self.table.find(run_id) is not None:
            self.select(run_id)
            return

        def show(records: list[RunRecord]) -> None:
            self._limit = max(self._limit, len(records))
            self._on_history(records)
            self.select(run_id)

        in_background("runs of before", lambda: self._history.down_to(run_id, PAGE), show, owner=self)

    def _on_selected(self, _new: QModelIndex, _old: QModelIndex) -> None:
        row = self.selected()
        self._follows = row is None or all(each.started <= row.started for each in self.table.rows())
        self._show_details()

    def _show_details(self, _: object = None) -> None:
        self._details.show_run(self.selected())
        self._enable()

    def _enable(self) -> None:
        commands.enable(self._commands, self.selected(), is_busy=self._model.is_busy)

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(list(self._commands.values()))
        menu.popup(self._view.viewport().mapToGlobal(place))

    # --- what can be done ---

    def _do(self, handler: str) -> None:
        row = self.selected()
        if row is not None and self._commands[handler].isEnabled():
            getattr(self, f"_{handler}")(row)

    def _cancel(self, row: RunRow) -> None:
        self._controls.ask(CancelRun(run_id=row.run_id))

    def _run_again(self, row: RunRow) -> None:
        self._controls.rerun_wanted.emit(row.run_id)

    def _plot(self, row: RunRow) -> None:
        self._controls.plot_wanted.emit(row.run_id)

    def _go_to_error(self, row: RunRow) -> None:
        assert row.error is not None
        line, column = row.error.line, row.error.column or 1
        self._tell_of(
            "file of a run",
            lambda: self._history.file(row.run_id),
            lambda file: self._controls.place_wanted.emit(str(file or row.script), line, column),
        )

    def _open_script(self, row: RunRow) -> None:
        """Show the script's file, or its text where it has none any more."""

        def show(file: Path | None) -> None:
            if file is None:
                self._open_text(row)
            else:
                self._controls.file_wanted.emit(file)

        self._tell_of("file of a run", lambda: self._history.file(row.run_id), show)

    def _open_text(self, row: RunRow) -> None:
        self._tell_of(
            "text of a run", lambda: self._history.text(row.run_id), self._controls.text_wanted.emit
        )

    def _open_folder(self, row: RunRow) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._history.folder(row.run_id))))

    def _export(self, row: RunRow) -> None:
        name = f"{Path(row.script).stem}-{row.started.astimezone():%Y%m%d-%H%M%S}.csv"
        dialog = QFileDialog(self, f"Export {row.script}", name, "CSV (*.csv);;HDF5 (*.h5);;JSON (*.json)")
        dialog.setObjectName("runs.export_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.export(row.run_id, Path(file)))
        dialog.open()

    def export(self, run_id: str, file: Path) -> None:
        """Write what a run recorded; the suffix of the file says how. A message tells how it went."""
        tell = self._controls.message_wanted.emit
        self._tell_of(
            "export",
            lambda: self._history.export(run_id, file),
            lambda rows: tell(f"{rows:,} rows in {file}"),
        )

    def _tell_of(self, name: str, work: Any, on_success: Any) -> None:
        """Do something in the background; a message tells where it failed."""
        tell = self._controls.message_wanted.emit
        in_background(name, work, on_success, lambda error: tell(error.message), owner=self)


def _live_facts(run: ActiveRun) -> dict[str, Any]:
    row = row_of_active(run)
    return {
        "state": row.state,
        "path": row.path,
        "language": row.language,
        "running_since_s": row.running_since_s,
        "reason": "",
        "started": min(row.started, datetime.now(UTC)),
    }
