"""What can be done with one run of the list."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from benchwright.core.operator_messages import CancelRun
from benchwright.gui.background import in_background
from benchwright.gui.controls import Controls
from benchwright.gui.panels.runs.compare_window import CompareWindow
from benchwright.gui.panels.runs.history import History
from benchwright.gui.panels.runs.row import RunRow

T = TypeVar("T")


class RunActions:
    """Does it in the background where it takes a while; a message tells how it went.

    Args:
        history: has the runs.
        controls: what panels may do.
        panel: what dialogs and windows belong to.
    """

    def __init__(self, history: History, controls: Controls, panel: QWidget) -> None:
        self._history = history
        self._controls = controls
        self._panel = panel

    def do(self, handler: str, row: RunRow) -> None:
        """Do what a command names, but for comparing."""
        getattr(self, f"_{handler}")(row)

    def _cancel(self, row: RunRow) -> None:
        self._controls.ask(CancelRun(run_id=row.run_id))

    def _run_again(self, row: RunRow) -> None:
        self._controls.rerun_wanted.emit(row.run_id)

    def compare(self, first: str, second: str) -> None:
        """Show what differs between two runs, the earlier one first."""
        window = CompareWindow(self._history, first, second, self._panel)
        window.plot_wanted.connect(self._controls.plots_wanted)
        window.show()

    def _plot(self, row: RunRow) -> None:
        self._controls.plot_wanted.emit(row.run_id)

    def _go_to_error(self, row: RunRow) -> None:
        assert row.error is not None
        line, column = row.error.line, row.error.column or 1
        self._tell_of(
            "file of a run",
            lambda: self._history.file(row.run_id),
            lambda file: self._controls.place_wanted.emit(str(file or row.script), line, column),
        )

    def _open_script(self, row: RunRow) -> None:
        """Show the script's file, or its text where it has none any more."""

        def show(file: Path | None) -> None:
            if file is None:
                self._open_text(row)
            else:
                self._controls.file_wanted.emit(file)

        self._tell_of("file of a run", lambda: self._history.file(row.run_id), show)

    def _open_text(self, row: RunRow) -> None:
        self._tell_of(
            "text of a run", lambda: self._history.text(row.run_id), self._controls.text_wanted.emit
        )

    def _open_folder(self, row: RunRow) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._history.folder(row.run_id))))

    def _export(self, row: RunRow) -> None:
        name = _free_name(f"{Path(row.script).stem}-{row.started.astimezone():%Y%m%d-%H%M%S}")
        dialog = QFileDialog(
            self._panel, f"Export {row.script}", name, "CSV (*.csv);;HDF5 (*.h5);;JSON (*.json)"
        )
        dialog.setObjectName("runs.export_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # what exists is never replaced
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.export(row.run_id, Path(file)))
        dialog.open()

    def export(self, run_id: str, file: Path) -> None:
        """Write what a run recorded to a new file, as its suffix says; a message tells how it went."""
        tell = self._controls.message_wanted.emit
        self._tell_of(
            "export",
            lambda: self._history.export(run_id, file),
            lambda rows: tell(f"{rows:,} rows in {file}"),
        )

    def _tell_of(self, name: str, work: Callable[[], T], on_success: Callable[[T], object]) -> None:
        """Do something in the background; a message tells where it failed."""
        tell = self._controls.message_wanted.emit
        in_background(name, work, on_success, lambda error: tell(error.message), owner=self._panel)


def _free_name(stem: str) -> str:
    """Return the name of a CSV file that is not there yet."""
    names = (f"{stem}{extra}.csv" for extra in ("", *(f"-{number}" for number in range(2, 1000))))
    return next((name for name in names if not Path(name).exists()), f"{stem}.csv")
