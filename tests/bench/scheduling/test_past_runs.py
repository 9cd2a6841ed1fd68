"""Which runs schedules started: read from what is kept of all runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchwright.bench.scheduling.past_runs import PastRuns
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.run_states import RunState
from tests.helpers.records import keep_runs

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_runs_of_schedules_in_a_span_are_found(tmp_path: Path) -> None:
    script = tmp_path / "scan.lua"
    (early,) = keep_runs(tmp_path, script, 1, created=NOON - timedelta(days=3), schedule="scan")
    first, second = keep_runs(tmp_path, script, 2, created=NOON, schedule="scan")
    keep_runs(tmp_path, script, 2, created=NOON)  # by hand
    past = PastRuns(RunStore(tmp_path))
    found = past.between(NOON - timedelta(days=1), NOON)
    assert {run.run_id for run in found} == {first, second}
    assert found[0].schedule == "scan"
    assert [run.run_id for run in past.between(NOON - timedelta(days=4), NOON)][-1] == early


def test_each_look_finds_what_is_new(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    keep_runs(tmp_path, tmp_path / "a.lua", 1, created=NOON, schedule="a", state=RunState.RUNNING)
    past = PastRuns(store)
    (run,) = past.between(NOON, NOON)
    assert run.state is RunState.INTERRUPTED  # it has no bench
    keep_runs(tmp_path, tmp_path / "b.lua", 1, created=NOON, schedule="b")
    assert {each.schedule: each.state for each in past.between(NOON, NOON)}["b"] is RunState.COMPLETED
