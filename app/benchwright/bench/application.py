"""Builds the bench: its services in order, handed over by constructor, undone in reverse."""

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from benchwright import __version__
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.epics.gateway import EpicsGateway
from benchwright.bench.event_bus import EventBus
from benchwright.bench.logs import start_logging
from benchwright.bench.operators.requests import RequestTable
from benchwright.bench.operators.server import Client, OperatorServer
from benchwright.bench.operators.traffic import TrafficWatch
from benchwright.bench.runs.execution import RunExecution, Services
from benchwright.bench.runs.host_functions import HostFunctions, Questions
from benchwright.bench.runs.run import Run
from benchwright.bench.runs.scratch import ScratchFolder
from benchwright.bench.runs.supervisor import Supervisor
from benchwright.bench.safety.emergency import EmergencyStop
from benchwright.bench.safety.estop import forget_config, load_config, write_bench_file
from benchwright.bench.safety.safety_server import SafetyLine
from benchwright.bench.scheduling import BenchView, ResourceMonitor, ScheduleStore, ScriptScheduler
from benchwright.bench.scheduling.planner import SchedulePlanner
from benchwright.bench.scheduling.resource_monitor import SystemLoad
from benchwright.bench.scripts.grants import GrantStore
from benchwright.bench.storage.run_store import RunStore
from benchwright.bench.usage import UsageReporter
from benchwright.core.errors import BenchwrightError, ErrorInfo, RunNotFound
from benchwright.core.events import InstrumentStateChanged
from benchwright.core.run_states import RunState
from benchwright.core.values import Value
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import OnDeskLost
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.telemetry import TelemetryPoller
from benchwright.worker.confinement import guard_bench
from benchwright.worker.launching import WorkerLauncher, make_launcher

_log = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 5.0
CHILD_IDLE_S = 30.0  # a child bench that nobody attached to ends after this


class BenchApplication:
    """The headless application. `start`, then `wait` until somebody ends it, then `close`.

    Args:
        folder: the data folder; its lock is held from `start` to `close`.
        config: what instruments there are.
        child: whether to end after the last client left and the last run is over.
        epics: whether it is published as process variables.
    """

    def __init__(
        self, folder: DataFolder, config: Config, *, child: bool = False, epics: bool = False
    ) -> None:
        self.folder = folder
        self.config = config
        self.bus = EventBus()
        self.epics: EpicsGateway | None = None
        self._child = child
        self._has_epics = epics
        self._undo = ExitStack()
        self._ended = threading.Event()
        self._started_s = time.monotonic()

    # --- life ---

    def start(self) -> None:
        """Take the folder, open the services, listen.

        Raises:
            BenchUnavailable: another bench holds the folder.
            StorageError: the folder cannot be used.
        """
        with ExitStack() as undo:
            undo.enter_context(self.folder.lock())
            undo.callback(start_logging(self.folder.log_file, self.config.log))
            write_bench_file(self.folder.path, self.config)
            undo.callback(forget_config, self.folder.path, self.config)
            self._build(undo)
            if self._has_epics:
                self._publish_variables(undo)
            self._undo = undo.pop_all()
        _log.info("bench %s serves %s", self.config.name, self.folder.path)

    def _build(self, undo: ExitStack) -> None:
        launcher = make_launcher()
        launcher.start()
        undo.callback(launcher.close)
        store = RunStore(self.folder.path)
        store.settle_interrupted()  # what a bench that was killed left behind
        ScratchFolder(self.folder.scratch, 0).remove()
        self._build_instruments(undo)
        self._build_runs(undo, launcher, store)
        self.scheduler = self._make_scheduler(store)
        self.scheduler.load()
        undo.callback(self.scheduler.close)
        self._let_in(undo)
        self._traffic.start()
        self.usage = UsageReporter(
            launcher, self.supervisor.unfinished, lambda: self._server.is_watched, self.bus.publish
        )
        self.usage.start()
        undo.callback(self.usage.close)
        self._telemetry.start()
        self.scheduler.start()

    def _build_instruments(self, undo: ExitStack) -> None:
        """Make the instruments and what listens to them; no link is opened yet."""
        self._latch = SafetyLatch()
        self.instruments = InstrumentSet(self.config, self._latch, self._publish_state)
        undo.callback(self.instruments.close)
        self._telemetry = TelemetryPoller(
            self.instruments, self.config.telemetry_interval_s, self.bus.publish
        )
        undo.callback(self._telemetry.close)
        self._traffic = TrafficWatch(self.instruments, self.bus.publish)
        undo.callback(self._traffic.close)

    def _build_runs(self, undo: ExitStack, launcher: WorkerLauncher, store: RunStore) -> None:
        """Make what carries runs out, and the emergency stop, which ends them."""
        config, bus = self.config, self.bus
        self.questions = Questions(bus)
        self.emergency = EmergencyStop(self.instruments, self._latch, bus, self.folder.path, self._kill_runs)
        undo.callback(self.emergency.close)
        services = Services(
            bus=bus,
            store=store,
            launcher=launcher,
            instruments=self.instruments,
            functions=HostFunctions(
                self.instruments, self.questions, self._telemetry, config.controller, self.emergency.press
            ),
            check_holder=self._check_holder,
            others_commanding=self._others_commanding,
            latch=self._latch,
            scratch=self.folder.scratch,
            config_text=config.source_text,
            config_sha256=config.sha256,
        )
        self.supervisor = Supervisor(
            lambda run: RunExecution(run, services),
            bus,
            self._latch,
            config.max_concurrent_runs,
            self._on_idle,
        )
        undo.callback(self._end_runs)

    def _let_in(self, undo: ExitStack) -> None:
        """Open the safety line, then the door for operators."""
        self._safety_line = SafetyLine(
            self.folder, self.emergency.latch, self._stop_for_line, self.emergency.reset
        )
        self._safety_line.start()
        undo.callback(self._safety_line.close)
        table = RequestTable(
            self.config,
            self.instruments,
            self._latch,
            self.supervisor,
            self.questions,
            self.scheduler,
            self._status,
            self.end,
        )
        self._server = OperatorServer(
            self.folder, self.bus, table.requests, table.slow, self._traffic, self._on_leave
        )
        self._server.start()
        undo.callback(self._server.close)

    def _publish_variables(self, undo: ExitStack) -> None:
        supervisor = self.supervisor
        self.epics = EpicsGateway(
            self.config, self.instruments, self.bus, self.emergency, lambda: supervisor.count
        )
        self.epics.start()
        undo.callback(self.epics.close)

    def _make_scheduler(self, store: RunStore) -> ScriptScheduler:
        config, supervisor = self.config, self.supervisor
        monitor = ResourceMonitor(
            SystemLoad(self.folder.path),
            lambda: supervisor.count,
            config.max_concurrent_runs,
            max_cpu_percent=config.schedules.max_cpu_percent,
            max_memory_percent=config.schedules.max_memory_percent,
        )
        return ScriptScheduler(
            ScheduleStore(self.folder.schedules),
            self.bus,
            supervisor,
            SchedulePlanner(config, GrantStore(self.folder.grants_file), self.folder.library).plan,
            monitor,
            BenchView(
                outcome_of=lambda run_id: _outcome_of(store, run_id),
                is_latched=lambda: self.emergency.active,
                hosts_schedules=lambda: not self._child or self._server.is_watched,
                ends_with_window=self._child,
            ),
        )

    def _status(self) -> dict[str, Value]:
        return {
            "name": self.config.name,
            "pid": os.getpid(),
            "data_dir": str(self.folder.path),
            "config_file": self.config.file,
            "config_hash": self.config.sha256,
            "telemetry_interval_s": self.config.telemetry_interval_s,
            "emergency": self.emergency.active,
            "runs": self.supervisor.count,
            "clients": self._server.client_count,
            "version": __version__,
            "uptime_s": time.monotonic() - self._started_s,
        }

    def wait(self) -> None:
        """Wait until the bench is asked to end."""
        idle_since_s = time.monotonic()
        while not self._ended.wait(0.2):
            if self._server.client_count or self.supervisor.count:
                idle_since_s = time.monotonic()
            elif self._child and time.monotonic() - idle_since_s > CHILD_IDLE_S:
                return

    def end(self) -> None:
        """Ask the bench to end; returns at once."""
        self._ended.set()

    def close(self) -> None:
        """Undo all of `start`; runs are cancelled."""
        self._undo.close()

    # --- what the services tell ---

    def _publish_state(self, name: str, state: str, message: str) -> None:
        self.bus.publish(InstrumentStateChanged(name=name, state=state, message=message))
        if state == "connected":
            self.emergency.on_link_opened(name)

    def _check_holder(self, instrument: str, run_id: str) -> None:
        self.supervisor.check_holder(instrument, run_id)

    def _others_commanding(self, instrument: str, run: Run) -> list[Run]:
        return self.supervisor.others_commanding(instrument, run)

    def _kill_runs(self, error: ErrorInfo) -> None:
        self.supervisor.end_all(RunState.EMERGENCY_STOPPED, error, at_once=True)

    def _end_runs(self) -> None:
        self.supervisor.end_all(RunState.CANCELLED, None, at_once=False)
        if not self.supervisor.wait_until_idle(CLOSE_TIMEOUT_S):
            _log.warning("%d runs did not end in time", self.supervisor.count)

    def _stop_for_line(self, source: str) -> list[dict[str, Any]]:
        return [msgspec.structs.asdict(stopped) for stopped in self.emergency.press(source)]

    def _on_leave(self, client: Client) -> None:
        if client.is_desk and not client.said_farewell and not self._server.desk_count:
            self._on_desk_lost()
        self._end_if_unused()

    def _on_desk_lost(self) -> None:
        if self.config.on_desk_lost is OnDeskLost.CONTINUE:
            _log.warning("the desk is lost; the runs go on")
            return
        _log.warning("the desk is lost; everything is put in its safe state")
        self.emergency.latch()
        self.scheduler.end()  # it is nobody's decision, so it suspends no schedule
        self.emergency.press("the desk is lost", keep_latch=False)
        self.end()

    def _on_idle(self) -> None:
        self._end_if_unused()

    def _end_if_unused(self) -> None:
        if self._child and not self.supervisor.count and self._server.close_if_unused():
            self.end()


def _outcome_of(store: RunStore, run_id: str) -> RunState | None:
    try:
        return store.load(run_id).state
    except RunNotFound:
        return None


def serve(
    folder: DataFolder,
    config_file: Path | None,
    *,
    child: bool = False,
    epics: bool = False,
    on_ready: Callable[[BenchApplication], None] = lambda _: None,
) -> int:
    """Run a bench in this process until Ctrl-C, SIGTERM or an operator ends it; return the exit code.

    Args:
        child: whether this bench was started by a client: it reports to its parent, and ends after it.
        epics: whether it is published as process variables.
        on_ready: told once operators are let in.

    Raises:
        BenchwrightError: the bench cannot start; a child says so on its standard output instead.
    """
    guard_bench()
    sys.setswitchinterval(0.0005)  # a call of a script waits for the interpreter at most this long
    try:
        config = load_config(config_file, folder)
        application = BenchApplication(folder, config, child=child, epics=epics)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: application.end())
        application.start()
    except BenchwrightError as error:
        if not child:
            raise
        _tell_parent({"event": "bench_failed", "code": error.code, "message": error.message})
        return 2
    try:
        if child:
            _tell_parent({"event": "bench_ready", "pid": os.getpid(), "version": __version__})
        on_ready(application)
        application.wait()
    finally:
        application.close()
    return 0


def _tell_parent(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
