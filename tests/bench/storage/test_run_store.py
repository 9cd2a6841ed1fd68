import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from benchwright.bench.bench_process import is_running, this_process
from benchwright.bench.storage.run_store import RunStore, new_run_id
from benchwright.core.errors import ErrorInfo, RunNotFound, StorageError
from benchwright.core.events import CallStatistics, InstrumentStopped
from benchwright.core.limits import Preset
from benchwright.core.run_record import BenchProcess, decode_record, encode_record
from benchwright.core.run_states import RunState
from tests.bench.storage.helpers import names_in, record, recording, start_python, stored_run

RUN_ID = "20260102-030405-abcdef"
GONE = BenchProcess(os.getpid(), "another process that had our number")

# Starts a run as a bench does, and hangs in the middle of it.
BEGIN_RUN = """
import sys
from pathlib import Path
from benchwright.bench.storage.recorder import RunRecorder
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.run_states import RunState
from tests.bench.storage.helpers import names_in, record

folder = RunStore(Path(sys.argv[1])).create(record(state=RunState.RUNNING), "return 1")
recorder = RunRecorder(folder.data_path, print)
recorder.rows([0.0, 0.1, 0.2], {"n": [1, 2, 3]})
recorder.flush(10)
print("recorded", flush=True)
input()
"""


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


def ids(store: RunStore) -> list[str]:
    return [found.run_id for found in store.list()]


def test_a_record_comes_back_whole() -> None:
    full = record(
        state=RunState.FAILED,
        preset=Preset.STRICT,
        permissions=("device:read",),
        parameters={"angle": 45.0, "name": "µ", "on": True, "steps": [1, 2]},
        metadata='name = "scan"\n',
        calls={"esp300.move_absolute": CallStatistics(count=1, failed=0, total_s=0.5, longest_s=0.5)},
        error=ErrorInfo("execution_error", "no", 3, 4, "line 3"),
        instruments=(InstrumentStopped(name="esp300", outcome="safe", duration_s=0.1),),
        ended=datetime(2026, 1, 2, 3, 4, 9, tzinfo=UTC),
    )
    assert decode_record(encode_record(full)) == full


def test_new_run_ids_sort_by_time_and_differ() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    later = new_run_id(now + timedelta(seconds=1))
    assert new_run_id(now)[:16] == "20260102-030405-"
    assert new_run_id(now) < later
    assert new_run_id(now.astimezone(None))[:16] == "20260102-030405-"
    assert len({new_run_id(now) for _ in range(100)}) == 100


def test_create_save_load(store: RunStore) -> None:
    folder = store.create(record(state=RunState.RUNNING), "print('Winkel: 45°')\n")
    assert names_in(folder.path) == ["run.json", "script.lua"]
    assert store.load(RUN_ID).state is RunState.RUNNING
    folder.save(record(rows=7))
    assert store.load(RUN_ID).rows == 7
    assert store.source(RUN_ID) == "print('Winkel: 45°')\n"
    assert names_in(store.path) == [RUN_ID]


def test_a_run_is_made_once(store: RunStore) -> None:
    store.create(record(), "return 1")
    with pytest.raises(StorageError, match="cannot write"):
        store.create(record(), "return 2")
    assert store.source(RUN_ID) == "return 1"
    assert names_in(store.path) == [RUN_ID]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StorageError, match="cannot write .*runs"):
        RunStore(tmp_path).create(record(), "return 1")
    with pytest.raises(StorageError, match="cannot read .*runs"):
        RunStore(tmp_path).list()


def test_newest_first_and_limit(store: RunStore) -> None:
    for day in (3, 1, 2):
        store.create(record(f"2026010{day}-000000-aaaaaa"), "")
    assert [run_id[7] for run_id in ids(store)] == ["3", "2", "1"]
    assert [found.run_id[7] for found in store.list(2)] == ["3", "2"]
    assert store.list(0) == []


def test_runs_of_the_same_second_are_listed_newest_first(store: RunStore) -> None:
    began = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for tenth, name in enumerate(("ffffff", "000000", "888888")):
        created = began + timedelta(milliseconds=100 * tenth)
        store.create(record(run_id=f"20260102-030405-{name}", created=created), "")
    assert [run_id[16:] for run_id in ids(store)] == ["888888", "000000", "ffffff"]
    assert [found.run_id[16:] for found in store.list(1)] == ["888888"]


def test_no_runs(store: RunStore) -> None:
    assert store.list() == []
    with pytest.raises(RunNotFound, match="no run 'abc'"):
        store.load("abc")


def test_the_start_of_an_id_is_enough_where_it_is_one_runs_alone(store: RunStore) -> None:
    for run_id in ("20260102-030405-aaaaaa", "20260102-030405-bbbbbb", "20260203-000000-cccccc"):
        store.create(record(run_id), "")
    assert store.load("202602").run_id == "20260203-000000-cccccc"
    with pytest.raises(RunNotFound, match="2 runs start with '20260102': 20260102-030405-bbbbbb, 2026"):
        store.load("20260102")
    with pytest.raises(RunNotFound, match="did you mean 20260203-000000-cccccc"):
        store.load("20260203-000000-ccccc0")
    for wrong in ("", "..", "../runs", "/"):
        with pytest.raises(RunNotFound):
            store.load(wrong)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe", b'{"run_id": 3}'])
def test_a_broken_record_hides_neither_its_run_nor_the_others(store: RunStore, content: bytes | None) -> None:
    stored_run(store, {"n": [1, 2]})
    store.create(record("20260203-000000-cccccc"), "")
    broken = store.folder(RUN_ID).record_path
    if content is None:
        broken.unlink()
    else:
        broken.write_bytes(content)
    (store.path / "notes.txt").write_text("somebody's")
    (store.path / ".new-1-20260203-000000-dddddd").mkdir()
    assert ids(store) == ["20260203-000000-cccccc", RUN_ID]
    found = store.load(RUN_ID)
    assert found.state is RunState.INTERRUPTED
    assert found.reason == f"run.json is {'missing' if content is None else 'damaged'}"
    assert found.rows == 2
    assert found.created == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [values for _, _, values in store.rows(RUN_ID)] == [{"n": 1}, {"n": 2}]
    assert store.source(RUN_ID) == "return 1\n"


def test_a_script_outside_the_folder_is_not_read(store: RunStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = store.create(record(), "return 1")
    folder.save(record(script_file="../../secret"))
    with pytest.raises(StorageError, match="cannot read"):
        store.source(RUN_ID)


def test_a_run_of_a_living_bench_is_what_it_says(store: RunStore) -> None:
    store.create(record(state=RunState.PAUSED), "")
    assert store.load(RUN_ID).state is RunState.PAUSED
    assert store.settle_interrupted() == []


def test_a_killed_bench_leaves_an_interrupted_run_with_its_rows(store: RunStore, tmp_path: Path) -> None:
    with start_python(BEGIN_RUN, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        assert store.load(RUN_ID).bench is not None
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        found = store.load(RUN_ID)  # while its process waits to be reaped
    assert found.state is RunState.INTERRUPTED
    assert found.reason == "the bench ended before the end of the run was on disk"
    assert found.rows == 3
    assert store.list() == [found]

    assert store.settle_interrupted() == [found]
    assert names_in(store.folder(RUN_ID).path) == ["data.sqlite", "run.json", "script.lua"]
    assert decode_record(store.folder(RUN_ID).record_path.read_bytes()) == found
    assert store.settle_interrupted() == []
    assert [values["n"] for _, _, values in store.rows(RUN_ID)] == [1, 2, 3]


def test_a_run_interrupted_before_its_first_row(store: RunStore) -> None:
    store.create(record(state=RunState.QUEUED, bench=GONE), "")
    assert store.load(RUN_ID).state is RunState.INTERRUPTED
    assert [found.rows for found in store.settle_interrupted()] == [0]
    assert list(store.rows(RUN_ID)) == []
    assert list(store.log(RUN_ID)) == []
    assert store.columns(RUN_ID) == []


def test_runs_that_were_never_finished_making_are_cleared_away_but_not_our_own(store: RunStore) -> None:
    store.path.mkdir()
    for name in (".new-0-x", f".new-{os.getpid()}-x"):
        (store.path / name).mkdir()
    store.settle_interrupted()
    assert names_in(store.path) == [f".new-{os.getpid()}-x"]


def test_rows_whose_file_is_gone_are_not_passed_off_as_none(store: RunStore) -> None:
    folder = stored_run(store, {"n": [1, 2]}, rows=2)
    folder.data_path.unlink()
    with pytest.raises(StorageError, match="data.sqlite is gone; it held 2 rows"):
        store.rows(RUN_ID)


def test_reading_follows_a_run_that_goes_on(store: RunStore) -> None:
    folder = store.create(record(state=RunState.RUNNING), "")
    assert list(store.rows(RUN_ID)) == []
    with recording(folder.data_path) as recorder:
        recorder.rows([0.0], {"a": [1]})
        assert recorder.flush(10)
        assert [column.name for column in store.columns(RUN_ID)] == ["a"]
        recorder.rows([1.0], {"b": [2]})
        assert recorder.flush(10)
        assert list(store.rows(RUN_ID)) == [(0, 0.0, {"a": 1, "b": None}), (1, 1.0, {"a": None, "b": 2})]


def test_a_thousand_runs_are_listed_quickly(store: RunStore) -> None:
    content = encode_record(record(metadata="x" * 2000, config="y" * 2000))
    for number in range(1000):
        folder = store.path / f"20260102-030405-{number:06x}"
        folder.mkdir(parents=True)
        (folder / "run.json").write_bytes(content)
    times_s = []
    for _ in range(3):
        began_s = time.perf_counter()
        assert len(store.list()) == 1000
        times_s.append(time.perf_counter() - began_s)
    assert min(times_s) < 0.3
    shutil.rmtree(store.path)


def test_a_process_is_told_from_a_later_one_of_its_number() -> None:
    ours = this_process()
    assert is_running(ours)
    assert not is_running(BenchProcess(ours.pid, ours.identity + "0"))
    assert not is_running(BenchProcess(ours.pid, ""))
    with start_python("input()") as process:
        process.kill()
    assert not is_running(BenchProcess(process.pid, ours.identity))


def test_identity_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "other")
    ours = this_process()
    assert is_running(ours)
    assert not is_running(msgspec.structs.replace(ours, pid=2**22 + 1))
