"""What the window does when its bench hangs, and when the window itself makes a mistake."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QPushButton

from benchwright.core.run_states import RunState
from benchwright.gui.application import show_exceptions
from benchwright.gui.engine_thread import BenchAttached, BenchLost
from benchwright.gui.main_window import MainWindow
from tests.gui.shell import current_script, opened_window, run_text, run_to_end, shell, wait_until

LOOP = "while true do sleep(0.05) end"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def bench_pid(window: MainWindow) -> int:
    assert isinstance(window.model.bench, BenchAttached)
    pid = window.model.bench.status["pid"]
    assert isinstance(pid, int)
    return pid


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot freeze a process")
def test_the_emergency_stop_of_a_frozen_bench_is_carried_out_by_the_window(
    window: MainWindow, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("")
    run_text(window, LOOP)
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    pid = bench_pid(window)
    os.kill(pid, signal.SIGSTOP)
    window.estop.click()
    assert window.estop.is_latched  # at once, whatever the bench does
    wait_until(lambda: window.model.emergency.instruments)
    assert {each.outcome for each in window.model.emergency.instruments} == {"safe"}
    wait_until(lambda: isinstance(window.model.bench, BenchLost))
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert current_script(window).text == LOOP

    window.start_bench()
    wait_until(lambda: window.model.is_attached)
    assert window.model.emergency.latched  # by the next bench too, until a person resets it
    assert current_script(window).text == LOOP
    window.stopper.reset()
    wait_until(lambda: not window.model.emergency.latched)
    run_to_end(window, "return 1", "again.lua")
    assert window.model.run.state is RunState.COMPLETED


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot freeze a process")
def test_a_frozen_bench_is_found_out_though_nobody_presses(
    window: MainWindow, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("")
    run_text(window, LOOP)
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    os.kill(bench_pid(window), signal.SIGSTOP)
    wait_until(lambda: isinstance(window.model.bench, BenchLost))
    wait_until(lambda: "esp300 safe" in window.banners.text("bench"))
    assert not window.model.emergency.latched
    assert current_script(window).text == LOOP


def test_a_wrong_configuration_is_opened_at_its_line_and_mended(
    tmp_path: Path, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("")
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    config = data_dir / "bench.toml"
    config.write_text(
        '[bench]\nname = "table"\n[instruments.motor]\ndriver = "newport_esp"\nlink = "sim://esp300"\n'
    )
    with opened_window(data_dir) as window:
        wait_until(lambda: isinstance(window.model.bench, BenchLost))
        assert "bench.toml:4: instruments.motor.driver" in window.banners.text("bench")
        button = window.findChild(QPushButton, "banner.open_config")
        assert button is not None
        assert button.text() == "Open bench.toml"
        button.click()
        wait_until(lambda: current_script(window).path == config)
        wait_until(lambda: current_script(window).editor.place == (4, 1))
        config.write_text(config.read_text().replace("newport_esp", "newport_esp300"))
        window.start_bench()
        wait_until(lambda: window.model.is_attached)
        assert window.banners.text("bench") == ""


def test_a_killed_bench_takes_no_text_with_it(
    window: MainWindow, allow_logs: Callable[[str], None], tmp_path: Path
) -> None:
    allow_logs("")
    saved = tmp_path / "saved.lua"
    saved.write_text("return 1")
    window.editor.open_file(saved)
    current_script(window).editor.insert("-- typed\n")
    run_text(window, LOOP, "never saved.lua")
    wait_until(lambda: window.model.run.state is RunState.RUNNING)
    os.kill(bench_pid(window), signal.SIGKILL)
    wait_until(lambda: isinstance(window.model.bench, BenchLost))
    assert window.banners.text("bench").startswith("No bench: ")
    for name in ("board", "esp300", "multimeter", "newport", "supply"):
        assert f"{name} safe" in window.banners.text("bench")
    texts = {buffer.title: buffer.text for buffer in window.editor.buffers()}
    window.start_bench()
    wait_until(lambda: window.model.is_attached)
    assert {buffer.title: buffer.text for buffer in window.editor.buffers()} == texts
    assert texts["saved.lua"] == "-- typed\nreturn 1"
    assert texts["never saved.lua"] == LOOP
    assert saved.read_text() == "return 1"


def test_a_mistake_of_ours_is_a_line_in_the_window(
    window: MainWindow,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    expect_log: Callable[[str], None],
) -> None:
    expect_log("unexpected: ")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    show_exceptions(window.tell_mistake)
    error = ValueError("nobody thought of this")
    sys.excepthook(ValueError, error, None)
    assert "ValueError: nobody thought of this" in window.banners.text("mistake")
    assert "nobody thought of this" in capsys.readouterr().err
    run_to_end(window, "return 1")
    assert window.model.run.state is RunState.COMPLETED
