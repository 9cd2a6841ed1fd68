"""The history in the panel of runs: what is searched and found, the pages of a run, two runs compared."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QTabWidget,
    QTextBrowser,
    QWidget,
)

from benchwright.bench.history import RunComparison, RunHistory
from benchwright.bench.history.text_search import TextSearch
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import ErrorInfo
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.runs.compare_window import CompareWindow, comparison_html
from benchwright.gui.panels.runs.panel import RunsPanel
from benchwright.gui.panels.runs.row import RunRow
from benchwright.gui.panels.runs.run_pages import changes_html, log_html
from benchwright.gui.panels.runs.table import ELAPSED, SCRIPT, STARTED, RunTable
from tests.bench.storage.helpers import record, recording
from tests.gui.shell import run_to_end, shell, wait_until

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def keep(
    data_dir: Path, number: int, script: str = "scan.lua", source: str = "return 1\n", **changes: Any
) -> str:
    """Put a run of some minutes after noon into the data folder; return its id."""
    created = NOON + timedelta(minutes=number)
    run_id = f"{created:%Y%m%d-%H%M%S}-{number:06x}"
    lines, powers = changes.pop("lines", ()), changes.pop("powers", ())
    changes |= {"created": created, "started": created, "ended": created, "rows": len(powers)}
    folder = RunStore(data_dir).create(
        record(run_id, script=script, source_sha256=str(hash(source)), **changes), source
    )
    if lines or powers:
        with recording(folder.data_path) as recorder:
            recorder.output("stdout", list(lines))
            if powers:
                times = [float(each) for each in range(len(powers))]
                recorder.rows(times, {"angle": list(times), "power": list(powers)})
    return run_id


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder with three runs: a scan, the same at another wavelength, and one that failed."""
    folder = tmp_path / "data"
    keep(folder, 1, parameters={"wavelength": 532.0}, lines=["laser on"], powers=[1.0, 2.0], duration_s=3.0)
    keep(folder, 2, parameters={"wavelength": 633.0}, powers=[3.0, 4.0], duration_s=1.0)
    error = ErrorInfo("execution_error", "lost link", 3)
    keep(folder, 3, "fails.py", "raise 1  # polariser\n", state=RunState.FAILED, error=error, duration_s=2.0)
    return folder


@pytest.fixture
def window(data_dir: Path) -> Iterator[MainWindow]:
    with shell(data_dir) as opened:
        opened.docks.raise_panel("runs")
        wait_until(lambda: panel_of(opened).table.count() == 3)
        yield opened


def panel_of(window: MainWindow) -> RunsPanel:
    return window.runs


def part(window: MainWindow, kind: type[Any], name: str) -> Any:
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def shown(window: MainWindow) -> list[str]:
    """Return the last digit of each run in the list, from the top."""
    return [row.run_id[-1] for row in panel_of(window).table.rows()]


def look_for(window: MainWindow, text: str) -> None:
    """Type into the search and wait until all is looked through."""
    field = part(window, QLineEdit, "runs.search")
    field.setText(text)
    finder = panel_of(window).finder
    wait_until(lambda: finder.text == text.strip())
    panel = panel_of(window)
    wait_until(lambda: not panel._pause.isActive() and not finder.is_searching)


# --- finding ----------------------------------------------------------------------------------------------


FOUND = {
    "outcome:failed": ["3"],
    "": ["3", "2", "1"],
    "script:scan": ["2", "1"],
    "wavelength=600..700": ["2"],
    "lost": ["3"],
    "since:2026-01-02 until:2026-01-01": [],
    "LASER": ["1"],
    "polariser lost": ["3"],
    "polariser laser": [],
}


def test_runs_are_found_by_what_is_typed(window: MainWindow) -> None:
    for text, found in FOUND.items():
        look_for(window, text)
        assert shown(window) == found, text
        nothing = part(window, QLabel, "runs.nothing")
        assert nothing.isVisible() is (not found), text
        if not found:
            assert "No run fits" in nothing.text()


def test_the_lists_write_into_the_field_and_follow_it(window: MainWindow) -> None:
    field = part(window, QLineEdit, "runs.search")
    outcome, date = part(window, QComboBox, "runs.outcome"), part(window, QComboBox, "runs.date")
    assert (outcome.currentText(), date.currentText()) == ("Any outcome", "Any time")
    field.setText("lost outcome:timeout link")
    assert outcome.currentText() == "Timeout"
    choose(outcome, "Failed")
    assert field.text() == "lost link outcome:failed"
    choose(date, "Yesterday")
    assert field.text() == "lost link outcome:failed since:yesterday until:yesterday"
    choose(date, "Last 7 days")
    assert field.text() == "lost link outcome:failed since:7d"
    choose(outcome, "Any outcome")
    choose(date, "Any time")
    assert field.text() == "lost link"
    field.setText("since:2026-01-01")
    assert date.currentIndex() == -1
    assert date.placeholderText() == "As written"


def choose(box: QComboBox, text: str) -> None:
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def test_what_makes_no_sense_is_told_and_hides_nothing(window: MainWindow) -> None:
    look_for(window, "script:scan")
    look_for(window, "since:20")
    label = part(window, QLabel, "runs.count")
    assert label.text().startswith("'20' is no date; write one like 2026-11-30")
    assert shown(window) == ["2", "1"]
    look_for(window, "")
    assert label.text().startswith("3 runs · ")
    assert label.text().endswith(" kB on disk")


def test_the_selected_run_stays_selected_while_it_is_among_those_found(window: MainWindow) -> None:
    panel = panel_of(window)
    first = panel.table.rows()[-1].run_id
    panel.select(first)
    look_for(window, "script:scan")
    assert panel.selected() is not None
    assert cast(RunRow, panel.selected()).run_id == first
    look_for(window, "lost")
    assert cast(RunRow, panel.selected()).run_id != first
    panel.show_run(first)
    wait_until(lambda: cast(RunRow, panel.selected()).run_id == first)
    assert part(window, QLineEdit, "runs.search").text() == ""


def test_reading_scripts_and_logs_can_be_stopped(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search hangs in a log until it is stopped; the window goes on meanwhile."""

    def endless(search: TextSearch, *_: object) -> bool:
        while not search._is_cancelled():
            time.sleep(0.001)
        return True

    monkeypatch.setattr(TextSearch, "finds", endless)
    field, finder = part(window, QLineEdit, "runs.search"), panel_of(window).finder
    field.setText("nowhere")
    wait_until(lambda: finder.is_searching)
    stop = part(window, QPushButton, "runs.stop_search")
    assert stop.isVisible()
    assert "0 of 3 scripts and logs" in part(window, QLabel, "runs.count").text()
    stop.click()
    assert not finder.is_searching
    assert not stop.isVisible()
    field.setText("nowhere else")
    wait_until(lambda: finder.is_searching)
    look_for_quickly = time.monotonic()
    field.setText("lost")
    wait_until(lambda: shown(window) == ["3"])
    assert time.monotonic() - look_for_quickly < 5
    finder.stop()
    QApplication.processEvents()
    assert shown(window) == ["3"], "what a search found after its end does not count"


def test_enter_and_down_lead_to_the_list_and_escape_clears(window: MainWindow) -> None:
    field, view = part(window, QLineEdit, "runs.search"), part(window, QTableView, "runs.view")
    window.activateWindow()
    field.setFocus()
    QTest.keyClicks(field, "lost")
    QTest.keyClick(field, Qt.Key.Key_Return)
    wait_until(view.hasFocus)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_runs_that_come_and_go_by_other_programs_are_noticed(window: MainWindow, data_dir: Path) -> None:
    gone = panel_of(window).table.rows()[0].run_id
    shutil.move(data_dir / "runs" / gone, data_dir / "elsewhere")
    keep(data_dir, 4)
    panel_of(window).feed.look()
    wait_until(lambda: shown(window) == ["4", "2", "1"])


def test_a_run_of_this_window_is_not_taken_for_gone(window: MainWindow) -> None:
    run_to_end(window, "return 1", "new.lua")
    panel_of(window).feed.look()
    wait_until(lambda: panel_of(window).table.count() == 4)
    assert panel_of(window).table.rows()[0].script == "new.lua"


# --- the pages of a run -----------------------------------------------------------------------------------


def test_log_and_changes_are_read_when_they_are_looked_at(window: MainWindow, tmp_path: Path) -> None:
    panel, tabs = panel_of(window), part(window, QTabWidget, "runs.tabs")
    log, changes = part(window, QTextBrowser, "runs.log"), part(window, QTextBrowser, "runs.changes")
    panel.select(panel.table.rows()[-1].run_id)
    tabs.setCurrentIndex(1)
    wait_until(lambda: "laser on" in log.toPlainText())
    panel.select(panel.table.rows()[0].run_id)
    wait_until(lambda: "It printed and logged nothing." in log.toPlainText())
    tabs.setCurrentIndex(2)
    wait_until(lambda: "was run without ever being saved." in changes.toPlainText())
    script = tmp_path / "kept.lua"
    script.write_text("return 1\n")
    window.editor.open_file(script)
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: window.model.run.finished is not None)
    wait_until(lambda: cast(RunRow, panel.selected()).script == "kept.lua")
    wait_until(lambda: "today as they were run" in changes.toPlainText())
    script.write_text("return 2\n")
    tabs.setCurrentIndex(0)
    tabs.setCurrentIndex(2)
    wait_until(lambda: "+return 2" in changes.toPlainText())


def test_what_scripts_say_is_no_markup() -> None:
    from benchwright.bench.storage.run_data import LogLine

    log = log_html(([LogLine(NOON, "error", "<b>bold</b>")], 12), theme.LIGHT)
    assert "error: &lt;b&gt;bold" in log
    assert "12 lines before these" in log
    assert "&lt;i&gt;" in changes_html("+<i>", theme.DARK)
    run = record(script="<img>", parameters={"<x>": "<y>"})
    from benchwright.bench.history import Difference, TextDifference

    found = RunComparison(
        first=run,
        second=run,
        differences=(Difference("parameters", "<x>", "<y>", None),),
        texts=(TextDifference("script", "-<u>"),),
        same=("<s>",),
    )
    page = comparison_html(found, theme.LIGHT)
    for tag in ("<img", "<x>", "<y>", "<u>", "<s>"):
        assert tag not in page


# --- comparing --------------------------------------------------------------------------------------------


def comparison(window: MainWindow) -> CompareWindow:
    wait_until(lambda: window.findChild(QWidget, "runs.compare") is not None)
    found = cast(CompareWindow, window.findChild(QWidget, "runs.compare"))
    wait_until(lambda: found._found is not None)
    return found


def select_also(window: MainWindow, run_id: str) -> None:
    panel = panel_of(window)
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    part(window, QTableView, "runs.view").selectionModel().select(panel.table.place_of(run_id), flags)


def test_a_run_is_compared_with_the_one_before_and_both_are_drawn(window: MainWindow) -> None:
    panel = panel_of(window)
    compare = panel._commands["compare"]
    first, second = (row.run_id for row in reversed(panel.table.rows()[1:]))
    panel.select(first)
    assert not compare.isEnabled(), "it is the first of its script"
    panel.select(second)
    compare.trigger()
    opened = comparison(window)
    text = opened.page.toPlainText()
    assert "wavelength\n532\n633" in text
    assert "The same in both: script, " in text
    opened.plot.click()
    rows = window.plots.rows
    wait_until(lambda: rows.canvas is not None and rows._run_id() == second)
    assert [run.run_id for run in rows.earlier.drawn(rows.script, rows._run_id())] == [first]
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    wait_until(lambda: window.findChild(QWidget, "runs.compare") is None)


def test_two_runs_of_different_scripts_are_drawn_over_each_other(window: MainWindow, data_dir: Path) -> None:
    other = keep(data_dir, 5, "other.lua", powers=[7.0, 8.0, 9.0])
    panel = panel_of(window)
    panel.feed.look()
    wait_until(lambda: panel.table.count() == 4)
    window.model.history_read.emit(list(RunHistory(data_dir).find()))
    first = panel.table.rows()[-1].run_id
    panel.select(other)
    select_also(window, first)
    panel._commands["compare"].trigger()
    opened = comparison(window)
    assert "other.lua" in opened.page.toPlainText()
    opened.plot.click()
    rows = window.plots.rows
    wait_until(lambda: rows.canvas is not None and rows._run_id() == other)
    wait_until(lambda: [run.run_id for run in rows.earlier.columns(rows.script, other)] == [first])
    assert curves_of(rows.canvas) == [[1.0, 2.0], [7.0, 8.0, 9.0]]
    opened.close()
    for row in panel.table.rows():
        select_also(window, row.run_id)
    assert not panel._commands["compare"].isEnabled(), "there are more than two"


def curves_of(canvas: Any) -> list[list[float]]:
    """Return the heights of all curves that are drawn."""
    canvas.pace.repaint_now()
    curves = [curve for pane in canvas.panes for curve in pane.curves.values()]
    return sorted(list(map(float, curve.getData()[1])) for curve in curves)


def test_an_export_replaces_no_file(window: MainWindow, tmp_path: Path) -> None:
    panel = panel_of(window)
    target = tmp_path / "rows.csv"
    target.write_text("mine")
    told: list[str] = []
    window.controls.message_wanted.connect(told.append)
    panel.run_actions.export(panel.table.rows()[-1].run_id, target)
    wait_until(lambda: told)
    assert "exists already and is not overwritten" in told[0]
    assert target.read_text() == "mine"
    panel.select(panel.table.rows()[-1].run_id)
    panel._commands["export"].trigger()
    dialog = part(window, QFileDialog, "runs.export_dialog")
    assert dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.close()


# --- the table --------------------------------------------------------------------------------------------


def row(number: int, **changes: Any) -> RunRow:
    facts: dict[str, Any] = {
        "script": f"{number}.lua",
        "state": RunState.COMPLETED,
        "duration_s": float(number),
    }
    return RunRow(run_id=str(number), started=NOON + timedelta(seconds=number), **(facts | changes))


def ids(table: RunTable) -> list[str]:
    return [each.run_id for each in table.rows()]


def test_rows_keep_their_order_as_they_come_change_and_go() -> None:
    table = RunTable()
    table.merge([row(2), row(4), row(1)])
    assert ids(table) == ["4", "2", "1"]
    table.put(row(3))
    assert ids(table) == ["4", "3", "2", "1"]
    table.sort(ELAPSED, Qt.SortOrder.AscendingOrder)
    assert ids(table) == ["1", "2", "3", "4"]
    table.put(row(1, duration_s=9.0))
    assert ids(table) == ["2", "3", "4", "1"]
    table.put(row(4, duration_s=0.5))
    assert ids(table) == ["4", "2", "3", "1"]
    table.put(row(5, duration_s=2.5))
    assert ids(table) == ["4", "2", "5", "3", "1"]
    table.sort(SCRIPT, Qt.SortOrder.DescendingOrder)
    assert ids(table) == ["5", "4", "3", "2", "1"]
    table.show_those(lambda each: each.state is RunState.COMPLETED)
    table.put(row(4, state=RunState.FAILED))
    assert ids(table) == ["5", "3", "2", "1"]
    table.put(row(4))
    assert ids(table) == ["5", "4", "3", "2", "1"]
    table.merge([], gone=["3", "none"])
    assert ids(table) == ["5", "4", "2", "1"]
    assert table.count() == 4
    table.sort(STARTED, Qt.SortOrder.AscendingOrder)
    assert ids(table) == ["1", "2", "4", "5"]


def test_ten_thousand_runs_are_sorted_and_filtered_while_one_types() -> None:
    table = RunTable()
    table.merge([row(number) for number in range(10_000)])
    took_s = []
    for _ in range(3):
        began_s = time.perf_counter()
        table.sort(SCRIPT, Qt.SortOrder.AscendingOrder)
        table.show_those(lambda each: "7" in each.script)
        table.show_those(lambda _: True)
        took_s.append(time.perf_counter() - began_s)
    assert min(took_s) < 0.5, "some tens of ms on a free computer"
