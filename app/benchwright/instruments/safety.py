"""Stops instruments: the emergency stop of all of them, and what becomes of those that a stopped run used."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from benchwright.core.errors import (
    BenchwrightError,
    CallCancelled,
    InstrumentTimeout,
    LinkError,
    SenselessReply,
)
from benchwright.core.events import InstrumentStopped
from benchwright.core.run_states import StopPolicy
from benchwright.core.values import Value
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.port import SafetyLatch

_log = logging.getLogger(__name__)

STOP_DEADLINE_S: Final = 2.0
POLICY_DEADLINE_S: Final = 30.0  # going back to a setpoint takes its time
_ATTEMPTS: Final = 3
_RETRY_S: Final = 0.05
_GRACE_S: Final = 0.05  # for those that are freed at the deadline

Snapshots = Mapping[str, Mapping[str, Value]]


def stop_all(
    instruments: Iterable[Instrument],
    latch: SafetyLatch,
    deadline_s: float = STOP_DEADLINE_S,
    cancel_calls: Callable[[], object] = lambda: None,
) -> list[InstrumentStopped]:
    """Bring all instruments in their safe state, in parallel; one that hangs does not delay the others.

    Args:
        instruments: all of the bench; links that are closed are opened.
        latch: set before anything else; stays set.
        deadline_s: how long each of them has.
        cancel_calls: called as soon as the stop bytes are on their way; stops all callers for good. The
            exchange that each port is in is ended in any case. What it raises is raised here in the end.

    Returns:
        what became of each, in their order: ``safe`` (it confirmed), ``unknown`` (it could not be asked, did
        not answer in time, or made no sense), ``failed`` (it answered and is not safe, or its driver is at
        fault).
    """
    latch.active = True
    stops = [_Stop(instrument, [_Step(Caller.SAFETY, _press)]) for instrument in instruments]
    waiting = [stop for stop in stops if not stop.start()]
    until_s = time.monotonic() + deadline_s
    try:
        cancel_calls()
    finally:
        report = _gather(stops, waiting, until_s, deadline_s)
    return report


def apply_policy(
    policy: StopPolicy,
    instruments: Mapping[str, Instrument],
    snapshots: Snapshots,
    deadline_s: float = POLICY_DEADLINE_S,
) -> list[InstrumentStopped]:
    """Do with the instruments of a stopped run what its stop policy says, in parallel.

    Args:
        policy: ``safe``: their safe state; ``hold``: motion is halted; ``return``: motion is halted and the
            setpoints of the snapshot are restored, unless the emergency stop is latched.
        instruments: those that the run acted on, by name.
        snapshots: their setpoints before it did, by name.
        deadline_s: how long each of them has.

    Returns:
        what became of each, see `stop_all`; ``safe`` means that it was done.
    """
    stops = []
    for name, instrument in instruments.items():
        steps = [_Step(Caller.SAFETY, _ACTIONS[policy])]
        if policy is StopPolicy.RETURN:
            steps.append(_Step(Caller.OPERATOR, _restorer(snapshots.get(name, {}))))
        stops.append(_Stop(instrument, steps))
    waiting = [stop for stop in stops if not stop.start()]
    until_s = time.monotonic() + deadline_s
    return _gather(stops, waiting, until_s, deadline_s)


def _press(instrument: Instrument) -> None:
    """Send the stop bytes beside whatever goes on, end that, then bring the safe state."""
    port = instrument.port
    if instrument.STOP_BYTES and port.state == "connected":
        with contextlib.suppress(LinkError):  # the safe state is still to come
            port.send_urgent(instrument.STOP_BYTES)
    with port.lock.stopping():
        _make_safe(instrument)


def _make_safe(instrument: Instrument) -> None:
    _reach(instrument)
    instrument.safe_state()


def _hold(instrument: Instrument) -> None:
    _reach(instrument)
    instrument.hold()


def _reach(instrument: Instrument) -> None:
    if instrument.port.state != "connected":
        instrument.port.open()  # now, whatever the back-off says


def _restorer(snapshot: Mapping[str, Value]) -> Callable[[Instrument], None]:
    return lambda instrument: instrument.restore(snapshot)


_ACTIONS: Final[Mapping[StopPolicy, Callable[[Instrument], None]]] = {
    StopPolicy.SAFE: _make_safe,
    StopPolicy.HOLD: _hold,
    StopPolicy.RETURN: _hold,
}


class _Step(NamedTuple):
    """One thing to do with an instrument; only what is done as `Caller.SAFETY` is done while latched."""

    caller: Caller
    action: Callable[[Instrument], None]


class _Stop:
    """The stop of one instrument, in a thread of its own: its steps in order, repeated if that may help."""

    def __init__(self, instrument: Instrument, steps: list[_Step]) -> None:
        self.thread = threading.Thread(target=self.run, name=f"stop {instrument.name}", daemon=True)
        self.done = threading.Event()
        self._instrument = instrument
        self._steps = [(step.action, CallScope(step.caller, self.thread.name)) for step in steps]
        self._started_s = time.monotonic()
        self._duration_s: float | None = None
        self._outcome = "unknown"
        self._message = ""

    def start(self) -> bool:
        """Begin; return whether that is so, as there may be no room for another thread."""
        self._started_s = time.monotonic()
        try:
            self.thread.start()
        except RuntimeError:
            return False
        return True

    def cancel(self) -> None:
        """Let the thread come to an end: it is out of time."""
        for _, scope in self._steps:
            scope.cancel()

    def report(self, deadline_s: float) -> InstrumentStopped:
        """Say what became of the instrument so far."""
        message = self._message.removeprefix(f"{self._instrument.name}: ")  # stands beside the name
        duration_s = self._duration_s
        if duration_s is None:
            duration_s = time.monotonic() - self._started_s
            message = f"not confirmed within {deadline_s:g} s" + (f" ({message})" if message else "")
        return InstrumentStopped(
            name=self._instrument.name, outcome=self._outcome, duration_s=duration_s, message=message
        )

    def run(self) -> None:
        """Do all of it, in the thread that calls this."""
        try:
            for attempt in range(_ATTEMPTS):
                if attempt:
                    self._steps[0][1].wait(_RETRY_S)
                if self._try_once():
                    break
        except CallCancelled:
            pass  # out of time: reported as unknown
        else:
            self._duration_s = time.monotonic() - self._started_s
        finally:
            self.done.set()

    def _try_once(self) -> bool:
        """Do all steps; return whether there is no point in trying again."""
        try:
            for action, scope in self._steps:
                with calling_as(scope):
                    action(self._instrument)
        except CallCancelled:
            raise
        except (LinkError, InstrumentTimeout, SenselessReply) as error:
            self._outcome, self._message = "unknown", error.message
            return False
        except BenchwrightError as error:
            self._outcome, self._message = "failed", error.message
            return False
        except Exception as error:  # noqa: BLE001 - whatever a driver does, the others are stopped and reported
            self._outcome, self._message = "failed", f"{type(error).__name__} in its driver: {error}"
            _log.exception("the driver of %s is at fault", self._instrument.name)
            return True
        self._outcome, self._message = "safe", ""
        return True


def _gather(
    stops: list[_Stop], waiting: list[_Stop], until_s: float, deadline_s: float
) -> list[InstrumentStopped]:
    """Wait for all until the deadline, end those that are late, and report.

    Args:
        waiting: those that got no thread: their turn is now, one after the other.
    """
    for stop in waiting:
        stop.run()
    for stop in stops:
        stop.done.wait(max(0.0, until_s - time.monotonic()))
    late = [stop for stop in stops if not stop.done.is_set()]
    for stop in late:
        stop.cancel()
    until_s = time.monotonic() + _GRACE_S
    for stop in late:
        stop.done.wait(max(0.0, until_s - time.monotonic()))
    return [stop.report(deadline_s) for stop in stops]
