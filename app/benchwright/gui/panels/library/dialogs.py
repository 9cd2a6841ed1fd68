"""The questions of the library that need a dialog; none of them holds up the window."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

_FILTER: Final = "Exported scripts (*.toml);;All files (*)"


def ask_import(parent: QWidget, folder: Path, on_file: Callable[[Path], object]) -> None:
    """Ask for an exported script."""
    dialog = _dialog(parent, "Import a script", folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda name: on_file(Path(name)))
    dialog.open()


def ask_export(parent: QWidget, file: Path, on_file: Callable[[Path], object]) -> None:
    """Ask where an exported script goes; `file` is the proposal."""
    dialog = _dialog(parent, "Export the script", file.parent)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("toml")
    dialog.selectFile(file.name)
    dialog.fileSelected.connect(lambda name: on_file(Path(name)))
    dialog.open()


def _dialog(parent: QWidget, title: str, folder: Path) -> QFileDialog:
    dialog = QFileDialog(parent.window(), title, str(folder), _FILTER)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # The system's own dialog has an event loop of its own: the stop key would not arrive in a run.
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    return dialog
