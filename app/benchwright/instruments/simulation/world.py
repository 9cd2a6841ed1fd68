"""The physics that simulated instruments share: one clock, one seed, one beam, one circuit."""

import time
from collections.abc import Callable
from random import Random

from benchwright.instruments.simulation.circuit import HeatedLoad
from benchwright.instruments.simulation.optics import PolarisedBeam


class World:
    """What the simulated instruments act on and measure.

    Args:
        seed: of all noise; the same seed and the same questions give the same readings.
        clock: seconds that only grow.
        time_scale: how many seconds pass here for each second of `clock`.
    """

    def __init__(
        self, seed: int = 0, clock: Callable[[], float] = time.monotonic, time_scale: float = 1.0
    ) -> None:
        self.seed = seed
        self.time_scale = time_scale
        self._clock = clock
        self._started_s = clock()
        self.beam = PolarisedBeam(self.random("beam"))
        self.load = HeatedLoad(self.now_s)

    def now_s(self) -> float:
        """Return the simulated seconds since the beginning."""
        return (self._clock() - self._started_s) * self.time_scale

    def random(self, name: str) -> Random:
        """Return the source of noise of that name."""
        return Random(f"{self.seed}/{name}")
