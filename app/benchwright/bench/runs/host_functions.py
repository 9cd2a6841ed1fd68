"""What the bench does for a script besides calling its instruments: the functions of `engines.host_api`."""

import itertools
import platform
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchwright import __version__
from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.run import Run
from benchwright.core.device_status import DeviceStatus
from benchwright.core.errors import (
    ArgumentError,
    EmergencyStopActive,
    InstrumentError,
    InstrumentTimeout,
    LinkError,
    UnknownNameError,
)
from benchwright.core.events import QuestionAsked
from benchwright.core.values import Value, describe_type
from benchwright.engines.host_api import MAX_TELEMETRY_CHANNELS
from benchwright.instruments.manager import InstrumentSet

if TYPE_CHECKING:
    from benchwright.instruments.telemetry import TelemetryPoller

MAX_CHOICES = 20
# Functions that are methods of the controller board by another name.
CONTROLLER_METHODS = {
    "device_set_motor_speed": "set_motor_speed",
    "device_set_digital_output": "set_digital_output",
}


class Questions:
    """What scripts asked and nobody answered yet."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._ids = itertools.count(1)
        self._waiting: dict[tuple[str, int], queue.SimpleQueue[str]] = {}
        self._lock = threading.Lock()

    def ask(self, run: Run, question: str, choices: list[str]) -> str:
        """Ask the operator and wait for the answer.

        Raises:
            InstrumentError: nobody is there to answer.
            CallCancelled: the run was stopped.
        """
        question_id = next(self._ids)
        answer: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._waiting[run.run_id, question_id] = answer
        event = QuestionAsked(run_id=run.run_id, question_id=question_id, question=question, choices=choices)
        run.question = event
        try:
            with run.scope.interrupted_by(lambda: answer.put("")):
                self._bus.publish(event)
                given = answer.get()
        finally:
            run.question = None
            del self._waiting[run.run_id, question_id]
        run.scope.check()
        if given not in choices:
            raise InstrumentError("", f"nobody answered the question {question!r}")
        return given

    def answer(self, run_id: str, question_id: int, answer: str) -> None:
        """Hand over the operator's answer; a question that is no longer open is ignored."""
        waiting = self._waiting.get((run_id, question_id))
        if waiting is not None:
            waiting.put(answer)


class HostFunctions:
    """The bench's own functions by name; each takes the run and its checked arguments."""

    def __init__(
        self,
        instruments: InstrumentSet,
        questions: Questions,
        telemetry: "TelemetryPoller",
        controller: str | None,
        emergency_stop: Callable[[str], object],
    ) -> None:
        self._instruments = instruments
        self._questions = questions
        self._telemetry = telemetry
        self._controller_name = controller
        self._emergency_stop = emergency_stop
        self.by_name: dict[str, Callable[..., Value]] = {
            "checkpoint": lambda run: run.checkpoint(),
            "ask": self._ask,
            "system_info": self._system_info,
            "emergency_stop": self.emergency_stop,
            "device_emergency_stop": self.emergency_stop,
            "device_get_status": self._status,
            "telemetry_read": self._read_telemetry,
        }

    def emergency_stop(self, run: Run) -> None:
        """Press the emergency stop; never refused.

        Raises:
            EmergencyStopActive: always, for the run that pressed it ends with the others.
        """
        self._emergency_stop(f"script {run.plan.script}")
        raise EmergencyStopActive

    def _ask(self, run: Run, question: str, choices: list[Value]) -> str:
        # An empty text is how a desk says that nobody answered: no choice may look like it.
        texts = [choice for choice in choices if isinstance(choice, str) and choice.strip()]
        if not texts or len(texts) != len(choices) or len(texts) > MAX_CHOICES:
            raise ArgumentError(f"ask: choices must be a list of 1 to {MAX_CHOICES} texts that are not empty")
        return self._questions.ask(run, question, texts)

    def _system_info(self, run: Run) -> Value:
        return {
            "benchwright": __version__,
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
            "hostname": platform.node(),
        }

    def controller(self) -> str:
        """Return the name of the instrument behind the device functions.

        Raises:
            InstrumentError: the config names none.
        """
        if not self._controller_name:
            raise InstrumentError("", "the config names no controller board: set controller in [bench]")
        return self._controller_name

    def _status(self, run: Run) -> Value:
        """Ask the board; that it cannot be reached is an answer, too."""
        name = self.controller()
        try:
            return self._instruments.get(name).invoke("get_status", [], {})
        except (LinkError, InstrumentTimeout):
            return DeviceStatus().as_value()

    def _read_telemetry(self, run: Run, channels: list[Value]) -> Value:
        if len(channels) > MAX_TELEMETRY_CHANNELS:
            raise ArgumentError(
                f"telemetry_read takes at most {MAX_TELEMETRY_CHANNELS} channels, found {len(channels)}"
            )
        return {str(channel): self._read_channel(channel) for channel in channels}

    def _read_channel(self, channel: Value) -> Value:
        if not isinstance(channel, str):
            raise ArgumentError(f"telemetry_read: a channel is a text, found {describe_type(channel)}")
        known = self._telemetry.channels()
        if channel not in known:
            raise UnknownNameError("telemetry channel", channel, known)
        return self._telemetry.read(channel)
