"""The list of what will run and what ran."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from PySide6.QtWidgets import QWidget

from benchwright.core.scheduled_execution import ScheduleStatus
from benchwright.core.schedules import occurrences
from benchwright.gui.panels.schedule.moment_list import MomentList, Row
from benchwright.gui.panels.schedule.month import Moment, past_moments, planned_moment
from benchwright.gui.panels.schedule.wording import when

_COMING: Final = 8
_PAST: Final = 60


class Timeline(MomentList):
    """What comes, the soonest first, and what was, the latest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("schedule.timeline")
        self.setAccessibleName("What will run and what ran")

    def show_schedules(self, statuses: Iterable[ScheduleStatus], *, suspended: bool = False) -> None:
        """Show the times of these schedules."""
        statuses, now = list(statuses), datetime.now(UTC)

        def rows(moments: list[Moment]) -> list[Row]:
            return [Row(when(each.at, now), each) for each in moments]

        past = sorted(past_moments(statuses), key=lambda each: each.at, reverse=True)[:_PAST]
        title = "Coming up, once resumed" if suspended else "Coming up"
        self.show_sections(
            [
                (title, rows(_coming(statuses, now)), "nothing"),
                ("Ran", rows(past), "nothing yet"),
            ]
        )


def _coming(statuses: list[ScheduleStatus], now: datetime) -> list[Moment]:
    found = [
        planned_moment(each.execution, moment)
        for each in statuses
        if each.execution.enabled and each.next_run is not None
        for moment in islice(occurrences(each.execution.schedule, now), _COMING)
    ]
    return sorted(found, key=lambda each: (each.at, each.name))[:_COMING]
