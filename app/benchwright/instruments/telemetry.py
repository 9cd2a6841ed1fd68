"""Reads the telemetry channels of all instruments in the background, and keeps the latest value of each."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from benchwright.core.descriptors import MethodDescriptor
from benchwright.core.errors import BenchwrightError, CallCancelled, LinkError, UnknownNameError
from benchwright.core.events import TelemetryRead
from benchwright.core.values import Value
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.instrument import Instrument

_FRESH_INTERVALS: Final = 2.0


class TelemetryData(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel gave, and when by the monotonic clock; None where the instrument did not answer."""

    channel: str
    value: float | None
    unit: str
    monotonic_s: float


class TelemetryPoller:
    """Polls each instrument in a thread of its own, so that a dead one does not delay the others.

    Telemetry opens no link that is closed, and passes an instrument over while others use it. A link that was
    lost is tried again as often as its back-off allows.

    Args:
        instruments: those of the bench; a channel is ``instrument.channel``, such as ``esp300.position``.
        interval_s: time between two readings of a channel.
        publish: told of each reading, in the thread that made it.
    """

    def __init__(
        self, instruments: Iterable[Instrument], interval_s: float, publish: Callable[[TelemetryRead], object]
    ) -> None:
        self._interval_s = interval_s
        self._lanes = [lane for each in instruments if (lane := _Lane(each, interval_s, publish)).methods]
        self._by_channel = {channel: lane for lane in self._lanes for channel in lane.methods}

    def start(self) -> None:
        """Begin to poll."""
        for lane in self._lanes:
            lane.thread.start()

    def close(self) -> None:
        """Stop polling; a reading under way is given up."""
        for lane in self._lanes:
            lane.scope.cancel()
        for lane in self._lanes:
            if lane.thread.ident is not None:
                lane.thread.join()

    def channels(self) -> dict[str, str]:
        """Return the unit of each channel by its name."""
        return {channel: lane.methods[channel].unit for channel, lane in self._by_channel.items()}

    def latest(self, channel: str) -> TelemetryData | None:
        """Return what a channel last gave, None where it was never read.

        Raises:
            UnknownNameError: there is no such channel.
        """
        return self._lane(channel).latest.get(channel)

    def read(self, channel: str) -> float | None:
        """Return a channel's value: the latest one if it is fresh, else the instrument is asked now.

        Raises:
            UnknownNameError: there is no such channel.
            InstrumentError: the instrument did not answer.
        """
        lane = self._lane(channel)
        latest = lane.latest.get(channel)
        fresh_since_s = time.monotonic() - _FRESH_INTERVALS * self._interval_s
        if latest is not None and latest.value is not None and latest.monotonic_s >= fresh_since_s:
            return latest.value
        return lane.ask(channel)

    def _lane(self, channel: str) -> "_Lane":
        if channel not in self._by_channel:
            raise UnknownNameError("telemetry channel", channel, self._by_channel)
        return self._by_channel[channel]


class _Lane:
    """The telemetry of one instrument."""

    def __init__(
        self, instrument: Instrument, interval_s: float, publish: Callable[[TelemetryRead], object]
    ) -> None:
        self.methods: dict[str, MethodDescriptor] = {
            f"{instrument.name}.{method.telemetry}": method
            for method in instrument.methods.values()
            if method.telemetry
        }
        self.latest: dict[str, TelemetryData] = {}
        self.scope = CallScope(Caller.TELEMETRY, instrument.name)
        self.thread = threading.Thread(target=self._run, name=f"telemetry {instrument.name}", daemon=True)
        self._instrument = instrument
        self._interval_s = interval_s
        self._publish = publish
        self._is_silent = False  # whether the last reading gave nothing at all

    def ask(self, channel: str) -> float | None:
        """Ask the instrument, on behalf of the calling thread."""
        value = _as_float(self._instrument.invoke(self.methods[channel].name, [], {}))
        self._keep(channel, value)
        return value

    def _run(self) -> None:
        try:
            with calling_as(self.scope):
                while True:
                    self.scope.wait(self._interval_s)
                    self._poll()
        except CallCancelled:
            pass  # closed

    def _poll(self) -> None:
        port = self._instrument.port
        if port.state not in ("connected", "lost") or port.lock.is_busy:
            return
        values = self._read_all()
        was_silent, self._is_silent = self._is_silent, not any(v is not None for v in values.values())
        if not (was_silent and self._is_silent):  # that it is gone is said once
            units = {channel: method.unit for channel, method in self.methods.items()}
            self._publish(TelemetryRead(values=values, units=units))

    def _read_all(self) -> dict[str, float | None]:
        values: dict[str, float | None] = dict.fromkeys(self.methods)
        for channel in values:
            try:
                values[channel] = self.ask(channel)
            except CallCancelled:
                self.scope.check()  # closed; else the emergency stop needed the port
                self._keep(channel, None)
            except LinkError:
                for missing in values:
                    self._keep(missing, values[missing])
                break
            except BenchwrightError:
                self._keep(channel, None)
        return values

    def _keep(self, channel: str, value: float | None) -> None:
        self.latest[channel] = TelemetryData(
            channel=channel, value=value, unit=self.methods[channel].unit, monotonic_s=time.monotonic()
        )


def _as_float(value: Value) -> float | None:
    return float(value) if isinstance(value, (bool, int, float)) else None
