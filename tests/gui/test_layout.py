"""Where everything is: panels that are closed, found and put back, and a stop that is always in sight."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget

from benchwright.core.events import EmergencyChanged, InstrumentStopped
from benchwright.gui import theme
from benchwright.gui.application import make_application
from benchwright.gui.main_window import MainWindow
from benchwright.gui.widgets.stop_report import StopReport
from tests.gui.shell import current_script, shell, wait_until

# What the window does in a process of its own, as with the scale of a fine screen.
_IN_A_PROCESS = """
import sys, pathlib
from PySide6.QtWidgets import QApplication
from benchwright.gui.application import make_application
from benchwright.gui import open_window
from tests.gui.shell import wait_until
app = make_application()
window = open_window(data_dir=pathlib.Path(sys.argv[1]))
window.tour.end()
wait_until(lambda: window.model.is_attached and window.model.descriptors)
wait_until(lambda: window.minimumSizeHint().width() <= 1024)  # its parts are laid out
window.resize(1024, 700)
window.actions_by_id["action.run"].trigger()
wait_until(lambda: window.model.run.rows >= 2)
window.cancel_run()
wait_until(lambda: not window.model.is_busy)
window.preferences.toggle_theme()
button = window.estop
def is_whole():
    corner = button.mapTo(window, button.rect().bottomRight())
    return (window.width() <= 1024 and window.rect().contains(corner)
            and button.width() >= button.sizeHint().width() and button.isVisible())
wait_until(is_whole)
print(window.devicePixelRatio(), is_whole())
window.close()
"""
_OF_OFFSCREEN = "This plugin does not support propagateSizeHints()"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def test_a_jump_gives_the_keyboard_to_the_panel_and_the_editor_to_the_text(window: MainWindow) -> None:
    window.activateWindow()
    wait_until(window.isActiveWindow)
    for name, panel in window.docks.panels.items():
        window.actions_by_id[f"action.panel.{name}"].trigger()
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus is panel or panel.isAncestorOf(focus), name
    window.actions_by_id["action.panel.editor"].trigger()
    assert QApplication.focusWidget() is current_script(window).editor.code
    window.editor.new_script("", "lua", title="second.lua")
    window.docks.jump_to("library")
    window.docks.jump_to("editor")
    assert QApplication.focusWidget() is current_script(window).editor.code


def is_whole(window: MainWindow, part: QWidget) -> bool:
    """Return whether nothing of a widget is cut off or pushed out of the window."""
    top_left = part.mapTo(window, QPoint(0, 0))
    bottom_right = part.mapTo(window, part.rect().bottomRight())
    is_inside = window.rect().contains(top_left) and window.rect().contains(bottom_right)
    return part.isVisible() and is_inside and part.width() >= part.sizeHint().width()


def test_the_emergency_stop_and_the_run_controls_are_whole_in_a_narrow_window(window: MainWindow) -> None:
    parts = (window.estop, window.run_controls.timeout, window.run_controls.on_stop)
    for width in (1024, 900, 820):
        window.resize(width, 700)
        wait_until(lambda: window.width() == width and window.estop.geometry().right() > width - 40)  # noqa: B023
        assert all(is_whole(window, part) for part in parts), width
    window.resize(1280, 700)
    wait_until(lambda: window.width() == 1280)
    words = [label for label in window.run_controls.findChildren(QLabel) if label.isVisible()]
    assert len(words) == 3


def test_at_twice_the_scale_the_stop_is_whole_and_nothing_is_written_to_the_console(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _IN_A_PROCESS, str(tmp_path / "data")]
    environment = os.environ | {"QT_SCALE_FACTOR": "2"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, env=environment)
    assert done.stdout.split() == ["2.0", "True"], done.stderr
    assert [line for line in done.stderr.splitlines() if line != _OF_OFFSCREEN] == []


def test_each_panel_has_a_key_that_brings_it_back_and_gives_it_the_keyboard(window: MainWindow) -> None:
    for dock in window.docks.docks.values():
        dock.close()
    names = ("editor", "library", "plots", "instruments", "console", "problems", "runs", "schedule")
    for number, name in enumerate(names, start=1):
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0.value + number), Qt.KeyboardModifier.ControlModifier)
        panel = window.docks.panels[name]
        assert panel.isVisible(), name
        focused = QApplication.focusWidget()
        assert focused is not None
        assert panel is focused or panel.isAncestorOf(focused), name


def test_reset_layout_puts_everything_where_it_was(window: MainWindow) -> None:
    before = {name: window.dockWidgetArea(dock) for name, dock in window.docks.docks.items()}
    window.docks.docks["library"].close()
    window.docks.docks["plots"].setFloating(True)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.docks.docks["console"])
    window.actions_by_id["action.reset_layout"].trigger()
    assert {name: window.dockWidgetArea(dock) for name, dock in window.docks.docks.items()} == before
    assert not window.docks.docks["plots"].isFloating()
    assert window.docks.docks["library"].isVisible()
    plots, instruments = (window.docks.docks[name].geometry() for name in ("plots", "instruments"))
    assert plots.center().y() < instruments.top()


def test_at_first_the_curve_has_more_room_than_the_instruments(window: MainWindow) -> None:
    plots, instruments = (window.docks.docks[name].height() for name in ("plots", "instruments"))
    assert plots > 1.2 * instruments


def test_the_report_of_a_stop_tells_what_needs_a_person_first(window: MainWindow) -> None:
    stopped = [
        InstrumentStopped(name="motor", outcome="safe", duration_s=0.012),
        InstrumentStopped(name="meter", outcome="unknown", duration_s=0.5, message="no answer"),
        InstrumentStopped(name="supply", outcome="failed", duration_s=1.5, message="the link is lost"),
    ]
    window.model.happened(EmergencyChanged(latched=True, source="a test", instruments=stopped))
    report = window.banners.findChild(StopReport)
    assert report is not None
    texts = [label.text() for label in report.findChildren(QLabel)]
    assert texts.index("supply") < texts.index("meter") < texts.index("motor")
    outcome = next(label for label in report.findChildren(QLabel) if label.text() == "failed")
    for colours in (theme.DARK, theme.LIGHT):
        theme.apply(window._app, colours)
        assert colours.error in outcome.styleSheet()
    assert {"failed", "1,500 ms", "the link is lost", "unknown", "no answer", "safe", "12 ms"} <= set(texts)


def test_a_reset_asks_first_and_escape_leaves_the_stop_latched(window: MainWindow) -> None:
    window.emergency_stop()
    wait_until(lambda: window.model.emergency.instruments)
    assert window.estop.is_latched
    assert "latched" in window.estop.toolTip()
    window.actions_by_id["action.emergency_reset"].trigger()
    box = window.findChild(QMessageBox, "dialog.emergency_reset")
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert window.model.emergency.latched
    assert window.estop.is_latched


def test_the_question_for_grants_says_what_and_which_instruments(window: MainWindow, tmp_path: Path) -> None:
    script = tmp_path / "moves.lua"
    script.write_text('instruments.get("esp300"):move_absolute(1)\n-- and \'newport\', not "other"')
    script.with_suffix(".toml").write_text('permissions = ["device:read", "device:control"]\n')
    window.editor.open_file(script)
    wait_until(lambda: window.model.descriptors)
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: window.banners.text("grant"))
    text = window.banners.text("grant")
    assert text.startswith(
        "moves.lua asks to move things and switch outputs and read values from instruments."
    )
    assert "It names esp300 and newport." in text


def test_the_window_has_an_icon_of_its_own(window: MainWindow) -> None:
    assert not window.windowIcon().pixmap(32).isNull()


class _Shown(QObject):
    """Notes which windows come up."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(watched.objectName())
        return False


def test_no_other_window_flashes_up_and_the_script_has_the_keyboard(tmp_path: Path) -> None:
    app = make_application()
    shown = _Shown()
    app.installEventFilter(shown)
    with shell(tmp_path / "data") as window:
        app.removeEventFilter(shown)
        assert shown.names == ["window"]
        assert QApplication.focusWidget() is current_script(window).editor.code
