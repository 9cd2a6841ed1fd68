import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchwright.bench.storage.recorder import MAX_WAITING_BATCHES, RunRecorder
from benchwright.bench.storage.row_file import MAX_COLUMNS
from benchwright.bench.storage.run_data import RunData
from benchwright.core.errors import StorageError
from benchwright.core.values import Value
from tests.bench.storage.helpers import CLOSE_S, names_in, recording


def test_rows_and_log_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    at = datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    with recording(path) as recorder:
        recorder.rows([0.0, 0.5], {"angle": [0.0, 45.0]})
        recorder.log("warning", "lamp is warm\n2nd line", at)
        recorder.output("stdout", ["one", "two"])
        recorder.rows([0.75], {"power": [1.5], "angle": [90.0]})
    data = RunData(path)
    assert list(data.rows()) == [
        (0, 0.0, {"angle": 0.0, "power": None}),
        (1, 0.5, {"angle": 45.0, "power": None}),
        (2, 0.75, {"angle": 90.0, "power": 1.5}),
    ]
    log = list(data.log())
    assert [(line.kind, line.text) for line in log] == [
        ("warning", "lamp is warm\n2nd line"),
        ("stdout", "one"),
        ("stdout", "two"),
    ]
    assert log[0].utc == at


def test_plain_sqlite_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    with recording(path) as recorder:
        recorder.rows([0.0, 1.0], {"angle": [1.5, float("nan")], "on": [True, None]})
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute('SELECT seq, time_s, "angle", "on" FROM rows').fetchall()
        columns = connection.execute('SELECT name, "column", kinds FROM columns').fetchall()
    assert rows == [(0, 0.0, 1.5, 1), (1, 1.0, b"NaN", None)]
    assert columns == [("angle", "angle", "float"), ("on", "on", "boolean")]


def test_close_leaves_one_file_and_tells_the_rows(tmp_path: Path) -> None:
    recorder = RunRecorder(tmp_path / "data.sqlite", lambda error: None)
    for first in range(0, 1000, 10):
        recorder.rows([float(first)] * 10, {"n": list(range(first, first + 10))})
    assert recorder.close(CLOSE_S) == 1000
    assert names_in(tmp_path) == ["data.sqlite"]
    with pytest.raises(StorageError, match="closed"):
        recorder.rows([0.0], {"n": [1]})
    assert recorder.close(CLOSE_S) == 1000


def test_rows_without_values_and_an_empty_run(tmp_path: Path) -> None:
    with recording(tmp_path / "a.sqlite") as recorder:
        recorder.rows([0.0, 1.0], {})
    assert list(RunData(tmp_path / "a.sqlite").rows()) == [(0, 0.0, {}), (1, 1.0, {})]
    with recording(tmp_path / "b.sqlite"):
        pass
    assert RunData(tmp_path / "b.sqlite").count() == 0
    assert list(RunData(tmp_path / "b.sqlite").rows()) == []


def test_names_that_sql_cannot_tell_apart_or_hold(tmp_path: Path) -> None:
    names = [
        "a",
        "A",
        "seq",
        "SEQ",
        "time_s",
        "rowid",
        "",
        "\0",
        'x"y',
        "x;--",
        "a b",
        "Å",
        "å",
        "n" * 5000,
        "a_2",
    ]
    with recording(tmp_path / "data.sqlite") as recorder:
        recorder.rows([0.0], {name: [index] for index, name in enumerate(names)})
        recorder.rows([1.0], {name: [-index] for index, name in enumerate(names)})
    rows = [values for _, _, values in RunData(tmp_path / "data.sqlite").rows()]
    assert rows == [
        {name: index for index, name in enumerate(names)},
        {name: -index for index, name in enumerate(names)},
    ]


def test_flush_puts_everything_on_disk_for_a_reader_while_the_run_goes_on(tmp_path: Path) -> None:
    data = RunData(tmp_path / "data.sqlite")
    with recording(tmp_path / "data.sqlite") as recorder:
        for count in range(1, 30):
            recorder.rows([0.0], {f"name {count}": [count]})
            assert recorder.flush(CLOSE_S)
            assert data.count() == count
            assert len(data.columns()) == count


def test_a_reader_in_the_middle_does_not_hold_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    with recording(path) as recorder:
        recorder.rows([0.0, 1.0], {"n": [0, 1]})
        assert recorder.flush(CLOSE_S)
        with closing(sqlite3.connect(path)) as connection:
            cursor = connection.execute("SELECT seq FROM rows")  # a read transaction that stays open
            assert cursor.fetchone() == (0,)
            for seq in range(2, 200):
                recorder.rows([float(seq)], {"n": [seq]})
            assert recorder.flush(CLOSE_S)
            assert RunData(path).count() == 200
            assert recorder.close(CLOSE_S) == 200
            assert len(cursor.fetchall()) == 1, "the reader sees the state it began with"
        assert RunData(path).count() == 200


def test_many_threads_may_record_at_once(tmp_path: Path) -> None:
    with recording(tmp_path / "data.sqlite") as recorder:

        def record_some(thread: int) -> None:
            for number in range(200):
                recorder.rows([0.0, 0.0], {"thread": [thread, thread], "number": [number, number + 0.5]})

        threads = [threading.Thread(target=record_some, args=(index,)) for index in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    rows = [values for _, _, values in RunData(tmp_path / "data.sqlite").rows()]
    for index in range(4):
        numbers = [row["number"] for row in rows if row["thread"] == index]
        assert numbers == [half for number in range(200) for half in (number, number + 0.5)]


def test_the_caller_waits_while_the_disk_is_slow(tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    accepted = 0
    with recording(path) as recorder:
        recorder.rows([0.0], {"n": [0]})
        assert recorder.flush(CLOSE_S)

        def record_many() -> None:
            nonlocal accepted
            for number in range(4 * MAX_WAITING_BATCHES):
                recorder.rows([0.0], {"n": [number]})
                accepted = number + 1

        thread = threading.Thread(target=record_many)
        with closing(sqlite3.connect(path, isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")  # a disk that takes nothing
            thread.start()
            assert not recorder.flush(0.3)
            assert 0 < accepted <= 2 * MAX_WAITING_BATCHES
            assert thread.is_alive()
            blocker.execute("COMMIT")
        thread.join(CLOSE_S)
    assert RunData(path).count() == 1 + 4 * MAX_WAITING_BATCHES


def test_a_batch_larger_than_the_bound_is_taken(tmp_path: Path) -> None:
    count = 150_000
    with recording(tmp_path / "data.sqlite") as recorder:
        recorder.rows([0.0] * count, {"n": list(range(count)), "x": [0.5] * count})
    last = list(RunData(tmp_path / "data.sqlite").rows())[-1]
    assert last == (count - 1, 0.0, {"n": count - 1, "x": 0.5})


def test_a_run_with_too_many_names_fails_with_a_sentence(tmp_path: Path) -> None:
    failures: list[StorageError] = []
    recorder = RunRecorder(tmp_path / "data.sqlite", failures.append)
    names = [f"n{number}" for number in range(MAX_COLUMNS + 1)]
    recorder.rows([0.0], {name: [1] for name in names[:-1]})
    assert recorder.flush(CLOSE_S)
    recorder.rows([1.0], {names[-1]: [1]})
    assert recorder.close(CLOSE_S) == 1
    assert [str(MAX_COLUMNS) in failure.message for failure in failures] == [True]
    assert RunData(tmp_path / "data.sqlite").count() == 1


def test_a_million_rows(tmp_path: Path) -> None:
    batch = 1000
    columns: dict[str, list[Value]] = {"angle": [0.5] * batch, "step": list(range(batch))}
    with recording(tmp_path / "data.sqlite") as recorder:
        for first in range(0, 1_000_000, batch):
            recorder.rows([float(first)] * batch, columns)
        assert recorder.flush(CLOSE_S)
    data = RunData(tmp_path / "data.sqlite")
    assert data.count() == 1_000_000
    assert sum(len(chunk.times_s) for chunk in data.chunks()) == 1_000_000
