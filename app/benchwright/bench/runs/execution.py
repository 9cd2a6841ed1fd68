"""Carries one run out: its folder, its worker, its stop policy, and what is kept of it."""

import logging
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchwright import __version__
from benchwright.bench.bench_process import this_process
from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.broker import Broker
from benchwright.bench.runs.host_functions import HostFunctions
from benchwright.bench.runs.keeper import Keeper
from benchwright.bench.runs.output import RunOutput
from benchwright.bench.runs.run import Ending, Run
from benchwright.bench.storage.recorder import RunRecorder
from benchwright.bench.storage.run_folder import RunFolder
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import (
    INTERNAL_ERROR,
    EmergencyStopActive,
    StorageError,
    WorkerStartError,
)
from benchwright.core.events import InstrumentStopped, RunFinished, StopPolicyApplied
from benchwright.core.limits import Preset
from benchwright.core.run_record import RunRecord
from benchwright.core.run_states import RunState
from benchwright.core.script_messages import Start, WorkerMessage
from benchwright.engines.registry import engine_infos
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import apply_policy
from benchwright.worker.channel import Channel
from benchwright.worker.launching import WorkerLauncher

_log = logging.getLogger(__name__)

RECORDER_CLOSE_TIMEOUT_S = 30.0
ENDED_BY_ITSELF = frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CRASHED})
STOPPED_BY_US = frozenset({RunState.CANCELLED, RunState.TIMEOUT, RunState.RESOURCE_LIMIT, RunState.CRASHED})


@dataclass(frozen=True, kw_only=True)
class Services:
    """What an execution needs of the bench."""

    bus: EventBus
    store: RunStore
    launcher: WorkerLauncher
    instruments: InstrumentSet
    functions: HostFunctions
    check_holder: Callable[[str, str], None]
    others_commanding: Callable[[str, Run], list[Run]]
    latch: SafetyLatch
    scratch: Path
    config_text: str
    config_sha256: str


class RunExecution:
    """Carries out one run in the calling thread."""

    def __init__(self, run: Run, services: Services) -> None:
        self._run = run
        self._services = services
        self._stop_report: list[InstrumentStopped] = []
        self._keeper: Keeper | None = None

    def carry_out(self) -> None:
        """Do all of it; whatever happens, the run ends in a final state and is written down if possible."""
        self._run.move(RunState.STARTING)
        record = self._first_record(datetime.now(UTC))
        scratch = self._services.scratch / self._run.run_id
        keeper = self._keeper = Keeper(self._run, self._services.launcher, scratch)
        folder, rows = None, 0
        try:
            ending, folder, rows = self._run_script(keeper, record)
        except (StorageError, WorkerStartError) as error:
            ending = Ending(RunState.FAILED, error.info())
        except Exception:  # noqa: BLE001 - the edge: a mistake of ours ends this run, and safely
            _log.exception("run %s could not be carried out", self._run.run_id)
            ending = Ending(RunState.CRASHED, INTERNAL_ERROR, at_once=True)
            self._run.request_stop(ending.outcome, ending.error, at_once=True)
            keeper.close()
            self._apply_stop_policy()
        finally:
            keeper.close()
        self._end(ending, record, folder, rows)

    def _run_script(self, keeper: Keeper, record: RunRecord) -> tuple[Ending, RunFolder, int]:
        """Run the script, see to the instruments, and return how it ended and how many rows are on disk."""
        run = self._run
        if run.stop_request is None:
            keeper.launch(self._start_frame())  # it gets ready while the folder is made
        folder = self._services.store.create(record, run.plan.source)
        recorder = RunRecorder(folder.data_path, self._on_storage_failure, before=folder.sync)
        output = RunOutput(run, recorder, self._services.bus)
        ending = run.stop_request or keeper.keep(output, self._broker_maker(output))
        if ending.outcome in ENDED_BY_ITSELF and self._services.latch.active:
            # Its instruments were stopped under it before it was: that is how it ended, whatever it says.
            ending = Ending(RunState.EMERGENCY_STOPPED, EmergencyStopActive().info())
        run.move(RunState.STOPPING)
        if ending.outcome in STOPPED_BY_US or (run.stop_request and ending.outcome is RunState.FAILED):
            self._apply_stop_policy()
        rows = recorder.close(RECORDER_CLOSE_TIMEOUT_S)
        if recorder.failure is not None:
            ending = Ending(RunState.FAILED, recorder.failure.info())
        return ending, folder, rows

    def _broker_maker(self, output: RunOutput) -> Callable[[Channel[WorkerMessage]], Broker]:
        services = self._services
        return lambda channel: Broker(
            self._run,
            channel,
            services.instruments,
            services.functions,
            output,
            services.check_holder,
            services.others_commanding,
        )

    def _start_frame(self) -> Start:
        plan = self._run.plan
        return Start(
            language=plan.language,
            name=plan.script,
            source=plan.source,
            instruments=list(self._services.instruments.descriptors().values()),
            params=dict(plan.parameters),
            limits=plan.limits,
            dependencies=dict(plan.dependencies),
            requires=dict(plan.requires),
            path=plan.path,
        )

    def _on_storage_failure(self, error: StorageError) -> None:
        self._run.request_stop(RunState.FAILED, error.info())

    def _apply_stop_policy(self) -> None:
        run = self._run
        if not run.snapshots:
            return  # the run commanded no instrument
        used = {name: self._services.instruments.get(name) for name in run.snapshots}
        self._stop_report = apply_policy(run.plan.on_stop, used, run.snapshots)
        self._services.bus.publish(
            StopPolicyApplied(run_id=run.run_id, policy=run.plan.on_stop, instruments=self._stop_report)
        )

    # --- what is kept ---

    def _first_record(self, began: datetime) -> RunRecord:
        plan, services = self._run.plan, self._services
        return RunRecord(
            run_id=plan.run_id,
            script=plan.script,
            path=plan.path,
            language=plan.language,
            script_file=f"script{engine_infos()[plan.language].suffix}",
            source_sha256=plan.source_sha256,
            state=RunState.STARTING,
            created=began,
            started=began,
            preset=Preset(plan.preset),
            limits=plan.limits,
            permissions=tuple(sorted(plan.permissions)),
            parameters=dict(plan.parameters),
            on_stop=plan.on_stop,
            schedule=plan.schedule,
            metadata=plan.metadata_text,
            dependencies=dict(plan.dependencies),
            requires=dict(plan.requires),
            config=services.config_text,
            config_sha256=services.config_sha256,
            versions={
                "benchwright": __version__,
                "python": platform.python_version(),
                "platform": platform.platform(),
            },
            bench=this_process(),
        )

    def _end(self, ending: Ending, record: RunRecord, folder: RunFolder | None, rows: int) -> None:
        finished = self._finished_event(ending, record.created, folder, rows)
        if folder is not None:
            self._save(folder, record, finished)
        self._run.move(RunState.STOPPING)
        self._run.move(ending.outcome, ending.error.message if ending.error else "")
        self._services.bus.publish(finished)

    def _finished_event(
        self, ending: Ending, began: datetime, folder: RunFolder | None, rows: int
    ) -> RunFinished:
        keeper = self._keeper
        return RunFinished(
            run_id=self._run.run_id,
            outcome=ending.outcome,
            result=ending.result,
            duration_s=(datetime.now(UTC) - began).total_seconds(),
            cpu_s=keeper.cpu_s if keeper else 0.0,
            peak_memory_bytes=keeper.peak_memory_bytes if keeper else 0,
            rows=rows,
            data_path=str(folder.data_path) if folder else "",
            calls={name: times.statistics() for name, times in self._run.calls.items()},
            instruments=self._stop_report,
            error=ending.error,
        )

    def _save(self, folder: RunFolder, record: RunRecord, finished: RunFinished) -> None:
        record = msgspec.structs.replace(
            record,
            state=finished.outcome,
            ended=finished.utc,
            duration_s=finished.duration_s,
            fences=self._keeper.fences if self._keeper else {},
            memory_course=self._keeper.memory.quarters() if self._keeper else (),
            was_killed=self._keeper.was_killed if self._keeper else False,
            rows=finished.rows,
            cpu_s=finished.cpu_s,
            peak_memory_bytes=finished.peak_memory_bytes,
            calls=finished.calls,
            result=finished.result,
            error=finished.error,
            instruments=tuple(finished.instruments),
        )
        try:
            folder.save(record)
        except StorageError as error:
            _log.error("run %s is not written down: %s", self._run.run_id, error)
