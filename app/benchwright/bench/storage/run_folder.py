"""The folder of one run: the script's copy, the record, the data file."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from benchwright.bench.bench_process import is_running
from benchwright.bench.storage.files import sync_folder, write_atomic
from benchwright.bench.storage.run_data import RunData
from benchwright.core.errors import StorageError
from benchwright.core.run_record import RunRecord, decode_record, encode_record
from benchwright.core.run_states import SETTLED_STATES, RunState

RECORD_FILE: Final = "run.json"
DATA_FILE: Final = "data.sqlite"


@dataclass(frozen=True)
class RunFolder:
    """Paths and record of one run."""

    path: Path

    @property
    def run_id(self) -> str:
        """The run's id, which is the folder's name."""
        return self.path.name

    @property
    def data_path(self) -> Path:
        """The data file: rows and log."""
        return self.path / DATA_FILE

    @property
    def record_path(self) -> Path:
        """The record: run.json."""
        return self.path / RECORD_FILE

    def sync(self) -> None:
        """Put on disk what is in the folder, and the folder's own name.

        Raises:
            OSError: it cannot be done.
        """
        for path in self.path.iterdir():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        sync_folder(self.path)
        sync_folder(self.path.parent)

    def save(self, record: RunRecord) -> None:
        """Replace the record.

        Raises:
            StorageError: it cannot be written; the old one is as it was.
        """
        write_atomic(self.record_path, encode_record(record))

    def load(self) -> RunRecord:
        """Return the record; without one, what can be told of the run."""
        record = self._read()
        if record is None:
            return self._stand_in()
        if record.state in SETTLED_STATES or _has_bench(record):
            return record
        return self.load_unsettled() or self._read() or record

    def size_bytes(self) -> int:
        """Return what its files take together; what cannot be seen counts nothing."""
        try:
            with os.scandir(self.path) as files:
                return sum(file.stat(follow_symlinks=False).st_size for file in files if file.is_file())
        except OSError:
            return 0

    def load_unsettled(self) -> RunRecord | None:
        """Return the record as `interrupted` where its bench is gone and never wrote how the run ended."""
        record = self._read()
        if record is None or record.state in SETTLED_STATES or _has_bench(record):
            return None
        record = self._read()  # the bench may have ended between reading and looking for it
        if record is None or record.state in SETTLED_STATES:
            return None
        return msgspec.structs.replace(
            record,
            state=RunState.INTERRUPTED,
            reason=record.reason or "the bench ended before the end of the run was on disk",
            rows=self._row_count(),
        )

    def _read(self) -> RunRecord | None:
        """Return the record under the folder's name, whatever a copied or renamed one calls itself."""
        try:
            record = decode_record(self.record_path.read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if record.run_id == self.run_id:
            return record
        return msgspec.structs.replace(record, run_id=self.run_id)

    def _stand_in(self) -> RunRecord:
        is_there = os.access(self.record_path, os.F_OK)  # no error in a folder that cannot be entered
        return RunRecord(
            run_id=self.run_id,
            script="",
            language="",
            script_file=next((path.name for path in self.path.glob("script.*")), ""),
            source_sha256="",
            state=RunState.INTERRUPTED,
            reason=f"{RECORD_FILE} is {'damaged' if is_there else 'missing'}",
            created=_created(self.run_id),
            rows=self._row_count(),
        )

    def _row_count(self) -> int:
        try:
            return RunData(self.data_path).count()
        except StorageError:
            return 0


def _has_bench(record: RunRecord) -> bool:
    return record.bench is not None and is_running(record.bench)


def _created(run_id: str) -> datetime:
    try:
        return datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # such as a 13th month
        return datetime.fromtimestamp(0, UTC)
