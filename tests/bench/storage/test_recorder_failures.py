import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchwright.bench.storage.recorder import RunRecorder
from benchwright.bench.storage.row_file import MAX_COLUMNS
from benchwright.bench.storage.run_data import RunData
from benchwright.core.errors import StorageError
from tests.bench.storage.helpers import CLOSE_S, start_python

FILL = """
import json, sys, time
from pathlib import Path
from benchwright.bench.storage.recorder import RunRecorder
from benchwright.bench.storage.row_file import MAX_COLUMNS
from benchwright.bench.storage.run_data import RunData
from benchwright.core.errors import StorageError

folder, failures, refused, flushed = Path(sys.argv[1]), [], "", 0
exec(sys.argv[2])
recorder = RunRecorder(folder / "data.sqlite", failures.append)
for batch in range(2000):
    try:
        recorder.rows([0.0] * 100, {"text": ["x" * 100] * 100})
        if recorder.flush(10):
            flushed += 100
    except StorageError as error:
        refused = error.message
        break
began = time.monotonic()
rows = recorder.close(10)
print(json.dumps({
    "failures": [failure.message for failure in failures], "refused": refused, "flushed": flushed,
    "rows": rows, "close_s": time.monotonic() - began, "read": RunData(folder / "data.sqlite").count(),
}))
"""
SMALL_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))"
SMALL_DISK = (
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs -o size=1m t "$0" && exec "$@"',
)


def fill(folder: Path, first: str = "", before: tuple[str, ...] = ()) -> dict[str, Any]:
    with start_python(FILL, folder, first, before=before) as process:
        output, _ = process.communicate(timeout=30)
    result = json.loads(output)
    assert isinstance(result, dict)
    return result


def check_filled(result: dict[str, Any]) -> None:
    (failure,) = result["failures"]
    assert "data.sqlite cannot be written: the disk is full" in failure
    assert result["refused"] == failure
    assert result["rows"] == result["flushed"] == result["read"], "what was on disk before is there"
    assert result["rows"] != 0
    assert result["close_s"] < 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="needs a small filesystem")
def test_a_full_disk_ends_recording_with_one_sentence(tmp_path: Path) -> None:
    if not shutil.which("unshare") or subprocess.call([*SMALL_DISK, tmp_path, "true"]) != 0:
        pytest.skip("mounting is not allowed here")
    check_filled(fill(tmp_path, before=(*SMALL_DISK, str(tmp_path))))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_file_that_may_not_grow_ends_recording_with_one_sentence(tmp_path: Path) -> None:
    check_filled(fill(tmp_path, first=SMALL_FILES))


def failing(path: Path) -> tuple[RunRecorder, list[StorageError], threading.Event]:
    failures: list[StorageError] = []
    failed = threading.Event()

    def on_failure(error: StorageError) -> None:
        failures.append(error)
        failed.set()

    return RunRecorder(path, on_failure), failures, failed


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_a_folder_that_goes_away_is_noticed_at_the_next_row(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    recorder, failures, failed = failing(folder / "data.sqlite")
    recorder.rows([0.0], {"n": [1]})
    assert recorder.flush(CLOSE_S)
    shutil.rmtree(folder)
    recorder.rows([1.0], {"n": [2]})
    assert failed.wait(CLOSE_S)
    assert not recorder.flush(CLOSE_S)
    with pytest.raises(StorageError, match="removed while the run went on"):
        recorder.rows([2.0], {"n": [3]})
    assert recorder.close(CLOSE_S) == 0
    assert len(failures) == 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    recorder, failures, failed = failing(tmp_path / "none" / "data.sqlite")
    assert failed.wait(CLOSE_S)
    assert recorder.close(CLOSE_S) == 0
    assert "its folder is not there or cannot be written" in failures[0].message
    assert recorder.failure is failures[0]


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    path.write_bytes(b"somebody's precious text " * 400)
    recorder, failures, failed = failing(path)
    assert failed.wait(CLOSE_S)
    recorder.close(CLOSE_S)
    assert path.read_bytes() == b"somebody's precious text " * 400
    assert len(failures) == 1


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    recorder, failures, failed = failing(tmp_path / "data.sqlite")
    assert failed.wait(CLOSE_S)
    recorder.close(CLOSE_S)
    assert "cannot be written" in failures[0].message


def test_whoever_waits_for_room_is_told_of_the_failure(tmp_path: Path) -> None:
    recorder, failures, _ = failing(tmp_path / "none" / "data.sqlite")

    def record_for_ever() -> None:
        while True:
            recorder.rows([0.0], {"n": [1]})

    with pytest.raises(StorageError, match="cannot be written"):
        record_for_ever()
    recorder.close(CLOSE_S)
    assert len(failures) == 1


def test_a_value_that_cannot_come_does_not_leave_anybody_waiting(
    tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("recorder of .* failed")
    recorder, failures, failed = failing(tmp_path / "data.sqlite")
    recorder.rows([0.0], {"n": [2**70]})
    assert failed.wait(CLOSE_S)
    assert not recorder.flush(CLOSE_S)
    assert recorder.close(CLOSE_S) == 0
    assert len(failures) == 1


def test_close_may_be_called_by_whoever_is_told_of_the_failure(tmp_path: Path) -> None:
    closed: list[int] = []
    path = tmp_path / "data.sqlite"
    recorder = RunRecorder(path, lambda error: closed.append(recorder.close(CLOSE_S)))
    assert recorder.flush(CLOSE_S)
    names = [f"n{number}" for number in range(MAX_COLUMNS + 1)]
    recorder.rows([0.0], {name: [1] for name in names})
    recorder.close(CLOSE_S)
    assert closed == [0]


def test_a_damaged_file_is_one_sentence_for_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(StorageError, match="cannot be read: it is damaged"):
        RunData(path).count()
