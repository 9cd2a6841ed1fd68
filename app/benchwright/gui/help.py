"""The Help menu: keys, documents, versions."""

import sys

from PySide6.QtCore import Qt, QUrl, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from benchwright import __version__
from benchwright.core.resource_paths import documents_path
from benchwright.gui import actions
from benchwright.gui.palette_entries import keys_of
from benchwright.gui.session import Controls

_LIBRARIES = ("PySide6-Essentials", "pyside6-scintilla", "pyqtgraph", "numpy", "lupa", "pyvisa", "pyserial")


class Help:
    """Opens windows to read, beside the main one.

    Args:
        window: the main one.
        controls: where it is told that there is nothing to read.
    """

    def __init__(self, window: QWidget, controls: Controls) -> None:
        self._window = window
        self._controls = controls

    def show_keys(self) -> None:
        """List what can be done by the keyboard."""
        from benchwright.gui.widgets.text_window import KeyTable

        rows = [
            (row.menu.split(" > ")[0], row.title.split("\t")[0].replace("&", "").rstrip("…"), keys_of(row))
            for row in actions.ACTIONS
            if keys_of(row)
        ]
        KeyTable(rows, self._window).show()

    def show_documents(self) -> None:
        """Open the first page of the documentation."""
        from benchwright.gui.widgets.text_window import Pages

        try:
            first = documents_path() / "README.md"
        except FileNotFoundError as error:
            self._controls.message_wanted.emit(f"{error}.")
            return
        Pages(QUrl.fromLocalFile(str(first)), self._window).show()

    def show_about(self) -> None:
        """Say which versions these are, ready to be copied into a report."""
        box = QMessageBox(self._window)
        box.setObjectName("help.about")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("About Benchwright")
        box.setIconPixmap(self._window.windowIcon().pixmap(64))
        box.setText(f"<b>Benchwright {__version__}</b>")
        box.setInformativeText(versions())
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setModal(False)
        box.show()


def versions() -> str:
    """Return one line for each part that a report of a fault should name."""
    import platform
    from importlib.metadata import PackageNotFoundError, version  # late: it is slow, and rarely needed

    lines = [f"Python {platform.python_version()} on {platform.platform()}", f"Qt {qVersion()}"]
    for name in _LIBRARIES:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue  # a bundle need not carry what its parts are called
    return "\n".join([*lines, sys.executable])
