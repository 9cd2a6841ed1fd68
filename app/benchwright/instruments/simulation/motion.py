"""How a driven axis travels: constant acceleration, constant velocity, constant deceleration."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import copysign, sqrt


@dataclass(frozen=True)
class Phase:
    """A stretch of constant acceleration: `duration_s` long, entered with `velocity` (units/s)."""

    duration_s: float
    velocity: float
    acceleration: float = 0.0

    def travelled(self, elapsed_s: float) -> float:
        """Return the way travelled since the phase began, in units."""
        return self.velocity * elapsed_s + 0.5 * self.acceleration * elapsed_s**2


class Motion:
    """A journey along one axis from a start, through phases, to an end where the axis stands still.

    Source: kinematics of a trapezoidal velocity profile, as the ESP300 manual describes it (section 4.4).
    """

    def __init__(self, start: float, phases: Iterable[Phase], end: float, started_s: float) -> None:
        self.start = start
        self.end = end
        self.started_s = started_s
        self._phases = tuple(phases)
        self.ends_s = started_s + sum(phase.duration_s for phase in self._phases)

    def state(self, now_s: float) -> tuple[float, float]:
        """Return position (units) and velocity (units/s) at a time."""
        elapsed_s = now_s - self.started_s
        position = self.start
        for phase in self._phases:
            if elapsed_s < phase.duration_s:
                elapsed_s = max(0.0, elapsed_s)
                return position + phase.travelled(elapsed_s), phase.velocity + phase.acceleration * elapsed_s
            position += phase.travelled(phase.duration_s)
            elapsed_s -= phase.duration_s
        return self.end, 0.0


def at_rest(position: float, now_s: float) -> Motion:
    """Stand still."""
    return Motion(position, (), position, now_s)


def travel(
    start: float, end: float, velocity: float, acceleration: float, deceleration: float, now_s: float
) -> Motion:
    """Go from standstill to standstill; a short way never reaches `velocity`. All rates are above 0."""
    distance = abs(end - start)
    reachable = sqrt(2 * distance * acceleration * deceleration / (acceleration + deceleration))
    peak = min(velocity, reachable)
    cruise_s = 0.0
    if peak > 0:
        cruise_s = max(0.0, distance - peak**2 / 2 * (1 / acceleration + 1 / deceleration)) / peak
    sign = copysign(1.0, end - start)
    phases = (
        Phase(peak / acceleration, 0.0, sign * acceleration),
        Phase(cruise_s, sign * peak),
        Phase(peak / deceleration, sign * peak, -sign * deceleration),
    )
    return Motion(start, phases, end, now_s)


def brake(position: float, velocity: float, deceleration: float, now_s: float) -> Motion:
    """Come to a standstill from `velocity`."""
    duration_s = abs(velocity) / deceleration
    phase = Phase(duration_s, velocity, -copysign(deceleration, velocity))
    return Motion(position, (phase,), position + phase.travelled(duration_s), now_s)
