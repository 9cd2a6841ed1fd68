"""What panels may do beside watching the model."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from benchwright.core.operator_messages import OperatorRequest


class Controls(QObject):
    """What panels may do; the main window carries it out."""

    place_wanted = Signal(object, int, int)  # file (path or title of a tab), line, column: show it there
    message_wanted = Signal(str)  # a line in the status bar
    file_wanted = Signal(object)  # Path: open it in the editor
    text_wanted = Signal(object)  # RunText: show the script of a run as it was, in a new tab
    rerun_wanted = Signal(str)  # run id: run the same text with the same parameters
    plot_wanted = Signal(str)  # run id: draw what that run recorded
    plots_wanted = Signal(str, str)  # two run ids: draw what the first recorded behind the second
    past_run_wanted = Signal(str)  # run id: show it among the runs
    run_wanted = Signal(object)  # Path: run this script, open in the editor or not
    import_wanted = Signal(object)  # Path: an exported script that may go into the library
    file_moved = Signal(object, object)  # Path, Path: a script has another name; who has it open follows
    schedule_wanted = Signal(object)  # Path: run this script at set times
    restart_wanted = Signal(object)  # Path: end the bench and go on with one of this configuration

    def __init__(self, ask: Callable[[OperatorRequest], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ask = ask  # the answer comes as RunModel.answered
