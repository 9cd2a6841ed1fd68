"""Keeps one run: starts its worker, watches its limits, and sees to its end."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from benchwright.bench.runs.broker import Broker
from benchwright.bench.runs.memory_course import MemoryCourse
from benchwright.bench.runs.output import RunOutput
from benchwright.bench.runs.run import Ending, Run
from benchwright.bench.runs.scratch import ScratchFolder
from benchwright.core.errors import (
    ErrorInfo,
    ResourceLimitExceeded,
    ScriptTimeout,
    StorageError,
)
from benchwright.core.run_states import RunState
from benchwright.core.script_messages import MAX_FRAME_BYTES, Go, Output, Start, Stop, WorkerMessage
from benchwright.instruments.safety import STOP_DEADLINE_S
from benchwright.worker.channel import Channel, ChannelClosed
from benchwright.worker.launching import ExitStatus, LaunchRequest, WorkerLauncher, WorkerProcess

_log = logging.getLogger(__name__)

TICK_S = 0.05
STOPPING_TICK_S = 0.01
LEAVE_GRACE_S = 0.1  # between the request to leave and the kill
FINISHED_GRACE_S = 1.0  # between the script's last frame and the kill
DRAIN_TIMEOUT_S = STOP_DEADLINE_S + 2.0  # the call under way may be an emergency stop
END_TIMEOUT_S = 2.0  # of a process that was killed
LUA_OVERHEAD_BYTES = 48 * 1024 * 1024  # the engine holds the Lua heap itself; this is the second fence
START_SEND_TIMEOUT_S = 10.0
STOP_SEND_TIMEOUT_S = 0.02  # whoever stops a run waits no longer for a worker that does not read
_PIPE_BYTES = 64 * 1024


class Keeper:
    """Sees one worker from its launch to its end: `launch`, `keep`, `close`."""

    def __init__(self, run: Run, launcher: WorkerLauncher, scratch: Path) -> None:
        self.peak_memory_bytes = 0
        self.memory = MemoryCourse()
        self.was_killed = False  # because it did not leave when asked
        self.cpu_s = 0.0
        self.fences: dict[str, str] = {}
        self._run = run
        self._launcher = launcher
        self._scratch = ScratchFolder(scratch, run.plan.limits.max_scratch_mb)
        self._output: RunOutput | None = None
        self._channel: Channel[WorkerMessage] | None = None
        self._worker: WorkerProcess | None = None
        self._base_memory_bytes = 0
        self._stop_deadline_s = float("inf")
        self._started_s = 0.0

    def launch(self, start: Start) -> None:
        """Start the worker; it confines and prepares itself while the bench prepares the rest.

        Raises:
            StorageError: its scratch folder cannot be made.
            WorkerStartError: no worker can be started.
        """
        self._scratch.make()
        worker = self._worker = self._launcher.launch(self._launch_request())
        self._channel = Channel(worker.channel, WorkerMessage, MAX_FRAME_BYTES)
        self._tell(start, START_SEND_TIMEOUT_S)

    def _tell(self, message: Start | Go | Stop, timeout_s: float) -> None:
        assert self._channel is not None
        assert self._worker is not None
        try:
            self._channel.send(message, timeout_s=timeout_s)
        except (ChannelClosed, TimeoutError):
            self._worker.kill()  # it reads nothing: it is dead or does not deserve to live

    def keep(self, output: RunOutput, make_broker: Callable[[Channel[WorkerMessage]], Broker]) -> Ending:
        """Let the script run to its end and return how it ended; the process is gone by then.

        Args:
            make_broker: makes the broker of the run on its channel.
        """
        assert self._worker is not None
        assert self._channel is not None
        self._output = output
        return self._attend(self._worker, self._channel, make_broker(self._channel))

    def close(self) -> None:
        """End the worker if it still runs, wait for that, and give up what belongs to it."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait(END_TIMEOUT_S)
            self._worker.close()
        self._scratch.remove()

    def _launch_request(self) -> LaunchRequest:
        plan = self._run.plan
        return LaunchRequest(
            run_id=plan.run_id,
            language="lua" if plan.language == "lua" else "python",
            scratch_dir=str(self._scratch.path),
            readable_dirs=_readable(
                plan.path, self._scratch.path.parents[1]
            ),  # scratch/RUN in the data folder
            max_memory_mb=int(plan.limits.max_memory_mb) + 1,
            max_scratch_mb=int(plan.limits.max_scratch_mb) + 1,
            max_execution_time_s=plan.limits.max_execution_time_s,
        )

    def _attend(self, worker: WorkerProcess, channel: Channel[WorkerMessage], broker: Broker) -> Ending:
        os.set_blocking(worker.stdout_fd, False)
        os.set_blocking(worker.stderr_fd, False)
        broker.start()
        self._started_s = time.monotonic()
        self._run.when_stopped(self._begin_stop)
        self._base_memory_bytes = worker.rss_bytes()
        self._tell(Go(), STOP_SEND_TIMEOUT_S)
        status = self._watch(worker, broker)
        self._run.scope.cancel()  # nobody is there any more for a call that it left under way
        if not broker.wait(DRAIN_TIMEOUT_S):
            _log.warning("run %s: a call into an instrument does not come back", self._run.run_id)
            channel.shut_down()
        self._drain_pipes(worker)
        self._run.when_stopped(lambda: None)
        self.fences = broker.fences
        return self._verdict(broker, status)

    # --- while it runs ---

    def _watch(self, worker: WorkerProcess, broker: Broker) -> ExitStatus:
        finished_deadline_s = float("inf")
        while (status := worker.wait(self._tick())) is None:
            now_s = time.monotonic()
            self._drain_pipes(worker)
            self._watch_memory(worker)
            self._watch_scratch(worker)
            self._watch_time(now_s)
            self._run.tell_line()
            broker.relieve()
            if broker.finished is not None and finished_deadline_s == float("inf"):
                finished_deadline_s = now_s + FINISHED_GRACE_S
            if now_s >= min(self._stop_deadline_s, finished_deadline_s):
                _log.info("run %s: killing its process %d", self._run.run_id, worker.pid)
                self.was_killed = True
                worker.kill()
        self.cpu_s = status.cpu_s
        self.peak_memory_bytes = max(self.peak_memory_bytes, status.peak_rss_bytes - self._base_memory_bytes)
        if status.strays:
            _log.warning("run %s: %d processes of it were left and killed", self._run.run_id, status.strays)
        return status

    def _tick(self) -> float:
        if self._run.stop_request is not None:
            return STOPPING_TICK_S
        return min(TICK_S, max(0.001, self._time_left_s(time.monotonic())))

    def _time_left_s(self, now_s: float) -> float:
        pause = self._run.pause
        if self._run.state is RunState.PAUSED:
            return float("inf")
        return self._run.plan.limits.max_execution_time_s - (now_s - self._started_s - pause.total_s)

    def _watch_time(self, now_s: float) -> None:
        if self._time_left_s(now_s) <= 0 and self._run.stop_request is None:
            limit_s = self._run.plan.limits.max_execution_time_s
            self._run.request_stop(RunState.TIMEOUT, self._run.ended_by(ScriptTimeout(limit_s)))

    def _watch_memory(self, worker: WorkerProcess) -> None:
        resident = worker.rss_bytes()
        growth = resident - self._base_memory_bytes
        self.peak_memory_bytes = max(self.peak_memory_bytes, growth)
        if resident and self._run.stop_request is None:  # else it is on its way out
            self.memory.add(time.monotonic() - self._started_s, growth)
        self._run.memory_bytes, self._run.cpu_s = max(0, growth), worker.cpu_s()
        error = self._memory_error()
        if error is not None and self._run.stop_request is None:
            self._run.request_stop(RunState.RESOURCE_LIMIT, error, at_once=True)

    def _memory_error(self) -> ErrorInfo | None:
        """Return what to say where the script has been over its memory at any time, by the system's count."""
        plan = self._run.plan
        limit_mb = plan.limits.max_memory_mb
        fence = limit_mb * 1024 * 1024 + (LUA_OVERHEAD_BYTES if plan.language == "lua" else 0)
        if self.peak_memory_bytes <= fence:
            return None
        return self._run.ended_by(ResourceLimitExceeded("max_memory_mb", limit_mb))

    def _watch_scratch(self, worker: WorkerProcess) -> None:
        if self._run.plan.language == "lua" or self._run.stop_request is not None:
            return  # a Lua script has no file to write
        try:
            self._scratch.check_now_and_then(worker)
        except ResourceLimitExceeded as error:
            self._run.request_stop(RunState.RESOURCE_LIMIT, self._run.ended_by(error), at_once=True)

    def _drain_pipes(self, worker: WorkerProcess) -> None:
        """Take what was written past the script's own print, such as by an extension."""
        assert self._output is not None
        for stream, descriptor in (("stdout", worker.stdout_fd), ("stderr", worker.stderr_fd)):
            try:
                data = os.read(descriptor, _PIPE_BYTES)
            except BlockingIOError:
                continue
            if data:
                lines = data.decode("utf-8", errors="replace").rstrip("\n").split("\n")
                try:
                    self._output.lines(Output(stream, lines))
                except ResourceLimitExceeded as error:
                    self._run.request_stop(RunState.RESOURCE_LIMIT, self._run.ended_by(error), at_once=True)
                except StorageError as error:
                    self._run.request_stop(RunState.FAILED, error.info(), at_once=True)

    # --- the stop ladder ---

    def _begin_stop(self) -> None:
        """The run is closed by now: ask the worker to flush and leave, or kill it at once."""
        worker, request = self._worker, self._run.stop_request
        assert worker is not None
        assert request is not None
        if request.at_once:
            _log.info("run %s: %s, killed at once", self._run.run_id, request.outcome)
            worker.kill()
            return
        _log.info("run %s: %s, asked to leave", self._run.run_id, request.outcome)
        self._stop_deadline_s = min(self._stop_deadline_s, time.monotonic() + LEAVE_GRACE_S)
        self._run.move(RunState.STOPPING)
        self._tell(Stop(), STOP_SEND_TIMEOUT_S)

    def _verdict(self, broker: Broker, status: ExitStatus) -> Ending:
        request = self._run.stop_request
        if request is not None:
            return request
        over_memory = self._memory_error()  # also for a moment that no look at it has met
        if over_memory is not None:
            return Ending(RunState.RESOURCE_LIMIT, over_memory)
        try:
            self._scratch.check()  # it may have filled it since the last look, and failed for that
        except ResourceLimitExceeded as error:
            return Ending(RunState.RESOURCE_LIMIT, self._run.ended_by(error))
        if broker.finished is not None:
            own = broker.finished.error
            outcome = RunState.COMPLETED if own is None else RunState.FAILED
            return Ending(outcome, own, result=broker.finished.result.value)
        return Ending(RunState.CRASHED, ErrorInfo("crashed", _how_it_ended(status)))


def _readable(script: str, data: Path) -> tuple[str, ...]:
    """Return what a script may read: its folder, but nothing of a home or of the bench's own data.

    Only itself where that folder holds somebody's home; what lies beside it, and not the way to the data
    folder, where it holds that.
    """
    if not script:
        return ()
    folder = Path(script).parent
    if Path.home().resolve().is_relative_to(folder) or folder == data:
        return (script,)
    if not data.is_relative_to(folder):
        return (str(folder),)
    try:
        beside = [each for each in folder.iterdir() if not each.is_symlink()]
    except OSError:
        return (script,)
    return tuple(str(each) for each in beside if not data.is_relative_to(each))


def _how_it_ended(status: ExitStatus) -> str:
    if status.signal is None and status.code is None:
        return "the script's process was lost: the process that started it has ended"
    how = f"signal {status.signal}" if status.signal else f"exit status {status.code}"
    return f"the script's process ended by itself with {how}"
