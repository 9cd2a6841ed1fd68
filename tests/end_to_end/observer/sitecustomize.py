"""Lets a test look into the window of another process: Python imports this by itself at its start.

It answers questions, which are Python expressions, with the `repr` of their value; it presses nothing.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path


def _serve(path: str) -> None:
    while "PySide6.QtWidgets" not in sys.modules or _window() is None:
        time.sleep(0.01)
    looker = _make_looker()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{path}.new")
        server.listen()
        Path(f"{path}.new").rename(path)  # who sees it can connect
        while True:
            connection, _ = server.accept()
            with connection, connection.makefile("rw", encoding="utf-8") as stream:
                for line in stream:
                    stream.write(looker(line).replace("\n", " ") + "\n")
                    stream.flush()


def _window() -> object:
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return None
    return next((each for each in app.topLevelWidgets() if each.objectName() == "window"), None)


def _make_looker() -> Callable[[str], str]:
    from PySide6.QtCore import QObject, Qt, Signal
    from PySide6.QtWidgets import QApplication, QWidget

    app = QApplication.instance()
    assert app is not None
    thread = app.thread()

    class Looker(QObject):
        """Evaluates in the thread of the window."""

        asked = Signal(str)

        def __init__(self) -> None:
            super().__init__()
            self.answer = ""
            self.answered = threading.Event()
            self.moveToThread(thread)
            self.asked.connect(self.look, Qt.ConnectionType.QueuedConnection)

        def look(self, expression: str) -> None:
            names = {"window": _window(), "app": QApplication, "QWidget": QWidget}
            try:
                self.answer = repr(eval(expression, names))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
                self.answer = f"!{type(error).__name__}: {error}"
            self.answered.set()

        def __call__(self, expression: str) -> str:
            self.answered.clear()
            self.asked.emit(expression)
            self.answered.wait()
            return self.answer

    return Looker()


if _path := os.environ.pop("BENCHWRIGHT_OBSERVER", ""):  # not handed on to the bench and the workers
    threading.Thread(target=_serve, args=(_path,), daemon=True).start()
