"""What the tests of storage share: records, recorders that must not fail, processes of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchwright.bench.bench_process import this_process
from benchwright.bench.storage.recorder import RunRecorder
from benchwright.bench.storage.run_folder import RunFolder
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import StorageError
from benchwright.core.run_record import RunRecord
from benchwright.core.run_states import RunState
from benchwright.core.values import Value

ROOT = Path(__file__).parents[3]
CLOSE_S = 20.0


def record(run_id: str = "20260102-030405-abcdef", **changes: Any) -> RunRecord:
    """Return the record of a completed run."""
    whole = RunRecord(
        run_id=run_id,
        script="scan.lua",
        language="lua",
        script_file="script.lua",
        source_sha256="ab" * 32,
        state=RunState.COMPLETED,
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        bench=this_process(),
    )
    return msgspec.structs.replace(whole, **changes)


@contextmanager
def recording(path: Path) -> Iterator[RunRecorder]:
    """Give a recorder that has to store everything."""
    failures: list[StorageError] = []
    recorder = RunRecorder(path, failures.append)
    try:
        yield recorder
    finally:
        recorder.close(CLOSE_S)
    assert failures == []


def stored_run(store: RunStore, columns: dict[str, list[Value]], **changes: Any) -> RunFolder:
    """Store a completed run with these rows, one second apart."""
    folder = store.create(record(**changes), "return 1\n")
    count = len(next(iter(columns.values()), []))
    with recording(folder.data_path) as recorder:
        recorder.rows([float(second) for second in range(count)], columns)
    return folder


def start_python(source: str, *arguments: object, before: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """Start Python on some source text, with our package at hand; `before` wraps the command."""
    command = [*before, sys.executable, "-c", source, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'app'}{os.pathsep}{ROOT}"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)


def names_in(folder: Path) -> list[str]:
    """Return the names of a folder's files."""
    return sorted(path.name for path in folder.iterdir())
