"""When something is to happen: once, in an interval, by a cron expression, or when a person says so.

Schedules are frozen values. Moments are UTC datetimes; `next_after` is pure: no clock, no state.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from benchwright.core.cron import parse_cron
from benchwright.core.errors import InvalidSchedule, did_you_mean
from benchwright.core.values import shown

SHORTEST_INTERVAL_S: Final = 1.0
LONGEST_INTERVAL_S: Final = 10 * 366 * 86400.0
_LAST_YEAR: Final = 9900  # nothing overflows before it


class _Schedule(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What the four kinds have in common."""

    def check(self) -> None:
        """Make sure that it makes sense.

        Raises:
            InvalidSchedule: it does not; one sentence.
        """

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time after `moment`, in UTC; None where there is none.

        Raises:
            InvalidSchedule: the schedule makes no sense.
        """
        raise NotImplementedError


class Once(_Schedule, frozen=True, kw_only=True, tag="once"):
    """At one moment."""

    at: datetime

    def check(self) -> None:
        _check_moment("the time", self.at)

    def next_after(self, moment: datetime) -> datetime | None:
        return self.at.astimezone(UTC) if self.at > moment else None


class Interval(_Schedule, frozen=True, kw_only=True, tag="interval"):
    """At `start` and every `every_s` seconds after it, whatever the clocks on the wall do.

    It is anchored: a run that takes long or a pause of the bench shifts none of the later ones.
    """

    start: datetime
    every_s: float

    def check(self) -> None:
        _check_moment("the start", self.start)
        if not SHORTEST_INTERVAL_S <= self.every_s <= LONGEST_INTERVAL_S:
            raise InvalidSchedule(
                f"an interval must be from {SHORTEST_INTERVAL_S:g} s to 10 years, found {self.every_s:g} s"
            )

    def next_after(self, moment: datetime) -> datetime | None:
        start = self.start.astimezone(UTC)
        if moment < start:
            return start
        every = timedelta(seconds=self.every_s)
        found = start + ((moment - start) // every + 1) * every
        return found if found.year < _LAST_YEAR else None


class Cron(_Schedule, frozen=True, kw_only=True, tag="cron"):
    """At the wall-clock times of `expression` in `time_zone`, such as ``Europe/Berlin``.

    A time that a clock change skips comes at the moment of the change; one that it repeats comes once, at
    the first of the two. So a daily run runs on each day, and once.
    """

    expression: str
    time_zone: str = "UTC"

    def check(self) -> None:
        parse_cron(self.expression)
        find_zone(self.time_zone)

    def next_after(self, moment: datetime) -> datetime | None:
        zone = find_zone(self.time_zone)
        wall = moment.astimezone(zone).replace(tzinfo=None)
        for candidate in parse_cron(self.expression).walls_after(wall):
            found = _moment_of(candidate, zone)
            if found > moment:  # it is not while an hour is repeated
                return found
        return None


class Manual(_Schedule, frozen=True, kw_only=True, tag="manual"):
    """Only when a person says so."""

    def next_after(self, moment: datetime) -> datetime | None:
        return None


ExecutionSchedule: TypeAlias = Once | Interval | Cron | Manual


def occurrences(
    schedule: ExecutionSchedule, after: datetime, until: datetime | None = None
) -> Iterator[datetime]:
    """Give the times of a schedule after a moment, in order; the last one is not after `until`."""
    moment: datetime | None = after
    while (
        moment is not None
        and (moment := schedule.next_after(moment)) is not None
        and (until is None or moment <= until)
    ):
        yield moment


def latest(schedule: ExecutionSchedule, after: datetime, until: datetime) -> datetime | None:
    """Return the last time after `after` and not after `until`, without going through all of them."""
    window = timedelta(hours=1)
    while True:
        start = max(after, until - window)
        found = max(occurrences(schedule, start, until), default=None)
        if found is not None or start == after:
            return found
        window *= 8


def find_zone(name: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises:
        InvalidSchedule: there is none.
    """
    try:
        if name:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of zones is an OSError
        pass
    from zoneinfo import available_timezones

    hint = did_you_mean(name, available_timezones())
    raise InvalidSchedule(f"no time zone {shown(name)}{hint} (such as UTC or Europe/Berlin)")


def _moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clocks of a zone show `wall`: the first time, or when they jump over it."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # before the jump, and `moment` after it
    low, high = int(before.timestamp()), int(moment.timestamp())
    offset = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _check_moment(what: str, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise InvalidSchedule(f"{what} must have a time zone, found {moment.isoformat()}")
    if not 1970 < moment.year < _LAST_YEAR:
        raise InvalidSchedule(f"{what} must be a date of our time, found {moment.isoformat()}")
