"""The list of runs: what is shown while they go on, the details of the selected one, what can be done."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QTableView

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.core.errors import ErrorInfo
from benchwright.core.events import CallStatistics
from benchwright.core.operator_messages import CancelRun, SubmitRun
from benchwright.core.permissions import ALL_PERMISSIONS
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.plots.columns import RunColumns
from benchwright.gui.panels.runs.details import head_of, page_of
from benchwright.gui.panels.runs.panel import RunsPanel
from benchwright.gui.panels.runs.row import RunRow
from benchwright.gui.panels.runs.table import CALLS, MEMORY, ROWS, SCRIPT, STATE
from tests.gui.shell import run_text, run_to_end, shell, wait_until

READS = (
    'local power = instruments.get("newport")\nfor i = 1, 3 do record{p = power:read_power()} end\n'
    "while true do sleep(1) end"
)
MOVES = 'instruments.get("esp300"):move_absolute(80)'


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def runs(window: MainWindow) -> RunsPanel:
    return window.runs


def cells(panel: RunsPanel, script: str) -> dict[int, str]:
    """Return the texts of the row of a script by column."""
    table = panel.table
    for at in range(table.rowCount()):
        if table.data(table.index(at, SCRIPT), Qt.ItemDataRole.DisplayRole) == script:
            columns = range(table.columnCount())
            return {c: str(table.data(table.index(at, c), Qt.ItemDataRole.DisplayRole)) for c in columns}
    return {}


def columns(panel: RunsPanel, script: str, *wanted: int) -> tuple[str | None, ...]:
    """Return some texts of the row of a script, nothing where there is no such row."""
    return tuple(cells(panel, script).get(column) for column in wanted)


def details(panel: RunsPanel) -> str:
    return panel._details.text()


def press(panel: RunsPanel, handler: str) -> None:
    panel._commands[handler].trigger()


def test_an_empty_list_says_what_to_do(window: MainWindow) -> None:
    window.docks.raise_panel("runs")
    label = window.findChild(QLabel, "runs.empty")
    assert label is not None
    assert label.isVisible()
    assert "F5" in label.text()


def test_several_runs_are_shown_while_they_go_on(window: MainWindow) -> None:
    panel = runs(window)
    folder = DataFolder.at(window.model.data_dir)
    with BenchClient.connect(folder) as client:
        for name in ("a.lua", "b.lua"):
            client.request(SubmitRun(name=name, language="lua", source=READS, grant=sorted(ALL_PERMISSIONS)))
        run_text(window, READS, "mine.lua")
        names = ("a.lua", "b.lua", "mine.lua")
        counts = ("▶ running", "3", "3")
        wait_until(lambda: all(columns(panel, name, STATE, CALLS, ROWS) == counts for name in names))
        wait_until(lambda: all(cells(panel, name)[MEMORY].endswith((" kB", " MB")) for name in names))
        selected = panel.selected()
        assert selected is not None
        assert selected.script == "mine.lua", "the newest run is selected until the person selects another"
        wait_until(lambda: "newport.read_power" in details(panel))
        other = next(row for row in panel.table.rows() if row.script == "a.lua")
        panel.select(other.run_id)
        press(panel, "cancel")
        wait_until(lambda: cells(panel, "a.lua")[STATE] == "■ cancelled")
        assert cells(panel, "b.lua")[STATE] == "▶ running"
        assert window.model.run.is_active
        for row in panel.table.active():
            client.request(CancelRun(run_id=row.run_id, kill=True))
        wait_until(lambda: not panel.table.active())


def test_a_selected_run_stays_selected_when_another_starts(window: MainWindow) -> None:
    panel = runs(window)
    for name in ("first.lua", "second.lua"):
        run_to_end(window, "return 1", name)
    wait_until(lambda: panel.selected() is not None and len(panel.table.rows()) == 2)
    panel.select(next(row.run_id for row in panel.table.rows() if row.script == "first.lua"))
    run_to_end(window, "return 1", "third.lua")
    wait_until(lambda: len(panel.table.rows()) == 3)
    selected = panel.selected()
    assert selected is not None
    assert selected.script == "first.lua"


def test_what_became_of_a_stopped_run_is_told_by_instrument(window: MainWindow) -> None:
    panel = runs(window)
    run_text(window, MOVES, "moves.lua")
    wait_until(lambda: window.model.run.state is RunState.RUNNING and window.model.line == 1)
    wait_until(lambda: window.model.instrument_states["esp300"].state == "connected")
    window.cancel_run()
    wait_until(lambda: window.model.run.finished is not None)
    wait_until(lambda: "After the stop (safe)" in details(panel))
    assert "esp300\nsafe" in details(panel)
    assert "esp300.move_absolute\n1\n1\n" in details(panel), "one call, which failed"


def test_an_error_leads_to_its_line(window: MainWindow, tmp_path: Path) -> None:
    script = tmp_path / "broken.lua"
    script.write_text('local a = 1\nlocal b = 2\nerror("here")\n')
    window.editor.open_file(script)
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: window.model.run.finished is not None)
    panel = runs(window)
    wait_until(lambda: "line 3: here" in details(panel))
    window.editor.new_script("", "lua")
    panel._details._page.anchorClicked.emit(QUrl("error:"))
    wait_until(lambda: shown_path(window) == script)
    window.editor.new_script("", "lua")
    press(panel, "go_to_error")
    wait_until(lambda: shown_path(window) == script)
    shown = window.editor.current()
    assert shown is not None
    wait_until(lambda: shown.editor.place[0] == 3)


def test_a_run_is_made_again_with_the_same_text_and_parameters(window: MainWindow, tmp_path: Path) -> None:
    script = tmp_path / "params.lua"
    script.write_text("return params.steps * 2")
    script.with_suffix(".toml").write_text(
        'name = "params"\npermissions = []\n[parameters.steps]\ntype = "integer"\ndefault = 4\n'
    )
    window.editor.open_file(script)
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: window.model.run.finished is not None)
    first = window.model.run
    panel = runs(window)
    wait_until(lambda: "steps = 4" in details(panel))
    script.write_text("return 'another text'")
    press(panel, "run_again")
    wait_until(lambda: window.model.run.run_id not in ("", first.run_id) and window.model.run.finished)
    finished = window.model.run.finished
    assert finished is not None
    assert finished.result == 8
    wait_until(lambda: len(panel.table.rows()) == 2 and "steps = 4" in details(panel))


def test_the_script_is_opened_from_its_file_and_as_it_was_run(window: MainWindow, tmp_path: Path) -> None:
    script = tmp_path / "kept.lua"
    script.write_text("return 1")
    window.editor.open_file(script)
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: window.model.run.finished is not None)
    script.write_text("return 2")
    panel = runs(window)
    window.editor.new_script("", "lua")
    wait_until(panel._commands["open_script"].isEnabled)
    press(panel, "open_script")
    wait_until(lambda: shown_path(window) == script)
    press(panel, "open_text")
    wait_until(lambda: shown_path(window) is None)
    buffer = window.editor.current()
    assert buffer is not None
    assert buffer.text == "return 1"
    assert buffer.title.startswith("kept ")
    assert buffer.title.endswith(".lua")


def shown_path(window: MainWindow) -> Path | None:
    buffer = window.editor.current()
    assert buffer is not None
    return buffer.path


class Opener(QObject):
    """Stands in for the program that shows folders."""

    opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


def test_the_data_folder_is_opened(window: MainWindow) -> None:
    run_to_end(window, "return 1", "first.lua")
    opener = Opener()
    QDesktopServices.setUrlHandler("file", opener, "open")  # type: ignore[arg-type]
    try:
        press(runs(window), "open_folder")
    finally:
        QDesktopServices.unsetUrlHandler("file")
    (opened,) = opener.opened
    assert (Path(opened) / "run.json").is_file()


def test_rows_are_exported(window: MainWindow, tmp_path: Path) -> None:
    run_to_end(window, "for i = 1, 3 do record{a = i} end", "rows.lua")
    panel = runs(window)
    press(panel, "export")
    dialog = window.findChild(QFileDialog, "runs.export_dialog")
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "rows.csv"))
    dialog.close()
    status = window.findChild(QLabel, "status.message")
    assert status is not None
    wait_until(lambda: status.text().startswith("3 rows in "))
    assert (tmp_path / "rows.csv").read_text().splitlines()[0].endswith("a")


def test_an_export_that_fails_is_told(window: MainWindow, tmp_path: Path) -> None:
    run_to_end(window, "record{a = 1}", "rows.lua")
    told: list[str] = []
    window.controls.message_wanted.connect(told.append)
    row = runs(window).selected()
    assert row is not None
    runs(window).run_actions.export(row.run_id, tmp_path / "no" / "folder.csv")
    wait_until(lambda: told)
    assert "folder.csv" in told[0]


def columns_of(window: MainWindow) -> RunColumns:
    canvas = window.plots.rows.canvas
    assert canvas is not None
    assert canvas.run is not None
    return canvas.run


def test_a_run_of_before_is_drawn(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        run_to_end(window, "for i = 1, 5 do record{x = i, y = i * i} end", "curve.lua")
    with shell(tmp_path / "data") as window:
        panel, rows = runs(window), window.plots.rows
        wait_until(lambda: panel.selected() is not None)
        press(panel, "plot")
        wait_until(lambda: rows.canvas is not None and rows.canvas.run is not None)
        assert columns_of(window).names() == ["x", "y"]
        assert columns_of(window).count == 5
        run_to_end(window, "record{x = 1, y = 1}", "curve.lua")
        wait_until(lambda: columns_of(window).count == 1)


def test_a_run_of_before_is_drawn_behind_a_later_one_of_its_script(window: MainWindow) -> None:
    run_to_end(window, "record{x = 1, y = 2}", "curve.lua")
    for _ in range(4):  # more than are drawn anyway
        before = window.model.run.run_id
        window.run_last()
        wait_until(
            lambda before=before: window.model.run.finished and window.model.run.run_id != before  # type: ignore[misc]
        )
    oldest = runs(window).table.rows()[-1]
    rows = window.plots.rows
    wait_until(lambda: rows.canvas is not None and rows._run_id() == window.model.run.run_id)
    assert oldest.run_id not in [run.run_id for run in rows.earlier.drawn("curve.lua", rows._run_id())]
    runs(window).select(oldest.run_id)
    press(runs(window), "plot")
    assert oldest.run_id in [run.run_id for run in rows.earlier.drawn("curve.lua", rows._run_id())]
    assert rows._run_id() == window.model.run.run_id


def test_a_run_of_another_script_waits_for_the_end_of_the_active_one(window: MainWindow) -> None:
    run_to_end(window, "record{x = 1}", "curve.lua")
    former = runs(window).table.rows()[0]
    run_text(window, "record{x = 1} sleep(9)", "other.lua")
    wait_until(lambda: window.model.run.script == "other.lua" and window.model.run.rows)
    told: list[str] = []
    window.controls.message_wanted.connect(told.append)
    runs(window).select(former.run_id)
    press(runs(window), "plot")
    assert told == ["other.lua is drawn while it runs; a run of another script is drawn after it"]


def test_widths_and_order_are_remembered(tmp_path: Path) -> None:
    def view(window: MainWindow) -> QTableView:
        found = window.findChild(QTableView, "runs.view")
        assert found is not None
        return found

    with shell(tmp_path / "data") as window:
        for name in ("b.lua", "a.lua", "c.lua"):
            run_to_end(window, "return 1", name)
        view(window).sortByColumn(SCRIPT, Qt.SortOrder.AscendingOrder)
        view(window).setColumnWidth(SCRIPT, 211)
    with shell(tmp_path / "data") as window:
        wait_until(lambda: runs(window).table.rowCount() == 3)
        shown = view(window).model()
        assert [shown.index(at, SCRIPT).data() for at in range(3)] == ["a.lua", "b.lua", "c.lua"]
        assert view(window).columnWidth(SCRIPT) == 211


def test_keys_and_menu_reach_what_can_be_done(window: MainWindow) -> None:
    panel = runs(window)
    run_text(window, "sleep(9)", "sleeps.lua")
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    window.show()
    window.activateWindow()
    window.docks.raise_panel("runs")
    view = window.findChild(QTableView, "runs.view")
    assert view is not None
    view.setFocus()
    view.customContextMenuRequested.emit(view.rect().center())
    menu = panel.findChild(QMenu)
    assert menu is not None
    count = len(window.editor.buffers())
    titles = {action.text(): action.isEnabled() for action in menu.actions()}
    menu.close()
    assert titles["Cancel"]
    assert not titles["Run again"], "the window has a run of its own"
    assert not titles["Export CSV…"], "it recorded nothing"
    QTest.keyClick(view, Qt.Key.Key_Return)
    wait_until(lambda: len(window.editor.buffers()) == count + 1)
    QTest.keyClick(panel._details._page, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert len(window.editor.buffers()) == count + 1, "in the details Enter is for links"
    window.activateWindow()  # which the menu has taken
    wait_until(window.isActiveWindow)
    view.setFocus()
    wait_until(view.hasFocus)
    QTest.keyClick(view, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.state is RunState.CANCELLED


def test_what_a_script_says_is_no_markup() -> None:
    row = RunRow(
        run_id="1",
        started=datetime.now(UTC),
        script="<img src='file:///etc/passwd'>",
        state=RunState.FAILED,
        error=ErrorInfo("error", "<b>bold</b>", 3),
        result="<i>",
        calls={"<x>.y": CallStatistics(count=0, failed=0, total_s=0.0, longest_s=0.0)},
    )
    page = head_of(row, theme.LIGHT) + page_of(row, theme.LIGHT)
    for text in ("<img", "<b>bold", "<i>", "<x>"):  # tags of our own are others
        assert text not in page
    assert '<a href="error:"' in page


def test_the_room_that_a_run_takes_is_told_when_it_is_over(window: MainWindow) -> None:
    run_to_end(window, "record{ p = 1 }")
    count = window.findChild(QLabel, "runs.count")
    assert count is not None
    wait_until(lambda: count.text().startswith("1 run · ") and not count.text().startswith("1 run · 0 "))
    assert "on disk" in details(runs(window))
