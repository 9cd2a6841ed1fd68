"""What the window knows of its bench and of the current run: one model that panels watch."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.core.errors import BenchwrightError, ScriptError
from benchwright.core.events import (
    DiagnosticFound,
    EmergencyChanged,
    InstrumentStateChanged,
    LineReached,
    LinesPrinted,
    LogWritten,
    ProgressMade,
    QuestionAsked,
    ResourcesUsed,
    RowsRecorded,
    RunFinished,
    RunStateChanged,
    ScheduleChanged,
    StopPolicyApplied,
    TelemetryRead,
    TrafficSeen,
)
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.core.operator_messages import CancelRun, DescribeInstruments, ListActiveRuns, SubmitRun
from benchwright.core.run_record import ActiveRun
from benchwright.core.run_states import RunState
from benchwright.core.values import Value
from benchwright.gui.engine_thread import Answered, BenchAttached, BenchLost
from benchwright.gui.row_order import RowOrder
from benchwright.gui.session_values import DescribedInstrument, FileDiagnostics, RunView, Submitted

# How a run ends by a fault of its script, which is worth a mark in its text.
_FAULTS = frozenset({RunState.FAILED, RunState.RESOURCE_LIMIT, RunState.TIMEOUT})

_BEFORE_STOPPING = frozenset({RunState.STARTING, RunState.RUNNING, RunState.PAUSED})

_WHOLE_LINE = 100_000  # the end column of what is known by its line alone


class RunModel(QObject):
    """State of the bench and of the current run; its signals are past events.

    `happened` takes what `EngineThread.happened` brings. Events of other runs than the current one only
    reach `run_seen`.
    """

    run_changed = Signal()  # `run` is another
    rows_arrived = Signal(object)  # RowsRecorded
    lines_arrived = Signal(object)  # LinesPrinted or LogWritten
    diagnostics_changed = Signal(object)  # FileDiagnostics
    run_seen = Signal(object)  # RunStateChanged or RunFinished, of any run
    line_changed = Signal()  # `line` of the current run is another; 0 once it is over
    resources_used = Signal(object)  # ResourcesUsed, about once a second
    question_asked = Signal(object)  # QuestionAsked
    bench_changed = Signal()  # `bench` is another
    emergency_changed = Signal(object)  # EmergencyChanged
    instrument_changed = Signal(object)  # InstrumentStateChanged
    instruments_stopped = Signal(object)  # StopPolicyApplied, of the current run
    policy_applied = Signal(object)  # StopPolicyApplied, of any run
    telemetry_arrived = Signal(object)  # TelemetryRead
    traffic_arrived = Signal(object)  # TrafficSeen
    answered = Signal(object)  # Answered
    instruments_described = Signal()  # `descriptors` is another
    runs_listed = Signal(object)  # list[ActiveRun]: what goes on as the bench is attached to
    run_adopted = Signal(object)  # ActiveRun, left to itself by an earlier window: it is the current one now
    history_read = Signal(object)  # list[RunSummary], newest first: runs of before this window was opened
    schedule_changed = Signal(object)  # ScheduleChanged
    refused = Signal(object)  # BenchwrightError: the bench did not take the run

    def __init__(self, parent: QObject | None = None, data_dir: Path | None = None) -> None:
        super().__init__(parent)
        self.data_dir = data_dir  # the data folder, None for the platform's
        self.run = RunView()
        self.bench: BenchAttached | BenchLost | None = None  # None while the first one starts
        self.emergency = EmergencyChanged(latched=False)
        self.resources: ResourcesUsed | None = None
        self.line = 0
        self.instrument_states: dict[str, InstrumentStateChanged] = {}  # in the order of the configuration
        self.descriptors: dict[str, InstrumentDescriptor] = {}
        self.described: dict[str, DescribedInstrument] = {}
        self.diagnostics: dict[tuple[str, str], FileDiagnostics] = {}  # by file and source
        self._submitted: Submitted | None = None
        self._scheduled_run = ""  # the one that a schedule started last: it is not what was submitted
        self.rows = RowOrder(self._show_rows)  # of the current run
        self._handlers: dict[type, Callable[..., None]] = {
            Answered: self._on_answer,
            BenchAttached: self._on_attached,
            BenchLost: self._on_lost,
            DiagnosticFound: self._on_diagnostic,
            EmergencyChanged: self._on_emergency,
            InstrumentStateChanged: self._on_instrument,
            LineReached: self._on_line,
            LinesPrinted: self._on_lines,
            LogWritten: self._on_lines,
            ProgressMade: self._on_progress,
            QuestionAsked: self._on_question,
            ResourcesUsed: self._on_resources,
            RowsRecorded: self._on_rows,
            RunFinished: self._on_finished,
            RunStateChanged: self._on_state,
            ScheduleChanged: self._on_schedule,
            StopPolicyApplied: self._on_stop_policy,
            TelemetryRead: self.telemetry_arrived.emit,
            TrafficSeen: self.traffic_arrived.emit,
        }

    @property
    def is_attached(self) -> bool:
        """Whether a bench answers."""
        return isinstance(self.bench, BenchAttached)

    @property
    def is_busy(self) -> bool:
        """Whether a run is active or on its way."""
        return self._submitted is not None or self.run.is_active

    def submitting(self, request: SubmitRun, file: str, metadata: ScriptMetadata) -> None:
        """Take note that a script is on its way to the bench: its run becomes the current one."""
        self._submitted = Submitted(request, file, metadata)
        self.rows.forget()
        self.set_diagnostics(FileDiagnostics(file, (), "run"))
        self._show(RunView(script=request.name, file=file, metadata=metadata, state=RunState.QUEUED))

    def set_diagnostics(self, found: FileDiagnostics) -> None:
        """Take note of what is wrong with a script; replaces what the same source said of the same file."""
        key = (found.file, found.source)
        is_news = self.diagnostics.get(key, found._replace(diagnostics=())) != found
        if found.diagnostics:
            self.diagnostics[key] = found
        else:
            self.diagnostics.pop(key, None)
        if is_news:
            self.diagnostics_changed.emit(found)

    def findings(self, file: str) -> list[Diagnostic]:
        """Return what is wrong with a script, whoever found it, each thing once."""
        reports = [report for (name, _), report in self.diagnostics.items() if name == file]
        found = [each for report in reports for each in report.diagnostics]
        return list({(each.line, each.column, each.message): each for each in found}.values())

    def happened(self, event: object) -> None:
        """Take note of what the engine thread tells."""
        self._handlers[type(event)](event)

    # --- the bench ---

    def _on_attached(self, attached: BenchAttached) -> None:
        self.bench = attached
        self.instrument_states.clear()  # of a bench before
        self.bench_changed.emit()
        latched = bool(attached.status.get("emergency"))
        if latched != self.emergency.latched:
            self._on_emergency(EmergencyChanged(latched=latched, source="before this window was opened"))

    def _on_lost(self, lost: BenchLost) -> None:
        self.bench = lost
        self.resources = None
        self._submitted = None
        self.instrument_states.clear()
        if self.run.is_active:
            self._update(state=RunState.INTERRUPTED, reason=lost.reason, started_s=None)
        self.bench_changed.emit()

    def _on_answer(self, answered: Answered) -> None:
        submitted = self._submitted
        if submitted is not None and answered.request is submitted.request:
            self._submitted = None
            if answered.error is not None:
                self._on_refusal(submitted, answered.error)
            elif not self.run.run_id:
                self._update(run_id=str(answered.value))
        if isinstance(answered.request, DescribeInstruments) and answered.error is None:
            self._on_description(answered.value)
        if isinstance(answered.request, CancelRun) and answered.error is None:
            self._on_cancelled(answered.request.run_id)
        if isinstance(answered.request, ListActiveRuns) and answered.error is None:
            self._on_active_runs(msgspec.convert(answered.value, list[ActiveRun]))
        self.answered.emit(answered)

    def _on_cancelled(self, run_id: str) -> None:
        """The bench has closed the run; that it says so again may come behind much that the script said."""
        if run_id == self.run.run_id and self.run.state in (RunState.RUNNING, RunState.PAUSED):
            self._update(state=RunState.STOPPING)

    def _on_description(self, value: Value) -> None:
        described = msgspec.convert(value, list[DescribedInstrument])
        self.described = {each.descriptor.name: each for each in described}
        self.descriptors = {each.descriptor.name: each.descriptor for each in described}
        states = {
            each.descriptor.name: InstrumentStateChanged(name=each.descriptor.name, state=each.state)
            for each in described
        }
        self.instrument_states = states | self.instrument_states  # in their order; what was told is newer
        self.instruments_described.emit()

    def _on_active_runs(self, runs: list[ActiveRun]) -> None:
        self.runs_listed.emit(runs)
        left = [run for run in runs if run.from_window and run.state is not RunState.QUEUED]
        if left and not self.is_busy:
            self._adopt(left[-1])

    def _adopt(self, run: ActiveRun) -> None:
        """Make a run the current one that was started before this window was there."""
        self.rows.hold()
        self._show(
            RunView(
                run_id=run.run_id,
                script=run.script,
                file=run.path or run.script,
                state=run.state,
                started_s=time.monotonic() - run.elapsed_s,
                done=run.done,
                total=run.total,
                metadata=_metadata(run),
            )
        )
        self._set_line(run.line)
        self.run_adopted.emit(run)
        if run.question is not None:
            self.question_asked.emit(run.question)

    def _on_refusal(self, submitted: Submitted, error: BenchwrightError) -> None:
        self._update(state=RunState.FAILED, reason=error.message)
        if isinstance(error, ScriptError):  # else there is nothing wrong in the script's text
            place = error.info()
            self._show_error(submitted.file, place.line, place.column, error.message, error.code)
        self.refused.emit(error)

    def _on_emergency(self, event: EmergencyChanged) -> None:
        self.emergency = event
        self.emergency_changed.emit(event)

    def _on_instrument(self, event: InstrumentStateChanged) -> None:
        self.instrument_states[event.name] = event
        self.instrument_changed.emit(event)

    def _on_schedule(self, event: ScheduleChanged) -> None:
        if event.change == "started":
            self._scheduled_run = event.run_id  # told of before the run's own events
        self.schedule_changed.emit(event)

    # --- the current run ---

    def _on_state(self, event: RunStateChanged) -> None:
        if (
            self._submitted is not None
            and not self.run.run_id
            and event.script == self._submitted.request.name
            and event.run_id != self._scheduled_run
        ):
            self._update(run_id=event.run_id)  # the event overtook the answer
        is_late = self.run.state is RunState.STOPPING and event.state in _BEFORE_STOPPING
        if event.run_id == self.run.run_id and not is_late:
            started_s = self.run.started_s
            if event.state is RunState.RUNNING and started_s is None:
                started_s = time.monotonic()
            self._update(state=event.state, reason=event.reason, started_s=started_s)
        self.run_seen.emit(event)

    def _on_finished(self, event: RunFinished) -> None:
        if (
            self.resources is not None
        ):  # what it used is told once a second: it would count as active till then
            active = {run_id: used for run_id, used in self.resources.runs.items() if run_id != event.run_id}
            self.resources = msgspec.structs.replace(self.resources, runs=active)
        if event.run_id == self.run.run_id:
            self._update(state=event.outcome, finished=event, rows=event.rows)
            error = event.error
            if error is not None and event.outcome in _FAULTS:
                self._show_error(self.run.file, error.line, error.column, error.message, error.code)
        self.run_seen.emit(event)

    def _on_rows(self, event: RowsRecorded) -> None:
        if event.run_id == self.run.run_id:
            self.rows.take(event)

    def _show_rows(self, rows: RowsRecorded) -> None:
        self.run = replace(self.run, rows=max(self.run.rows, rows.first + len(rows.times_s)))
        self.rows_arrived.emit(rows)

    def _on_lines(self, event: LinesPrinted | LogWritten) -> None:
        if event.run_id in ("", self.run.run_id):
            self.lines_arrived.emit(event)

    def _on_line(self, event: LineReached) -> None:
        if event.run_id == self.run.run_id and self.run.is_active:
            self._set_line(event.line)

    def _set_line(self, line: int) -> None:
        if line != self.line:
            self.line = line
            self.line_changed.emit()

    def _on_resources(self, event: ResourcesUsed) -> None:
        self.resources = event
        self.resources_used.emit(event)

    def _on_progress(self, event: ProgressMade) -> None:
        if event.run_id == self.run.run_id:
            self._update(done=event.done, total=event.total)

    def _on_question(self, event: QuestionAsked) -> None:
        if event.run_id == self.run.run_id:
            self.question_asked.emit(event)

    def _on_stop_policy(self, event: StopPolicyApplied) -> None:
        self.policy_applied.emit(event)
        if event.run_id == self.run.run_id:
            self.instruments_stopped.emit(event)

    def _on_diagnostic(self, event: DiagnosticFound) -> None:
        if event.run_id == self.run.run_id:
            found = Diagnostic(
                severity=Severity(event.severity),
                message=event.message,
                line=event.line,
                column=event.column,
                end_column=event.end_column,
                code=event.code,
                hint=event.hint,
            )
            known = self.diagnostics.get((self.run.file, "run"), FileDiagnostics(self.run.file, (), "run"))
            self.set_diagnostics(known._replace(diagnostics=(*known.diagnostics, found)))

    def _show_error(self, file: str, line: int | None, column: int | None, message: str, code: str) -> None:
        diagnostic = Diagnostic(
            severity=Severity.ERROR,
            message=message,
            line=line or 1,
            column=column or 1,
            end_column=column + 1 if column else _WHOLE_LINE,
            code=code,
        )
        self.set_diagnostics(FileDiagnostics(file, (diagnostic,), "run"))

    def _update(self, **changes: Any) -> None:
        self._show(replace(self.run, **changes))

    def _show(self, run: RunView) -> None:
        if not run.is_active or run.run_id != self.run.run_id:
            self._set_line(0)
        self.run = run
        self.run_changed.emit()


def _metadata(run: ActiveRun) -> ScriptMetadata:
    try:
        return parse_metadata(run.metadata, f"{run.script}.toml")
    except BenchwrightError:
        return ScriptMetadata(name=run.script)
