"""The port of an instrument: one exchange at a time over its link, with terminators and recovery."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from benchwright.core.errors import BenchwrightError, EmergencyStopActive, InstrumentTimeout, LinkError
from benchwright.instruments.calls import Caller, current_scope
from benchwright.instruments.links.link import Link
from benchwright.instruments.transaction_lock import TransactionLock

# direction ("out" or "in"), bytes as sent or received, monotonic seconds
TrafficListener = Callable[[str, bytes, float], None]
EndListener = Callable[[str, float], None]  # why the exchange failed, empty if it did not; monotonic seconds


class SafetyLatch:
    """The latched emergency stop: while it is set, nothing but the emergency stop itself acts."""

    def __init__(self) -> None:
        self.active = False

    def check(self) -> None:
        """Raise `EmergencyStopActive` while latched, unless the emergency stop itself is calling."""
        if self.active and current_scope().caller is not Caller.SAFETY:
            raise EmergencyStopActive


@dataclass(frozen=True)
class SyncQuestion:
    """A question that is answered like no other: its answer shows that all earlier ones have arrived."""

    question: str
    answer: re.Pattern[str]


class Port:
    """One instrument's link, and the exchanges over it.

    A failed or interrupted exchange leaves the input out of step: its reply may come late, and would then
    answer another question. Before the next question the port gets in step again: it asks the `sync` question
    and drops everything up to its answer, as instruments answer in order; where there is no such question, it
    opens the link anew. A lost link is opened again on the next exchange, not more often than the back-off
    allows.

    Attributes:
        sync: what brings the input in step again.
        on_connected: called whenever the link was opened, before the first exchange; may make exchanges. The
            emergency stop does not wait for it.
    """

    BACKOFF_S = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
    QUIET_S = 0.1  # after which an answer that is due does not come any more

    def __init__(
        self,
        link: Link,
        name: str,
        *,
        write_terminator: bytes,
        read_terminator: bytes,
        timeout_s: float = 2.0,
        min_interval_s: float = 0.0,
        latch: SafetyLatch | None = None,
        on_state: Callable[[str, str], None] = lambda state, message: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.link = link
        self.name = name
        self.timeout_s = timeout_s
        self.latch = latch or SafetyLatch()
        self.listeners: list[TrafficListener] = []  # told in the thread that makes the exchange
        self.end_listeners: list[EndListener] = []
        self.state = "closed"
        self.write_terminator = write_terminator
        self.read_terminator = read_terminator
        self._min_interval_s = min_interval_s
        self._last_write_s = float("-inf")
        self._on_state = on_state
        self._clock = clock
        self.lock = TransactionLock(link.interrupt)
        self.sync: SyncQuestion | None = None
        self.on_connected: Callable[[], None] = lambda: None
        self._is_greeted = True
        self._in_step = True
        self._has_stop_bytes = False  # sent since it was opened or last in step
        self._disturbances = 0  # what may have put the input out of step while a reply was awaited
        self._syncs_due = 0  # answers to the sync question that may still come
        self._failures = 0
        self._retry_at_s = float("-inf")

    # --- exchanges ---

    def query(self, command: str, timeout_s: float | None = None) -> str:
        """Send a question and return the reply without its terminator; allowed while latched.

        Raises:
            InstrumentTimeout: no reply came in `timeout_s` seconds, the port's own by default.
            CallCancelled: the caller was stopped.
            LinkError: the link cannot be opened, or is lost.
        """
        return self._exchange(command, timeout_s or self.timeout_s, acts=False)

    def command(self, command: str) -> None:
        """Send a command that the instrument does not answer.

        Raises:
            EmergencyStopActive: the emergency stop is latched.
            CallCancelled: the caller was stopped.
            LinkError: the link cannot be opened, or is lost.
        """
        with self._exchanging(acts=True):
            self._send(command, acts=True)

    def command_with_reply(self, command: str, timeout_s: float | None = None) -> str:
        """Send a command that acts and return the instrument's reply to it; raises as both others do."""
        return self._exchange(command, timeout_s or self.timeout_s, acts=True)

    def exchange_raw(self, text: str, *, expects_reply: bool) -> str | None:
        """Send what a person typed and return the reply, None where none is expected; refused while latched.

        Nobody knows what it changed or what is still to come. So the input is out of step afterwards, and the
        driver asks anew what it must know of its instrument, as after the link was opened.
        """
        with self.transaction():
            try:
                if expects_reply:
                    return self.command_with_reply(text)
                self.command(text)
                return None
            finally:
                self._is_greeted = False
                self.distrust_input()
                self._expect_syncs_of(text, expects_reply)

    def _expect_syncs_of(self, text: str, expects_reply: bool) -> None:
        """Take note of the sync questions that a person sent: their answers look like ours."""
        question = "" if self.sync is None else self.sync.question
        if question and not (expects_reply and text == question):  # that one is counted already
            self._syncs_due += text.upper().count(question.upper())

    @contextmanager
    def conversation(self) -> Iterator[None]:
        """Let whoever is inside `write` and `read` apart from each other, undisturbed by other callers.

        It is for drivers by others, which ask and take the answer in two calls. A conversation that fails
        after something was sent leaves the input out of step, as a failed exchange does.
        """
        with self._exchanging(acts=False):
            if not self._in_step:
                self._get_in_step()
            disturbances = self._disturbances
            yield
            self._in_step = disturbances == self._disturbances
            self._has_stop_bytes = self._has_stop_bytes and not self._in_step

    def write(self, data: bytes, *, acts: bool) -> None:
        """Send bytes as they are within a conversation; what `acts` is refused while latched.

        Raises:
            EmergencyStopActive: it is, or an emergency stop is under way.
            CallCancelled: the caller was stopped.
            LinkError: the link is lost.
        """
        scope = current_scope()
        scope.check()
        if self.lock.is_stopping and scope.caller is not Caller.SAFETY:
            raise EmergencyStopActive
        self._in_step = False
        self._send_bytes(data, acts=acts)

    def read(self, terminator: bytes, timeout_s: float | None = None) -> bytes:
        """Return a reply within a conversation, without its terminator.

        Raises:
            InstrumentTimeout: it did not come in `timeout_s` seconds, the port's own by default.
            CallCancelled: the caller was stopped.
            LinkError: the link is lost.
        """
        current_scope().check()
        return self._receive(terminator, self.timeout_s if timeout_s is None else timeout_s)

    def send_urgent(self, data: bytes) -> None:
        """Send stop bytes beside whatever exchange is under way; opens no link and waits for no lock."""
        self.distrust_input()  # the instrument may answer, or leave what it was asked before unanswered
        self._has_stop_bytes = True
        self.link.write_urgent(data)
        self._tell("out", data)  # who listens must not keep the stop waiting
        self._tell_end("")

    def transaction(self) -> AbstractContextManager[None]:
        """Keep several exchanges together, undisturbed by other callers."""
        return self.lock.transaction()

    def distrust_input(self) -> None:
        """Get in step again before the next question, as the last reply made no sense."""
        self._disturbances += 1
        self._in_step = False

    def _exchange(self, command: str, timeout_s: float, *, acts: bool) -> str:
        with self._exchanging(acts=acts):
            if not self._in_step:
                if acts and current_scope().caller is Caller.SAFETY and not self._has_stop_bytes:
                    self._send(command)  # a stop waits for no answer; it is sent again to see the one to it
                self._get_in_step()
            self._in_step = False
            disturbances = self._disturbances
            is_sync = self.sync is not None and command == self.sync.question
            self._syncs_due += is_sync
            self._send(command, acts=acts)
            reply = self._read(timeout_s)
            self._syncs_due -= is_sync
            self._in_step = disturbances == self._disturbances
            self._has_stop_bytes = self._has_stop_bytes and not self._in_step
            return reply

    def _read(self, timeout_s: float) -> str:
        return self._receive(self.read_terminator, timeout_s).decode("ascii", errors="replace").strip()

    def _receive(self, terminator: bytes, timeout_s: float) -> bytes:
        reply = self.link.read(terminator, timeout_s)
        if self.listeners:
            self._tell("in", reply + terminator)
        return reply

    @contextmanager
    def _exchanging(self, *, acts: bool) -> Iterator[None]:
        scope = current_scope()
        with self.lock.exchange(scope):
            try:
                with scope.interrupted_by(self.link.interrupt):
                    if self.state != "connected":
                        self._reopen()
                    if not self._is_greeted and scope.caller is not Caller.SAFETY:
                        self._greet()
                    if acts:
                        self.latch.check()
                    yield
            except BenchwrightError as error:
                if isinstance(error, LinkError) and self.state == "connected":
                    self._lose(error)
                self._tell_end(error.message)
                raise
            else:
                self._tell_end("")

    def _greet(self) -> None:
        self._is_greeted = True  # for the exchanges of the greeting itself
        try:
            self.on_connected()
        except BaseException:
            self._is_greeted = False
            raise

    def _get_in_step(self) -> None:
        self.link.discard_input()
        if self.sync is None:
            self._renew()
            return
        self._send(self.sync.question)
        self._syncs_due += 1
        self._skip_to_answer(self.sync.answer, self.timeout_s)
        try:
            while self._syncs_due:  # it may have been the answer to an earlier one
                self._skip_to_answer(self.sync.answer, min(self.timeout_s, self.QUIET_S))
        except InstrumentTimeout:
            self._renew()

    def _renew(self) -> None:
        """Open the link anew: what is still to come is then, over a network, nobody's."""
        self.link.close()
        self.link.open()
        self._syncs_due = 0

    def _skip_to_answer(self, answer: re.Pattern[str], timeout_s: float) -> None:
        deadline_s = self._clock() + timeout_s
        while not answer.fullmatch(self._read(max(0.0, deadline_s - self._clock()))):
            pass
        self._syncs_due -= 1

    def _send(self, command: str, *, acts: bool = False) -> None:
        self._send_bytes(command.encode("ascii", errors="replace") + self.write_terminator, acts=acts)

    def _send_bytes(self, data: bytes, *, acts: bool) -> None:
        if self._min_interval_s:
            self._keep_interval()
        if acts:
            self.latch.check()  # here, as much may have been waited for since the exchange began
        if self.listeners:
            self._tell("out", data)
        self.link.write(data)

    def _keep_interval(self) -> None:
        """Wait until the instrument takes another command."""
        scope = current_scope()
        left_s = self._last_write_s + self._min_interval_s - self._clock()
        while left_s > 0:
            scope.wait(min(left_s, self.lock.SLICE_S))
            scope.check()
            left_s -= self.lock.SLICE_S
        self._last_write_s = self._clock()

    def _tell(self, direction: str, data: bytes) -> None:
        for listener in self.listeners:
            listener(direction, data, self._clock())

    def _tell_end(self, problem: str) -> None:
        for listener in self.end_listeners:
            listener(problem, self._clock())

    # --- life of the link ---

    def open(self) -> None:
        """Open the link now.

        Raises:
            LinkError: it cannot be opened.
        """
        with self.transaction():
            if self.state != "connected":
                self._retry_at_s = float("-inf")
                with self._exchanging(acts=False):
                    pass

    def close(self, timeout_s: float = 5.0) -> None:
        """Close the link once the exchange under way is over; the next exchange opens it again.

        Raises:
            LinkError: another caller did not come to an end in time.
        """
        with self.lock.unused(timeout_s) as is_unused:
            if not is_unused:
                raise LinkError(self.name, f"the link {self.link.address} is still in use")
            self.link.close()
            self._set_state("closed")

    def _reopen(self) -> None:
        if self._clock() < self._retry_at_s:
            raise LinkError(self.name, f"the link {self.link.address} is lost; it is tried again soon")
        self._set_state("connecting")
        try:
            self.link.open()
        except LinkError as error:
            self._lose(error)
            raise
        except BaseException:
            self._set_state("closed")
            raise
        self._failures = 0
        self._syncs_due = 0
        self._has_stop_bytes = False
        self._in_step = self._in_step or self.sync is None
        self._is_greeted = False
        self._set_state("connected")

    def _lose(self, error: LinkError) -> None:
        self.link.close()
        self._failures += 1
        delay_s = self.BACKOFF_S[min(self._failures, len(self.BACKOFF_S)) - 1]
        self._retry_at_s = self._clock() + delay_s
        self._set_state("lost", error.message)

    def _set_state(self, state: str, message: str = "") -> None:
        if state != self.state:
            self.state = state
            self._on_state(state, message)
