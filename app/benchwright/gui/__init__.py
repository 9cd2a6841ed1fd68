"""The window: the only package with Qt. Nothing of it is imported before it is asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchwright.gui.main_window import MainWindow


def open_window(config: Path | str | None = None, data_dir: Path | str | None = None) -> "MainWindow":
    """Build the window on the existing QApplication and show it.

    Args:
        config: the configuration file of the bench, by default the built-in demo bench.
        data_dir: the data folder, by default the platform's.
    """
    from PySide6.QtWidgets import QApplication

    from benchwright.gui.main_window import MainWindow

    window = MainWindow(Path(config) if config else None, Path(data_dir) if data_dir else None)
    window.show()
    QApplication.processEvents()  # it is painted
    window.complete()
    return window


def main() -> int:
    """Run the program with its window; return the exit code."""
    from benchwright.gui.application import run_application

    return run_application()
