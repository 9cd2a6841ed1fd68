"""What a script says without waiting for an answer: rows, printed lines, log entries, progress; in order."""

import threading
import time

from benchwright.core.errors import ArgumentError, ResourceLimitExceeded
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.script_messages import Log, Output, Progress, Rows, WorkerMessage
from benchwright.core.values import (
    CELL_BYTES,
    COLUMN_NAME_CHARACTERS,
    RECORD_COLUMNS,
    Value,
    describe_type,
    shown,
)

MAX_LINE_CHARACTERS = 16 * 1024
BATCH_CELLS = 4000
BATCH_CHARACTERS = 32 * 1024

_CELL_TYPES = (float, int, bool, str, type(None))


class RowBatch:
    """Rows gathered as columns; a column that a row lacks holds None there."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self.columns: dict[str, list[Value]] = {}
        self.characters = 0

    def add(self, time_s: float, values: dict[str, Value]) -> None:
        """Add one row."""
        columns = self.columns
        filled = len(self.times_s)
        for name, value in values.items():
            column = columns.get(name)
            if column is None:
                columns[name] = column = [None] * filled
                self.characters += len(name)
            column.append(value)
            if type(value) is str:
                self.characters += len(value)
        self.times_s.append(time_s)
        if len(columns) > len(values):
            for column in columns.values():
                if len(column) == filled:
                    column.append(None)

    def has_room_for(self, values: dict[str, Value]) -> bool:
        """Tell whether a row can be added without too many columns."""
        columns = self.columns
        return (
            len(columns) + len(values) <= RECORD_COLUMNS
            or len(columns.keys() | values.keys()) <= RECORD_COLUMNS
        )

    @property
    def full(self) -> bool:
        """Whether the batch is large enough to be sent."""
        return len(self.times_s) * len(self.columns) >= BATCH_CELLS or self.characters >= BATCH_CHARACTERS

    def message(self) -> Rows:
        """Return the batch as a frame."""
        return Rows(self.times_s, self.columns)


class Outbox:
    """Buffers what the script says until the pump, a call or the end of the run takes it away."""

    def __init__(self, limits: ScriptResourceLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._messages: list[WorkerMessage] = []
        self._rows: RowBatch | None = None
        self._characters = 0
        self._row_count = 0
        self._line_count = 0
        self._started_s = time.monotonic()

    def record(self, values: dict[str, Value]) -> bool:
        """Add a row; return whether the buffer should be sent now.

        Raises:
            ArgumentError: a value is no number, text, truth value or nothing; too many columns; too long.
            ResourceLimitExceeded: more rows than ``max_record_rows``.
        """
        for name, value in values.items():
            if type(value) not in _CELL_TYPES or type(name) is not str:
                raise ArgumentError(
                    f"record: {name} must be a number, text or truth value, found {describe_type(value)}"
                )
            if len(name) > COLUMN_NAME_CHARACTERS:
                raise ArgumentError(
                    f"record: the name {shown(name)} is longer than {COLUMN_NAME_CHARACTERS} characters"
                )
            if type(value) is str and _size(value) > CELL_BYTES:
                raise ArgumentError(f"record: the text of {name} is longer than {CELL_BYTES} bytes")
        if not values or len(values) > RECORD_COLUMNS:
            raise ArgumentError(f"record: a row has 1 to {RECORD_COLUMNS} values, found {len(values)}")
        time_s = time.monotonic() - self._started_s
        with self._lock:
            limit = self._limits.max_record_rows
            if limit is not None and self._row_count >= limit:
                raise ResourceLimitExceeded("max_record_rows", limit)
            self._row_count += 1
            rows = self._rows
            if rows is not None and not rows.has_room_for(values):
                self._seal_rows()
                rows = None
            if rows is None:
                rows = self._rows = RowBatch()
            rows.add(time_s, values)
            return rows.full

    def output(self, stream: str, text: str) -> bool:
        """Add printed lines; return whether the buffer should be sent now.

        Raises:
            ResourceLimitExceeded: more lines, printed and logged, than ``max_output_lines``.
        """
        lines = [_shortened(line) for line in text.split("\n")]
        with self._lock:
            self._count_lines(len(lines))
            self._seal_rows()
            last = self._messages[-1] if self._messages else None
            if isinstance(last, Output) and last.stream == stream:
                last.lines.extend(lines)
            else:
                self._messages.append(Output(stream, lines))
            return self._count(sum(map(len, lines)))

    def add(self, message: Log | Progress) -> bool:
        """Add a log line or a progress report; return whether the buffer should be sent now.

        Raises:
            ResourceLimitExceeded: more lines, printed and logged, than ``max_output_lines``.
        """
        with self._lock:
            if isinstance(message, Log):
                self._count_lines(1)
            self._seal_rows()
            if isinstance(message, Progress) and self._messages and isinstance(self._messages[-1], Progress):
                self._messages.pop()  # only the latest is of interest
            self._messages.append(message)
            return self._count(len(message.text) if isinstance(message, Log) else 16)

    def _count_lines(self, count: int) -> None:
        limit = self._limits.max_output_lines
        if limit is not None and self._line_count + count > limit:
            raise ResourceLimitExceeded("max_output_lines", limit)
        self._line_count += count

    def _count(self, characters: int) -> bool:
        self._characters += characters
        return self._characters >= BATCH_CHARACTERS

    def _seal_rows(self) -> None:
        if self._rows is not None:
            self._messages.append(self._rows.message())
            self._rows = None

    def take(self) -> list[WorkerMessage]:
        """Return what has gathered, in order, and start anew."""
        with self._lock:
            self._seal_rows()
            messages, self._messages = self._messages, []
            self._characters = 0
            return messages

    def restart_clock(self) -> None:
        """Count the rows' times from now."""
        self._started_s = time.monotonic()


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _shortened(line: str) -> str:
    if len(line) <= MAX_LINE_CHARACTERS:
        return line
    return f"{line[:MAX_LINE_CHARACTERS]} ... ({len(line) - MAX_LINE_CHARACTERS} characters cut)"
