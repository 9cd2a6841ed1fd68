"""The console: bounded, in the colours of the kinds, searched, cleared, followed until one scrolls up."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from benchwright.core.errors import ErrorInfo
from benchwright.core.events import LinesPrinted, LogWritten, RunFinished
from benchwright.core.run_states import RunState
from benchwright.gui import theme
from benchwright.gui.application import make_application
from benchwright.gui.controls import Controls
from benchwright.gui.panels.console.panel import ConsolePanel
from benchwright.gui.panels.console.view import ConsoleView
from benchwright.gui.panels.console.waiting import MOST_WAITING, OUTPUT, WaitingLines
from benchwright.gui.session import RunModel
from tests.gui.shell import wait_until


@pytest.fixture
def panel() -> Iterator[ConsolePanel]:
    """A console on a model of its own."""
    make_application()
    model = RunModel()
    panel = ConsolePanel(model, Controls(lambda request: None, model))
    panel.resize(600, 200)
    panel.show()
    panel.activateWindow()
    yield panel
    panel.hide()
    panel.deleteLater()
    QApplication.processEvents()


def view_of(panel: ConsolePanel) -> ConsoleView:
    view = panel.findChild(ConsoleView, "console.view")
    assert view is not None
    return view


def print_lines(panel: ConsolePanel, *lines: str, stream: str = "stdout") -> None:
    panel._model.happened(LinesPrinted(stream=stream, lines=list(lines)))


def print_many(panel: ConsolePanel, count: int) -> None:
    print_lines(panel, *(f"line {index}" for index in range(count)))
    wait_until(lambda: f"line {count - 1}" in panel.text())


def colour_of(panel: ConsolePanel, text: str) -> str:
    """Return the colour of the last character of the line that ends so."""
    cursor = view_of(panel).document().find(text)
    assert not cursor.isNull()
    return cursor.charFormat().foreground().color().name()


def test_lines_have_their_time_and_the_colour_of_their_kind(panel: ConsolePanel) -> None:
    print_lines(panel, "plain")
    print_lines(panel, "wrong", stream="stderr")
    panel._model.happened(LogWritten(level="warning", text="warm\nvery"))
    wait_until(lambda: "very" in panel.text())
    lines = panel.text().splitlines()
    assert [line[13:] for line in lines] == ["plain", "wrong", "[warning] warm", "very"]
    assert all(line[2] == line[5] == ":" and line[8] == "." for line in lines)
    assert colour_of(panel, "wrong") == theme.current().error
    assert colour_of(panel, "very") == theme.current().warning


_OF_PYTHON = """Traceback (most recent call last):
  File "scan.py", line 7, in <module>
    f(0)
  File "scan.py", line 4, in f
    return 1/x
ZeroDivisionError: division by zero"""
_OF_LUA = "scan.lua:2: in function 'f'\nscan.lua:8: in main chunk"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (_OF_PYTHON, ['    File "scan.py", line 7, in <module>', "      f(0)"]),
        (_OF_LUA, ["  scan.lua:2: in function 'f'", "  scan.lua:8: in main chunk"]),
        ("scan.lua:2: in main chunk", []),
        (None, []),
    ],
)
def test_the_calls_that_led_to_an_error_are_below_it(
    panel: ConsolePanel, told: str | None, shown: list[str]
) -> None:
    error = ErrorInfo("execution_error", "it broke", 4, 12, told)
    panel._model.happened(
        RunFinished(run_id="", outcome=RunState.FAILED, duration_s=1.0, rows=0, error=error)
    )
    wait_until(lambda: "line 4: it broke" in panel.text())
    sentence, *calls = panel.text().splitlines()
    assert sentence.endswith("it broke")
    assert [line.partition(" ")[2] for line in calls[: len(shown)]] == shown  # after the time
    assert "Traceback" not in panel.text()
    assert bool(calls) is bool(shown)


def test_a_flood_is_bounded_and_says_what_is_missing() -> None:
    waiting = WaitingLines()
    for start in range(0, 3 * MOST_WAITING, 1000):
        waiting.add("", OUTPUT, [str(index) for index in range(start, start + 1000)])
    taken = waiting.take(10 * MOST_WAITING)
    assert (
        taken[0].text
        == f"… {2 * MOST_WAITING:,} lines came too fast to be shown; the run's data file has them"
    )
    assert [line.text for line in taken[1:]] == [str(i) for i in range(2 * MOST_WAITING, 3 * MOST_WAITING)]
    assert not waiting


def test_one_event_with_more_lines_than_may_wait() -> None:
    waiting = WaitingLines()
    waiting.add("", OUTPUT, ["x"] * (MOST_WAITING + 1))
    assert waiting.take(1)[0].text.startswith("… 1 line came")


def test_the_tail_is_followed_until_somebody_scrolls_up(panel: ConsolePanel) -> None:
    print_many(panel, 200)
    view = view_of(panel)
    assert view.is_following
    view.verticalScrollBar().setValue(20)
    print_many(panel, 300)
    assert view.verticalScrollBar().value() == 20
    button = panel.findChild(QPushButton, "console.newest")
    assert button is not None
    assert button.isVisible()
    button.click()
    assert view.is_following
    assert not button.isVisible()


def test_keep_lines_lets_the_oldest_go(panel: ConsolePanel) -> None:
    panel.keep_lines(50)
    print_many(panel, 200)
    assert panel.text().splitlines()[0].endswith("line 150")


def test_find_goes_up_from_the_newest_line_and_round(panel: ConsolePanel) -> None:
    print_lines(panel, "alpha one", "beta", "alpha two")
    wait_until(lambda: "two" in panel.text())
    view = view_of(panel)
    QTest.keyClick(view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    field = panel.findChild(QLineEdit, "console.find")
    assert field is not None
    assert field.isVisible()
    QTest.keyClicks(field, "alpha")
    assert view.textCursor().block().text().endswith("alpha two")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert view.textCursor().block().text().endswith("alpha one")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert view.textCursor().block().text().endswith("alpha two")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()


def test_clear_forgets_what_waits_too(panel: ConsolePanel) -> None:
    print_many(panel, 5)
    print_lines(panel, "waits")
    QTest.keyClick(view_of(panel), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    print_lines(panel, "after")
    wait_until(lambda: "after" in panel.text())
    assert [line[13:] for line in panel.text().splitlines()] == ["after"]


def test_lines_take_the_colours_of_another_theme(panel: ConsolePanel) -> None:
    app = make_application()
    before = theme.current()
    other = theme.DARK if before is theme.LIGHT else theme.LIGHT
    print_lines(panel, "wrong", stream="stderr")
    print_many(panel, 300)
    shown = panel.text()
    try:
        theme.apply(app, other)
        print_lines(panel, "last")
        wait_until(lambda: "last" in panel.text())
        assert panel.text().startswith(shown)
        assert colour_of(panel, "wrong") == other.error
        assert colour_of(panel, shown[:12]) == other.muted
    finally:
        theme.apply(app, before)
