"""The runs of a data folder: one folder each, with the script, its record and its data file."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from benchwright.bench.storage.files import reason_of
from benchwright.bench.storage.run_data import ColumnInfo, LogLine, RowChunk, RunData
from benchwright.bench.storage.run_folder import RECORD_FILE, RunFolder
from benchwright.core.errors import RunNotFound, StorageError, did_you_mean
from benchwright.core.run_record import RunRecord, encode_record
from benchwright.core.values import Value

_RUN_ID: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_SECOND: Final = len("20240531-120000")  # what an id tells of the time; the rest is by chance
_NEW: Final = ".new-"
Records: TypeAlias = list[RunRecord]  # within the class, `list` is its method


def new_run_id(now: datetime) -> str:
    """Return an id for a run created at a time with time zone; ids sort by its second."""
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


class RunSnapshot(NamedTuple):
    """A run as it is at one moment, for export: its record, the script's text, and its first rows."""

    record: RunRecord
    source: str
    data: RunData
    row_count: int
    columns: Sequence[ColumnInfo]

    def chunks(self) -> Iterator[RowChunk]:
        """Give the rows in bounded memory; names recorded after that moment may be among the columns."""
        return self.data.chunks(self.row_count)


class RunStore:
    """Keeps runs and finds them again.

    A run whose bench is gone before it ended shows as `interrupted`; one whose record is missing or damaged
    shows as such, with what can be told, and its rows can be read.

    Args:
        data_dir: the data folder; runs are kept in its folder ``runs``, made by need.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "runs"

    def create(self, record: RunRecord, source: str) -> RunFolder:
        """Make the folder of a new run, with its script and record; it appears whole or not at all.

        It outlives the bench at once, and a power cut after `RunFolder.sync`.

        Raises:
            StorageError: it cannot be written, or there is such a run.
        """
        folder = self.path / record.run_id
        new = self.path / f"{_NEW}{os.getpid()}-{record.run_id}"
        try:
            new.mkdir(parents=True)
            (new / record.script_file).write_bytes(source.encode())
            (new / RECORD_FILE).write_bytes(encode_record(record))
            new.rename(folder)
        except OSError as error:
            shutil.rmtree(new, ignore_errors=True)
            raise StorageError(f"cannot write {folder}: {reason_of(error)}") from error
        return RunFolder(folder)

    def folder(self, run_id: str) -> RunFolder:
        """Return the folder of a run; the start of its id is enough where only one run has it.

        Raises:
            RunNotFound: there is none, or there are several.
        """
        if _RUN_ID.fullmatch(run_id) and (self.path / run_id).is_dir():
            return RunFolder(self.path / run_id)
        ids = self.ids()
        found = [id_ for id_ in ids if run_id and id_.startswith(run_id)]
        if len(found) == 1:
            return RunFolder(self.path / found[0])
        if found:
            shown = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
            raise RunNotFound(f"{len(found)} runs start with {run_id!r}: {shown}")
        raise RunNotFound(f"no run {run_id!r}{did_you_mean(run_id, ids)}")

    def load(self, run_id: str) -> RunRecord:
        """Return the record of a run.

        Raises:
            RunNotFound: see `folder`.
        """
        return self.folder(run_id).load()

    def list(self, limit: int | None = None) -> Records:
        """Return records, newest first: at most `limit`."""
        found: Records = []
        for _, ids in groupby(self.ids(), key=lambda run_id: run_id[:_SECOND]):
            if limit is not None and len(found) >= limit:
                break
            records = (RunFolder(self.path / run_id).load() for run_id in ids)
            found += sorted(records, key=lambda record: record.created, reverse=True)
        return found[:limit]

    def source(self, run_id: str) -> str:
        """Return the script's text as it was run.

        Raises:
            RunNotFound: see `folder`.
            StorageError: it cannot be read.
        """
        path = self.folder(run_id).path / Path(self.load(run_id).script_file).name
        try:
            return path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"cannot read {path}: {error}") from error

    def data(self, run_id: str) -> RunData:
        """Return the reader of a run's rows and log.

        Raises:
            RunNotFound: see `folder`.
            StorageError: the run recorded rows and their file is gone.
        """
        folder = self.folder(run_id)
        if not folder.data_path.exists() and (rows := folder.load().rows):
            raise StorageError(f"{folder.data_path} is gone; it held {rows} rows")
        return RunData(folder.data_path)

    def snapshot(self, run_id: str) -> RunSnapshot:
        """Return the state of a run now; raises as `data` does."""
        data = self.data(run_id)
        count = data.count()  # first, so that there is a column for each of these rows
        try:
            source = self.source(run_id)
        except StorageError:  # the rows are worth having without it
            source = ""
        return RunSnapshot(self.load(run_id), source, data, count, data.columns())

    def columns(self, run_id: str) -> Sequence[ColumnInfo]:
        """Return the recorded names, oldest first; raises as `data` does."""
        return self.data(run_id).columns()

    def rows(self, run_id: str) -> Iterator[tuple[int, float, dict[str, Value]]]:
        """Give index, seconds since the script's start and values of each row; raises as `data` does."""
        return self.data(run_id).rows()

    def log(self, run_id: str) -> Iterator[LogLine]:
        """Give the log's entries and printed lines in their order; raises as `data` does."""
        return self.data(run_id).log()

    def settle_interrupted(self) -> Records:
        """Write down which runs a bench left behind when it died; only for the holder of the bench's lock.

        Their data files become single files, and folders that were never finished are removed.

        Raises:
            StorageError: a record cannot be written.
        """
        settled: Records = []
        self._remove_unfinished()
        for run_id in self.ids():
            folder = RunFolder(self.path / run_id)
            if record := folder.load_unsettled():
                RunData(folder.data_path).join_wal()
                folder.save(record)
                settled.append(record)
        return settled

    def _remove_unfinished(self) -> None:
        ours = f"{_NEW}{os.getpid()}-"
        for folder in self.path.glob(f"{_NEW}*"):
            if not folder.name.startswith(ours):
                shutil.rmtree(folder, ignore_errors=True)

    def ids(self) -> Sequence[str]:
        """Return the ids of all runs, newest first.

        Raises:
            StorageError: the folder cannot be read.
        """
        try:
            with os.scandir(self.path) as entries:
                names = [entry.name for entry in entries if entry.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(f"cannot read {self.path}: {reason_of(error)}") from error
        return sorted(filter(_RUN_ID.fullmatch, names), reverse=True)
