"""The token bucket that bounds how many operations per second a run makes."""

import threading
from collections.abc import Callable
from enum import StrEnum

import msgspec

from benchwright.core.limits import Preset


class OnExcess(StrEnum):
    """What happens to an operation over the rate."""

    WAIT = "wait"
    ERROR = "error"


class RateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Operations per second, how many may come at once, and what an excess does."""

    operations_per_s: float = 2000.0
    burst: float = 4000.0
    on_excess: OnExcess = OnExcess.WAIT


RATE_PRESETS = {
    Preset.STANDARD: RateSettings(),
    Preset.STRICT: RateSettings(operations_per_s=10.0, burst=50.0, on_excess=OnExcess.ERROR),
}

READ_COST = 0.5
COMMAND_COST = 1.0
_ROUNDING = 1e-6  # of a token: who waits as long as told finds it there


class TokenBucket:
    """Tokens that refill at a steady rate up to a burst; safe to use from several threads."""

    def __init__(self, settings: RateSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self._clock = clock
        self._tokens = settings.burst
        self._filled_at = clock()
        self._lock = threading.Lock()

    def take(self, cost: float) -> float:
        """Take `cost` tokens if they are there; return 0, else the seconds until they will be.

        An operation that costs more than the burst takes the whole burst.
        """
        cost = min(cost, self.settings.burst)
        with self._lock:
            now = self._clock()
            refill = (now - self._filled_at) * self.settings.operations_per_s
            self._tokens = min(self.settings.burst, self._tokens + refill)
            self._filled_at = now
            if self._tokens >= cost - _ROUNDING:
                self._tokens = max(self._tokens - cost, 0.0)
                return 0.0
            return (cost - self._tokens) / self.settings.operations_per_s
