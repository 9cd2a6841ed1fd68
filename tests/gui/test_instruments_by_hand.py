"""Control by hand, the raw console and new instruments, on a real bench with the virtual instruments."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QTreeWidget,
    QWidget,
)

from benchwright.core.events import EmergencyChanged
from benchwright.core.operator_messages import ConnectInstrument
from benchwright.instruments.config import Config
from benchwright.instruments.discovery import FoundPort
from tests.gui.hand import Hand
from tests.gui.shell import run_text, shell, wait_until

W = TypeVar("W", bound=QWidget)
CONFIG = """# the lab
[instruments.esp300]
driver = "newport_esp300"
link = "sim://esp300"
limits = { position = [-10.0, 180.0] }

[instruments.meter]
driver = "newport_1830c"
link = "sim://newport"
timeout_s = 0.05
"""


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    with shell(tmp_path) as window:
        yield Hand(window)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Hand]:
    """A window on a bench with a configuration of its own."""
    (tmp_path / "bench.toml").write_text(CONFIG)
    with shell(tmp_path) as window:
        yield Hand(window)


# --- control by hand --------------------------------------------------------------------------------------


def test_move_shows_how_far_it_is_and_is_stopped_from_its_button(hand: Hand) -> None:
    hand.window.controls.ask(ConnectInstrument(name="esp300"))
    row = hand.call("esp300", "move_absolute", "170")
    wait_until(lambda: row.button.text() == "Stop")
    wait_until(lambda: "deg of 170" in row.result.text())
    assert row.button.accessibleName() == "Stop esp300 move_absolute"
    row.button.click()
    wait_until(lambda: row.pending is None)
    assert "esp300 was stopped" in row.result.text()
    assert (row.button.text(), row.button.isEnabled()) == ("move absolute", True)
    moving = hand.call("esp300", "is_moving")
    wait_until(lambda: moving.pending is None)
    assert moving.result.text() == "false"


def test_soft_limits_of_the_configuration_are_shown_and_hold(lab: Hand) -> None:
    row = lab.call("esp300", "move_absolute", "300")
    assert row.problem.text() == "position must be a number from -10 to 180 deg, found 300"
    assert row.fields[0].input.placeholderText() == "-10 … 180"  # type: ignore[union-attr]
    assert lab.find(QLabel, "instrument.limits").text() == "Soft limits: position -10 … 180 deg"


def test_instrument_is_made_safe_from_its_card(hand: Hand) -> None:
    on = hand.call("supply", "output_on")
    wait_until(lambda: on.result.text() == "done")
    hand.click("instrument.safe", hand.card("supply"))
    report = hand.find(QLabel, "instrument.safe_report", hand.card("supply"))
    wait_until(lambda: report.text().startswith("safe after"))
    state = hand.call("supply", "is_output_on")
    wait_until(lambda: state.result.text() == "false")


def test_nothing_acts_while_latched_and_the_panel_says_so(hand: Hand) -> None:
    act, read = hand.row("supply", "output_on"), hand.row("supply", "get_voltage")
    hand.open_console("supply")
    hand.window.model.happened(EmergencyChanged(latched=True))
    assert not act.button.isEnabled()
    assert "emergency stop" in act.button.toolTip()
    assert hand.find(QLabel, "instruments.latched").isVisible()
    assert not hand.find(QLineEdit, "traffic.input").isEnabled()
    assert "nothing is sent" in hand.note
    read.button.click()
    wait_until(read.result.text)
    hand.window.model.happened(EmergencyChanged(latched=False))
    assert act.button.isEnabled()
    assert hand.find(QLineEdit, "traffic.input").isEnabled()


def test_value_that_is_not_read_any_more_grows_old(lab: Hand) -> None:
    lab.window.controls.ask(ConnectInstrument(name="esp300"))
    value = lab.find(QLabel, "telemetry.esp300.position")
    wait_until(lambda: value.text() != "–")
    ages: list[str] = []
    shown = lab.panel._cards["esp300"]._values["position"]
    shown.show(None, "deg")  # the instrument did not answer
    ages.append(shown.age.text())
    assert ages == ["1 s ago"]
    assert value.text() == "0.0000 deg"


# --- faults -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ("silence = 1", "no answer within 1 s"),
        ("garbage = 1", "answered"),
        ("disconnect = 1", "the other end closed"),
    ],
)
def test_faults_are_said_where_they_happen_and_the_window_stays_quick(
    tmp_path: Path, faults: str, message: str
) -> None:
    text = CONFIG.replace("timeout_s = 0.05", f"timeout_s = 1.0\nfaults = {{ {faults} }}")
    (tmp_path / "bench.toml").write_text(text)
    with shell(tmp_path) as window:
        hand = Hand(window)
        row = hand.call("meter", "read_power")
        turns, deadline_s = 0, monotonic() + 10
        while row.pending is not None and monotonic() < deadline_s:
            QApplication.processEvents()
            turns += 1
        assert message in row.problem.text()
        assert turns > 10 or "silence" not in faults, "what the window did in the second that the call took"


def test_lost_link_says_why_and_what_to_do(tmp_path: Path) -> None:
    text = CONFIG.replace('link = "sim://newport"', 'link = "tcp://127.0.0.1:1"')
    (tmp_path / "bench.toml").write_text(text)
    with shell(tmp_path) as window:
        hand = Hand(window)
        card = hand.card("meter")
        hand.click("instrument.link", card)
        hint = hand.find(QLabel, "instrument.hint", card)
        wait_until(hint.isVisible)
        assert "127.0.0.1:1" in hand.find(QLabel, "instrument.message", card).text()
        wait_until(lambda: "Tried again" in hint.text())
        assert "Check power and cable" in hint.text()
        assert hand.find(QToolButton, "instrument.link", card).text() == "Reconnect"


# --- new instruments --------------------------------------------------------------------------------------


def fill(hand: Hand, name: str, driver: str, link: str) -> None:
    drivers = hand.find(QComboBox, "add.driver")
    wait_until(drivers.count)
    drivers.setCurrentIndex(drivers.findData(driver))
    hand.find(QLineEdit, "add.name").setText(name)
    hand.find(QLineEdit, "add.link").setText(link)


def test_instrument_is_added_and_the_bench_restarted_with_it(lab: Hand, tmp_path: Path) -> None:
    lab.click("instruments.add")
    fill(lab, "second", "newport_esp300", "sim://esp300")
    lab.find(QLineEdit, "limit.position.low").setText("0")
    lab.find(QLineEdit, "limit.position.high").setText("90")
    lab.find(QLineEdit, "parameter.axis").setText("2")
    lab.click("add.add")
    wait_until(lab.panel.notice.isVisible)
    text = (tmp_path / "bench.toml").read_text()
    assert text.startswith(CONFIG)
    added = Config.from_text(text).instruments["second"]
    assert (added.limits, added.options) == ({"position": (0.0, 90.0)}, {"axis": 2})
    assert lab.find(QLabel, "notice.text").text() == "second is in bench.toml. Restart the bench to use it."
    lab.click("notice.restart")
    wait_until(lambda: "second" in lab.window.model.descriptors)
    assert not lab.panel.notice.isVisible()


def test_mistake_is_said_in_the_words_of_the_reader_and_nothing_is_written(lab: Hand, tmp_path: Path) -> None:
    lab.click("instruments.add")
    fill(lab, "esp300", "newport_esp300", "sreial:///dev/ttyUSB0")
    problem = lab.find(QLabel, "add.problem")
    wait_until(lambda: "there is an instrument of that name already" in problem.text())
    fill(lab, "x", "newport_esp300", "sreial:///dev/ttyUSB0")
    wait_until(lambda: "instruments.x.link" in problem.text())
    assert "did you mean serial" in problem.text()
    assert f"{tmp_path}/bench.toml:" in problem.text()
    lab.click("add.add")
    wait_until(problem.text)
    assert (tmp_path / "bench.toml").read_text() == CONFIG
    fill(lab, "x", "newport_esp300", "sim://esp300")
    wait_until(lambda: not problem.text())


@pytest.mark.parametrize("keeps_demo", [True, False])
def test_without_a_configuration_one_is_made(hand: Hand, tmp_path: Path, keeps_demo: bool) -> None:
    hand.click("instruments.add")
    fill(hand, "power", "newport_1830c", "sim://newport")
    hand.find(QCheckBox, "add.keeps_demo").setChecked(keeps_demo)
    hand.click("add.add")
    wait_until(hand.panel.notice.isVisible)
    names = list(Config.from_file(tmp_path / "bench.toml").instruments)
    assert names == ([*Config.demo().instruments] if keeps_demo else []) + ["power"]


def test_bench_is_not_restarted_while_a_run_is_active(lab: Hand) -> None:
    lab.click("instruments.add")
    fill(lab, "second", "newport_1830c", "sim://newport")
    lab.click("add.add")
    wait_until(lab.panel.notice.isVisible)
    run_text(lab.window, "sleep(10)", title="long.lua")
    wait_until(lambda: lab.window.model.run.started_s is not None)
    lab.click("notice.restart")
    text = lab.find(QLabel, "notice.text")
    wait_until(lambda: "long.lua is running" in text.text())
    assert lab.window.model.is_attached


def test_file_that_was_edited_elsewhere_is_noticed(lab: Hand, tmp_path: Path) -> None:
    assert not lab.panel.notice.isVisible()
    (tmp_path / "bench.toml").write_text(CONFIG + "\n[log]\nlevel = 'debug'\n")
    wait_until(lab.panel.notice.isVisible)
    (tmp_path / "bench.toml").write_text(CONFIG)
    wait_until(lambda: not lab.panel.notice.isVisible())


def test_configuration_with_a_mistake_ends_no_bench(lab: Hand, tmp_path: Path) -> None:
    bench = lab.window.model.bench
    (tmp_path / "bench.toml").write_text(CONFIG + "\n[log]\nlevel = 'loud'\n")
    wait_until(lab.panel.notice.isVisible)
    lab.click("notice.restart")
    text = lab.find(QLabel, "notice.text")
    wait_until(lambda: "log.level" in text.text())
    assert "bench.toml:" in text.text()
    assert "The bench goes on as it is." in text.text()
    assert lab.window.model.bench is bench


def test_configuration_is_opened_in_the_editor(lab: Hand, tmp_path: Path) -> None:
    lab.click("instruments.edit")
    buffer = lab.window.editor.current()
    assert buffer is not None
    assert buffer.path == tmp_path / "bench.toml"
    assert buffer.text == CONFIG


def test_who_is_at_a_link_is_asked_on_wish(lab: Hand) -> None:
    lab.click("instruments.add")
    fill(lab, "x", "generic_multimeter", "sim://multimeter")
    lab.click("add.ask")
    identity = lab.find(QLabel, "add.identity")
    wait_until(lambda: "," in identity.text())
    fill(lab, "x", "generic_multimeter", "sim://esp300")
    lab.click("add.ask")
    wait_until(lambda: "is the link of esp300" in identity.text())


def test_search_runs_beside_and_can_be_stopped(lab: Hand) -> None:
    lab.click("instruments.add")
    search = lab.find(QToolButton, "discovery.search")
    assert search.text() == "Stop"
    search.click()
    wait_until(lambda: search.text() == "Search")
    assert lab.find(QTreeWidget, "discovery.list").isVisible()


def test_visa_resource_keeps_its_library(lab: Hand, tmp_path: Path) -> None:
    lab.click("instruments.add")
    fill(lab, "x", "newport_1830c", "")
    page = lab.panel._page
    assert page is not None
    assert not lab.find(QComboBox, "add.visa_library").isVisible()
    page.ports.library.setCurrentIndex(1)
    page.ports._on_found(FoundPort(kind="visa", link="visa://GPIB0::5::INSTR"))
    item = page.ports.list.topLevelItem(page.ports.list.topLevelItemCount() - 1)
    assert item is not None
    page.ports.list.setCurrentItem(item)
    assert lab.find(QComboBox, "add.visa_library").isVisible()
    lab.click("add.add")
    wait_until(lab.panel.notice.isVisible)
    added = Config.from_file(tmp_path / "bench.toml").instruments["x"]
    assert (added.link, added.visa_library) == ("visa://GPIB0::5::INSTR", "")


def test_adapter_is_named_in_place_of_its_port(lab: Hand) -> None:
    lab.click("instruments.add")
    fill(lab, "x", "newport_esp300", "")
    page = lab.panel._page
    assert page is not None
    port = FoundPort(kind="serial", link="serial:///dev/ttyUSB9", description="FT232R", usb="0403:6001:A5")
    page.ports._on_found(port)
    item = page.ports.list.topLevelItem(page.ports.list.topLevelItemCount() - 1)
    assert item is not None
    page.ports.list.setCurrentItem(item)
    link = lab.find(QLineEdit, "add.link")
    assert link.text() == "serial:///dev/ttyUSB9"
    link.setText("serial:///dev/ttyUSB9?baudrate=19200")
    draft = page.form.draft()
    assert (draft.link, draft.usb) == ("serial://?baudrate=19200", "0403:6001:A5")
    lab.find(QCheckBox, "add.usb").setChecked(False)
    draft = page.form.draft()
    assert (draft.link, draft.usb) == ("serial:///dev/ttyUSB9?baudrate=19200", "")


# --- look -------------------------------------------------------------------------------------------------


def test_every_control_has_an_accessible_name(lab: Hand) -> None:
    lab.open_console("esp300")
    lab.click("instruments.add")
    for kind in (QLineEdit, QComboBox, QCheckBox, QPushButton, QToolButton, QTreeWidget):
        for widget in lab.panel.findChildren(kind):
            if not isinstance(widget.parent(), QLineEdit):  # its button to clear it
                text = widget.text() if isinstance(widget, QPushButton) else ""
                assert widget.accessibleName() or text, widget.objectName()


def test_twenty_instruments_can_be_searched_and_fit_a_narrow_panel(tmp_path: Path) -> None:
    tables = [f'[instruments.s{i}]\ndriver = "newport_esp300"\nlink = "sim://esp300"\n' for i in range(20)]
    (tmp_path / "bench.toml").write_text("\n".join(tables))
    with shell(tmp_path) as window:
        hand = Hand(window)
        find = hand.find(QLineEdit, "instruments.find")
        assert find.isVisible()
        find.setText("s17")
        shown = [name for name, card in hand.panel._cards.items() if card.isVisible()]
        assert shown == ["s17"]
        hand.row("s17", "move_absolute")
        QApplication.processEvents()
        narrowest = hand.panel._scroll.minimumSizeHint().width()
        assert hand.panel._list.minimumSizeHint().width() < narrowest
        assert narrowest < 60 * hand.panel.fontMetrics().averageCharWidth()


def test_menu_leads_to_console_form_and_file(lab: Hand, tmp_path: Path) -> None:
    dock = lab.window.docks.docks["instruments"]
    dock.hide()
    lab.window.actions_by_id["action.raw_console"].trigger()
    assert dock.isVisible()
    assert lab.find(QPlainTextEdit, "traffic.view").isVisible()
    lab.window.actions_by_id["action.add_instrument"].trigger()
    assert lab.find(QLineEdit, "add.name").isVisible()
    lab.window.actions_by_id["action.edit_config"].trigger()
    buffer = lab.window.editor.current()
    assert buffer is not None
    assert buffer.path == tmp_path / "bench.toml"
