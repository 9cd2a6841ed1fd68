"""What several runs tell of a script, and above all what they do not."""

from typing import Any

import pytest

from benchwright.core.script_problems import RECENT, ProblemKind, RunFacts, find_problems

MB = 2**20


def runs(*changes: dict[str, Any]) -> list[RunFacts]:
    """Return runs, the newest first, that are fine but for these changes."""
    fine = {"duration_s": 60.0, "has_completed": True, "peak_memory_bytes": 5 * MB}
    return [RunFacts(run_id=str(at), **{**fine, **each}) for at, each in enumerate(changes)]


def kinds(found: list[RunFacts]) -> list[ProblemKind]:
    return [problem.kind for problem in find_problems(found)]


def course(*megabytes: float) -> dict[str, Any]:
    return {"memory_course": tuple(int(each * MB) for each in megabytes)}


def test_good_runs_and_none_are_no_problem() -> None:
    assert kinds([]) == []
    assert kinds(runs(*[{}] * 20)) == []


def test_memory_that_grows_during_runs_is_told_with_how_much() -> None:
    grows = course(0, 6, 12, 18, 24)
    assert kinds(runs(grows, {}, {})) == []  # once may be by chance
    (problem,) = find_problems(runs({}, grows, grows))
    assert problem.kind is ProblemKind.MEMORY_IN_RUN
    assert "by 18 MB" in problem.text
    assert problem.text.endswith("in 2 of the last 3 runs")
    assert problem.run_id == "1"


@pytest.mark.parametrize(
    "quiet",
    [
        course(0, 40, 40, 40, 40),  # set up in the first quarter
        course(0, 10, 20, 40, 40),  # a table that doubled
        course(0, 20, 40, 45, 46),  # levels off
        course(0, 1, 2, 3, 4),  # little
        course(0, 30, 10, 30, 10),  # collected now and then
        course(),  # a run of before this was measured
        {**course(0, 6, 12, 18, 24), "duration_s": 5.0},  # it still warms up
    ],
)
def test_memory_that_does_not_grow_steadily_is_no_problem(quiet: dict[str, Any]) -> None:
    assert kinds(runs(*[quiet] * RECENT)) == []


def peaks(*megabytes: float, **changes: Any) -> list[RunFacts]:
    """Return runs of these peaks, which are told from the oldest on."""
    return runs(*({"peak_memory_bytes": int(each * MB), **changes} for each in reversed(megabytes)))


def test_memory_that_grows_from_run_to_run_is_told() -> None:
    (problem,) = find_problems(peaks(10, 12, 15, 18, 21, 25))
    assert problem.text == "memory grows from run to run: from 10 MB to 25 MB in 6 runs"
    assert problem.kind is ProblemKind.MEMORY_BETWEEN_RUNS


def test_memory_of_runs_that_cannot_be_compared_is_no_problem() -> None:
    assert kinds(peaks(10, 12, 15, 18, 21)) == []  # too few
    assert kinds(peaks(10, 30, 15, 18, 21, 25)) == []  # up and down
    assert kinds(peaks(1, 2, 3, 4, 5, 6)) == []  # little
    assert kinds(peaks(10, 12, 15, 18, 21, 25, has_completed=False)) == []
    grown = peaks(10, 12, 15)[::-1] + peaks(18, 21, 25, parameters={"points": 1000})
    assert kinds(grown) == []


def test_a_script_that_had_to_be_killed_twice_is_told_of() -> None:
    killed = {"was_killed": True}
    assert kinds(runs(killed, {})) == []
    (problem,) = find_problems(runs(killed, {}, killed))
    assert problem.text == "it did not leave when asked and was killed, in 2 of the last 3 runs"


def test_instruments_that_were_left_unsafe_once_are_told_of() -> None:
    (problem,) = find_problems(runs({"not_safe": ("esp300 (failed)",)}))
    assert problem.kind is ProblemKind.NOT_SAFE
    assert "esp300 (failed), in the only run" in problem.text


def test_calls_that_time_out_are_named() -> None:
    slow = {"timed_out": ("a.b", "a.c", "a.d", "a.e")}
    assert kinds(runs(slow, {})) == []
    (problem,) = find_problems(runs(slow, slow))
    assert problem.text == "calls time out: a.b, a.c, a.d and 1 more, in 2 of the last 2 runs"


def test_what_is_older_than_the_last_ten_runs_is_forgotten() -> None:
    bad = {"not_safe": ("a (failed)",), "was_killed": True, "timed_out": ("a.b",), **course(0, 6, 12, 18, 24)}
    assert len(kinds(runs(*[{}] * (RECENT - 2), bad, bad))) == 4
    assert kinds(runs(*[{}] * RECENT, bad, bad)) == []
