"""All that an operator can ask of the bench: one table."""

from collections.abc import Callable

import msgspec

from benchwright.bench.runs.host_functions import Questions
from benchwright.bench.runs.planning import plan_run
from benchwright.bench.runs.supervisor import Supervisor
from benchwright.core.errors import ArgumentError, ScriptRunning
from benchwright.core.operator_messages import (
    AnswerQuestion,
    BenchStatus,
    CallInstrument,
    CancelRun,
    ConnectInstrument,
    DescribeInstruments,
    ListActiveRuns,
    PauseRun,
    ResumeRun,
    Shutdown,
    SubmitRun,
)
from benchwright.core.values import Value
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.config import Config
from benchwright.instruments.manager import InstrumentSet

CONNECT_ACTIONS = ("connect", "disconnect", "reconnect")


class RequestTable:
    """Answers requests; `slow` are those that may wait for an instrument."""

    slow = frozenset({CallInstrument, ConnectInstrument})

    def __init__(
        self,
        config: Config,
        instruments: InstrumentSet,
        supervisor: Supervisor,
        questions: Questions,
        tell_status: Callable[[], dict[str, Value]],
        end_bench: Callable[[], None],
    ) -> None:
        self._config = config
        self._instruments = instruments
        self._supervisor = supervisor
        self._questions = questions
        self.requests: dict[type, Callable[..., Value]] = {
            SubmitRun: self._submit,
            CancelRun: self._cancel,
            PauseRun: self._pause,
            ResumeRun: self._resume,
            AnswerQuestion: self._answer,
            ListActiveRuns: lambda _: supervisor.active(),
            DescribeInstruments: self._describe,
            CallInstrument: self._call,
            ConnectInstrument: self._connect,
            BenchStatus: lambda _: tell_status(),
            Shutdown: lambda _: end_bench(),
        }

    def _submit(self, request: SubmitRun) -> str:
        return self._supervisor.submit(plan_run(request, self._config))

    def _cancel(self, request: CancelRun) -> None:
        self._supervisor.cancel(request.run_id, request.kill)

    def _pause(self, request: PauseRun) -> None:
        run = self._supervisor.get(request.run_id)
        if not run.request_pause():
            raise ScriptRunning(f"run {run.run_id} is {run.state} and cannot be paused")

    def _resume(self, request: ResumeRun) -> None:
        run = self._supervisor.get(request.run_id)
        if not run.resume():
            raise ScriptRunning(f"run {run.run_id} is {run.state}, not paused")

    def _answer(self, request: AnswerQuestion) -> None:
        self._questions.answer(request.run_id, request.question_id, request.answer)

    def _describe(self, _: DescribeInstruments) -> Value:
        return [
            {
                "descriptor": msgspec.to_builtins(descriptor),
                "link": self._config.instruments[name].link,
                "state": self._instruments.state(name),
            }
            for name, descriptor in self._instruments.descriptors().items()
        ]

    def _call(self, request: CallInstrument) -> Value:
        with calling_as(CallScope(Caller.OPERATOR, "operator")):
            instrument = self._instruments.get(request.name)
            return instrument.invoke(request.method, request.args, request.kwargs)

    def _connect(self, request: ConnectInstrument) -> None:
        if request.action not in CONNECT_ACTIONS:
            raise ArgumentError(
                f"action must be one of {', '.join(CONNECT_ACTIONS)}, found {request.action!r}"
            )
        if request.action in ("disconnect", "reconnect"):
            self._instruments.disconnect(request.name)
        if request.action in ("connect", "reconnect"):
            self._instruments.connect(request.name)
