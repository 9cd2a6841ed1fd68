"""The program with its window: the QApplication, its event loop, and what happens to stray exceptions."""

import gc
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

_log = logging.getLogger(__name__)
SWITCH_INTERVAL_S: Final = 0.001  # the GUI thread gets its turn soon beside threads that decode a flood


class FileOpener(QObject):
    """Opens what the desktop of macOS asks an application for; the others name files on its command line."""

    def __init__(self, open_file: Callable[[str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._open_file = open_file

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self._open_file(event.file())
            return True
        return super().eventFilter(watched, event)


def make_application() -> QApplication:
    """Return the QApplication, made where there is none."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("benchwright")
    app.setApplicationDisplayName("Benchwright")
    app.setDesktopFileName("benchwright")
    return app


def run_application(files: Sequence[str] = ()) -> int:
    """Open the window with these files and serve it until it is closed; return the exit code."""
    from benchwright.gui import open_window

    if not _has_screen():
        sys.stderr.write("There is no screen to open a window on (DISPLAY is not set): benchwright --help.\n")
        return 2
    hasten()
    app = make_application()
    window = open_window()
    show_exceptions(window.tell_mistake)
    for file in files:
        window.editor.open_file(file)
    if sys.platform == "darwin":
        app.installEventFilter(FileOpener(window.editor.open_file, app))
    app.processEvents()  # the window is on the screen before the event loop's libraries are loaded
    gc.freeze()  # what is there now stays to the end: no collection need look at it again
    return _serve(app)


def hasten() -> None:
    """Spare the start what nobody needs of it.

    The window collects garbage itself, later. PySide6 reads the source of each module that is imported after
    it, in search of its ``__feature__`` switch, which nothing here uses: a tenth of the start.
    """
    from shibokensupport import feature

    gc.disable()
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = lambda module: False
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def _has_screen() -> bool:
    """Return whether there is a display: without one, Qt ends the whole process."""
    names = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith(("linux", "freebsd")) or any(os.environ.get(name) for name in names)


def _serve(app: QApplication) -> int:
    import asyncio

    import qasync

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    closed = asyncio.Event()
    app.aboutToQuit.connect(closed.set)
    signal.signal(signal.SIGINT, lambda *_: app.closeAllWindows())
    waker = QTimer()  # lets Python see the signal
    waker.timeout.connect(lambda: None)
    waker.start(200)
    with loop:
        loop.run_until_complete(closed.wait())
    return 0


def show_exceptions(tell: Callable[[str], object]) -> None:
    """Have a mistake of ours told as one line, beside the log; the program goes on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error("unexpected: %s", text)
        sys.stderr.write(text)
        tell(f"{kind.__name__}: {error}")

    sys.excepthook = hook
