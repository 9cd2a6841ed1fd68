"""Asks where to save a file, without holding up the window, under a name that is free."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

_FILTERS: Final = {"png": "Pictures (*.png)", "svg": "Drawings (*.svg)", "csv": "Tables (*.csv)"}


class FileDialog:
    """Remembers the folder that was chosen last; a file that exists is replaced only after a question."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._folder = Path.home()

    def ask(self, kind: str, stem: str, on_file: Callable[[Path], object]) -> None:
        """Ask for a file of a kind; `on_file` is called with it."""
        dialog = QFileDialog(self._parent, "Export", str(self._folder), _FILTERS[kind])
        dialog.setObjectName("plots.file_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setDefaultSuffix(kind)
        dialog.selectFile(free_name(self._folder, stem, kind).name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self._accept(Path(file), on_file))
        dialog.open()

    def _accept(self, file: Path, on_file: Callable[[Path], object]) -> None:
        self._folder = file.parent
        on_file(file)


def free_name(folder: Path, stem: str, kind: str) -> Path:
    """Return a name in a folder that no file has yet."""
    safe = "".join("-" if character in '/\\:*?"<>|' else character for character in stem)
    names = (folder / (f"{safe} ({n}).{kind}" if n > 1 else f"{safe}.{kind}") for n in range(1, 1000))
    return next((name for name in names if not name.exists()), folder / f"{safe}.{kind}")
