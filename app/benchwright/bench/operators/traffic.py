"""Shows operators what goes over the links: whole exchanges, in batches, no more than a desk can take."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from benchwright.core.errors import UnknownNameError
from benchwright.core.events import Exchange, TrafficSeen
from benchwright.core.raw_text import shown_bytes
from benchwright.instruments.calls import Caller, current_scope
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.port import Port

BATCH_S: Final = 0.1
MAX_PER_BATCH: Final = 25  # of one instrument; operators' own exchanges are counted apart
_PERSONS: Final = (Caller.OPERATOR, Caller.SAFETY)


class TrafficWatch:
    """Listens to the ports of instruments while somebody watches them.

    Args:
        instruments: those of the bench.
        publish: told of each batch; it belongs to one instrument.
    """

    def __init__(self, instruments: Iterable[Instrument], publish: Callable[[TrafficSeen], object]) -> None:
        self._taps = {each.name: _Tap(each.port) for each in instruments}
        self._publish = publish
        self._lock = threading.Lock()
        self._is_watched = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> None:
        """Begin to publish what is seen."""
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self.watch(frozenset())
        self._closed.set()
        self._is_watched.set()
        if self._thread.ident is not None:
            self._thread.join()

    def check(self, names: Iterable[str]) -> None:
        """Raise `UnknownNameError` where a name is no instrument's."""
        for name in names:
            if name not in self._taps:
                raise UnknownNameError("instrument", name, self._taps)

    def watch(self, names: frozenset[str]) -> None:
        """Listen to these instruments and to no others."""
        with self._lock:
            for name, tap in self._taps.items():
                tap.listen(name in names)
        if names:
            self._is_watched.set()
        else:
            self._is_watched.clear()

    def _run(self) -> None:
        while self._is_watched.wait() and not self._closed.wait(BATCH_S):
            for name, tap in self._taps.items():
                exchanges, missed = tap.take()
                if exchanges or missed:
                    self._publish(TrafficSeen(name=name, exchanges=exchanges, missed=missed))


class _Pending:
    """An exchange that is under way in one thread."""

    def __init__(self, sent: bytes, started_s: float) -> None:
        self.sent = sent
        self.received: bytes | None = None
        self.started_s = started_s
        self.utc = datetime.now(UTC)


class _Tap:
    """Makes whole exchanges of what passes one port."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._listens = False
        self._lock = threading.Lock()
        self._pending: dict[int, _Pending] = {}  # by thread
        self._done: list[Exchange] = []
        self._counts = {True: 0, False: 0}  # in this batch, whether they are a person's
        self._missed = 0

    def listen(self, listens: bool) -> None:
        """Listen to the port, or not."""
        if listens == self._listens:
            return
        self._listens = listens
        port = self._port
        if listens:
            port.listeners = [*port.listeners, self._on_passed]
            port.end_listeners = [*port.end_listeners, self._on_end]
        else:
            port.listeners = [each for each in port.listeners if each != self._on_passed]
            port.end_listeners = [each for each in port.end_listeners if each != self._on_end]
            self.take()
            self._pending.clear()

    def take(self) -> tuple[list[Exchange], int]:
        """Return what was seen since the last time, and how much more there was."""
        with self._lock:
            done, self._done = self._done, []
            missed, self._missed = self._missed, 0
            self._counts = {True: 0, False: 0}
        return done, missed

    def _on_passed(self, direction: str, data: bytes, monotonic_s: float) -> None:
        thread = threading.get_ident()
        pending = self._pending.get(thread)
        if direction == "out":
            if pending is not None:
                self._finish(pending, "", monotonic_s)
            self._pending[thread] = _Pending(data, monotonic_s)
        elif pending is not None:
            pending.received = (pending.received or b"") + data

    def _on_end(self, problem: str, monotonic_s: float) -> None:
        pending = self._pending.pop(threading.get_ident(), None)
        if pending is None and problem:
            pending = _Pending(b"", monotonic_s)  # it did not come to sending
        if pending is not None:
            self._finish(pending, problem, monotonic_s)

    def _finish(self, pending: _Pending, problem: str, monotonic_s: float) -> None:
        caller = current_scope().caller
        is_person = caller in _PERSONS
        with self._lock:
            self._counts[is_person] += 1
            if self._counts[is_person] > MAX_PER_BATCH:
                self._missed += 1
                return
            exchange = Exchange(
                caller=caller,
                sent=shown_bytes(pending.sent),
                received=None if pending.received is None else shown_bytes(pending.received),
                utc=pending.utc,
                duration_s=monotonic_s - pending.started_s,
                error=problem,
            )
            self._done.append(exchange)
