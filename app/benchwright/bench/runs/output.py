"""What a run says: each row, line and log entry is checked, counted, stored and published."""

import math
import threading

from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.run import Run
from benchwright.bench.storage.recorder import RunRecorder
from benchwright.core.errors import ProtocolError, ResourceLimitExceeded
from benchwright.core.events import LinesPrinted, LogWritten, ProgressMade, RowsRecorded
from benchwright.core.script_messages import Log, Output, Progress, Rows
from benchwright.core.values import COLUMN_NAME_CHARACTERS, INTEGER_BOUND, RECORD_COLUMNS

_CELL_TYPES = {float, int, bool, str, type(None)}
LINE_CHARACTERS = 32 * 1024  # longer than any that a worker of ours sends
LEVELS = ("info", "warning", "error")


class RunOutput:
    """Takes a worker's frames that need no answer.

    Each method raises `ProtocolError` for a frame that breaks the rules, and `ResourceLimitExceeded` where
    the run has printed or recorded more than it may.
    """

    def __init__(self, run: Run, recorder: RunRecorder, bus: EventBus) -> None:
        self.row_count = 0
        self._run = run
        self._recorder = recorder
        self._bus = bus
        self._line_count = 0
        self._lock = threading.Lock()

    def rows(self, message: Rows) -> None:
        """Store and publish recorded rows."""
        count = len(message.times_s)
        _check_columns(message, count)
        limit = self._run.plan.limits.max_record_rows
        if limit is not None and self.row_count + count > limit:
            raise ResourceLimitExceeded("max_record_rows", limit)
        self._recorder.rows(message.times_s, message.columns)
        event = RowsRecorded(
            run_id=self._run.run_id, first=self.row_count, times_s=message.times_s, columns=message.columns
        )
        self.row_count += count
        self._run.rows = self.row_count
        self._bus.publish(event)

    def lines(self, message: Output) -> None:
        """Store and publish printed lines."""
        if message.stream not in ("stdout", "stderr"):
            raise ProtocolError("output for a stream that there is not")
        self._count(message.lines)
        self._recorder.output(message.stream, message.lines)
        self._bus.publish(LinesPrinted(run_id=self._run.run_id, stream=message.stream, lines=message.lines))

    def log(self, message: Log) -> None:
        """Store and publish a line of the log."""
        if message.level not in LEVELS:
            raise ProtocolError("a log level that there is not")
        self._count([message.text])
        self._write_log(message.level, message.text)

    def warn(self, text: str) -> None:
        """Write a warning of the bench in the log of the run; it is not counted as a line of the script."""
        self._write_log("warning", text)

    def _write_log(self, level: str, text: str) -> None:
        event = LogWritten(run_id=self._run.run_id, level=level, text=text)
        self._recorder.log(level, text, event.utc)
        self._bus.publish(event)

    def _count(self, lines: list[str]) -> None:
        """Hold printed lines and log entries to their limit; a very long one counts as several."""
        limit = self._run.plan.limits.max_output_lines
        with self._lock:
            self._line_count += sum(1 + len(line) // LINE_CHARACTERS for line in lines)
            if limit is not None and self._line_count > limit:
                raise ResourceLimitExceeded("max_output_lines", limit)

    def progress(self, message: Progress) -> None:
        """Publish progress."""
        if not (math.isfinite(message.done) and math.isfinite(message.total)):
            raise ProtocolError("progress that is no number")
        self._run.progress = (message.done, message.total)
        self._bus.publish(ProgressMade(run_id=self._run.run_id, done=message.done, total=message.total))


def _check_columns(message: Rows, count: int) -> None:
    if len(message.columns) > RECORD_COLUMNS:
        raise ProtocolError(f"rows of more than {RECORD_COLUMNS} columns")
    for name, column in message.columns.items():
        if len(name) > COLUMN_NAME_CHARACTERS:
            raise ProtocolError(f"a column with a name of more than {COLUMN_NAME_CHARACTERS} characters")
        if len(column) != count:
            raise ProtocolError("columns of unequal length")
        types = set(map(type, column))
        if not types <= _CELL_TYPES:
            raise ProtocolError("a row with a value that is no number, text or truth value")
        if int in types and not all(-INTEGER_BOUND <= v < INTEGER_BOUND for v in column if type(v) is int):
            raise ProtocolError("an integer beyond 64 bits")
    if not all(map(math.isfinite, message.times_s)):
        raise ProtocolError("a row without a time")
