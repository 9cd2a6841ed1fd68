"""The tour follows what is really done, and is gone for good once it is done or ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from benchwright.core.run_states import RunState
from benchwright.gui.main_window import MainWindow
from benchwright.gui.tour import STEPS
from tests.gui.shell import current_script, shell, wait_until


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def test_the_tour_leads_from_the_first_run_to_the_reset(window: MainWindow) -> None:
    tour = window.tour
    assert tour.isVisible()
    assert tour.step == 0
    form = window.parameters
    form.fields["stop"].set_entry("20")  # a short scan
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: tour.step == 1)
    wait_until(lambda: tour.step == 2)
    editor = current_script(window).editor
    editor.go_to(1, 1)
    editor.insert("local = 3\n")
    wait_until(lambda: tour.step == 3)
    editor.code.undo()
    wait_until(lambda: tour.step == 4)
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    window.cancel_run()
    wait_until(lambda: tour.step == 5)
    window.emergency_stop()
    wait_until(lambda: tour.step == 6)
    wait_until(lambda: window.model.emergency.instruments)
    window.stopper.reset()
    wait_until(lambda: tour.step == len(STEPS))
    text = window.findChild(QLabel, "tour.text")
    assert text is not None
    assert "Ctrl+Shift+P" in text.text()


def test_an_ended_tour_does_not_come_back_by_itself(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        skip, end = (window.findChild(QPushButton, name) for name in ("tour.skip", "tour.end"))
        assert skip is not None
        assert end is not None
        skip.click()
        assert window.tour.step == 1
        end.click()
        assert not window.tour.isVisible()
    with shell(tmp_path / "data") as window:
        assert not window.tour.isVisible()
        window.actions_by_id["action.tour"].trigger()
        assert window.tour.isVisible()
        assert window.tour.step == 0


def test_a_tour_that_was_left_open_is_offered_again(tmp_path: Path) -> None:
    for _ in range(2):
        with shell(tmp_path / "data") as window:
            assert window.tour.isVisible()
