"""The line at the bottom: what is used of the computer, and the ways to the panels."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from benchwright.core.events import InstrumentStateChanged, ResourcesUsed, RunFinished, RunUsage
from benchwright.core.operator_messages import DescribeInstruments
from benchwright.core.run_states import RunState
from benchwright.gui.main_window import MainWindow
from tests.gui.shell import run_text, shell, wait_until


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def label(window: MainWindow, name: str) -> QLabel:
    found = window.findChild(QLabel, name)
    assert found is not None
    return found


def test_processor_and_memory_of_window_and_bench_are_shown(window: MainWindow) -> None:
    usage = label(window, "status.usage")
    wait_until(lambda: usage.text().startswith("CPU "))
    assert usage.text().endswith(" MB")
    assert window.model.resources is not None
    assert int(usage.text().split()[-2]) > window.model.resources.memory_bytes / 1e6
    assert "window: " in usage.toolTip()
    assert "bench and scripts: " in usage.toolTip()


def test_without_a_script_there_is_no_place_in_it(window: MainWindow) -> None:
    assert label(window, "status.place").text() == "Ln 1, Col 1"
    window.actions_by_id["action.close_tab"].trigger()
    assert window.editor.current() is None
    assert label(window, "status.place").text() == label(window, "status.language").text() == ""
    window.editor.new_python_script()
    wait_until(lambda: label(window, "status.language").text() == "Python")


def test_other_runs_are_counted(window: MainWindow) -> None:
    used = RunUsage(memory_bytes=0, cpu_s=0.0, rows=0, calls={})
    window.model.happened(ResourcesUsed(cpu_percent=1.0, memory_bytes=1, runs={"a": used, "b": used}))
    assert label(window, "status.run").text() == "ready · 2 other runs"


def test_a_run_that_is_over_is_no_other_run(window: MainWindow) -> None:
    used = RunUsage(memory_bytes=0, cpu_s=0.0, rows=0, calls={})
    window.model.happened(ResourcesUsed(cpu_percent=1.0, memory_bytes=1, runs={"a": used}))
    window.model.happened(RunFinished(run_id="a", outcome=RunState.COMPLETED, duration_s=1.0, rows=0))
    window.model.bench_changed.emit()
    assert label(window, "status.run").text() == "ready"


def test_parts_lead_to_their_panels(window: MainWindow) -> None:
    for part, panel in (("status.run", "runs"), ("status.instruments", "instruments")):
        dock = window.docks.docks[panel]
        dock.hide()
        QTest.keyClick(label(window, part), Qt.Key.Key_Return)
        assert not dock.isHidden()
        dock.hide()
        QTest.mouseClick(label(window, part), Qt.MouseButton.LeftButton)
        assert not dock.isHidden()


def test_instruments_are_in_the_order_of_the_configuration(window: MainWindow) -> None:
    lights = label(window, "status.instruments")
    wait_until(lambda: "supply" in lights.text())
    for name in reversed(window.model.described):  # events come in any order
        window.model.happened(InstrumentStateChanged(name=name, state="connected"))
    assert re.findall(r"&nbsp;(\w+)", lights.text()) == [*window.model.described]
    assert [*window.model.described] == ["esp300", "newport", "supply", "multimeter", "board"]


def test_what_an_event_told_stays_when_the_instruments_are_described(window: MainWindow) -> None:
    wait_until(lambda: window.model.described)
    window.model.instrument_states.clear()
    window.model.happened(InstrumentStateChanged(name="supply", state="lost"))
    window.engine.ask(DescribeInstruments())
    wait_until(lambda: "esp300" in window.model.instrument_states)
    assert [*window.model.instrument_states] == [*window.model.described]
    assert window.model.instrument_states["supply"].state == "lost"


def test_many_instruments_are_summed_up(window: MainWindow) -> None:
    for number in range(12):
        window.model.happened(InstrumentStateChanged(name=f"meter{number}", state="connected"))
    window.model.happened(InstrumentStateChanged(name="meter3", state="lost", message="no answer"))
    text = label(window, "status.instruments").text()
    assert "meter3" in text
    assert "meter4" not in text
    assert "11 of " in text
    assert "meter3: link lost: no answer" in label(window, "status.instruments").toolTip()


def test_progress_is_shown_while_a_run_is_active(window: MainWindow) -> None:
    run_text(window, "progress(31, 100) record{a = 1} sleep(9)")
    wait_until(lambda: "· 31 % · 1 row" in label(window, "status.run").text())
    assert label(window, "status.run").text().startswith("running 00:0")
