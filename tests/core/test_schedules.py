"""Schedules: pure functions of time, held to an oracle that walks through a year."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.cron import parse_cron
from benchwright.core.errors import InvalidSchedule
from benchwright.core.schedule_texts import interval_text, parse_interval, parse_moment, schedule_text
from benchwright.core.schedules import (
    Cron,
    ExecutionSchedule,
    Interval,
    Manual,
    Once,
    find_zone,
    latest,
    occurrences,
)

RASTER = timedelta(minutes=15)


def utc(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def times(schedule: ExecutionSchedule, after: datetime, count: int) -> list[datetime]:
    return list(islice(occurrences(schedule, after), count))


# --- cron against an oracle -------------------------------------------------------------------------------


def expected(
    fits: Callable[[datetime], bool], zone: ZoneInfo, start: datetime, end: datetime
) -> list[datetime]:
    """Walk from quarter hour to quarter hour: what the clocks show, what they show twice, what they skip."""
    first_shown: dict[datetime, datetime] = {}
    found: set[datetime] = set()
    moment, wall_before = start - RASTER, None
    while moment <= end + RASTER:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        first_shown.setdefault(wall, moment)
        if wall_before is not None:
            skipped = wall_before + RASTER
            while skipped < wall:
                if fits(skipped):
                    found.add(moment)
                skipped += RASTER
        wall_before = wall
        moment += RASTER
    found.update(moment for wall, moment in first_shown.items() if fits(wall))
    return sorted(moment for moment in found if start < moment <= end)


EXPRESSIONS: dict[str, Callable[[datetime], bool]] = {
    "30 2 * * *": lambda wall: (wall.hour, wall.minute) == (2, 30),
    "*/15 * * * *": lambda wall: True,
    "0 0 * * *": lambda wall: (wall.hour, wall.minute) == (0, 0),
    "45 1-3 * * sun": lambda wall: wall.minute == 45 and 1 <= wall.hour <= 3 and wall.isoweekday() == 7,
    "0,30 */6 1,15 * *": lambda wall: wall.minute in (0, 30) and wall.hour % 6 == 0 and wall.day in (1, 15),
    "0 7 13 * fri": lambda wall: (
        (wall.hour, wall.minute) == (7, 0) and (wall.day == 13 or wall.isoweekday() == 5)
    ),
    "15 23 31 jan-dec/2 *": lambda wall: (
        (wall.hour, wall.minute) == (23, 15) and wall.day == 31 and wall.month % 2 == 1
    ),
    "0 12 */10 * mon-fri": lambda wall: (
        (wall.hour, wall.minute) == (12, 0) and wall.day in (1, 11, 21, 31) and wall.isoweekday() <= 5
    ),
}
YEARS = {
    "Europe/Berlin": 2026,
    "America/New_York": 2026,
    "Australia/Lord_Howe": 2026,  # its clocks change by half an hour
    "Asia/Kolkata": 2026,  # and here they do not
    "America/Santiago": 2026,  # at midnight
    "Africa/Casablanca": 2026,
    "Pacific/Apia": 2011,  # a whole day was skipped
}


@pytest.mark.parametrize("zone_name", YEARS)
def test_cron_agrees_with_the_clocks_of_a_year(zone_name: str) -> None:
    start, end = utc(YEARS[zone_name]), utc(YEARS[zone_name] + 1)
    for expression, fits in EXPRESSIONS.items():
        schedule = Cron(expression=expression, time_zone=zone_name)
        assert list(occurrences(schedule, start, end)) == expected(fits, ZoneInfo(zone_name), start, end)


def test_a_time_that_a_clock_change_skips_comes_at_the_change() -> None:
    schedule = Cron(expression="30 2 * * *", time_zone="Europe/Berlin")
    found = times(schedule, utc(2026, 3, 28, 12), 2)
    assert found == [utc(2026, 3, 29, 1), utc(2026, 3, 30, 0, 30)]  # 03:00 summer time, then 02:30


def test_a_time_that_a_clock_change_repeats_comes_once() -> None:
    schedule = Cron(expression="30 2 * * *", time_zone="Europe/Berlin")
    assert times(schedule, utc(2026, 10, 24, 12), 2) == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]


@given(st.integers(0, 3 * 86400), st.sampled_from(sorted(EXPRESSIONS)))
def test_the_next_time_is_after_the_moment_wherever_one_asks(seconds: int, expression: str) -> None:
    schedule = Cron(expression=expression, time_zone="Europe/Berlin")
    moment = utc(2026, 10, 24) + timedelta(seconds=seconds)  # around a repeated hour
    found = schedule.next_after(moment)
    assert found is not None
    assert found > moment
    days_before = moment - timedelta(days=2)
    assert next(each for each in occurrences(schedule, days_before) if each > moment) == found


# --- what cron says ---------------------------------------------------------------------------------------


def test_names_ranges_steps_and_lists() -> None:
    fields = parse_cron("5-10/2,59 0-23/8 1 JAN,mar fri-SUN")
    assert fields.minutes == (5, 7, 9, 59)
    assert fields.hours == (0, 8, 16)
    assert fields.months == {1, 3}
    assert fields.weekdays == {5, 6, 0}
    assert not fields.needs_both_days
    assert parse_cron("50/5 * * * 7").minutes == (50, 55)
    assert parse_cron("0 0 * * 7").weekdays == {0}
    assert parse_cron("0 0 * * *").weekdays == {0, 1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "five fields"),
        ("* * * *", "found 4 in '* * * *'"),
        ("* * * * * *", "found 6"),
        ("60 * * * *", "minute: must be a number from 0 to 59, found 60"),
        ("* 24 * * *", "hour: must be a number from 0 to 23, found 24"),
        ("* * 0 * *", "day of the month: must be a number from 1 to 31, found 0"),
        ("* * * 13 *", "month: must be a number from 1 to 12 or a name (jan, "),
        ("* * * * 8", "day of the week: must be a number from 0 to 7 or a name (sun, "),
        ("* * * * mno", "did you mean mon?"),
        ("-1 * * * *", "minute: must be *, or a number from 0 to 59, found ''"),
        ("1,,2 * * * *", "found ''"),
        ("1- * * * *", "found ''"),
        ("5-1 * * * *", "minute: the range '5-1' runs backwards"),
        ("*/0 * * * *", "minute: the step after / must be a whole number above 0, found '0'"),
        ("*/x * * * *", "step after /"),
        ("1/2/3 * * * *", "step after /"),
        ("** * * * *", "found '**'"),
        ("٣ * * * *", "found '٣'"),  # a digit, and none of ours
        ("99999999999999999999 * * * *", "minute: must be"),
        ("0 0 31 2 *", "never comes: no such month has day 31"),
        ("0 0 30,31 feb *", "never comes"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(expression: str, message: str) -> None:
    with pytest.raises(InvalidSchedule) as raised:
        Cron(expression=expression).check()
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@given(st.text(alphabet="0123456789*/,-abcjmnopstu \t", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        Cron(expression=text).check()
    except InvalidSchedule:
        return
    assert Cron(expression=text).next_after(utc(2026)) is not None


def test_a_leap_day_on_a_weekday_comes_though_it_is_rare() -> None:
    schedule = Cron(expression="0 0 29 2 */6")
    assert times(schedule, utc(2026), 1) == [utc(2032, 2, 29)]  # a Sunday


@pytest.mark.parametrize(
    "name", ["", "Mars", "America", "../../etc/passwd", "/etc/localtime", "\0", "x" * 500]
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidSchedule, match="no time zone"):
        find_zone(name)


# --- the other kinds --------------------------------------------------------------------------------------


def test_an_interval_is_anchored_to_its_start() -> None:
    schedule = Interval(start=utc(2026, 1, 1, 8), every_s=25 * 60)
    assert times(schedule, utc(2025), 2) == [utc(2026, 1, 1, 8), utc(2026, 1, 1, 8, 25)]
    assert schedule.next_after(utc(2026, 1, 1, 8)) == utc(2026, 1, 1, 8, 25)
    assert schedule.next_after(utc(2026, 1, 1, 8, 24)) == utc(2026, 1, 1, 8, 25)
    far = utc(2036, 7, 1)
    found = schedule.next_after(far)
    assert found is not None
    assert (found - schedule.start) % timedelta(minutes=25) == timedelta(0)
    assert far < found <= far + timedelta(minutes=25)


@given(st.floats(1.0, 1e6), st.floats(0.0, 1e9))
def test_an_interval_never_comes_twice_at_a_time(every_s: float, later_s: float) -> None:
    schedule = Interval(start=utc(2026), every_s=every_s)
    moment = utc(2026) + timedelta(seconds=later_s)
    first, second = times(schedule, moment, 2)
    assert moment < first <= moment + timedelta(seconds=every_s, microseconds=1)
    assert second - first == timedelta(seconds=every_s)


def test_an_interval_goes_on_through_clock_changes() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    found = times(Interval(start=start, every_s=86400), start, 2)
    assert [each.astimezone(ZoneInfo("Europe/Berlin")).hour for each in found] == [13, 13]


@pytest.mark.parametrize("every_s", [0.0, -5.0, 0.5, float("nan"), float("inf"), 1e12])
def test_an_interval_that_is_none_is_refused(every_s: float) -> None:
    with pytest.raises(InvalidSchedule, match="must be from 1 s to 10 years"):
        Interval(start=utc(2026), every_s=every_s).check()


def test_once_and_by_hand() -> None:
    once = Once(at=utc(2026, 5, 1))
    assert times(once, utc(2026), 3) == [utc(2026, 5, 1)]
    assert once.next_after(utc(2026, 5, 1)) is None
    assert Manual().next_after(utc(2026)) is None
    with pytest.raises(InvalidSchedule, match="must have a time zone"):
        Once(at=utc(2026, 5).replace(tzinfo=None)).check()
    with pytest.raises(InvalidSchedule, match="date of our time"):
        Once(at=datetime(9999, 5, 1, tzinfo=UTC)).check()


@given(st.sampled_from(sorted(EXPRESSIONS)), st.integers(0, 20_000), st.integers(0, 20_000))
def test_the_latest_time_is_found_without_going_through_all(
    expression: str, first: int, minutes: int
) -> None:
    schedule = Cron(expression=expression, time_zone="Europe/Berlin")
    after = utc(2026, 3, 20) + timedelta(minutes=first)
    until = after + timedelta(minutes=minutes)
    assert latest(schedule, after, until) == max(occurrences(schedule, after, until), default=None)


# --- as people write them ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90 s", 90), ("15min", 900), (" 1.5 h ", 5400), ("2d", 172800)]
)
def test_intervals_are_read(text: str, seconds: float) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-5s", "1 week", "1e3", "5 m in"])
def test_an_interval_of_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidSchedule, match="a number and a unit"):
        parse_interval(text)


def test_moments_are_read() -> None:
    assert parse_moment("2026-11-23T09:00+02:00") == utc(2026, 11, 23, 7)
    assert parse_moment(" 2026-11-23 09:00 ") == datetime(2026, 11, 23, 9).astimezone()
    for text in ("", "9:00", "tomorrow"):
        with pytest.raises(InvalidSchedule, match="a date and a time"):
            parse_moment(text)
    for text in ("2026-13-01", "2026-11-31 09:00", "2026-11-23 25:00:00"):
        with pytest.raises(InvalidSchedule, match="there is no time"):
            parse_moment(text)


def test_schedules_in_words() -> None:
    assert [interval_text(each) for each in (1, 90, 900, 5400, 86400, 1.5)] == [
        "1 s", "90 s", "15 min", "90 min", "1 d", "1.5 s"
    ]  # fmt: skip
    assert schedule_text(Cron(expression="0 9 * * *", time_zone="UTC")) == "0 9 * * * (UTC)"
    assert schedule_text(Manual()) == "by hand"
    assert schedule_text(Once(at=utc(2026))).startswith("once, 20")
    assert schedule_text(Interval(start=utc(2026), every_s=60)).startswith("every 1 min from 20")
