"""What a person may write to find runs, and which runs that finds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchwright.bench.history import RunQuery
from benchwright.core.errors import ErrorInfo, QueryError
from benchwright.core.run_record import RunSummary, summary_of
from benchwright.core.run_states import RunState
from tests.bench.storage.helpers import record

NOW = datetime(2026, 3, 10, 12, 0).astimezone()


def run(**changes: Any) -> RunSummary:
    return summary_of(record(**changes), 0)


def finds(query: str, **changes: Any) -> bool:
    """Tell whether a query finds a run by what is known without its texts."""
    parsed = RunQuery.parse(query, NOW)
    return parsed.fits(run(**changes)) and not parsed.unfound(run(**changes))


def test_a_line_with_every_field() -> None:
    query = RunQuery.parse(
        'script:scan outcome:failed,timeout wavelength=532 since:2026-03-01 "lost link" x', NOW
    )
    assert query.scripts == ("scan",)
    assert query.outcomes == {RunState.FAILED, RunState.TIMEOUT}
    assert query.parameters == (("wavelength", "532"),)
    assert query.since == datetime(2026, 3, 1).astimezone()
    assert query.texts == ("lost link", "x")


@pytest.mark.parametrize("nothing", ["", "   ", "script:", "outcome:", '""', "since: until:", '"'])
def test_what_says_nothing_finds_all(nothing: str) -> None:
    assert RunQuery.parse(nothing) == RunQuery()


@pytest.mark.parametrize(
    ("query", "script", "path", "is_found"),
    [
        ("script:scan", "malus_scan.lua", "", True),
        ("script:SCAN", "malus_Scan.lua", "", True),
        ("script:scan.lua", "scan.lua", "", True),
        ("script:scan.lua", "malus_scan.lua", "", False),
        ("script:sweep", "scan.lua", "", False),
        ("script:sweep script:scan", "scan.lua", "", True),
        ("script:optics/scan", "scan.lua", "/data/library/optics/scan.lua", True),
        ("script:optics/scan", "scan.lua", "C:\\library\\optics\\scan.lua", True),
        ("script:power/scan", "scan.lua", "/data/library/optics/scan.lua", False),
        ('script:"my scan"', "my scan.lua", "", True),
    ],
)
def test_scripts(query: str, script: str, path: str, is_found: bool) -> None:
    assert finds(query, script=script, path=path) is is_found


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("wavelength=532", True),
        ("wavelength=532.0", True),
        ("wavelength=5.32e2", True),
        ("wavelength=533", False),
        ("wavelength=5", False),
        ("wavelength=500..600", True),
        ("wavelength=..500", False),
        ("wavelength=532..", True),
        ("wavelength=a..b", False),
        ("wavelength=green", False),
        ("other=532", False),
        ("on=true", True),
        ("on=1", False),
        ("label=sample", False),
        ('label="Sample A"', True),
        ("angles=45", True),
        ("wavelength=532 on=false", False),
    ],
)
def test_parameters(query: str, is_found: bool) -> None:
    given = {"wavelength": 532.0, "on": True, "label": "sample A", "angles": [0, 45]}
    assert finds(query, parameters=given) is is_found


def test_outcomes() -> None:
    assert finds("outcome:failed", state=RunState.FAILED)
    assert finds("outcome:completed outcome:Failed", state=RunState.FAILED)
    assert finds("outcome:resource-limit", state=RunState.RESOURCE_LIMIT)
    assert not finds("outcome:failed", state=RunState.COMPLETED)


@pytest.mark.parametrize(
    ("query", "hour", "is_found"),
    [
        ("since:2026-03-08", 0, True),
        ("since:2026-03-09", 0, False),
        ("until:2026-03-08", 23, True),
        ("until:2026-03-07", 0, False),
        ("since:2026-03-08T14:00", 13, False),
        ("since:2026-03-08T14:00", 14, True),
        ("until:2026-03-08T14:00", 14, False),
        ("since:3d", 13, True),
        ("since:47h", 13, True),
        ("since:46h", 13, False),
        ("since:yesterday", 23, False),
        ("until:today since:1w", 1, True),
        ("since:14:00", 20, False),
    ],
)
def test_dates(query: str, hour: int, is_found: bool) -> None:
    assert finds(query, created=datetime(2026, 3, 8, hour).astimezone()) is is_found


def test_a_day_lasts_as_long_as_it_does_here(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        query = RunQuery.parse("since:2026-03-29 until:2026-03-29", NOW)
        assert query.since is not None
        assert query.until is not None
        assert query.until - query.since == timedelta(hours=23)
        assert query.since == datetime(2026, 3, 28, 23, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since:2026-13-01", "'2026-13-01' is no date; write one like 2026-11-30"),
        ("until:soon", "'soon' is no date"),
        ("since:99999w", "'99999w' is no date"),
        ("since:25:00", "'25:00' is no date"),
        ("outcome:fialed", "no outcome 'fialed'; did you mean failed? (there is: cancelled, completed, "),
        ("outcom:failed", "no field 'outcom'; did you mean outcome?"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(query: str, sentence: str) -> None:
    with pytest.raises(QueryError) as raised:
        RunQuery.parse(query, NOW)
    assert sentence in raised.value.message
    assert "\n" not in raised.value.message


def test_a_parameter_without_a_value_is_refused() -> None:
    with pytest.raises(QueryError, match="NAME=VALUE"):
        RunQuery().adding("parameter", ["wavelength"])


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("lost", True),
        ("LOST link", True),
        ("link lost", True),
        ('"lost link"', True),
        ('"link lost"', False),
        ("scan.lua:4", False),
        ("error: lost", False),
        ("4711", True),
        ("nightly", True),
        ('"a=1"', False),
        ("ÄPFEL", True),
    ],
)
def test_words_are_found_in_what_is_known(query: str, is_found: bool) -> None:
    error = ErrorInfo("execution_error", "the Lost link to äpfel", 4)
    assert finds(query, error=error, parameters={"n": 4711}, schedule="nightly") is is_found
