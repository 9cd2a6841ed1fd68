"""What the telemetry channels told in the last hours, bounded, ready to be drawn at any zoom."""

from typing import Final

import numpy as np

from benchwright.core.events import TelemetryRead
from benchwright.gui.panels.plots.columns import BLOCK, Column

KEPT_S: Final = 8 * 3600.0
MAX_SAMPLES: Final = 1_000_000  # of a channel
_BATCH_BLOCKS: Final = 256  # let go at once, for it moves all that stays


class ChannelHistory:
    """The samples of one channel: times in s of the bench's clock, and values, NaN where there was none."""

    def __init__(self, name: str, unit: str) -> None:
        self.name = name
        self.unit = unit
        self.times = Column()
        self.values = Column()

    def append(self, time_s: float, value: float | None) -> None:
        """Add a sample; one that is older than the newest is passed over."""
        count = self.times.count
        if count and time_s < self.times.values[-1]:
            return
        self.times.append(np.array([time_s]))
        self.values.append(np.array([np.nan if value is None else value]))
        due = BLOCK * _BATCH_BLOCKS
        if count > due and (self.times.values[due] < time_s - KEPT_S or count > MAX_SAMPLES):
            self.times.drop(_BATCH_BLOCKS)
            self.values.drop(_BATCH_BLOCKS)


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
