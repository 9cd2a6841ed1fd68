"""What waits to be sent to one client, and how much that may be."""

import queue
import threading
import time
from collections.abc import Sequence
from typing import TypeAlias

from benchwright.core.events import (
    AnyEvent,
    LineReached,
    LinesPrinted,
    LogWritten,
    ProgressMade,
    RowsRecorded,
    TelemetryRead,
    TrafficSeen,
)
from benchwright.core.operator_messages import Answer

MAX_WAITING_BYTES = 32 * 1024 * 1024  # roughly; no script may fill the memory of the bench
GATHER_S = 0.02
# What a client that does not keep up loses first.
BULK = (RowsRecorded, LinesPrinted, LogWritten, ProgressMade, TelemetryRead, TrafficSeen, LineReached)
_CELL_BYTES = 32
_EVENT_BYTES = 256

Outgoing: TypeAlias = AnyEvent | Answer | None  # None: nothing follows


class Backlog:
    """A queue that never blocks who puts something in, and drops bulk events while too much waits."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[Outgoing, int]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting_bytes = 0
        self._missed = 0
        self._taken_s = float("-inf")

    def put(self, message: Answer | None) -> None:
        """Add what must arrive."""
        self._queue.put((message, 0))

    def offer(self, event: AnyEvent) -> None:
        """Add an event, or count it as missed."""
        size = _size(event) if isinstance(event, BULK) else 0
        with self._lock:
            if size and self._waiting_bytes >= MAX_WAITING_BYTES:
                self._missed += 1
                return
            self._waiting_bytes += size
            missed, self._missed = self._missed, 0
        if missed:
            text = f"{missed} events were not shown, because this client does not keep up"
            self._queue.put((LogWritten(run_id=event.run_id, level="warning", text=text), 0))
        self._queue.put((event, size))

    def take(self) -> list[Outgoing]:
        """Wait for something to send and return all there is; bulk events are left to gather for a moment."""
        queued = [self._queue.get()]
        if isinstance(queued[0][0], BULK):
            time.sleep(max(0.0, self._taken_s + GATHER_S - time.monotonic()))
            self._taken_s = time.monotonic()
        queued += [self._queue.get() for _ in range(self._queue.qsize())]
        with self._lock:
            self._waiting_bytes -= sum(size for _, size in queued)
        return [message for message, _ in queued]


def _size(event: AnyEvent) -> int:
    """Return about how many bytes of memory an event takes."""
    if isinstance(event, RowsRecorded):
        texts = sum(map(_text_size, event.columns.values()))
        return _EVENT_BYTES + _CELL_BYTES * len(event.times_s) * (1 + len(event.columns)) + texts
    if isinstance(event, LinesPrinted):
        return _EVENT_BYTES + 2 * _CELL_BYTES * len(event.lines) + sum(map(len, event.lines))
    if isinstance(event, TrafficSeen):
        return _EVENT_BYTES * (1 + len(event.exchanges))
    return _EVENT_BYTES + (len(event.text) if isinstance(event, LogWritten) else 0)


def _text_size(column: Sequence[object]) -> int:
    return sum(len(cell) for cell in column if type(cell) is str) if str in set(map(type, column)) else 0
