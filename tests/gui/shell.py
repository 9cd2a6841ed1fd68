"""Opens the window on a bench of its own, and serves the events of Qt while it waits for what happens."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from benchwright.gui import open_window
from benchwright.gui.application import make_application
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.editor.buffer import ScriptBuffer


def wait_until(holds: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Serve events until something holds; the time is for a computer that is busy with many tests."""
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        QApplication.processEvents()
        time.sleep(0.002)


@contextmanager
def shell(data_dir: Path) -> Iterator[MainWindow]:
    """Open the window with a bench, and leave nothing of it behind."""
    with opened_window(data_dir) as window:
        wait_until(lambda: window.model.is_attached)
        yield window


@contextmanager
def opened_window(data_dir: Path) -> Iterator[MainWindow]:
    """Open the window, whether its bench starts or not, and leave nothing of it behind."""
    make_application()
    window = open_window(data_dir=data_dir)
    try:
        yield window
    finally:
        if window.model.is_busy and not window._has_left:
            window.runner.cancel()
            wait_until(lambda: not window.model.is_busy)
        window._leave()  # asks nothing, unlike `close`
        window.hide()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
        gc.collect()


def run_text(window: MainWindow, text: str, title: str = "test.lua", language: str = "lua") -> None:
    """Put a script into a new tab and press Run."""
    window.editor.new_script(text, language, title=title)
    window.actions_by_id["action.run"].trigger()


def run_to_end(window: MainWindow, text: str, title: str = "test.lua") -> None:
    """Run a script and wait until it is over."""
    run_text(window, text, title)
    wait_until(lambda: window.model.run.script == title and window.model.run.finished is not None)


def current_script(window: MainWindow) -> ScriptBuffer:
    """Return the script that the editor shows."""
    buffer = window.editor.current()
    assert buffer is not None
    return buffer
