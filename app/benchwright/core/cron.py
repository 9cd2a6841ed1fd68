"""Reads cron expressions: five fields of numbers, names, ranges, steps and lists."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from benchwright.core.errors import InvalidSchedule, did_you_mean
from benchwright.core.values import shown

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_HORIZON: Final = timedelta(days=41 * 366)  # 29 February falls on every weekday within 40 years
_SOME_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - wall-clock time


class _Field(NamedTuple):
    """One of the five: what messages call it, its range, and the number of each name."""

    title: str
    lowest: int
    highest: int
    names: dict[str, int]


_FIELDS: Final = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    _Field("day of the week", 0, 7, {name: number for number, name in enumerate(WEEKDAYS)}),
)


class CronFields(NamedTuple):
    """What an expression says, as numbers; weekdays count from Sunday = 0.

    `needs_both_days` is false where day of the month and of the week are both given: one of them suffices.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    needs_both_days: bool

    def walls_after(self, wall: datetime) -> Iterator[datetime]:
        """Give the wall-clock times without zone after `wall`, as far as 40 years ahead."""
        day, last = wall.date(), wall + _HORIZON
        while day <= last.date():
            if day.month not in self.months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
                continue
            if self._is_on(day):
                past_hour = wall.hour if day == wall.date() else 0
                times = (
                    datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001
                    for hour in self.hours
                    if hour >= past_hour
                    for minute in self.minutes
                )
                yield from (time for time in times if time > wall)
            day += timedelta(days=1)

    def _is_on(self, day: date) -> bool:
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month and in_week if self.needs_both_days else in_month or in_week


@lru_cache(maxsize=256)
def parse_cron(expression: str) -> CronFields:
    """Read an expression such as ``30 7 * * mon-fri``.

    Raises:
        InvalidSchedule: it has not five fields, one makes no sense, or no day ever fits.
    """
    texts = expression.split()
    if len(texts) != len(_FIELDS):
        raise InvalidSchedule(
            f"a cron expression has five fields (minute, hour, day of the month, month, day of the week), "
            f"found {len(texts)} in {shown(expression)}"
        )
    minutes, hours, days, months, weekdays = (
        _parse_field(text, field) for text, field in zip(texts, _FIELDS, strict=True)
    )
    fields = CronFields(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(number % 7 for number in weekdays),
        texts[2].startswith("*") or texts[4].startswith("*"),
    )
    if next(fields.walls_after(_SOME_DAY), None) is None:
        raise InvalidSchedule(f"{shown(expression)} never comes: no such month has day {texts[2]}")
    return fields


def _parse_field(text: str, field: _Field) -> set[int]:
    numbers: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        first, last = _parse_span(span, field, has_step=bool(slash))
        numbers.update(range(first, last + 1, _parse_step(step_text, field) if slash else 1))
    return numbers


def _parse_span(text: str, field: _Field, *, has_step: bool) -> tuple[int, int]:
    highest = 6 if field.highest == 7 else field.highest
    if text == "*":
        return field.lowest, highest
    first_text, dash, last_text = text.partition("-")
    first = _parse_number(first_text, field)
    if not dash:
        return first, highest if has_step else first
    last = _parse_number(last_text, field)
    if last == 0 and field.highest == 7:
        last = 7  # fri-sun
    if last < first:
        raise InvalidSchedule(f"{field.title}: the range {shown(text)} runs backwards")
    return first, last


def _parse_number(text: str, field: _Field) -> int:
    if text.lower() in field.names:
        return field.names[text.lower()]
    allowed = f"a number from {field.lowest} to {field.highest}"
    if field.names:
        allowed += f" or a name ({', '.join(field.names)})"
    if not (text.isascii() and text.isdigit()) or len(text) > 4:
        hint = did_you_mean(text.lower(), field.names)
        raise InvalidSchedule(f"{field.title}: must be *, or {allowed}, found {shown(text)}{hint}")
    if not field.lowest <= int(text) <= field.highest:
        raise InvalidSchedule(f"{field.title}: must be {allowed}, found {text}")
    return int(text)


def _parse_step(text: str, field: _Field) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 4 or int(text) == 0:
        raise InvalidSchedule(
            f"{field.title}: the step after / must be a whole number above 0, found {shown(text)}"
        )
    return int(text)
