"""Which actions can be taken now, and why the others cannot."""

from collections.abc import Callable

from PySide6.QtGui import QAction

from benchwright.core.run_states import RunState
from benchwright.gui import actions
from benchwright.gui.actions import ActionRow, When
from benchwright.gui.session import RunModel


class Availability:
    """Enables actions as the state of bench, run and editor allows.

    Args:
        model: bench and run.
        has_script: whether the editor shows one.
        actions_by_id: all actions.
    """

    def __init__(
        self, model: RunModel, has_script: Callable[[], bool], actions_by_id: dict[str, QAction]
    ) -> None:
        self._model = model
        self._has_script = has_script
        self._actions = actions_by_id
        for signal in (model.run_changed, model.bench_changed, model.emergency_changed):
            signal.connect(self.update)
        self.update()

    @property
    def may_start(self) -> bool:
        """Whether a run can be started, given a script."""
        return not self.why_not_start

    def update(self, _: object = None) -> None:
        """Enable what can be done now."""
        actions.enable(self._actions, [when for when in When if not self._why_not(when)])
        is_paused = self._model.run.state is RunState.PAUSED
        pause = self._actions["action.pause"]
        pause.setText("&Resume" if is_paused else "&Pause")
        pause.setIconText("Resume" if is_paused else "Pause")
        pause.setToolTip(
            "Let the run go on (F7)" if is_paused else "Hold the run at its next checkpoint() (F7)"
        )

    def reason(self, row: ActionRow) -> str:
        """Say why an action cannot be taken now; empty where it can."""
        return self._why_not(row.when)

    def _why_not(self, when: When) -> str:
        model = self._model
        is_lost = model.bench is not None and not model.is_attached
        reasons = {
            When.ALWAYS: "",
            When.SCRIPT: "" if self._has_script() else "no script is open",
            When.RUNNABLE: self.why_not_start or ("" if self._has_script() else "no script is open"),
            When.ACTIVE: "" if model.is_busy else "nothing is running",
            When.PAUSABLE: ""
            if model.run.state in (RunState.RUNNING, RunState.PAUSED)
            else "nothing is running",
            When.LATCHED: "" if model.emergency.latched else "the emergency stop is not latched",
            When.LOST: "" if is_lost else "there is a bench",
        }
        return reasons[when]

    @property
    def why_not_start(self) -> str:
        """Why no run can be started, whatever script; empty where one can."""
        model = self._model
        if model.emergency.latched:
            return "the emergency stop is latched"
        if model.bench is not None and not model.is_attached:
            return "there is no bench"
        return "a script is running" if model.is_busy else ""
