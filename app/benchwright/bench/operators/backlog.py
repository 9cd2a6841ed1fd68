"""What waits to be sent to one client, and how much that may be."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

from benchwright.core.events import (
    AnyEvent,
    EmergencyChanged,
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
_SHARE_BYTES = 1024 * 1024  # of bulk events at a time
# What a client that does not keep up loses first.
BULK = (RowsRecorded, LinesPrinted, LogWritten, ProgressMade, TelemetryRead, TrafficSeen, LineReached)
_CELL_BYTES = 32
_EVENT_BYTES = 256

# What goes ahead of all else: an operator waits for it, and it does not depend on what came before.
_URGENT = (Answer, EmergencyChanged)

Outgoing: TypeAlias = AnyEvent | Answer | None  # None: nothing follows


class Backlog:
    """A queue that never blocks who puts something in, and drops bulk events while too much waits.

    Args:
        most_bytes: of bulk events, roughly; beyond, they are dropped and counted.
    """

    def __init__(self, most_bytes: int = MAX_WAITING_BYTES) -> None:
        self._most_bytes = most_bytes
        self._urgent: deque[Outgoing] = deque()
        self._queue: deque[tuple[Outgoing, int]] = deque()
        self._filled = threading.Condition()
        self._waiting_bytes = 0
        self._missed = 0
        self._taken_s = float("-inf")

    def put(self, message: Answer | None) -> None:
        """Add what must arrive."""
        with self._filled:
            if message is None:
                self._queue.append((None, 0))
            else:
                self._urgent.append(message)
            self._filled.notify()

    def offer(self, event: AnyEvent) -> None:
        """Add an event, or count it as missed."""
        size = bulk_size(event)
        with self._filled:
            if size and self._waiting_bytes >= self._most_bytes:
                self._missed += 1
                return
            if isinstance(event, _URGENT):
                self._urgent.append(event)
            else:
                if self._missed:
                    self._queue.append((missed_notice(event.run_id, self._missed), 0))
                    self._missed = 0
                self._waiting_bytes += size
                self._queue.append((event, size))
            self._filled.notify()

    def take(self) -> list[Outgoing]:
        """Wait for something to send and return it: what is urgent, else the next of the queue.

        Bulk events are left to gather for a moment, and come in shares, so that nothing urgent waits long
        behind them.
        """
        with self._filled:
            self._filled.wait_for(lambda: self._urgent or self._queue)
            if not self._urgent and isinstance(self._queue[0][0], BULK):
                pause_s = max(0.0, self._taken_s + GATHER_S - time.monotonic())
                self._filled.wait_for(lambda: self._urgent, pause_s)
            if self._urgent:
                urgent = list(self._urgent)
                self._urgent.clear()
                return urgent
            self._taken_s = time.monotonic()
            return self._share()

    def _share(self) -> list[Outgoing]:
        taken, size = [], 0
        while self._queue and size < _SHARE_BYTES:
            message, bytes_ = self._queue.popleft()
            taken.append(message)
            size += bytes_
        self._waiting_bytes -= size
        return taken


def missed_notice(run_id: str, count: int) -> LogWritten:
    """Return what a client is told in place of events that it was too slow for."""
    text = f"{count} events were not shown, because this client does not keep up"
    return LogWritten(run_id=run_id, level="warning", text=text)


def bulk_size(event: AnyEvent) -> int:
    """Return about how many bytes of memory a bulk event takes, 0 for what must not be lost."""
    if not isinstance(event, BULK):
        return 0
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
