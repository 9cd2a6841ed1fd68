"""Schedules, intervals and moments as people write them."""

import re
from datetime import datetime
from typing import Final

from benchwright.core.errors import InvalidSchedule
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, Manual, Once
from benchwright.core.values import shown

INTERVAL_UNITS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_INTERVAL: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.ASCII)

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?$", re.ASCII)


def schedule_text(schedule: ExecutionSchedule) -> str:
    """Return a schedule in words; moments are those of the computer's own clock."""
    match schedule:
        case Once(at=at):
            return f"once, {at.astimezone():%Y-%m-%d %H:%M:%S}"
        case Interval(every_s=every_s, start=start):
            return f"every {interval_text(every_s)} from {start.astimezone():%Y-%m-%d %H:%M:%S}"
        case Cron(expression=expression, time_zone=zone):
            return f"{expression} ({zone})"
        case Manual():
            return "by hand"


def short_text(schedule: ExecutionSchedule) -> str:
    """Return a schedule in words without its times: ``every 15 min``, ``once``."""
    match schedule:
        case Once():
            return "once"
        case Interval(every_s=every_s):
            return f"every {interval_text(every_s)}"
        case _:
            return schedule_text(schedule)


def interval_text(every_s: float) -> str:
    """Return a time in the largest unit that it is a whole number of: ``90 s``, ``15 min``, ``1 d``."""
    for unit, unit_s in reversed(INTERVAL_UNITS.items()):
        if every_s >= unit_s and every_s % unit_s == 0:
            return f"{every_s / unit_s:g} {unit}"
    return f"{every_s:g} s"


def parse_interval(text: str) -> float:
    """Return the seconds of a text such as ``90``, ``90 s``, ``15min``, ``1.5 h`` or ``2d``.

    Raises:
        InvalidSchedule: it is none.
    """
    found = _INTERVAL.fullmatch(text)
    unit = found.group(2) if found else ""
    if found is None or (unit and unit not in INTERVAL_UNITS):
        units = ", ".join(INTERVAL_UNITS)
        raise InvalidSchedule(
            f"an interval is a number and a unit ({units}), such as 15min, found {shown(text.strip())}"
        )
    return float(found.group(1)) * INTERVAL_UNITS[unit or "s"]


def parse_moment(text: str) -> datetime:
    """Return the moment of a text such as ``2026-11-23 09:00``; without an offset it is the computer's clock.

    Raises:
        InvalidSchedule: it is none.
    """
    text = text.strip()
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        if _MOMENT.match(text):
            raise InvalidSchedule(f"there is no time {shown(text)}: see its month, day and hour") from None
        raise InvalidSchedule(
            f"a time is a date and a time such as 2026-11-23 09:00, found {shown(text)}"
        ) from None
