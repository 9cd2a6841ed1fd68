"""Reads the dates that a person writes to say when a run was."""

import re
from datetime import datetime, timedelta
from typing import Final

from benchwright.core.errors import QueryError

_AGO: Final = re.compile(r"(\d{1,4})(min|h|d|w)")
_UNITS: Final = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def since(text: str, now: datetime) -> datetime:
    """Return the moment at which what a text names begins; without a time zone it is local time.

    Args:
        text: ``2026-11-30``, ``2026-11-30T14:00``, ``14:00``, ``today``, ``yesterday``, or ``7d`` ago.
        now: the present, with time zone.

    Raises:
        QueryError: it is no such text.
    """
    return _read(text, now)[0]


def until(text: str, now: datetime) -> datetime:
    """Return the moment at which what a text names is over: a day lasts until its end; as `since`."""
    return _read(text, now)[1]


def _read(text: str, now: datetime) -> tuple[datetime, datetime]:
    written = text.strip()
    try:
        if ago := _AGO.fullmatch(written.lower()):
            moment = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            return moment, moment
        today = now.astimezone().date()
        named = {"today": today, "yesterday": today - timedelta(days=1)}
        if day := named.get(written.lower()):
            written = day.isoformat()
        elif _CLOCK.fullmatch(written):
            written = f"{today.isoformat()}T{written.rjust(5 if written.count(':') == 1 else 8, '0')}"
        moment = datetime.fromisoformat(written)
        end = moment + timedelta(days=1) if _DAY.fullmatch(written) else moment
        return moment.astimezone(), end.astimezone()  # a local day is not always 24 hours long
    except (ValueError, OverflowError, OSError):  # OSError: Windows knows no local time before 1970
        allowed = "2026-11-30, 2026-11-30T14:00, 14:00, today, yesterday, or 90min, 12h, 7d, 2w ago"
        raise QueryError(f"{text!r} is no date; write one like {allowed}") from None
