"""The Help menu: keys, documents, versions."""

import sys

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from benchwright import __version__
from benchwright.core.resource_paths import documents_path
from benchwright.gui import actions, theme
from benchwright.gui.controls import Controls
from benchwright.gui.palette_entries import keys_of

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
        from benchwright.gui.widgets.key_table import KeyTable

        rows = [
            (row.menu.split(" > ")[0], row.title.split("\t")[0].replace("&", "").rstrip("…"), keys_of(row))
            for row in actions.ACTIONS
            if keys_of(row)
        ]
        KeyTable(rows, self._window).show()

    def show_documents(self) -> None:
        """Open the first page of the documentation."""
        from benchwright.gui.widgets.pages import Pages

        try:
            folder = documents_path()
        except FileNotFoundError as error:
            self._controls.message_wanted.emit(f"{error}.")
            return
        pages = Pages(folder, lambda: page_style(theme.current()), self._window)
        theme.watcher.changed.connect(pages.restyle)
        pages.show()

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


def page_style(colours: theme.Theme) -> str:
    """Return the style sheet of a page to read, in the colours of a theme."""
    return f"""
        body {{ color: {colours.text}; }}
        a {{ color: {colours.accent}; text-decoration: none; }}
        h1 {{ font-size: x-large; margin-top: 0; margin-bottom: 12px; }}
        h2 {{ font-size: large; margin-top: 24px; margin-bottom: 8px; }}
        h3 {{ font-size: medium; margin-top: 18px; margin-bottom: 6px; }}
        p, li {{ margin-top: 6px; margin-bottom: 6px; }}
        code {{ color: {colours.syntax.function}; }}
        table {{ border-collapse: collapse; border-style: solid; border-color: {colours.border}; }}
        table {{ margin: 8px 0; }}
        th {{ background-color: {colours.background}; text-align: left; }}
        table.code {{ border-style: none; margin: 6px 0; }}
        table.code td {{ background-color: {colours.background}; }}
        pre {{ margin: 0; }}
    """


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
