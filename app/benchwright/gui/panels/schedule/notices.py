"""The lines across the schedule panel: what went wrong, what was removed, what holds schedules back."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from benchwright.core.scheduled_execution import ScheduledExecution, ScheduleOverview
from benchwright.gui.banners import Banners, Choice


class ScheduleNotices(Banners):
    """Tells of schedules; its signals are what a person chose."""

    edit_wanted = Signal(object)  # ScheduleStatus
    file_wanted = Signal(object)  # Path
    resume_wanted = Signal()

    def tell_error(self, text: str) -> None:
        """Say what could not be done."""
        dismiss = Choice("Dismiss", lambda: self.dismiss("schedule.error"))
        self.tell("schedule.error", text, [dismiss], is_error=True)

    def offer_undo(self, removed: ScheduledExecution, bring_back: Callable[[], object]) -> None:
        """Say what was removed, with a button that brings it back."""

        def undo() -> None:
            self.dismiss("schedule.removed")
            bring_back()

        choices = [
            Choice("Undo", undo, "schedule.undo"),
            Choice("Dismiss", lambda: self.dismiss("schedule.removed")),
        ]
        self.tell("schedule.removed", f"Removed {removed.name}.", choices)

    def show_overview(self, overview: ScheduleOverview, *, is_latched: bool) -> None:
        """Say what holds schedules back, and what is wrong with the file of them."""
        self.show_suspension(overview, is_latched=is_latched)
        self._show_grants(overview)
        for problem in overview.problems[:1]:
            if not self.text("schedule.problem"):
                self.tell("schedule.problem", problem, is_error=True)

    def show_suspension(self, overview: ScheduleOverview, *, is_latched: bool) -> None:
        """Say that the emergency stop suspended all schedules, if it did."""
        suspended = overview.suspended
        if not suspended:
            self.dismiss("schedule.suspended")
            return
        rest = " Reset it first." if is_latched else " Nothing that was due meanwhile is made up for."
        resume = Choice("Resume", self.resume_wanted.emit, "schedule.resume")
        text = f"Suspended by the emergency stop ({suspended}).{rest}"
        self._say("schedule.suspended", text, [] if is_latched else [resume])

    def _show_grants(self, overview: ScheduleOverview) -> None:
        changed = next((each for each in overview.schedules if each.needs_grant), None)
        if changed is None:
            self.dismiss("schedule.changed")
            return
        script = Path(changed.execution.script)
        choices = [
            Choice("Look at it", lambda: self.file_wanted.emit(script)),
            Choice("Allow it…", lambda: self.edit_wanted.emit(changed), "schedule.allow"),
        ]
        self._say("schedule.changed", f"{changed.execution.name}: {changed.held}.", choices)

    def _say(self, subject: str, text: str, choices: Sequence[Choice]) -> None:
        """Show a line, or leave the one that says so already: somebody may be about to press its button."""
        if self.text(subject) != text:
            self.tell(subject, text, choices)
