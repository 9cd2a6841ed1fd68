"""One run as the operator who started it sees it: its events to the last, and the ways to act on it."""

import logging
import time
from collections.abc import Iterator
from typing import Any

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.safety import estop
from benchwright.bench.storage.run_folder import DATA_FILE
from benchwright.core.errors import BenchUnavailable, BenchwrightError
from benchwright.core.events import AnyEvent, InstrumentStopped, RowsRecorded, RunFinished, ScheduleChanged
from benchwright.core.operator_messages import AnswerQuestion, CancelRun, SubmitRun, Subscribe
from benchwright.core.run_states import RunState

_log = logging.getLogger(__name__)


class RunSession:
    """A run that is submitted on construction.

    Raises:
        BenchwrightError: the bench does not take the run.
    """

    def __init__(self, client: BenchClient, folder: DataFolder, submission: SubmitRun) -> None:
        self._client = client
        self._folder = folder
        self._rows = 0
        self._submitted_s = time.monotonic()
        client.request(Subscribe())
        self.run_id = str(client.request(submission))

    def next_event(self, timeout_s: float) -> AnyEvent | None:
        """Return the next event of this run or of the bench, None when none comes in time.

        When the bench is lost, the run is over all the same: it shows as interrupted, and the instruments are
        put in their safe state from here.
        """
        try:
            event = self._client.next_event(timeout_s)
        except BenchUnavailable as error:
            return self._interrupted(error)
        if event is None or event.run_id not in ("", self.run_id) or isinstance(event, ScheduleChanged):
            return None
        if isinstance(event, RowsRecorded):
            self._rows = event.first + len(event.times_s)
        return event

    def events(self) -> Iterator[AnyEvent]:
        """Yield the events to the last one, which is a `RunFinished`."""
        while True:
            event = self.next_event(timeout_s=1.0)
            if event is not None:
                yield event
            if isinstance(event, RunFinished):
                return

    def cancel(self, *, kill: bool = False) -> None:
        """Ask the bench to stop the run; `kill` ends its process at once."""
        self._tell(CancelRun(run_id=self.run_id, kill=kill))

    def cancel_and_wait(self, timeout_s: float) -> None:
        """Ask the bench to stop the run and wait until it is over; kill it when that takes too long."""
        self.cancel()
        deadline_s = time.monotonic() + timeout_s
        while not isinstance(self.next_event(timeout_s=0.1), RunFinished):
            if time.monotonic() > deadline_s:
                self.cancel(kill=True)
                return

    def answer(self, question_id: int, answer: str) -> None:
        """Answer a question of the script; an empty text says that nobody is there."""
        self._tell(AnswerQuestion(run_id=self.run_id, question_id=question_id, answer=answer))

    def _tell(self, request: CancelRun | AnswerQuestion) -> None:
        try:
            self._client.request(request)
        except BenchwrightError:
            pass  # the run is over, or so is the bench: its last event says which

    def _interrupted(self, error: BenchUnavailable) -> RunFinished:
        return RunFinished(
            run_id=self.run_id,
            outcome=RunState.INTERRUPTED,
            duration_s=time.monotonic() - self._submitted_s,
            rows=self._rows,
            data_path=str(self._folder.runs / self.run_id / DATA_FILE),
            error=error.info(),
            instruments=[InstrumentStopped(**each) for each in self._stand_in()],
        )

    def _stand_in(self) -> list[dict[str, Any]]:
        try:
            return estop.stand_in(self._folder)
        except BenchwrightError as error:
            _log.warning("the instruments were not put in their safe state: %s", error)
            return []
