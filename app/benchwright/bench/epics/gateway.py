"""Publishes the bench over pvAccess: instruments, runs and the emergency stop as process variables."""

import logging
import re
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from benchwright.bench.event_bus import EventBus
from benchwright.bench.operators.calls import ClientCalls
from benchwright.bench.safety.emergency import EmergencyStop
from benchwright.core.descriptors import MethodDescriptor, MethodKind
from benchwright.core.errors import BenchUnavailable, BenchwrightError, CallCancelled
from benchwright.core.events import (
    AnyEvent,
    EmergencyChanged,
    InstrumentStateChanged,
    RunStateChanged,
    TelemetryRead,
)
from benchwright.core.extras import need_extra
from benchwright.core.values import Value
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.config import Config
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.manager import InstrumentSet

if TYPE_CHECKING:
    from benchwright.bench.epics.variables import Variable

_log = logging.getLogger(__name__)

_END_S: Final = 2.0
_RESET_AT_THE_BENCH: Final = "the emergency stop is reset by a person at the bench: benchwright estop --reset"


class EpicsGateway:
    """Serves process variables from `start` to `close`; what they are called is told in docs/epics.md.

    Args:
        config: its `epics` says where and under which names.
        count_runs: how many runs are not over.

    Raises:
        ConfigurationError: p4p is not installed.
    """

    def __init__(
        self,
        config: Config,
        instruments: InstrumentSet,
        bus: EventBus,
        emergency: EmergencyStop,
        count_runs: Callable[[], int],
    ) -> None:
        need_extra("epics", "EPICS (p4p)", "p4p")
        self.prefix = config.epics.prefix or re.sub(r"[^A-Za-z0-9_-]+", "_", config.name) + ":"
        self.address = ""
        self._settings = config.epics
        self._interval_s = config.telemetry_interval_s
        self._instruments = instruments
        self._bus = bus
        self._emergency = emergency
        self._count_runs = count_runs
        self._calls = ClientCalls()
        self._scope = CallScope(Caller.TELEMETRY, "epics")
        self._undo = ExitStack()
        self._variables: dict[str, Variable] = {}
        self._polled: list[tuple[Instrument, MethodDescriptor, Variable]] = []

    # --- life ---

    def start(self) -> None:
        """Begin to serve.

        Raises:
            BenchUnavailable: it cannot listen there.
        """
        self._add_bench()
        for instrument in self._instruments:
            self._add_instrument(instrument)
        with ExitStack() as undo:
            self._serve(undo)
            undo.callback(self._bus.subscribe(self._on_event))
            undo.callback(lambda: self._calls.end(_END_S))
            poller = threading.Thread(target=self._poll, name="epics", daemon=True)
            poller.start()
            undo.callback(poller.join)
            undo.callback(self._scope.cancel)
            self._undo = undo.pop_all()
        _log.info("process variables %s* at %s", self.prefix, self.address)

    def close(self) -> None:
        """Vanish from the network."""
        self._undo.close()

    def _serve(self, undo: ExitStack) -> None:
        from p4p.server import Server, StaticProvider

        settings = self._settings
        provider = StaticProvider("benchwright")
        for name, variable in self._variables.items():
            provider.add(self.prefix + name, variable.shared)
        where = {
            "EPICS_PVAS_INTF_ADDR_LIST": settings.address,
            "EPICS_PVAS_SERVER_PORT": str(settings.port),
            "EPICS_PVAS_BROADCAST_PORT": str(settings.broadcast_port),
            "EPICS_PVAS_BEACON_ADDR_LIST": "127.0.0.1",
            "EPICS_PVAS_AUTO_BEACON_ADDR_LIST": "NO" if settings.is_local else "YES",
        }
        try:
            server = Server([provider], conf=where, useenv=False)
        except RuntimeError as error:
            raise BenchUnavailable(f"cannot serve EPICS at {settings.address}: {error}") from None
        undo.callback(server.stop)
        self.address = f"{settings.address}:{server.conf()['EPICS_PVAS_SERVER_PORT']}"

    # --- what there is ---

    def _add(self, name: str, type_: str, **more: Any) -> "Variable":
        from benchwright.bench.epics.variables import Variable

        variable = Variable(type_, **more)
        self._variables.setdefault(name, variable)
        return variable

    def _add_bench(self) -> None:
        self._add("ESTOP", "boolean", on_put=self._on_stop).post(self._emergency.active)
        self._add("ESTOP:SOURCE", "text").post("")
        self._add("ESTOP:REPORT", "text").post("")
        self._add("RUN:STATE", "text").post("idle")
        self._add("RUN:SCRIPT", "text").post("")
        self._add("RUN:ID", "text").post("")
        self._add("RUN:COUNT", "integer").post(self._count_runs())

    def _add_instrument(self, instrument: Instrument) -> None:
        from benchwright.bench.epics.variables import TYPES

        self._add(f"{instrument.name}:STATE", "text").post(instrument.port.state)
        for method in instrument.methods.values():
            if method.telemetry:
                self._add(f"{instrument.name}:{method.telemetry}", "float", unit=method.unit)
            elif method.kind is MethodKind.QUERY and not method.parameters and method.result in TYPES:
                variable = self._add(f"{instrument.name}:{method.name}", method.result, unit=method.unit)
                self._polled.append((instrument, method, variable))
            elif self._settings.writes and method.kind is MethodKind.COMMAND:
                self._add_setpoint(instrument, method)

    def _add_setpoint(self, instrument: Instrument, method: MethodDescriptor) -> None:
        """Add what takes one value; the rest of what a command takes stays as by default."""
        from benchwright.bench.epics.variables import TYPES

        required = [each for each in method.parameters if each.required]
        if len(required) != 1 or required[0].type not in TYPES or method.parameters[0] is not required[0]:
            return

        def on_put(value: Value, who: str, done: Callable[[str | None], None]) -> None:
            def work() -> None:
                try:
                    _log.info("%s puts %s %s %s", who, instrument.name, method.name, value)
                    instrument.invoke(method.name, [value], {})
                except BenchwrightError as error:
                    done(error.message)
                else:
                    variable.post(value)
                    done(None)

            self._calls.start(method.name, work)

        variable = self._add(
            f"{instrument.name}:{method.name}", required[0].type, unit=required[0].unit, on_put=on_put
        )

    # --- what happens ---

    def _on_stop(self, value: bool, who: str, done: Callable[[str | None], None]) -> None:
        if not value:
            done(None if not self._emergency.active else _RESET_AT_THE_BENCH)
            return
        self._emergency.latch()  # at once, whatever the thread waits for

        def press() -> None:
            self._emergency.press(f"EPICS: {who}")
            done(None)

        threading.Thread(target=press, name="emergency stop by epics", daemon=True).start()

    def _on_event(self, event: AnyEvent) -> None:
        match event:
            case TelemetryRead():
                for channel, value in event.values.items():
                    variable = self._variables[channel.replace(".", ":", 1)]
                    variable.post(value, "" if value is not None else "no answer")
            case InstrumentStateChanged():
                problem = event.message if event.state == "lost" else ""
                self._variables[f"{event.name}:STATE"].post(event.state)
                if problem:
                    self._spoil(event.name, problem)
            case RunStateChanged():
                self._variables["RUN:STATE"].post(event.state.value)
                self._variables["RUN:SCRIPT"].post(event.script)
                self._variables["RUN:ID"].post(event.run_id)
                self._variables["RUN:COUNT"].post(self._count_runs())
            case EmergencyChanged():
                report = ", ".join(f"{each.name} {each.outcome}" for each in event.instruments)
                self._variables["ESTOP"].post(event.latched)
                self._variables["ESTOP:SOURCE"].post(event.source if event.latched else "")
                self._variables["ESTOP:REPORT"].post(report)

    def _spoil(self, name: str, problem: str) -> None:
        """Tell of each value of an instrument that it is not to be believed."""
        for key, variable in self._variables.items():
            if key.startswith(f"{name}:") and not key.endswith(":STATE"):
                variable.post(None, problem)

    def _poll(self) -> None:
        """Read what somebody looks at and what telemetry does not; opens no link, keeps nobody waiting."""
        try:
            with calling_as(self._scope):
                while True:
                    self._scope.wait(self._interval_s)
                    for instrument, method, variable in self._polled:
                        if (
                            variable.is_watched
                            and instrument.port.state == "connected"
                            and not instrument.port.lock.is_busy
                        ):
                            self._read(instrument, method, variable)
        except CallCancelled:
            pass  # closed

    def _read(self, instrument: Instrument, method: MethodDescriptor, variable: "Variable") -> None:
        try:
            variable.post(instrument.invoke(method.name, [], {}))
        except BenchwrightError as error:
            self._scope.check()
            variable.post(None, error.message)
