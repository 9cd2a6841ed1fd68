"""The worker's side of a run: calls go out, values come in, and a stop ends the process."""

import _thread
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import NoReturn

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.errors import ErrorInfo, ResourceLimitExceeded, error_from_info
from benchwright.core.limits import ScriptResourceLimits, oversize
from benchwright.core.results import ScriptResult
from benchwright.core.script_messages import (
    MAX_OUTSTANDING_CALLS,
    BenchMessage,
    Call,
    Finished,
    Go,
    LimitReached,
    Line,
    Log,
    Progress,
    Ready,
    Refusal,
    Reply,
    Stop,
)
from benchwright.core.values import Value
from benchwright.engines.host_api import NEVER_REFUSED
from benchwright.worker.channel import Channel, ChannelClosed
from benchwright.worker.outbox import Outbox
from benchwright.worker.quiet import Quiet

PUMP_INTERVAL_S = 0.02


class _Pending:
    """A call that waits for its answer; `woken` gets an item when it should look again."""

    __slots__ = ("answer", "woken")

    def __init__(self) -> None:
        self.answer: Reply | Refusal | None = None
        self.woken: SimpleQueue[None] = SimpleQueue()


class Session:
    """One run as its worker sees it.

    Threads of the script that wait for answers take turns at reading the channel: whoever reads hands the
    others their answers, and wakes one of them when it has its own. The pump reads only when nobody waits.
    Once the script has a signal handler, a thread of ours reads for all: a handler may call, too, while the
    thread that it interrupts waits.
    """

    def __init__(self, channel: Channel[BenchMessage], limits: ScriptResourceLimits) -> None:
        self._channel = channel
        self._limits = limits
        self._is_sized = limits.max_string_length is not None or limits.max_array_size is not None
        self._outbox = Outbox(limits)
        self._reading = threading.Lock()
        self._sending = threading.Lock()
        self._quiet = Quiet(self._listen)
        self._is_listening = False
        self._places: SimpleQueue[None] = SimpleQueue()  # a script may have any number of threads
        for _ in range(MAX_OUTSTANDING_CALLS):
            self._places.put(None)
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._flushed_s = 0.0
        self._line_told = 0
        self._line_now: Callable[[], int] = lambda: 0
        self._own_threads = sys.maxsize

    def begin(self, seal: Callable[[], dict[str, str]], line_now: Callable[[], int]) -> None:
        """Start the thread that sends what has gathered, close the last fence, and wait for the bench's go.

        Args:
            line_now: tells the line that the script is at, 0 where it is at none.

        Raises:
            ChannelClosed: the bench is gone.
        """
        self._line_now = line_now
        self._quiet.watch()
        with self._reading:  # the pump reads nothing before the script runs
            threading.Thread(target=self._pump, name="pump", daemon=True).start()
            self._own_threads = _thread._count()
            self._send(Ready(seal()))
            self._await_go()

    def _await_go(self) -> None:
        """Wait until the bench lets the script run; rows count their time from then on."""
        if not isinstance(self._channel.receive(), Go):
            os._exit(0)  # stopped before it began
        self._outbox.restart_clock()

    # --- the script asks ---

    def call(
        self,
        target: str,
        method: str,
        args: list[Value],
        kwargs: dict[str, Value],
        *,
        line: int,
        concurrent: bool = False,
    ) -> Value:
        """Call the bench and wait for the value.

        Raises:
            BenchwrightError: the call was refused or failed.
        """
        if error := self._oversize((*args, *kwargs.values())):
            error.line = line or None
            self.limit_reached(error)
        concurrent = concurrent or _thread._count() > self._own_threads  # none waits behind another thread's
        with self._quiet:
            if not target and method in NEVER_REFUSED:  # it waits behind no other call
                answer = self._exchange(target, method, args, kwargs, line, concurrent)
            else:
                self._take_place()
                try:
                    answer = self._exchange(target, method, args, kwargs, line, concurrent)
                finally:
                    self._places.put(None)
        if isinstance(answer, Refusal):
            raise error_from_info(answer.error)
        return answer.value

    def _take_place(self) -> None:
        try:
            self._places.get_nowait()
        except Empty:
            with self._quiet.interrupted():
                self._places.get()

    def _exchange(
        self,
        target: str,
        method: str,
        args: list[Value],
        kwargs: dict[str, Value],
        line: int,
        concurrent: bool,
    ) -> Reply | Refusal:
        pending = _Pending()
        with self._sending:
            self._last_id += 1
            call_id = self._last_id
            self._pending[call_id] = pending
            self._line_told = line
            call = Call(call_id, target, method, args, kwargs, line, concurrent)
            self._send(*self._outbox.take(), call)
        return self._wait_for(pending)

    def _wait_for(self, pending: _Pending) -> Reply | Refusal:
        while pending.answer is None:
            if not self._is_listening and self._reading.acquire(blocking=False):
                try:
                    while pending.answer is None:
                        self._read_one()
                finally:
                    self._stop_reading()
            else:
                with self._quiet.interrupted():
                    pending.woken.get()
        return pending.answer

    def _listen(self) -> None:
        """Have a thread read for all from now on."""
        if not self._is_listening:
            threading.Thread(target=self._read_on, name="listener", daemon=True).start()
            self._is_listening = True

    def _read_on(self) -> None:
        with self._reading:
            while True:
                self._read_one()

    def _stop_reading(self) -> None:
        """Let somebody else read, if anybody waits."""
        self._reading.release()
        for pending in list(self._pending.values())[:1]:
            pending.woken.put(None)

    def _read_one(self) -> None:
        try:
            message = self._channel.receive()
        except ChannelClosed:
            os._exit(1)  # the bench is gone, and with it the reason to live
        if isinstance(message, Stop):
            self._leave()
        elif isinstance(message, (Reply, Refusal)):
            pending = self._pending.pop(message.id, None)
            if pending is not None:
                pending.answer = message
                pending.woken.put(None)

    # --- the script tells ---

    def _oversize(self, values: Iterable[Value]) -> ResourceLimitExceeded | None:
        """Return what ends the run where one of the values is larger than any that may leave the script."""
        return oversize(self._limits, values) if self._is_sized else None

    def _check_sizes(self, values: Iterable[Value]) -> None:
        if error := self._oversize(values):
            raise error

    def record(self, values: dict[str, Value]) -> None:
        """Record a row.

        Raises:
            ResourceLimitExceeded: there are more, or one of its values is larger, than the run may have.
        """
        with self._quiet:
            self._check_sizes((*values, *values.values()))
            self._told(self._outbox.record(values))

    def output(self, stream: str, text: str) -> None:
        """Print lines.

        Raises:
            ResourceLimitExceeded: there are more, or one is longer, than the run may have.
        """
        with self._quiet:
            self._check_sizes([text])
            self._told(self._outbox.output(stream, text))

    def log(self, level: str, text: str) -> None:
        """Write a line to the log.

        Raises:
            ResourceLimitExceeded: it is longer than any text that the run may have.
        """
        with self._quiet:
            self._check_sizes([text])
            self._told(self._outbox.add(Log(level, text[: 16 * 1024])))

    def progress(self, done: float, total: float) -> None:
        """Report progress."""
        with self._quiet:
            self._told(self._outbox.add(Progress(done, total)))

    def _told(self, is_full: bool) -> None:
        """Send at once what comes after a silence, so that it is seen at once; the pump sends the rest."""
        if is_full or time.monotonic() - self._flushed_s > PUMP_INTERVAL_S:
            self.flush()

    def flush(self) -> None:
        """Send what has gathered; waits where the bench is slower than the script."""
        with self._sending:
            messages = self._outbox.take()
            if messages:
                self._flushed_s = time.monotonic()
                self._send(*messages)

    def _send(self, *messages: object) -> None:
        try:
            self._channel.send(*messages)  # type: ignore[arg-type]
        except ChannelClosed:
            os._exit(1)

    # --- the end ---

    def finish(self, result: ScriptResult, error: ErrorInfo | None = None) -> NoReturn:
        """Report the end of the script and leave."""
        if too_large := self._oversize([result.value]):
            self.limit_reached(too_large)
        with self._quiet, self._sending:
            self._send(*self._outbox.take(), Finished(result, error))
            os._exit(0)

    def limit_reached(self, error: ResourceLimitExceeded) -> NoReturn:
        """Report a limit and wait for the end: no line of the script runs any more."""
        with self._quiet, self._sending:
            line = getattr(error, "line", None)
            self._send(*self._outbox.take(), LimitReached(error.limit, float(error.value), line))
            while True:
                time.sleep(1)

    def _leave(self) -> NoReturn:
        with self._sending:
            self._send(*self._outbox.take())
            os._exit(0)

    def _tell_line(self) -> None:
        """Tell where the script is, unless a call said so already."""
        with self._sending:
            line = self._line_now()
            if line and line != self._line_told:
                self._line_told = line
                self._send(Line(line))

    def _pump(self) -> None:
        while True:
            time.sleep(PUMP_INTERVAL_S)
            self.flush()
            self._tell_line()
            if self._reading.acquire(blocking=False):
                try:
                    while self._channel.readable():
                        self._read_one()
                finally:
                    self._stop_reading()


class SessionInstrument:
    """An instrument of the bench, called through the session."""

    def __init__(self, session: Session, descriptor: InstrumentDescriptor) -> None:
        self._session = session
        self._descriptor = descriptor

    @property
    def descriptor(self) -> InstrumentDescriptor:
        """What the instrument can do."""
        return self._descriptor

    def call(
        self, method: str, args: list[Value], kwargs: dict[str, Value], *, line: int, concurrent: bool = False
    ) -> Value:
        """Call a method; see `InstrumentHandle.call`."""
        name = self._descriptor.name
        return self._session.call(name, method, args, kwargs, line=line, concurrent=concurrent)
