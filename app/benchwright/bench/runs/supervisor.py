"""Takes runs in, starts those that may start, and ends them: the bench's table of runs."""

import logging
import threading
from collections.abc import Callable

from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.execution import RunExecution
from benchwright.bench.runs.run import Run, RunPlan
from benchwright.core.errors import (
    INTERNAL_ERROR,
    EmergencyStopActive,
    ErrorInfo,
    InstrumentError,
    RunNotFound,
    did_you_mean,
)
from benchwright.core.events import RunFinished
from benchwright.core.run_states import RunState
from benchwright.instruments.port import SafetyLatch

_log = logging.getLogger(__name__)

UNDER_WAY = frozenset({RunState.RUNNING, RunState.PAUSED})


class Supervisor:
    """Keeps the runs that are not over: a queue, and a thread for each that was started.

    Args:
        make_execution: makes what carries a run out.
        max_concurrent: how many runs may be active at once; the rest wait in order.
        on_idle: called when the last run ended.
    """

    def __init__(
        self,
        make_execution: Callable[[Run], RunExecution],
        bus: EventBus,
        latch: SafetyLatch,
        max_concurrent: int,
        on_idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._make_execution = make_execution
        self._bus = bus
        self._latch = latch
        self._max_concurrent = max_concurrent
        self._on_idle = on_idle
        self._lock = threading.RLock()
        self._queue: list[Run] = []
        self._active: dict[str, Run] = {}
        self._holders: dict[str, str] = {}  # run id by instrument held exclusively
        self._threads: dict[str, threading.Thread] = {}

    def submit(self, plan: RunPlan) -> str:
        """Queue a run, start it if it may start, and return its id.

        Raises:
            EmergencyStopActive: the emergency stop is latched.
        """
        run = Run(plan, self._bus)
        with self._lock:
            if self._latch.active:
                raise EmergencyStopActive
            self._queue.append(run)
            self._start_those_that_may()
            if run.state is RunState.QUEUED and run in self._queue:
                run.announce_queued(self._why_waiting(run))
        return plan.run_id

    def get(self, run_id: str) -> Run:
        """Return a run that is not over.

        Raises:
            RunNotFound: there is none of that id.
        """
        runs = {run.run_id: run for run in self.unfinished()}
        if run_id not in runs:
            raise RunNotFound(f"no active run {run_id!r}{did_you_mean(run_id, runs)}")
        return runs[run_id]

    def cancel(self, run_id: str, kill: bool = False) -> None:
        """Ask a run to end; with `kill` its process ends at once."""
        run = self.get(run_id)
        run.request_stop(RunState.CANCELLED, at_once=kill)
        self._drop_from_queue(run)

    def end_all(self, outcome: RunState, error: ErrorInfo | None, *, at_once: bool) -> None:
        """Ask every run to end."""
        runs = self.unfinished()
        for run in runs:
            run.request_stop(outcome, error, at_once=at_once)
        for run in runs:
            self._drop_from_queue(run)

    def unfinished(self) -> list[Run]:
        """Return the runs that are not over: those that were started, then those that wait, in order."""
        with self._lock:
            runs = [*self._active.values(), *self._queue]
        return [run for run in runs if not run.over.is_set()]

    @property
    def count(self) -> int:
        """How many runs are not over."""
        return len(self._active) + len(self._queue)

    def check_holder(self, instrument: str, run_id: str) -> None:
        """Refuse an instrument that another run holds exclusively.

        Raises:
            InstrumentError: it does.
        """
        holder = self._holders.get(instrument)
        if holder is not None and holder != run_id:
            raise InstrumentError(instrument, f"is used exclusively by run {holder}")

    def others_commanding(self, instrument: str, run: Run) -> list[Run]:
        """Return the other runs under way that have commanded an instrument."""
        others = [other for other in list(self._active.values()) if other is not run]
        return [each for each in others if instrument in each.snapshots and each.state in UNDER_WAY]

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait for all runs to be over; return whether they are."""
        for thread in list(self._threads.values()):
            thread.join(timeout_s)
        return self.count == 0

    # --- the queue ---

    def _start_those_that_may(self) -> None:
        for run in list(self._queue):
            if len(self._active) >= self._max_concurrent:
                return
            if not self._busy_with(run):
                self._queue.remove(run)
                self._holders |= dict.fromkeys(run.plan.metadata.exclusive, run.run_id)
                self._start(run)

    def _busy_with(self, run: Run) -> list[str]:
        return [name for name in run.plan.metadata.exclusive if name in self._holders]

    def _why_waiting(self, run: Run) -> str:
        busy = self._busy_with(run)
        if busy:
            return f"waits for {', '.join(busy)}, used by run {self._holders[busy[0]]}"
        return f"waits for one of {self._max_concurrent} places"

    def _start(self, run: Run) -> None:
        self._active[run.run_id] = run
        thread = threading.Thread(target=self._execute, args=(run,), name=f"run {run.run_id}", daemon=True)
        self._threads[run.run_id] = thread
        thread.start()

    def _drop_from_queue(self, run: Run) -> None:
        with self._lock:
            if run in self._queue:
                self._queue.remove(run)
                # Its execution sees the stop request first and only writes it down: it takes no instrument.
                self._start(run)

    def _execute(self, run: Run) -> None:
        try:
            self._make_execution(run).carry_out()
        except Exception:  # noqa: BLE001 - the edge: a mistake of ours ends this run and nothing else
            _log.exception("run %s could not be carried out", run.run_id)
            self._give_up(run)
        finally:
            self._release(run)

    def _give_up(self, run: Run) -> None:
        """End a run that a mistake of ours left unfinished: whoever waits for its end must hear of one."""
        run.move(RunState.STOPPING)
        if run.move(RunState.CRASHED, INTERNAL_ERROR.message):
            took_s = run.listed().elapsed_s
            end = RunFinished(
                run_id=run.run_id, outcome=RunState.CRASHED, duration_s=took_s, error=INTERNAL_ERROR
            )
            self._bus.publish(end)

    def _release(self, run: Run) -> None:
        with self._lock:
            self._active.pop(run.run_id, None)
            self._threads.pop(run.run_id, None)
            self._holders = {name: holder for name, holder in self._holders.items() if holder != run.run_id}
            self._start_those_that_may()
            idle = not self.count
        if idle:
            self._on_idle()
