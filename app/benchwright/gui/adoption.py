"""Shows a run that an earlier window left to itself: what it said so far, read in the background."""

from collections import deque
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from benchwright.core.events import LinesPrinted, LogWritten, RowsRecorded
from benchwright.core.run_record import ActiveRun
from benchwright.gui.background import in_background
from benchwright.gui.session import RunModel
from benchwright.gui.wording import clock

if TYPE_CHECKING:
    from benchwright.bench.storage.run_store import RunStore

CHUNKS_AT_A_TIME: Final = 1  # of 5,000 rows: the window stays quick
MAX_LINES: Final = 500
_RETRY_MS: Final = 50  # the bench has a row on disk within 100 ms
_ATTEMPTS: Final = 20


class Adoption(QObject):
    """Reads an adopted run's rows and last lines, and gives them to the model before what comes live."""

    def __init__(self, model: RunModel, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._data_dir = data_dir
        self._run_id = ""
        self._known = 0
        self._attempts = 0
        model.run_adopted.connect(self._on_adopted)

    def _on_adopted(self, run: ActiveRun) -> None:
        self._run_id, self._known, self._attempts = run.run_id, 0, 0
        since = f"{run.script} has been running for {clock(run.elapsed_s)}; this window shows it from here on"
        now = datetime.now(UTC)
        in_background("earlier lines", lambda: self._read_lines(run.run_id, now, since), self._show_lines)
        self._read_on()

    def _read_on(self) -> None:
        run_id, first = self._run_id, self._known
        in_background(
            "earlier rows", lambda: self._read_rows(run_id, first), self._on_rows, lambda _: self._go_on()
        )

    def _on_rows(self, found: list[RowsRecorded]) -> None:
        if self._run_id != self._model.run.run_id:
            return
        for rows in found:
            self._known += len(rows.times_s)
            self._model.rows.take_earlier(rows)
        if found:
            self._read_on()
        elif self._model.rows.has_gap() and self._attempts < _ATTEMPTS:
            self._attempts += 1
            QTimer.singleShot(_RETRY_MS, self, self._read_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self._run_id == self._model.run.run_id:
            self._model.rows.release()

    def _show_lines(self, events: list[LinesPrinted | LogWritten]) -> None:
        if self._run_id == self._model.run.run_id:
            for event in events:
                self._model.lines_arrived.emit(event)

    # --- in a background thread ---

    def _store(self) -> "RunStore":
        from benchwright.bench.storage.run_store import RunStore

        return RunStore(self._data_dir)

    def _read_rows(self, run_id: str, first: int) -> list[RowsRecorded]:
        chunks = islice(self._store().data(run_id).chunks(first=first), CHUNKS_AT_A_TIME)
        return [
            RowsRecorded(
                run_id=run_id,
                first=chunk.first,
                times_s=list(chunk.times_s),
                columns={name: list(values) for name, values in chunk.columns.items()},
            )
            for chunk in chunks
        ]

    def _read_lines(self, run_id: str, before: datetime, since: str) -> list[LinesPrinted | LogWritten]:
        found: deque[LinesPrinted | LogWritten] = deque(maxlen=MAX_LINES)
        for line in self._store().log(run_id):
            if line.utc >= before:
                break
            if line.kind in ("stdout", "stderr"):
                found.append(LinesPrinted(run_id=run_id, utc=line.utc, stream=line.kind, lines=[line.text]))
            else:
                found.append(LogWritten(run_id=run_id, utc=line.utc, level=line.kind, text=line.text))
        return [*found, LogWritten(run_id=run_id, level="info", text=since)]
