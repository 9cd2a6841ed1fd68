"""The questions of the editor; none of them holds up the window."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

UNSAVED: Final = "dialog.unsaved"
_FILTER: Final = "Scripts (*.lua *.py);;All files (*)"
Answers = dict[QMessageBox.StandardButton, Callable[[], object]]


def ask_unsaved(parent: QWidget, text: str, more: str, answers: Answers) -> None:
    """Ask what becomes of unsaved work; the first answer is the one that Enter gives."""
    box = _box(parent, text, more, QMessageBox.StandardButton.Cancel)
    for index, (kind, do) in enumerate(answers.items()):
        button = box.addButton(kind)
        button.clicked.connect(
            lambda _=False, do=do: QTimer.singleShot(0, parent, do)
        )  # when the box is gone
        if index == 0:
            box.setDefaultButton(button)
    box.open()


def is_asking(parent: QWidget) -> bool:
    """Whether such a question is open."""
    return parent.findChild(QMessageBox, UNSAVED) is not None


def ask_files(parent: QWidget, folder: Path, native: bool, on_file: Callable[[str], object]) -> None:
    """Ask for files to open."""
    dialog = _file_dialog(parent, "Open script", folder, native)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda names: [on_file(name) for name in names])
    dialog.open()


def ask_name(parent: QWidget, path: Path, native: bool, on_name: Callable[[str], object]) -> None:
    """Ask under which name to save; `path` is the proposal."""
    dialog = _file_dialog(parent, "Save script", path.parent, native)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(path.suffix)
    dialog.selectFile(path.name)
    dialog.fileSelected.connect(on_name)
    dialog.open()


def _file_dialog(parent: QWidget, title: str, folder: Path, native: bool) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder), _FILTER)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # The system's own dialog has an event loop of its own: the stop key would not arrive in a run.
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog, not native)
    return dialog


def _box(parent: QWidget, text: str, more: str, button: QMessageBox.StandardButton) -> QMessageBox:
    box = QMessageBox(parent)
    box.setObjectName(UNSAVED)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setText(text)
    box.setInformativeText(more)
    box.setStandardButtons(button)
    return box
