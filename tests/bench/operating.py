"""What tests do with a bench: submit scripts, watch events, wait for one."""

import queue
from collections.abc import Callable
from typing import Any, TypeVar

from benchwright.bench.application import BenchApplication
from benchwright.bench.runs.planning import plan_run
from benchwright.core.events import AnyEvent, InstrumentStateChanged, LinesPrinted, RowsRecorded, RunFinished
from benchwright.core.operator_messages import SubmitRun
from benchwright.core.permissions import ALL_PERMISSIONS

Kind = TypeVar("Kind")

TIMEOUT_S = 20.0


class Operator:
    """Submits scripts to a bench in this process and collects its events."""

    def __init__(self, bench: BenchApplication) -> None:
        self.bench = bench
        self.seen: list[AnyEvent] = []
        self._events: queue.SimpleQueue[AnyEvent] = queue.SimpleQueue()
        self._unsubscribe: Callable[[], None] = lambda: None

    def __enter__(self) -> "Operator":
        self._unsubscribe = self.bench.bus.subscribe(self._events.put)
        return self

    def __exit__(self, *_: object) -> None:
        self._unsubscribe()

    def submit(self, source: str, language: str = "lua", **changes: Any) -> str:
        """Submit a script with everything allowed but for what `changes` says; return its run id."""
        values: dict[str, Any] = {"name": "test", "language": language, "source": source}
        request = SubmitRun(**(values | {"grant": sorted(ALL_PERMISSIONS)} | changes))
        return self.bench.supervisor.submit(plan_run(request, self.bench.config))

    def wait_for(self, kind: type[Kind], where: Callable[[Kind], bool] = lambda event: True) -> Kind:
        """Return the next event of a kind that fits."""
        while True:
            event = self._events.get(timeout=TIMEOUT_S)
            self.seen.append(event)
            if isinstance(event, kind) and where(event):
                return event

    def wait_for_line(self, text: str) -> None:
        """Wait until a script printed this line."""
        self.wait_for(LinesPrinted, lambda event: text in event.lines)

    def wait_until_called(self, instrument: str) -> None:
        """Wait until the link to an instrument is open, which the first call to it brings about."""
        self.wait_for(InstrumentStateChanged, lambda e: (e.name, e.state) == (instrument, "connected"))

    def finished(self, run_id: str) -> RunFinished:
        """Wait for the end of a run."""
        return self.wait_for(RunFinished, lambda event: event.run_id == run_id)

    def finished_among(self, run_id: str) -> RunFinished:
        """Return how a run ended, whether that was seen already or is to come."""
        for event in self.seen:
            if isinstance(event, RunFinished) and event.run_id == run_id:
                return event
        return self.finished(run_id)

    def run(self, source: str, language: str = "lua", **changes: Any) -> RunFinished:
        """Run a script to its end."""
        return self.finished(self.submit(source, language, **changes))

    def lines(self) -> list[str]:
        """Return all lines printed so far."""
        return [line for event in self.seen if isinstance(event, LinesPrinted) for line in event.lines]

    def rows(self) -> list[dict[str, Any]]:
        """Return all rows recorded so far."""
        return [
            {name: column[i] for name, column in event.columns.items()}
            for event in self.seen
            if isinstance(event, RowsRecorded)
            for i in range(len(event.times_s))
        ]
