"""Runs are found by all that is known of them, compared, and told apart from their script of today."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchwright.bench.history import RunHistory
from benchwright.bench.library import ScriptManager
from benchwright.bench.storage.recorder import RunRecorder
from benchwright.bench.storage.run_data import RunData
from benchwright.bench.storage.run_folder import RunFolder
from benchwright.bench.storage.run_index import CACHE_FILE, RunIndex
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import ErrorInfo, RunNotFound, ScriptNotFound, StorageError
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.run_record import BenchProcess, RunRecord
from benchwright.core.run_states import RunState
from tests.bench.storage.helpers import CLOSE_S, record, recording, stored_run

GONE = BenchProcess(os.getpid(), "another process that had our number")


def run_id(number: int) -> str:
    return f"202601{number:02d}-000000-aaaaaa"


def add(
    store: RunStore, number: int, source: str = "return 1\n", lines: list[str] | None = None, **changes: Any
) -> str:
    """Store the run of a day of January."""
    created = datetime(2026, 1, number, tzinfo=UTC)
    changes = {"created": created, "source_sha256": str(hash(source)), **changes}
    folder = store.create(record(run_id(number), **changes), source)
    if lines:
        with recording(folder.data_path) as recorder:
            recorder.output("stdout", lines)
    return run_id(number)


@pytest.fixture
def history(tmp_path: Path) -> RunHistory:
    return RunHistory(tmp_path)


def found(history: RunHistory, query: str = "") -> list[str]:
    return [run.run_id for run in history.find(query)]


# --- finding ----------------------------------------------------------------------------------------------


def test_texts_are_found_in_script_lines_and_error(history: RunHistory) -> None:
    in_script = add(history.store, 1, "-- Kalibrierung: ÄTZEN\nreturn 1\n")
    in_log = add(history.store, 2, lines=["point 1", "The LINK was lost, Ärger"])
    in_error = add(history.store, 3, error=ErrorInfo("execution_error", "no link to newport", 2))
    both = add(history.store, 4, "-- link\n", ["kalibrierung done"])
    assert found(history, "link") == [both, in_error, in_log]
    assert found(history, "kalibrierung") == [both, in_script]
    assert found(history, "link kalibrierung") == [both]
    assert found(history, '"link was"') == [in_log]
    assert found(history, "ätzen") == [in_script]
    assert found(history, "ärger") == [in_log]
    assert found(history, "nowhere") == []
    assert found(history, "outcome:failed link") == []


def test_percent_and_underline_stand_for_themselves(history: RunHistory) -> None:
    add(history.store, 1, lines=["50 percent of axb"])
    assert found(history, "50%") == []
    assert found(history, "a_b") == []


def test_a_search_ends_when_it_is_cancelled(history: RunHistory) -> None:
    add(history.store, 1, lines=["x" * 50] * 50_000)
    add(history.store, 2, lines=["the needle"])
    asked = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) > 3

    assert [run.run_id for run in history.find("needle", is_cancelled)] == [run_id(2)]
    assert len(asked) < 8, "not asked on and on: the log was given up half-way"


def test_a_log_is_given_up_half_way(tmp_path: Path) -> None:
    with recording(tmp_path / "data.sqlite") as recorder:
        recorder.output("stdout", ["x" * 50] * 50_000)
    asked: list[int] = []

    def is_cancelled() -> bool:
        asked.append(1)
        return True

    assert not RunData(tmp_path / "data.sqlite").has_line("needle", is_cancelled)
    assert len(asked) == 2, "once by SQLite, once to tell why it stopped"


def test_the_last_lines_of_a_log(tmp_path: Path) -> None:
    data = RunData(tmp_path / "data.sqlite")
    assert data.last_lines(3) == ([], 0)
    with recording(tmp_path / "data.sqlite") as recorder:
        recorder.output("stdout", [f"line {number}" for number in range(10)])
    lines, before = data.last_lines(3)
    assert [line.text for line in lines] == ["line 7", "line 8", "line 9"]
    assert before == 7
    assert len(data.last_lines(100)[0]) == 10


def test_damaged_missing_and_foreign_folders_hide_no_run(history: RunHistory) -> None:
    whole = add(history.store, 1, "-- the needle\n", ["a needle"])
    damaged = [add(history.store, number) for number in range(2, 9)]
    runs = history.store.path
    (runs / damaged[0] / "run.json").write_bytes(b"{")
    (runs / damaged[1] / "run.json").unlink()
    (runs / damaged[2] / "data.sqlite").write_bytes(b"no database" * 100)
    (runs / damaged[3] / "script.lua").unlink()
    (runs / damaged[4] / "script.lua").write_bytes(b"\xff\xfe\x00")
    whole_text = (runs / damaged[5] / "run.json").read_text()
    (runs / damaged[5] / "run.json").write_text(
        whole_text.replace('00:00:00Z"', '00:00:00"')
    )  # of no time zone
    (runs / damaged[6] / "run.json").write_text('{"result": ' + "[" * 100_000)
    (runs / "20260120-000000-aaaaaa").write_text("a file that is called as a run")
    (runs / "holiday pictures").mkdir()
    (runs / "20260121-000000-aaaaaa copy").mkdir()
    for _ in range(2):
        assert found(history) == [*reversed(damaged), whole]
        assert found(history, "needle") == [whole]
    reasons = {run.run_id: run.reason for run in history.find("outcome:interrupted")}
    assert reasons == {
        damaged[0]: "run.json is damaged",
        damaged[1]: "run.json is missing",
        damaged[5]: "run.json is damaged",
        damaged[6]: "run.json is damaged",
    }


def test_a_copied_run_goes_by_the_name_of_its_folder(history: RunHistory) -> None:
    original = add(history.store, 1)
    copy = run_id(2)
    (history.store.path / original).rename(history.store.path / copy)
    assert found(history) == [copy]
    assert history.load(copy).run_id == copy
    assert history.source(copy) == "return 1\n"


def test_a_run_that_goes_on_is_found_as_it_is_now(history: RunHistory) -> None:
    add(history.store, 1, state=RunState.RUNNING)
    assert found(history, "outcome:running") == [run_id(1)]
    folder = history.store.folder(run_id(1))
    folder.save(msgspec.structs.replace(folder.load(), state=RunState.COMPLETED))
    assert found(history, "outcome:running") == []
    assert found(history, "outcome:completed") == [run_id(1)]


# --- the index --------------------------------------------------------------------------------------------


def test_what_was_read_is_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore(tmp_path)
    for number in range(1, 26):
        add(store, number, lines=["x"])
    first = RunIndex(store).summaries()
    assert (store.path / CACHE_FILE).is_file()
    read: list[str] = []
    load = RunFolder.load

    def noted(folder: RunFolder) -> RunRecord:
        read.append(folder.run_id)
        return load(folder)

    monkeypatch.setattr(RunFolder, "load", noted)
    assert RunIndex(store).summaries() == first
    assert read == []
    assert all(run.size_bytes > 1000 for run in first)
    store.folder(run_id(7)).save(record(run_id(7), rows=99))
    again = {run.run_id: run for run in RunIndex(store).summaries()}
    assert read == [run_id(7)]
    assert again[run_id(7)].rows == 99


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"\x92\xa50.0.0\x80"])
def test_a_damaged_or_old_cache_costs_only_time(tmp_path: Path, content: bytes) -> None:
    store = RunStore(tmp_path)
    for number in range(1, 26):
        add(store, number)
    (store.path / CACHE_FILE).write_bytes(content)
    assert len(RunIndex(store).summaries()) == 25


def test_a_run_that_was_removed_by_hand_is_gone(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for number in (1, 2):
        add(store, number)
    index = RunIndex(store)
    assert len(index.summaries()) == 2
    (store.path / run_id(1)).rename(tmp_path / "elsewhere")
    assert [run.run_id for run in index.summaries()] == [run_id(2)]


def test_several_threads_may_ask_at_once(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for number in range(1, 26):
        add(store, number)
    index = RunIndex(store)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(len(index.summaries()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert counts == [25] * 4


def test_a_run_left_by_a_dead_bench_is_interrupted_in_the_list(history: RunHistory) -> None:
    add(history.store, 1, state=RunState.RUNNING, bench=GONE)
    assert [run.state for run in history.find()] == [RunState.INTERRUPTED]


# --- comparing --------------------------------------------------------------------------------------------


def test_two_runs_are_compared_in_all_that_matters(history: RunHistory) -> None:
    store = history.store
    first = stored_run(
        store,
        {"angle": [0.0, 1.0], "power": [1.0, 2.0]},
        run_id=run_id(1),
        parameters={"start": 0.0, "gain": 2},
        versions={"benchwright": "0.1.0", "python": "3.11.7"},
        config="[bench]\n",
        rows=2,
        duration_s=1.5,
        limits=ScriptResourceLimits(max_execution_time_s=30.0),
    )
    second = store.create(
        record(
            run_id(2),
            state=RunState.FAILED,
            parameters={"start": 5.0, "gain": 2, "label": "b"},
            versions={"benchwright": "0.2.0", "python": "3.11.7"},
            config='[bench]\nname = "x"\n',
            rows=1,
            duration_s=0.5,
            error=ErrorInfo("execution_error", "no link", 3),
            limits=ScriptResourceLimits(max_execution_time_s=60.0),
        ),
        "return 2\n",
    )
    with recording(second.data_path) as recorder:
        recorder.rows([0.0], {"angle": [1]})
    found = history.compare(run_id(1), run_id(2))
    assert first.run_id == found.first.run_id
    differences = {(each.topic, each.name): (each.first, each.second) for each in found.differences}
    assert differences == {
        ("outcome", "state"): ("completed", "failed"),
        ("outcome", "error"): (None, "no link"),
        ("outcome", "line"): (None, 3),
        ("amounts", "rows"): (2, 1),
        ("amounts", "duration_s"): (1.5, 0.5),
        ("parameters", "start"): (0.0, 5.0),
        ("parameters", "label"): (None, "b"),
        ("limits", "max_execution_time_s"): (30.0, 60.0),
        ("columns", "angle"): ("float", "integer"),
        ("columns", "power"): ("float", None),
        ("versions", "benchwright"): ("0.1.0", "0.2.0"),
    }
    texts = {each.name: each.diff for each in found.texts}
    assert list(texts) == ["script", "configuration"]
    assert "-return 1\n+return 2" in texts["script"]
    assert found.same == ("metadata", "name", "settings", "confinement")


def test_a_run_compared_with_itself_differs_in_nothing(history: RunHistory) -> None:
    one = add(history.store, 1, lines=["x"])
    found = history.compare(one, one)
    assert found.differences == ()
    assert found.texts == ()
    assert "script" in found.same


def test_a_damaged_run_can_be_compared(history: RunHistory) -> None:
    add(history.store, 1)
    add(history.store, 2)
    (history.store.path / run_id(2) / "run.json").unlink()
    (history.store.path / run_id(2) / "script.lua").unlink()
    (history.store.path / run_id(2) / "data.sqlite").write_bytes(b"none" * 1000)
    found = history.compare(run_id(1), run_id(2))
    assert {each.name for each in found.differences} >= {"state", "reason"}
    with pytest.raises(RunNotFound):
        history.compare(run_id(1), run_id(3))


# --- the script today -------------------------------------------------------------------------------------


def test_what_changed_in_the_script_since(history: RunHistory, tmp_path: Path) -> None:
    file = tmp_path / "scan.lua"
    file.write_text("return 1\n")
    one = add(history.store, 1, path=str(file), metadata='name = "scan"\n')
    file.with_suffix(".toml").write_text('name = "scan"\n')
    assert history.changes_since(one) == ""
    file.write_text("return 2\n")
    assert history.changes_since(one).splitlines() == [
        "--- scan.lua  then",
        "+++ scan.lua  now",
        "@@ -1 +1 @@",
        "-return 1",
        "+return 2",
    ]
    file.write_text("return 1\n")
    file.with_suffix(".toml").unlink()
    assert '-name = "scan"' in history.changes_since(one)
    file.unlink()
    with pytest.raises(ScriptNotFound, match=r"scan\.lua is not there any more"):
        history.changes_since(one)


def test_a_script_of_the_library_is_followed_to_its_new_name(history: RunHistory, tmp_path: Path) -> None:
    library = ScriptManager(tmp_path / "library")
    library.create("scan.lua", "return 1\n", None)
    one = add(history.store, 1, path=str(library.folder / "scan.lua"), created=datetime.now(UTC))
    library.rename("scan.lua", "optics/turn.lua")
    assert history.file_now(one) == library.folder / "optics" / "turn.lua"


def test_a_script_that_never_had_a_file_has_none_today(history: RunHistory) -> None:
    one = add(history.store, 1)
    with pytest.raises(ScriptNotFound, match=r"scan\.lua was run without ever being saved"):
        history.changes_since(one)


def test_export_never_overwrites(history: RunHistory, tmp_path: Path) -> None:
    one = add(history.store, 1)
    target = tmp_path / "rows.csv"
    target.write_text("mine")
    with pytest.raises(StorageError, match="exists already"):
        history.export(one, target)
    assert target.read_text() == "mine"


def test_recorders_are_read_while_they_write(history: RunHistory) -> None:
    folder = history.store.create(record(run_id(1), state=RunState.RUNNING), "return 1")
    recorder = RunRecorder(folder.data_path, lambda _: None)
    try:
        recorder.output("stdout", ["a needle"])
        assert recorder.flush(10)
        assert found(history, "needle") == [run_id(1)]
    finally:
        recorder.close(CLOSE_S)
