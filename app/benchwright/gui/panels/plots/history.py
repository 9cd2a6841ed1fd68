"""What the telemetry channels told in the last hours, bounded, ready to be drawn at any zoom."""

import math
from typing import Final

import numpy as np

from benchwright.core.events import TelemetryRead
from benchwright.gui.panels.plots.columns import BLOCK, Column

KEPT_S: Final = 8 * 3600.0
MAX_SAMPLES: Final = 1_000_000  # of a channel
_BATCH_BLOCKS: Final = 256  # let go at once, for it moves all that stays
_GATHERED: Final = 512


class ChannelHistory:
    """The samples of one channel: times in s of the bench's clock, and values, NaN where there was none."""

    def __init__(self, name: str, unit: str) -> None:
        self.name = name
        self.unit = unit
        self._times = Column()
        self._values = Column()
        self._newest_s = -math.inf
        self._new_times: list[float] = []  # gathered, since an array grows as fast by many as by one
        self._new_values: list[float] = []

    @property
    def times(self) -> Column:
        """When the samples were taken."""
        self._settle()
        return self._times

    @property
    def values(self) -> Column:
        """What the samples are."""
        self._settle()
        return self._values

    def append(self, time_s: float, value: float | None) -> None:
        """Add a sample; one that is older than the newest is passed over."""
        if time_s < self._newest_s:
            return
        self._newest_s = time_s
        self._new_times.append(time_s)
        self._new_values.append(math.nan if value is None else value)
        if len(self._new_times) >= _GATHERED:
            self._settle()

    def _settle(self) -> None:
        if not self._new_times:
            return
        self._times.append(np.array(self._new_times))
        self._values.append(np.array(self._new_values))
        self._new_times.clear()
        self._new_values.clear()
        due = BLOCK * _BATCH_BLOCKS
        count = self._times.count
        if count > due and (self._times.values[due] < self._newest_s - KEPT_S or count > MAX_SAMPLES):
            self._times.drop(_BATCH_BLOCKS)
            self._values.drop(_BATCH_BLOCKS)


class TelemetryHistory:
    """The channels in order of appearance; `epoch_s` is the UTC time at which their clock was zero."""

    def __init__(self) -> None:
        self.channels: dict[str, ChannelHistory] = {}
        self.newest_s = 0.0
        self.epoch_s = 0.0

    def append(self, event: TelemetryRead) -> None:
        """Take what one instrument told."""
        self.newest_s = max(self.newest_s, event.monotonic_s)
        self.epoch_s = event.utc.timestamp() - event.monotonic_s
        for name, value in event.values.items():
            channel = self.channels.get(name)
            if channel is None:
                channel = self.channels[name] = ChannelHistory(name, event.units.get(name, ""))
            channel.append(event.monotonic_s, value)
