"""The raw console of the instruments panel, on a real bench with the virtual instruments."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit

from benchwright.core.operator_messages import ConnectInstrument, OperatorRequest, WatchTraffic
from tests.gui.hand import Hand
from tests.gui.shell import run_text, shell, wait_until


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    with shell(tmp_path) as window:
        yield Hand(window)


def test_raw_command_and_its_reply_are_shown_with_their_times(hand: Hand) -> None:
    hand.open_console("esp300")
    assert "soft limit" in hand.note
    assert hand.find(QLineEdit, "traffic.input").placeholderText() == "Raw command to esp300, ends with \\r"
    hand.send("VE?")
    wait_until(lambda: "← ESP300" in hand.traffic)
    assert "→ VE?\\r" in hand.traffic
    assert " ms" in hand.traffic
    hand.send("bad\\q")
    wait_until(lambda: "unknown escape" in hand.note.lower())


def test_a_raw_command_waits_until_the_bench_listens(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it could be through before, and never be seen."""
    hand.row("esp300", "identify")
    controls, held = hand.window.controls, list[OperatorRequest]()
    with monkeypatch.context() as patched:
        patched.setattr(controls, "ask", held.append)
        hand.open_console("esp300")
        hand.send("VE?")
    assert {type(each) for each in held} == {WatchTraffic}
    for wish in held:
        controls.ask(wish)
    wait_until(lambda: "← ESP300" in hand.traffic)


def test_history_of_raw_commands_goes_up_and_down(hand: Hand) -> None:
    hand.open_console("esp300")
    for text in ("1VA20", "1VA?"):
        hand.send(text)
    line = hand.find(QLineEdit, "traffic.input")
    line.setText("dra")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(line, key)
        seen.append(line.text())
    assert seen == ["1VA?", "1VA20", "1VA20", "1VA?", "dra"]
    state = hand.panel.save_state()
    assert state["console"]["history"] == ["1VA20", "1VA?"]
    assert state["console_open"] is True


def test_traffic_of_a_script_is_seen_and_can_be_held_and_cleared(hand: Hand) -> None:
    hand.open_console("board")
    source = 'local b = instruments.get("board") for i = 1, 30 do b.get_status() end'
    run_text(hand.window, source)
    wait_until(lambda: hand.window.model.run.finished is not None)
    wait_until(lambda: "   script" in hand.traffic)
    hand.click("traffic.pause")
    hand.click("traffic.clear")
    hand.send("ID?")
    wait_until(lambda: hand.panel._console is not None and hand.panel._console.view._waiting)
    assert hand.traffic == ""
    hand.click("traffic.pause")
    wait_until(lambda: "ID?" in hand.traffic)
    hand.click("traffic.copy")
    assert "ID?" in QApplication.clipboard().text()


def test_telemetry_is_shown_on_wish(hand: Hand) -> None:
    hand.open_console("supply")
    hand.window.controls.ask(ConnectInstrument(name="supply"))
    telemetry = hand.find(QCheckBox, "traffic.telemetry")
    assert not telemetry.isChecked()
    telemetry.setChecked(True)
    wait_until(lambda: "telemetry" in hand.traffic)
    telemetry.setChecked(False)
    wait_until(lambda: "telemetry" not in hand.traffic)


def test_closed_console_listens_to_nothing(hand: Hand) -> None:
    asked: list[Any] = []
    hand.open_console("esp300")
    hand.window.controls.ask = asked.append
    assert hand.panel._console is not None
    hand.panel._console._controls.ask = asked.append
    hand.panel.show_console(False)
    assert [each.names for each in asked] == [[]]
