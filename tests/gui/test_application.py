"""The program with its window."""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QFileOpenEvent

from benchwright.gui.application import FileOpener, make_application


def test_a_file_that_the_desktop_asks_for_is_opened_once() -> None:
    app = make_application()
    opened: list[str] = []
    opener = FileOpener(opened.append, app)
    app.installEventFilter(opener)
    try:
        assert QCoreApplication.sendEvent(app, QFileOpenEvent("/data/scan.lua"))
        QCoreApplication.sendEvent(app, QEvent(QEvent.Type.User))
    finally:
        app.removeEventFilter(opener)
        opener.deleteLater()
    assert opened == ["/data/scan.lua"]
