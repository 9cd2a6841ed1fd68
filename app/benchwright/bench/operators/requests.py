"""All that an operator can ask of the bench: one table."""

import logging
from collections.abc import Callable
from typing import Final

import msgspec

from benchwright.bench.runs.host_functions import Questions
from benchwright.bench.runs.planning import plan_run
from benchwright.bench.runs.supervisor import Supervisor
from benchwright.bench.scheduling import ScriptScheduler
from benchwright.core.descriptors import MethodKind
from benchwright.core.errors import ArgumentError, CallCancelled, ScriptRunning
from benchwright.core.operator_messages import (
    AddSchedule,
    AnswerQuestion,
    AskIdentity,
    BenchStatus,
    CallInstrument,
    CancelRun,
    ChangeSchedule,
    ConnectInstrument,
    DescribeInstruments,
    EnableSchedule,
    ListActiveRuns,
    ListSchedules,
    MakeSafe,
    PauseRun,
    PreviewSchedules,
    RemoveSchedule,
    ResumeRun,
    ResumeSchedules,
    RunScheduleNow,
    SendRaw,
    Shutdown,
    SubmitRun,
)
from benchwright.core.raw_text import parse_typed, shown_bytes
from benchwright.core.run_states import StopPolicy
from benchwright.core.values import Value
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.identity import ask_identity
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import apply_policy

_log = logging.getLogger(__name__)

SAFE_DEADLINE_S: Final = 5.0
HOLD_DEADLINE_S: Final = 2.0
CONNECT_ACTIONS = ("connect", "disconnect", "reconnect")


class RequestTable:
    """Answers requests; `slow` are those that may wait for an instrument, made on behalf of an operator."""

    slow = frozenset({AskIdentity, CallInstrument, ConnectInstrument, MakeSafe, SendRaw})

    def __init__(
        self,
        config: Config,
        instruments: InstrumentSet,
        latch: SafetyLatch,
        supervisor: Supervisor,
        questions: Questions,
        scheduler: ScriptScheduler,
        tell_status: Callable[[], dict[str, Value]],
        end_bench: Callable[[], None],
    ) -> None:
        self._config = config
        self._instruments = instruments
        self._latch = latch
        self._supervisor = supervisor
        self._questions = questions
        self.requests: dict[type, Callable[..., Value]] = {
            SubmitRun: self._submit,
            CancelRun: self._cancel,
            PauseRun: self._pause,
            ResumeRun: self._resume,
            AnswerQuestion: self._answer,
            ListActiveRuns: lambda _: [msgspec.to_builtins(run.listed()) for run in supervisor.unfinished()],
            DescribeInstruments: self._describe,
            CallInstrument: self._call,
            ConnectInstrument: self._connect,
            MakeSafe: self._make_safe,
            SendRaw: self._send_raw,
            AskIdentity: self._ask_identity,
            **_schedule_requests(scheduler),
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
                "terminator": shown_bytes(self._instruments.get(name).WRITE_TERMINATOR),
                "limits": {key: list(ends) for key, ends in self._config.instruments[name].limits.items()},
            }
            for name, descriptor in self._instruments.descriptors().items()
        ]

    def _call(self, request: CallInstrument) -> Value:
        instrument = self._instruments.get(request.name)
        try:
            return instrument.invoke(request.method, request.args, request.kwargs)
        except CallCancelled:
            method = instrument.methods[request.method]
            if method.kind is MethodKind.COMMAND and method.waits and not self._latch.active:
                raise CallCancelled.from_message(_halt(instrument)) from None
            raise

    def _connect(self, request: ConnectInstrument) -> None:
        if request.action not in CONNECT_ACTIONS:
            raise ArgumentError(
                f"action must be one of {', '.join(CONNECT_ACTIONS)}, found {request.action!r}"
            )
        if request.action in ("disconnect", "reconnect"):
            self._instruments.disconnect(request.name)
        if request.action in ("connect", "reconnect"):
            self._instruments.connect(request.name)

    def _make_safe(self, request: MakeSafe) -> Value:
        instrument = self._instruments.get(request.name)
        _log.info("%s is to be made safe", request.name)
        (stopped,) = apply_policy(StopPolicy.SAFE, {request.name: instrument}, {}, SAFE_DEADLINE_S)
        report: Value = msgspec.to_builtins(stopped)
        return report

    def _send_raw(self, request: SendRaw) -> str | None:
        port = self._instruments.get(request.name).port
        typed = parse_typed(request.text)
        expects_reply = "?" in typed if request.expects_reply is None else request.expects_reply
        _log.info("raw to %s: %s", request.name, request.text)
        reply = port.exchange_raw(typed, expects_reply=expects_reply)
        return None if reply is None else shown_bytes(reply.encode("latin-1", errors="replace"))

    def _ask_identity(self, request: AskIdentity) -> str:
        for name, known in self._config.instruments.items():
            if known.link == request.link and known.usb == request.usb:
                raise ArgumentError(f"{request.link} is the link of {name}: ask {name} who it is")
        config = InstrumentConfig(
            name="",
            driver="",
            link=request.link,
            usb=request.usb,
            visa_library=request.visa_library,
            timeout_s=request.timeout_s,
        )
        _log.info("who is at %s?", request.link)
        return ask_identity(config, self._config.folder, self._latch)


def _halt(instrument: Instrument) -> str:
    """Halt the motion that a cancelled call has waited for, and say what became of it."""
    (held,) = apply_policy(StopPolicy.HOLD, {instrument.name: instrument}, {}, HOLD_DEADLINE_S)
    if held.outcome == "safe":
        return f"{instrument.name} was stopped"
    return f"{instrument.name} was told to stop, and did not confirm it: {held.message}"


def _schedule_requests(scheduler: ScriptScheduler) -> dict[type, Callable[..., Value]]:
    book = scheduler.book
    return {
        ListSchedules: lambda _: msgspec.to_builtins(scheduler.overview()),
        AddSchedule: lambda request: book.add(request.execution),
        ChangeSchedule: lambda request: book.change(request.execution),
        EnableSchedule: lambda request: book.enable(request.schedule_id, request.enabled),
        RemoveSchedule: lambda request: msgspec.to_builtins(book.remove(request.schedule_id)),
        RunScheduleNow: lambda request: scheduler.run_now(request.schedule_id),
        PreviewSchedules: lambda request: msgspec.to_builtins(
            book.preview(request.schedule_id, request.count)
        ),
        ResumeSchedules: lambda _: scheduler.resume(),
    }
