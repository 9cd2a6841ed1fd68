from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.instruments.simulation.motion import at_rest, brake, travel

rates = st.floats(0.1, 1000)
places = st.floats(-1000, 1000)


def test_a_long_travel_takes_the_way_at_velocity_and_the_two_ramps() -> None:
    motion = travel(0.0, 100.0, velocity=10.0, acceleration=20.0, deceleration=20.0, now_s=5.0)
    assert motion.ends_s == pytest.approx(5.0 + 100 / 10 + 10 / 20)
    assert motion.state(5.0) == (0.0, 0.0)
    assert motion.state(5.5) == pytest.approx((2.5, 10.0))  # end of the ramp: v**2 / 2a
    assert motion.state(10.25) == pytest.approx((50.0, 10.0))
    assert motion.state(motion.ends_s) == (100.0, 0.0)


def test_a_short_travel_never_reaches_the_velocity() -> None:
    motion = travel(0.0, -1.0, velocity=100.0, acceleration=4.0, deceleration=4.0, now_s=0.0)
    assert motion.ends_s == pytest.approx(1.0)
    assert motion.state(0.5) == pytest.approx((-0.5, -2.0))


@given(places, places, rates, rates, rates, st.floats(0, 1))
def test_a_travel_stays_on_its_way_within_its_velocity_and_arrives(
    start: float, end: float, velocity: float, acceleration: float, deceleration: float, part: float
) -> None:
    motion = travel(start, end, velocity, acceleration, deceleration, 0.0)
    position, speed = motion.state(part * motion.ends_s)
    low, high = min(start, end), max(start, end)
    assert low - 1e-6 <= position <= high + 1e-6
    assert abs(speed) <= velocity * (1 + 1e-9)
    just_before, _ = motion.state(motion.ends_s * (1 - 1e-9))
    assert isclose(just_before, end, abs_tol=1e-3)
    assert motion.state(motion.ends_s + 1) == (end, 0.0)


def test_no_way_takes_no_time() -> None:
    assert travel(3.0, 3.0, 1.0, 1.0, 1.0, 7.0).ends_s == 7.0
    assert at_rest(3.0, 7.0).state(9.0) == (3.0, 0.0)


def test_braking_takes_velocity_squared_over_twice_the_deceleration() -> None:
    motion = brake(10.0, -8.0, 4.0, 0.0)
    assert motion.ends_s == pytest.approx(2.0)
    assert motion.end == pytest.approx(10.0 - 8.0)
    assert motion.state(1.0) == pytest.approx((10.0 - 6.0, -4.0))
