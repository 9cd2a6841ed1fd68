"""A supply that feeds a resistor which heats up and so changes its resistance."""

from collections.abc import Callable

R0_OHM = 10.0
TEMPERATURE_COEFFICIENT_PER_K = 3.9e-3  # platinum and copper alike
AMBIENT_C = 23.0
THERMAL_RESISTANCE_K_PER_W = 20.0
HEAT_CAPACITY_J_PER_K = 0.05
_TIME_CONSTANT_S = THERMAL_RESISTANCE_K_PER_W * HEAT_CAPACITY_J_PER_K
_STEP_S = _TIME_CONSTANT_S / 20
_SETTLED_S = 20 * _TIME_CONSTANT_S  # beyond this the temperature has reached its end value


class HeatedLoad:
    """A resistor on a supply with a current limit: Ohm's law, Joule heat, linear temperature coefficient.

    ``R = R0 * (1 + a * (T - T0))`` and ``C * dT/dt = P - (T - T0) / Rth``. Source: Horowitz and Hill,
    The Art of Electronics, section 1.2; first-order thermal model, ibid. section 9.4.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._updated_s = now_s()
        self._temperature_c = AMBIENT_C
        self._source = (0.0, 0.0)

    def feed(self, voltage_v: float, current_limit_a: float) -> None:
        """Connect a source of that voltage which limits the current; 0 V and 0 A is no source."""
        self._update()
        self._source = (voltage_v, current_limit_a)

    @property
    def is_powered(self) -> bool:
        """Whether a source drives the load."""
        return min(self._source) > 0

    def current_a(self) -> float:
        """Return the current through the load, in amperes."""
        self._update()
        return self._current()

    def voltage_v(self) -> float:
        """Return the voltage across the load, in volts."""
        self._update()
        return self._current() * self._resistance()

    def resistance_ohm(self) -> float:
        """Return the resistance at the present temperature, in ohms."""
        self._update()
        return self._resistance()

    def temperature_c(self) -> float:
        """Return the load's temperature, in degrees Celsius."""
        self._update()
        return self._temperature_c

    def _resistance(self) -> float:
        return R0_OHM * (1 + TEMPERATURE_COEFFICIENT_PER_K * (self._temperature_c - AMBIENT_C))

    def _current(self) -> float:
        voltage_v, limit_a = self._source
        return min(voltage_v / self._resistance(), limit_a)

    def _update(self) -> None:
        now_s = self._now_s()
        left_s = min(now_s - self._updated_s, _SETTLED_S)
        self._updated_s = now_s
        while left_s > 0:
            step_s = min(left_s, _STEP_S)
            heat_w = self._current() ** 2 * self._resistance()
            loss_w = (self._temperature_c - AMBIENT_C) / THERMAL_RESISTANCE_K_PER_W
            self._temperature_c += step_s * (heat_w - loss_w) / HEAT_CAPACITY_J_PER_K
            left_s -= step_s
