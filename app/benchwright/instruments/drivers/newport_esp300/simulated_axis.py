"""One axis of the simulated ESP300: a stage with its motor, limits and trajectory."""

from collections.abc import Callable
from dataclasses import dataclass

from benchwright.instruments.simulation.motion import Motion, at_rest, brake, travel

DEGREE, MILLIMETER = 7, 2


@dataclass(frozen=True)
class Stage:
    """What the controller reads from a stage's memory; rates in units/s and units/s**2."""

    model: str
    serial: str
    unit: int
    resolution: float
    maximum_velocity: float
    maximum_acceleration: float
    left_limit: float
    right_limit: float


ROTATION_STAGE = Stage("URS75CC", "SN1263", DEGREE, 0.0005, 80.0, 400.0, -360.0, 360.0)
LINEAR_STAGE = Stage("UTS50CC", "SN0417", MILLIMETER, 0.0005, 20.0, 100.0, -25.0, 25.0)


class SimulatedAxis:
    """A stage that travels in time; `position` is the controller's name for the place `physical`."""

    def __init__(self, stage: Stage, now_s: Callable[[], float]) -> None:
        self.stage = stage
        self.unit = stage.unit
        self.is_on = True
        self.velocity = stage.maximum_velocity / 2
        self.maximum_velocity = stage.maximum_velocity
        self.acceleration = stage.maximum_acceleration / 2
        self.deceleration = stage.maximum_acceleration / 2
        self.maximum_acceleration = stage.maximum_acceleration
        self.left_limit = stage.left_limit
        self.right_limit = stage.right_limit
        self._now_s = now_s
        self._offset = 0.0  # physical position = position + offset
        self._motion = at_rest(0.0, now_s())
        self._homing_sets_zero: bool | None = None

    # --- where it is ---

    def position(self) -> float:
        """Return the position by the encoder, in units."""
        step = self.stage.resolution
        return round(self._state()[0] / step) * step

    def physical(self) -> float:
        """Return how far the stage is from its home switch, in units."""
        return self._state()[0] + self._offset

    def speed(self) -> float:
        """Return the present velocity, in units/s."""
        return self._state()[1]

    def target(self) -> float:
        """Return where the axis goes or stands, in units."""
        self._state()
        return self._motion.end

    def is_moving(self) -> bool:
        """Whether the trajectory is under way."""
        self._state()
        return self._now_s() < self._motion.ends_s

    def is_homing(self) -> bool:
        """Whether the axis looks for its home position."""
        return self.is_moving() and self._homing_sets_zero is not None

    def motion_ends_s(self) -> float:
        """Return the time at which the trajectory ends."""
        return self._motion.ends_s

    def _state(self) -> tuple[float, float]:
        now_s = self._now_s()
        if self._homing_sets_zero and now_s >= self._motion.ends_s:
            self.define_position(0.0)
        return self._motion.state(now_s)

    # --- what it does ---

    def move(self, target: float) -> None:
        """Travel to a position with the set rates."""
        self._homing_sets_zero = None
        self._motion = self._travel(target)

    def home(self, *, sets_zero: bool) -> None:
        """Travel to the home switch and call that zero, or to what is called zero now."""
        self._homing_sets_zero = None
        self._motion = self._travel(-self._offset if sets_zero else 0.0)
        self._homing_sets_zero = sets_zero

    def _travel(self, target: float) -> Motion:
        start = self._state()[0]
        return travel(start, target, self.velocity, self.acceleration, self.deceleration, self._now_s())

    def define_position(self, position: float) -> None:
        """Give the place where the axis stands another name."""
        self._homing_sets_zero = None
        now_s = self._now_s()
        here = self._motion.state(now_s)[0]
        self._offset += here - position
        self._motion = at_rest(position, now_s)

    def stop(self) -> bool:
        """Slow down with the set deceleration; return whether that ended a search for home."""
        was_homing = self.is_homing()
        position, speed = self._state()
        self._homing_sets_zero = None
        if self.is_moving():
            self._motion = brake(position, speed, self.deceleration, self._now_s())
        return was_homing

    def switch_off(self) -> None:
        """Cut the motor's power: the stage stands where it is."""
        position = self._state()[0]
        self._homing_sets_zero = None
        self.is_on = False
        self._motion = at_rest(position, self._now_s())
