"""Puts what a run records on disk while it runs, in a thread of its own."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchwright.bench.storage.row_file import LineBatch, RowBatch, RowFile, storage_error
from benchwright.core.errors import StorageError
from benchwright.core.values import Value

MAX_WAITING_BATCHES = 256
GATHER_S = 0.02  # commits follow each other no faster, unless somebody waits for one
MAX_WAITING_CELLS = 100_000

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Amount:
    """How much was accepted or stored since the start."""

    batches: int = 0
    cells: int = 0
    rows: int = 0

    def add(self, batches: int, cells: int, rows: int) -> None:
        self.batches += batches
        self.cells += cells
        self.rows += rows


class RunRecorder:
    """Stores the rows and the log of one run in its data file; no accepted row is dropped.

    What is accepted is on disk soon after: a batch is committed as it comes, and those that follow within
    `GATHER_S` together: a commit for each would slow down the calls that the script makes in between. A
    caller waits while too much is waiting to be stored.

    Args:
        path: the data file, which must not exist.
        before: done first of all in the recorder's thread; what it raises is a failure of the recorder.
        on_failure: called once, in the recorder's thread, when the data can no longer be stored.
    """

    def __init__(
        self,
        path: Path,
        on_failure: Callable[[StorageError], None],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._before = before
        self._on_failure = on_failure
        self._changed = threading.Condition()
        self._hurry = threading.Event()
        self._batches: list[RowBatch | LineBatch] = []
        self._accepted = _Amount()
        self._stored = _Amount()
        self._is_closing = False
        self._failure: StorageError | None = None
        self._thread = threading.Thread(target=self._run, name=f"recorder {path.parent.name}", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> StorageError | None:
        """Why nothing is stored any more, or None."""
        return self._failure

    def rows(self, times_s: list[float], columns: dict[str, list[Value]]) -> None:
        """Take rows, as columns of the same length as `times_s`; the recorder keeps the lists.

        Raises:
            StorageError: the recorder failed or is closed.
        """
        count = len(times_s)
        with self._changed:
            self._wait_for_room(count * (len(columns) + 2))
            self._accept(RowBatch(self._accepted.rows, times_s, columns), count * (len(columns) + 2), count)

    def log(self, level: str, text: str, utc: datetime) -> None:
        """Take an entry of the log.

        Raises:
            StorageError: the recorder failed or is closed.
        """
        self._take_lines(LineBatch(utc.isoformat(), level, [text]))

    def output(self, stream: str, lines: list[str]) -> None:
        """Take printed lines of stdout or stderr.

        Raises:
            StorageError: the recorder failed or is closed.
        """
        self._take_lines(LineBatch(datetime.now(UTC).isoformat(), stream, lines))

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was accepted is on disk; return whether it is."""
        with self._changed:
            wanted = self._accepted.batches
            self._hurry.set()
            self._changed.wait_for(lambda: self._stored.batches >= wanted or self._failure, timeout_s)
            return self._stored.batches >= wanted

    def close(self, timeout_s: float) -> int:
        """Store the rest, make the data file a single one, and return the number of rows on disk."""
        with self._changed:
            self._is_closing = True
            self._hurry.set()
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)
        return self._stored.rows

    def _take_lines(self, batch: LineBatch) -> None:
        with self._changed:
            self._wait_for_room(3 * len(batch.lines))
            self._accept(batch, 3 * len(batch.lines), 0)

    def _wait_for_room(self, cells: int) -> None:
        if not self._has_room(cells):
            self._hurry.set()
        self._changed.wait_for(lambda: self._has_room(cells) or self._failure or self._is_closing)
        if self._failure is not None:
            raise StorageError(self._failure.message)
        if self._is_closing:
            raise StorageError(f"{self._path} is closed: the run is over")

    def _has_room(self, cells: int) -> bool:
        waiting = self._accepted.batches - self._stored.batches
        waiting_cells = self._accepted.cells - self._stored.cells
        return not waiting or (waiting < MAX_WAITING_BATCHES and waiting_cells + cells <= MAX_WAITING_CELLS)

    def _accept(self, batch: RowBatch | LineBatch, cells: int, rows: int) -> None:
        self._batches.append(batch)
        self._accepted.add(batches=1, cells=cells, rows=rows)
        self._changed.notify_all()

    # --- in the recorder's thread ---

    def _run(self) -> None:
        try:
            self._before()
            file = RowFile(self._path)
            try:
                self._store_all(file)
            finally:
                file.close()
        except (sqlite3.Error, OSError, StorageError) as error:
            self._fail(storage_error(self._path, error))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: whatever it is, nobody may wait for it
            _log.exception("the recorder of %s failed", self._path)
            self._fail(StorageError(f"{self._path} cannot be written: {type(error).__name__}: {error}"))

    def _store_all(self, file: RowFile) -> None:
        identity = self._file_identity()
        stored_s = float("-inf")
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._batches or self._is_closing)
            self._hurry.wait(max(0.0, stored_s + GATHER_S - time.monotonic()))
            with self._changed:
                self._hurry.clear()
                batches, self._batches = self._batches, []
                accepted = copy(self._accepted)
            if not batches:
                break
            rows = [batch for batch in batches if isinstance(batch, RowBatch)]
            file.write(rows, [batch for batch in batches if isinstance(batch, LineBatch)])
            if self._file_identity() != identity:
                self._stored = _Amount()
                raise StorageError("it was removed while the run went on")
            stored_s = time.monotonic()
            with self._changed:
                self._stored = accepted
                self._changed.notify_all()
        file.join_wal()

    def _file_identity(self) -> tuple[int, int] | None:
        # SQLite goes on writing to a file that has no name any more.
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _fail(self, failure: StorageError) -> None:
        with self._changed:
            self._failure = failure
            self._batches.clear()
            self._changed.notify_all()
        self._on_failure(failure)
