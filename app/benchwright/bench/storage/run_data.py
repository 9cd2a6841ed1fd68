"""Reads the data file of a run, also while it grows: every committed row is seen, the writer never waits."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from benchwright.bench.storage.cells import ColumnKinds
from benchwright.bench.storage.row_file import FORMAT_VERSION, join_wal, quoted, storage_error
from benchwright.core.errors import StorageError
from benchwright.core.values import Value

CHUNK_ROWS = 5000
_STEPS_BETWEEN = 20_000  # of SQLite's machine, between two questions whether to go on: about 1 ms

T = TypeVar("T")


class ColumnInfo(NamedTuple):
    """A recorded name, its column in the table, and the kinds of its values in order of appearance."""

    name: str
    column: str
    kinds: tuple[str, ...]


class RowChunk(NamedTuple):
    """Rows that follow each other, as columns of equal length; None where a row has no value."""

    first: int
    times_s: tuple[float, ...]
    columns: dict[str, Sequence[Value]]


class LogLine(NamedTuple):
    """An entry of the log (kind info, warning, error) or a printed line (kind stdout, stderr)."""

    utc: datetime
    kind: str
    text: str


class RunData:
    """The data file of one run; a file that is not there yet has no rows.

    It is opened for each chunk anew, so that a reader who stops half-way holds nothing.

    Raises:
        StorageError: the file cannot be read or is none of ours (any method).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def count(self) -> int:
        """Return the number of rows."""
        return self._read(_count, 0)

    def columns(self) -> list[ColumnInfo]:
        """Return the recorded names, oldest first."""
        return self._read(_columns, [])

    def has_nul(self, column: ColumnInfo) -> bool:
        """Tell whether a text of a column holds the character NUL."""
        query = f"SELECT EXISTS (SELECT 1 FROM rows WHERE instr({quoted(column.column)}, char(0)))"
        return bool(self._read(lambda connection: connection.execute(query).fetchone()[0], 0))

    def chunks(self, stop: int | None = None, first: int = 0) -> Iterator[RowChunk]:
        """Give the rows from index `first` on, all or those before `stop`, in bounded memory."""
        while stop is None or first < stop:
            size = CHUNK_ROWS if stop is None else min(CHUNK_ROWS, stop - first)
            chunk = self._read(partial(_chunk, first=first, size=size), None)
            if chunk is None or not chunk.times_s:
                return
            yield chunk
            first += len(chunk.times_s)

    def rows(self) -> Iterator[tuple[int, float, dict[str, Value]]]:
        """Give index, seconds since the script's start and values of each row."""
        for chunk in self.chunks():
            names = list(chunk.columns)
            values = zip(*chunk.columns.values(), strict=True) if names else [()] * len(chunk.times_s)
            for index, (time_s, row) in enumerate(zip(chunk.times_s, values, strict=True)):
                yield chunk.first + index, time_s, dict(zip(names, row, strict=True))

    def log(self) -> Iterator[LogLine]:
        """Give the log's entries and printed lines in their order."""
        first = 0
        nothing: list[LogLine] = []
        while lines := self._read(partial(_log, first=first), nothing):
            yield from lines
            first += len(lines)

    def last_lines(self, count: int) -> tuple[list[LogLine], int]:
        """Return the last lines of the log, at most `count` and 5,000, and how many there are before them."""
        nothing: tuple[list[LogLine], int] = ([], 0)
        return self._read(partial(_last_lines, count=count), nothing)

    def has_line(self, text: str, is_cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Tell whether a line holds a text in small letters, whatever its own; false once it is cancelled."""
        return self._read(partial(_has_line, text=text, is_cancelled=is_cancelled), False)

    def join_wal(self) -> None:
        """Make the file that a killed writer left behind a single one, unless somebody reads it right now.

        Raises:
            StorageError: it cannot be read or written, or is damaged.
        """
        try:
            if self._path.exists():
                with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
                    join_wal(connection)
        except (sqlite3.Error, OSError) as error:
            raise storage_error(self._path, error) from error

    def _read(self, query: Callable[[sqlite3.Connection], T], empty: T) -> T:
        """Run a query on one state of the file; return `empty` where there is none yet."""
        try:
            if not self._path.exists():
                return empty
            uri = self._path.absolute().as_uri() + "?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
                connection.execute("BEGIN")
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version == 0:
                    return empty
                if version != FORMAT_VERSION:
                    raise StorageError(
                        f"{self._path} is of a format that this version does not know: {version}"
                    )
                return query(connection)
        except (sqlite3.Error, OSError) as error:
            raise storage_error(self._path, error, "read") from error


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq) + 1, 0) FROM rows").fetchone()[0])


def _columns(connection: sqlite3.Connection) -> list[ColumnInfo]:
    rows = connection.execute('SELECT name, "column", kinds FROM columns ORDER BY rowid')
    return [
        ColumnInfo(name, column, tuple(kinds.split(",")) if kinds else ()) for name, column, kinds in rows
    ]


def _log(connection: sqlite3.Connection, first: int) -> list[LogLine]:
    query = "SELECT utc, kind, text FROM log WHERE seq > ? ORDER BY seq LIMIT ?"  # they count from 1
    lines = connection.execute(query, (first, CHUNK_ROWS))
    return [LogLine(datetime.fromisoformat(utc), kind, text) for utc, kind, text in lines]


def _last_lines(connection: sqlite3.Connection, count: int) -> tuple[list[LogLine], int]:
    last = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0]
    before = max(last - min(count, CHUNK_ROWS), 0)
    return _log(connection, before), before


def _has_line(connection: sqlite3.Connection, text: str, is_cancelled: Callable[[], bool]) -> bool:
    lowered = "lower"
    if not text.isascii():  # of other letters SQLite knows no small ones
        connection.create_function(lowered := "lower_all", 1, str.lower, deterministic=True)
    connection.set_progress_handler(is_cancelled, _STEPS_BETWEEN)
    query = f"SELECT EXISTS (SELECT 1 FROM log WHERE instr({lowered}(text), ?))"
    try:
        return bool(connection.execute(query, (text,)).fetchone()[0])
    except sqlite3.OperationalError:
        if is_cancelled():
            return False
        raise


def _chunk(connection: sqlite3.Connection, first: int, size: int) -> RowChunk:
    columns = _columns(connection)
    selected = ", ".join(["time_s", *(quoted(column.column) for column in columns)])
    query = f"SELECT {selected} FROM rows WHERE seq >= ? ORDER BY seq LIMIT ?"
    times_s, *cells = list(zip(*connection.execute(query, (first, size)), strict=True)) or [()]
    values = {c.name: ColumnKinds(c.kinds).decode(found) for c, found in zip(columns, cells, strict=False)}
    return RowChunk(first, times_s, values)
