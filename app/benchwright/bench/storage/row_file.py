"""The data file of one run, as its writer sees it: an SQLite file in WAL mode, readable while it grows.

Tables: ``rows(seq, time_s, ...)`` with a column per recorded name, ``columns(name, "column", kinds)`` that
tells which, and ``log(seq, utc, kind, text)`` of log entries (kind info, warning, error) and printed lines
(kind stdout, stderr). `seq` counts from 0, `time_s` from the script's start. What a cell means: see `cells`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from benchwright.bench.storage.cells import Cell, ColumnKinds, clean_text
from benchwright.core.errors import StorageError
from benchwright.core.values import Value

MAX_COLUMNS = 1000  # names in one run; SQLite stops at 2000
FORMAT_VERSION = 1
_MAX_VARIABLES = 8192
_MAX_NAME = 100
_RESERVED: Final = ("seq", "time_s", "rowid", "oid", "_rowid_")
_SCHEMA: Final = f"""
BEGIN;
PRAGMA user_version = {FORMAT_VERSION};
CREATE TABLE rows(seq INTEGER PRIMARY KEY, time_s REAL);
CREATE TABLE columns(name TEXT PRIMARY KEY, "column" TEXT NOT NULL, kinds TEXT NOT NULL);
CREATE TABLE log(seq INTEGER PRIMARY KEY, utc TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);
COMMIT;
"""

_REASONS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_CANTOPEN: "its folder is not there or cannot be written",
    sqlite3.SQLITE_IOERR: "the disk is full or fails",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is damaged",
}


def storage_error(path: Path, error: Exception, action: str = "written") -> StorageError:
    """Return an error of SQLite or of the system about a data file as one sentence."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
    else:
        reason = str(error) if code is None else _REASONS.get(code & 0xFF, str(error))
    return StorageError(f"{path} cannot be {action}: {reason}")


class RowBatch(NamedTuple):
    """Recorded rows as columns of equal length; `first` is the index of the first one in the run."""

    first: int
    times_s: list[float]
    columns: dict[str, list[Value]]


class LineBatch(NamedTuple):
    """Lines of the log that share an ISO 8601 time and a kind."""

    utc: str
    kind: str
    lines: list[str]


class RowFile:
    """Writes the data file; belongs to the thread that made it.

    Raises:
        sqlite3.Error: the file cannot be made or written (any method).
    """

    def __init__(self, path: Path) -> None:
        self._columns: dict[str, tuple[str, ColumnKinds]] = {}
        self._taken = set(_RESERVED)
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=16)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error:
            self._connection.close()
            raise

    def write(self, rows: Sequence[RowBatch], lines: Sequence[LineBatch]) -> None:
        """Put batches on disk, all of them or none; the batches of rows follow each other without a gap.

        Raises:
            StorageError: the run recorded more than `MAX_COLUMNS` names.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        for batch in _merged(rows):
            self._insert_rows(batch)
        for line in lines:
            text = ((line.utc, line.kind, clean_text(text)) for text in line.lines)
            self._insert("log", ("utc", "kind", "text"), len(line.lines), text)
        self._connection.execute("COMMIT")

    def join_wal(self) -> None:
        """Make it a single file, as far as readers and the disk allow; no row is lost where they do not."""
        join_wal(self._connection)

    def close(self) -> None:
        """Close the file; what was not committed is rolled back."""
        self._connection.close()

    def _insert_rows(self, batch: RowBatch) -> None:
        count = len(batch.times_s)
        names = ["seq", "time_s"]
        cells: list[Iterable[Cell]] = [range(batch.first, batch.first + count), batch.times_s]
        for name, values in batch.columns.items():
            column, encoded = self._encoded(name, values)
            names.append(column)
            cells.append(encoded)
        self._insert("rows", names, count, zip(*cells, strict=True))

    def _encoded(self, name: str, values: Sequence[Value]) -> tuple[str, Sequence[Cell]]:
        if name not in self._columns:
            self._add_column(name)
        column, kinds = self._columns[name]
        cells, is_changed = kinds.encode(values)
        if is_changed:
            update = 'UPDATE columns SET kinds = ? WHERE "column" = ?'
            self._connection.execute(update, (",".join(kinds.kinds), column))
        return column, cells

    def _add_column(self, name: str) -> None:
        if len(self._columns) >= MAX_COLUMNS:
            raise StorageError(f"a run can record {MAX_COLUMNS} different names, this one has more")
        column = self._column_name(name)
        # Without a type, so that SQLite converts nothing.
        self._connection.execute(f"ALTER TABLE rows ADD COLUMN {quoted(column)}")
        self._connection.execute("INSERT INTO columns VALUES (?, ?, '')", (clean_text(name), column))
        self._columns[name] = (column, ColumnKinds())
        self._taken.add(column.lower())

    def _column_name(self, name: str) -> str:
        """Return the name itself, or one like it where SQLite cannot tell it from another or hold it."""
        base = clean_text(name).replace("\0", "")[:_MAX_NAME] or "column"
        column, number = base, 1
        while column.lower() in self._taken:
            number += 1
            column = f"{base}_{number}"
        return column

    def _insert(self, table: str, names: Sequence[str], count: int, rows: Iterable[Iterable[Cell]]) -> None:
        # Many rows in one statement: sqlite3 lets go of the GIL for each step, and while another thread is
        # busy it takes 5 ms to get it back.
        at_once = max(1, _MAX_VARIABLES // len(names))
        marks = "(" + ",".join("?" * len(names)) + ")"
        into = f"INSERT INTO {table} ({','.join(map(quoted, names))}) VALUES "
        flat = list(chain.from_iterable(rows))
        for start in range(0, count, at_once):
            size = min(at_once, count - start)
            values = flat[start * len(names) : (start + size) * len(names)]
            self._connection.execute(into + ",".join([marks] * size), values)


def join_wal(connection: sqlite3.Connection) -> None:
    """Move everything from the write-ahead log into the file itself, as far as readers and the disk allow."""
    try:
        connection.execute("PRAGMA busy_timeout = 200")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL):
            raise


def quoted(name: str) -> str:
    """Return a name as SQL text."""
    return '"' + name.replace('"', '""') + '"'


def _merged(batches: Sequence[RowBatch]) -> list[RowBatch]:
    """Join neighbours that have the same columns."""
    merged: list[RowBatch] = []
    for batch in batches:
        if merged and merged[-1].columns.keys() == batch.columns.keys():
            last = merged[-1]
            columns = {name: values + batch.columns[name] for name, values in last.columns.items()}
            merged[-1] = RowBatch(last.first, last.times_s + batch.times_s, columns)
        else:
            merged.append(batch)
    return merged
