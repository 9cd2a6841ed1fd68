"""What becomes of an active run when the window is closed: the person decides."""

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from benchwright.gui.runner import Runner
from benchwright.gui.session import RunModel


class Leaving(QObject):
    """Asks whether to stop the run or to let it go on, and closes the window once that is settled."""

    def __init__(self, window: QWidget, model: RunModel, runner: Runner) -> None:
        super().__init__(window)
        self._window = window
        self._model = model
        self._runner = runner
        self._box: QMessageBox | None = None
        self._left_run_id = ""  # of the run that goes on without this window
        self._stops = False
        model.run_changed.connect(self._close_once_stopped)

    def may_leave(self) -> bool:
        """Whether no run is active, or it goes on alone; else ask, and close the window later."""
        if not self._model.is_busy or self._model.run.run_id == self._left_run_id != "":
            return True
        if self._box is None:
            self._ask()
        return False

    def _ask(self) -> None:
        box = self._box = QMessageBox(self._window)
        box.setObjectName("dialog.leave")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setText(f"{self._model.run.script} is still running.")
        box.setInformativeText(
            "It can go on without a window; the next one that is opened shows it and can stop it. Until then"
            " there is no emergency button: only the command benchwright estop, and the instruments' own."
        )
        stop = box.addButton("Stop and close", QMessageBox.ButtonRole.DestructiveRole)
        leave = None
        if self._model.is_attached and self._model.run.run_id:  # else there is nothing to find again
            leave = box.addButton("Let it go on and close", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton("Keep open", QMessageBox.ButtonRole.RejectRole))
        box.finished.connect(lambda _: self._on_answer(box.clickedButton(), stop, leave))
        box.open()

    def _on_answer(self, chosen: QWidget | None, stop: QWidget, leave: QWidget | None) -> None:
        self._box = None
        if chosen is stop:
            self._stops = True
            self._runner.cancel()
            self._close_once_stopped()
        elif chosen is not None and chosen is leave:
            self._left_run_id = self._model.run.run_id
            QTimer.singleShot(0, self._window, self._window.close)

    def _close_once_stopped(self) -> None:
        if self._stops and not self._model.is_busy:
            self._stops = False
            QTimer.singleShot(0, self._window, self._window.close)
