"""Parts of the instruments panel: the search for ports, the list of exchanges, live values, switches."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from benchwright.core.events import Exchange, TrafficSeen
from benchwright.gui import theme
from benchwright.gui.application import make_application
from benchwright.gui.panels.instruments import live_value, port_scan, traffic_view
from benchwright.gui.panels.instruments.live_value import LiveValue, age_text
from benchwright.gui.panels.instruments.port_scan import PortScan
from benchwright.gui.panels.instruments.traffic_view import TrafficView
from benchwright.gui.widgets.elided_label import ElidedLabel
from benchwright.gui.widgets.switch import Switch
from benchwright.instruments.discovery import FoundPort
from tests.gui.shell import wait_until

SERIAL = '{"event": "port", "kind": "serial", "link": "serial:///dev/ttyS9", "description": "x", "usb": ""}'
VISA = '{"event": "port", "kind": "visa", "link": "visa://GPIB0::5::INSTR", "description": "", "usb": ""}'


@pytest.fixture
def owner() -> Iterator[QWidget]:
    make_application()
    made = QWidget()
    yield made
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()


# --- the search for ports -------------------------------------------------------------------------------


class Search:
    """A search by a program of the test."""

    def __init__(self, parent: QObject, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
        monkeypatch.setattr(port_scan, "program_command", lambda *_: [sys.executable, "-c", program])
        self.found: list[FoundPort] = []
        self.ends: list[str] = []
        self.scan = PortScan(parent)
        self.scan.found.connect(self.found.append)
        self.scan.ended.connect(self.ends.append)
        self.scan.start()


def test_ports_are_told_as_they_are_found(owner: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    program = f"import time; print('noise'); print('{SERIAL}', flush=True); time.sleep(30); print('{VISA}')"
    search = Search(owner, monkeypatch, program)
    wait_until(lambda: search.found)
    assert (search.found[0].link, search.ends) == ("serial:///dev/ttyS9", [])
    search.scan.cancel()
    wait_until(lambda: search.ends)
    assert search.ends == [""]
    assert len(search.found) == 1


def test_search_that_ends_has_told_all(owner: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search(owner, monkeypatch, f"print('{SERIAL}'); print('{VISA}')")
    wait_until(lambda: search.ends)
    assert [each.kind for each in search.found] == ["serial", "visa"]
    search.scan.start()
    wait_until(lambda: len(search.ends) == 2)


def test_failed_search_says_why(owner: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; sys.stderr.write('error: no such library\\n'); sys.exit(2)"
    search = Search(owner, monkeypatch, program)
    wait_until(lambda: search.ends)
    assert search.ends == ["no such library"]


def test_search_ends_with_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    make_application()
    parent = QWidget()
    search = Search(parent, monkeypatch, f"import time; print('{SERIAL}', flush=True); time.sleep(60)")
    wait_until(lambda: search.found)
    process_id = search.scan._process.processId()
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    import psutil

    assert not psutil.pid_exists(process_id)


# --- exchanges ------------------------------------------------------------------------------------------


def exchange(sent: str, caller: str = "script", received: str | None = "1\\n", error: str = "") -> Exchange:
    return Exchange(
        caller=caller,
        sent=sent,
        received=received,
        utc=datetime(2024, 5, 1, 12, tzinfo=UTC),
        duration_s=0.0123,
        error=error,
    )


def seen(*exchanges: Exchange, missed: int = 0) -> TrafficSeen:
    return TrafficSeen(name="meter", exchanges=list(exchanges), missed=missed)


@pytest.fixture
def view(owner: QWidget) -> TrafficView:
    return TrafficView(owner)


def test_exchange_is_shown_whole(view: TrafficView) -> None:
    view.take(seen(exchange("D?\\n"), exchange("X?\\n", "operator", None, "meter: no answer within 2 s")))
    wait_until(lambda: "no answer" in view.toPlainText())
    lines = [line.rstrip() for line in view.toPlainText().split("\n")]
    assert lines[0].endswith("meter  → D?\\n   script")
    assert lines[1].strip() == "← 1\\n   12.3 ms"
    assert lines[2].endswith("meter  → X?\\n")
    assert lines[3].strip() == "✗ meter: no answer within 2 s   12.3 ms"


def test_list_is_bounded_and_counts_what_it_leaves_out(
    view: TrafficView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic_view, "MAX_EXCHANGES", 50)
    view.pause(True)
    for number in range(40):
        view.take(seen(*[exchange(f"{number}?")] * 5, missed=2))
    assert view.toPlainText() == ""
    view.pause(False)
    wait_until(lambda: "are not shown" in view.toPlainText())
    wait_until(lambda: not view._waiting)
    text = view.toPlainText()
    left_out = sum(int(line.split()[1]) for line in text.split("\n") if "not shown" in line)
    assert left_out + text.count("→") == 40 * 7


def test_colours_follow_the_theme(view: TrafficView) -> None:
    view.take(seen(exchange("D?", "operator")))
    wait_until(lambda: "D?" in view.toPlainText())
    app = make_application()
    try:
        theme.apply(app, theme.DARK)
        wait_until(lambda: theme.DARK.accent in view.document().toHtml())
        assert view.toPlainText().count("D?") == 1
    finally:
        theme.apply(app, theme.LIGHT)


# --- values, switches, labels ---------------------------------------------------------------------------


def test_value_grows_old_and_young_again(owner: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(live_value, "monotonic", lambda: clock[0])
    grid = QGridLayout(owner)
    value = LiveValue("meter", "power")
    value.place(grid, 0)
    value.show_age(0.5, is_linked=True)
    assert (value.value.text(), value.age.text()) == ("–", "")
    value.show(1.5e-3, "W")
    clock[0] += 2
    value.show_age(0.5, is_linked=True)
    assert value.age.text() == ""
    clock[0] += 10
    value.show_age(60.0, is_linked=True)  # so seldom it is read
    assert value.age.text() == ""
    value.show_age(0.5, is_linked=True)
    assert (value.value.text(), value.age.text()) == ("1.5000 mW", "12 s ago")
    assert theme.current().muted in value.value.styleSheet()
    value.show(2.0e-3, "W")
    assert (value.value.text(), value.age.text(), value.value.styleSheet()) == ("2.0000 mW", "", "")
    value.show_age(0.5, is_linked=False)  # the link is lost
    assert value.age.text() == "1 s ago"
    value.clear()
    assert (value.value.text(), value.age.text()) == ("–", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59.4, "59 s"), (60, "1 min"), (1800, "30 min"), (7200, "2 h")]
)
def test_age_in_words(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_switch_follows_mouse_and_keyboard_and_is_painted(owner: QWidget) -> None:
    switch = Switch("wait", owner)
    switch.resize(switch.sizeHint())
    off = switch.grab().toImage()
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert switch.isChecked()
    assert switch.grab().toImage() != off
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    assert switch.grab().toImage() == off


def test_elided_label_does_with_less_than_its_text(owner: QWidget) -> None:
    label = ElidedLabel("serial:///dev/serial/by-id/usb-FTDI", owner)
    assert label.minimumSizeHint().width() < label.sizeHint().width() / 4
    assert label.toolTip() == label.text()
    label.resize(60, 20)
    assert not label.grab().isNull()
