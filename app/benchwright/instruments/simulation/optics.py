"""A laser beam that goes through a turning polariser onto a photodiode."""

from collections.abc import Callable
from math import cos, hypot, radians
from random import Random

P0_W = 1.0e-3
DARK_W = 2.0e-8
RELATIVE_NOISE = 5.0e-4
NOISE_FLOOR_W = 1.0e-9


class PolarisedBeam:
    """Linearly polarised light behind a polariser: Malus' law, a dark level and noise.

    ``P = P0 * cos(angle)**2 + dark + noise``, all in watts. Source: Hecht, Optics, section 8.2.1.

    Attributes:
        angle_deg: tells the polariser's angle; whoever turns it puts itself here.
    """

    def __init__(self, random: Random) -> None:
        self.angle_deg: Callable[[], float] = lambda: 0.0
        self._random = random

    def mean_power_w(self) -> float:
        """Return the power on the detector without noise, in watts."""
        return P0_W * cos(radians(self.angle_deg())) ** 2 + DARK_W

    def power_w(self, samples: int = 1) -> float:
        """Return the mean of that many noisy readings, in watts."""
        power_w = self.mean_power_w()
        deviation_w: float = hypot(NOISE_FLOOR_W, RELATIVE_NOISE * power_w) / samples**0.5
        return power_w + self._random.gauss(0.0, deviation_w)
