"""Serves one worker: checks each frame and each call, makes the call, answers. Every byte is hostile."""

import logging
import threading
import time
from collections.abc import Callable
from math import isfinite

from benchwright.bench.runs.host_functions import CONTROLLER_METHODS, HostFunctions
from benchwright.bench.runs.output import RunOutput
from benchwright.bench.runs.run import Run, believable_line
from benchwright.core.descriptors import MethodDescriptor, MethodKind
from benchwright.core.errors import (
    INTERNAL_ERROR,
    BenchwrightError,
    CallCancelled,
    EmergencyStopActive,
    ErrorInfo,
    ExecutionError,
    InstrumentError,
    InstrumentTimeout,
    PermissionDenied,
    ProtocolError,
    RateLimitExceeded,
    ResourceLimitExceeded,
    ScriptTimeout,
    StorageError,
    UnknownNameError,
)
from benchwright.core.limits import LIMIT_NAMES
from benchwright.core.permissions import Permission
from benchwright.core.rates import COMMAND_COST, READ_COST, OnExcess
from benchwright.core.run_states import RunState, StopPolicy
from benchwright.core.script_messages import (
    MAX_OUTSTANDING_CALLS,
    Call,
    Finished,
    LimitReached,
    Line,
    Log,
    Output,
    Progress,
    Ready,
    Refusal,
    Reply,
    Rows,
    WorkerMessage,
)
from benchwright.core.values import Value, check_value
from benchwright.engines.host_api import BENCH_FUNCTIONS, FUNCTION_PERMISSIONS, NEVER_REFUSED
from benchwright.instruments.calls import calling_as
from benchwright.instruments.manager import InstrumentSet
from benchwright.worker.channel import Channel, ChannelClosed

_log = logging.getLogger(__name__)

REPLY_TIMEOUT_S = 2.0
LONG_CALL_S = 0.02
FREE_FUNCTIONS = frozenset({"checkpoint"})  # they cost no rate
# Limits that are met inside the worker; of the others the bench knows itself.
WORKER_LIMITS = frozenset(LIMIT_NAMES) - {"max_execution_time_s", "max_scratch_mb"}
# How a run was stopped is for the bench alone to say, not for the last frame of a script.
_BENCH_CODES = frozenset(
    {EmergencyStopActive.code, ResourceLimitExceeded.code, ScriptTimeout.code, CallCancelled.code}
)


class Broker:
    """The bench's end of one worker's channel.

    One thread reads. A call is made in that thread, so that a short one costs no hand-over; a call that may
    wait long, or one that the script marks as concurrent, gets its own thread. Where a call takes long
    nevertheless, `relieve` lets another thread read on: a signal handler of the script may press the
    emergency stop meanwhile.
    """

    def __init__(
        self,
        run: Run,
        channel: Channel[WorkerMessage],
        instruments: InstrumentSet,
        functions: HostFunctions,
        output: RunOutput,
        check_holder: Callable[[str, str], None],
        others_commanding: Callable[[str, Run], list[Run]],
    ) -> None:
        self.fences: dict[str, str] = {}
        self.finished: Finished | None = None
        self._run = run
        self._channel = channel
        self._instruments = instruments
        self._functions = functions
        self._output = output
        self._check_holder = check_holder
        self._others_commanding = others_commanding
        self._told_of: set[str] = set()  # other runs
        self._last_id = 0
        self._outstanding = 0
        self._lock = threading.Lock()
        self._reader = self._new_reader()
        self._readers = [self._reader]  # that one, and those that were relieved and are not done
        self._call_began_s = float("inf")  # of the call that it makes itself
        self._methods = {
            (name, method.name): method
            for name, descriptor in instruments.descriptors().items()
            for method in descriptor.methods
        }
        self._handlers: dict[type, Callable[..., None]] = {
            Call: self._on_call,
            Rows: output.rows,
            Output: output.lines,
            Log: output.log,
            Progress: output.progress,
            Line: self._on_line,
            Ready: self._on_ready,
            Finished: self._on_finished,
            LimitReached: self._on_limit,
        }

    def start(self) -> None:
        """Serve until the worker is gone; whatever it does ends its own run at worst."""
        self._reader.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the worker is gone, all that it said is read, and no reader's call is under way.

        Returns:
            Whether that came about in time.
        """
        deadline_s = time.monotonic() + timeout_s
        for reader in self._readers:
            reader.join(max(0.0, deadline_s - time.monotonic()))
        return not any(reader.is_alive() for reader in self._readers)

    def relieve(self) -> None:
        """Let another thread read on where a call keeps the one that does; to be called now and then."""
        with self._lock:
            if time.monotonic() - self._call_began_s < LONG_CALL_S:
                return
            before, self._reader = self._reader, self._new_reader()
            try:
                self._reader.start()
            except RuntimeError:  # no thread is free now
                self._reader = before
                return
            self._readers = [*filter(threading.Thread.is_alive, self._readers), self._reader]
            self._call_began_s = float("inf")

    def _new_reader(self) -> threading.Thread:
        return threading.Thread(target=self._serve, name=f"broker {self._run.run_id}", daemon=True)

    def _serve(self) -> None:
        this_thread = threading.current_thread()
        try:
            with calling_as(self._run.scope):
                while self._reader is this_thread:
                    message = self._channel.receive()
                    if self.finished is not None:
                        raise ProtocolError("a frame after the last one")
                    self._handlers[type(message)](message)
        except ChannelClosed:
            pass
        except StorageError as error:
            self._run.request_stop(RunState.FAILED, error.info(), at_once=True)
        except ResourceLimitExceeded as error:
            self._run.request_stop(RunState.RESOURCE_LIMIT, self._run.ended_by(error), at_once=True)
        except (ProtocolError, TimeoutError) as error:
            text = (
                error.message if isinstance(error, ProtocolError) else "the worker does not read its replies"
            )
            info = ErrorInfo(ProtocolError.code, f"the worker broke the protocol: {text}")
            self._run.request_stop(RunState.CRASHED, info, at_once=True)
        except Exception:  # noqa: BLE001 - the edge: a mistake of ours ends this run and nothing else
            _log.exception("the broker of run %s failed", self._run.run_id)
            self._run.request_stop(RunState.CRASHED, INTERNAL_ERROR, at_once=True)

    # --- frames ---

    def _on_ready(self, message: Ready) -> None:
        if self.fences:
            raise ProtocolError("a second ready frame")
        self.fences = message.fences or {"none": "missing"}
        self._run.move(RunState.RUNNING)

    def _on_finished(self, message: Finished) -> None:
        why = check_value(message.result.value)
        if why:
            raise ProtocolError(f"a result that is {why}")
        error = None if message.error is None else _own_words(message.error)
        self.finished = Finished(message.result, error)

    def _on_limit(self, message: LimitReached) -> None:
        value = getattr(self._run.plan.limits, message.limit) if message.limit in WORKER_LIMITS else None
        if value is None or not isfinite(message.value):
            raise ProtocolError("a limit that there is not")
        error = ResourceLimitExceeded(message.limit, value, believable_line(message.line))
        self._run.request_stop(RunState.RESOURCE_LIMIT, self._run.ended_by(error), at_once=True)

    def _on_line(self, message: Line) -> None:
        self._run.line = message.line

    def _on_call(self, call: Call) -> None:
        if call.id <= self._last_id:
            raise ProtocolError("call ids that do not rise")
        self._last_id = call.id
        self._run.line = call.line
        is_urgent = not call.target and call.method in NEVER_REFUSED
        with self._lock:
            self._outstanding += 1
            if self._outstanding > MAX_OUTSTANDING_CALLS and not is_urgent:
                raise ProtocolError(f"more than {MAX_OUTSTANDING_CALLS} calls at once")
        method = self._methods.get((call.target, call.method))
        if not is_urgent and (call.concurrent or (method is not None and method.waits)):
            threading.Thread(target=self._serve_call, args=(call,), name="call", daemon=True).start()
            return
        self._call_began_s = time.monotonic()
        self._answer(call)
        with self._lock:
            if self._reader is threading.current_thread():
                self._call_began_s = float("inf")

    def _serve_call(self, call: Call) -> None:
        with calling_as(self._run.scope):
            try:
                self._answer(call)
            except (ChannelClosed, TimeoutError):
                pass  # the worker is gone, or its run is being ended

    # --- calls ---

    def _answer(self, call: Call) -> None:
        answer: Reply | Refusal
        try:
            answer = Reply(call.id, self._perform(call))
        except BenchwrightError as error:
            info = error.info()
            answer = Refusal(call.id, ErrorInfo(info.code, info.message, call.line or None, info.column))
        except Exception:  # noqa: BLE001 - the edge: a driver's mistake is an error in the script
            _log.exception("%s.%s failed", call.target, call.method)
            text = f"{call.target}.{call.method} failed with a mistake in its driver; see bench.log"
            answer = Refusal(call.id, ErrorInfo(InstrumentError.code, text, call.line or None))
        with self._lock:
            self._outstanding -= 1
        if not self._run.scope.cancelled:
            self._channel.send(answer, timeout_s=REPLY_TIMEOUT_S)

    def _perform(self, call: Call) -> Value:
        if not call.target:
            return self._perform_function(call)
        method = self._methods.get((call.target, call.method))
        if method is None:
            self._instruments.get(call.target).descriptor.method(call.method)
            raise UnknownNameError("method", call.method, ())
        self._admit(f"{call.target}.{call.method}", method, method.permission)
        return self._use(call.target, method, call.args, call.kwargs)

    def _perform_function(self, call: Call) -> Value:
        descriptor = BENCH_FUNCTIONS.get(call.method)
        if descriptor is None:
            raise UnknownNameError("function", call.method, BENCH_FUNCTIONS)
        if call.method in NEVER_REFUSED:
            return self._functions.by_name[call.method](self._run)  # whatever it was called with
        self._admit(call.method, descriptor, FUNCTION_PERMISSIONS[call.method])
        bound = descriptor.bind(call.method, call.args, call.kwargs)
        if method_name := CONTROLLER_METHODS.get(call.method):
            controller = self._functions.controller()
            return self._use(controller, self._methods[controller, method_name], bound, {})
        return self._functions.by_name[call.method](self._run, *bound)

    def _use(self, name: str, method: MethodDescriptor, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call an instrument, which from then on is under the run's stop policy."""
        self._check_holder(name, self._run.run_id)
        self._remember_setpoints(name, method)
        return self._invoke(name, method.name, args, kwargs)

    def _admit(self, name: str, method: MethodDescriptor, permission: Permission | None) -> None:
        """Let a call pass only while the run is open, with its permission and within its rate."""
        run = self._run
        run.scope.check()
        if permission is not None and permission not in run.plan.permissions:
            raise PermissionDenied(permission, name)
        if name in FREE_FUNCTIONS:
            return
        cost = READ_COST if method.kind is MethodKind.QUERY else COMMAND_COST
        while (delay_s := run.bucket.take(cost)) > 0:
            if run.plan.rate.on_excess is OnExcess.ERROR:
                raise RateLimitExceeded(run.plan.rate.operations_per_s, delay_s)
            run.scope.wait(delay_s)

    def _remember_setpoints(self, name: str, method: MethodDescriptor) -> None:
        run = self._run
        if name in run.snapshots or method.kind is MethodKind.QUERY:
            return
        returns = run.plan.on_stop is StopPolicy.RETURN
        run.snapshots[name] = self._instruments.get(name).snapshot() if returns else {}
        self._warn_of_others(name)

    def _warn_of_others(self, name: str) -> None:
        """Say, once for each, which other run works an instrument that this one begins to command."""
        for other in self._others_commanding(name, self._run):
            if other.run_id not in self._told_of:
                self._told_of.add(other.run_id)
                self._output.warn(
                    f"{name} is also commanded by run {other.run_id} ({other.plan.script}); "
                    f'for one after the other, put exclusive = ["{name}"] in the metadata of both'
                )

    def _invoke(self, name: str, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        began_s = time.perf_counter()
        failed, timed_out = True, False
        try:
            value = self._instruments.get(name).invoke(method, args, kwargs)
            why = check_value(value)
            if why:
                raise InstrumentError(name, f"{method} gave {why}")
            failed = False
            return value
        except InstrumentTimeout:
            timed_out = True
            raise
        finally:
            took_s = time.perf_counter() - began_s
            self._run.count_call(f"{name}.{method}", took_s, failed, timed_out)


def _own_words(error: ErrorInfo) -> ErrorInfo:
    """Return the error that a script says it ended with, without what it cannot know or nobody can show."""
    code = ExecutionError.code if error.code in _BENCH_CODES else error.code
    line, column = believable_line(error.line), believable_line(error.column)
    return ErrorInfo(code, error.message, line, column if line else None, error.traceback)
