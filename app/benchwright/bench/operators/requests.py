"""All that an operator can ask of the bench: one table."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from benchwright import __version__
from benchwright.bench.runs.planning import plan_run
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

if TYPE_CHECKING:
    from benchwright.bench.application import BenchApplication

CONNECT_ACTIONS = ("connect", "disconnect", "reconnect")


class RequestTable:
    """Answers requests; `slow` are those that may wait for an instrument."""

    slow = frozenset({CallInstrument, ConnectInstrument})

    def __init__(self, bench: "BenchApplication") -> None:
        self._bench = bench
        self._started_s = time.monotonic()
        self.requests: dict[type, Callable[..., Value]] = {
            SubmitRun: self._submit,
            CancelRun: self._cancel,
            PauseRun: self._pause,
            ResumeRun: self._resume,
            AnswerQuestion: self._answer,
            ListActiveRuns: lambda _: bench.supervisor.active(),
            DescribeInstruments: self._describe,
            CallInstrument: self._call,
            ConnectInstrument: self._connect,
            BenchStatus: self._status,
            Shutdown: lambda _: bench.end(),
        }

    def _submit(self, request: SubmitRun) -> str:
        return self._bench.supervisor.submit(plan_run(request, self._bench.config))

    def _cancel(self, request: CancelRun) -> None:
        self._bench.supervisor.cancel(request.run_id, request.kill)

    def _pause(self, request: PauseRun) -> None:
        run = self._bench.supervisor.get(request.run_id)
        if not run.request_pause():
            raise ScriptRunning(f"run {run.run_id} is {run.state} and cannot be paused")

    def _resume(self, request: ResumeRun) -> None:
        run = self._bench.supervisor.get(request.run_id)
        if not run.resume():
            raise ScriptRunning(f"run {run.run_id} is {run.state}, not paused")

    def _answer(self, request: AnswerQuestion) -> None:
        self._bench.questions.answer(request.run_id, request.question_id, request.answer)

    def _describe(self, _: DescribeInstruments) -> Value:
        bench = self._bench
        return [
            {
                "descriptor": msgspec.to_builtins(descriptor),
                "link": bench.config.instruments[name].link,
                "state": bench.instruments.state(name),
            }
            for name, descriptor in bench.instruments.descriptors().items()
        ]

    def _call(self, request: CallInstrument) -> Value:
        with calling_as(CallScope(Caller.OPERATOR, "operator")):
            instrument = self._bench.instruments.get(request.name)
            return instrument.invoke(request.method, request.args, request.kwargs)

    def _connect(self, request: ConnectInstrument) -> None:
        if request.action not in CONNECT_ACTIONS:
            raise ArgumentError(
                f"action must be one of {', '.join(CONNECT_ACTIONS)}, found {request.action!r}"
            )
        if request.action in ("disconnect", "reconnect"):
            self._bench.instruments.disconnect(request.name)
        if request.action in ("connect", "reconnect"):
            self._bench.instruments.connect(request.name)

    def _status(self, _: BenchStatus) -> Value:
        bench = self._bench
        return {
            "name": bench.config.name,
            "pid": os.getpid(),
            "data_dir": str(bench.folder.path),
            "config_file": bench.config.file,
            "config_hash": bench.config.sha256,
            "emergency": bench.emergency.active,
            "runs": bench.supervisor.count,
            "clients": bench.client_count,
            "version": __version__,
            "uptime_s": time.monotonic() - self._started_s,
        }
