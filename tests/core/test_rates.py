"""The token bucket, with a clock of our own."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.limits import Preset
from benchwright.core.rates import COMMAND_COST, RATE_PRESETS, READ_COST, OnExcess, RateSettings, TokenBucket


class Clock:
    """Time in seconds, moved by hand."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_the_figures_of_the_presets() -> None:
    strict, standard = RATE_PRESETS[Preset.STRICT], RATE_PRESETS[Preset.STANDARD]
    assert (strict.operations_per_s, strict.burst, strict.on_excess) == (10.0, 50.0, OnExcess.ERROR)
    assert (standard.operations_per_s, standard.burst, standard.on_excess) == (2000.0, 4000.0, OnExcess.WAIT)


def test_a_burst_then_the_steady_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(RateSettings(operations_per_s=10, burst=3), clock)
    assert [bucket.take(COMMAND_COST) for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]
    clock.now = 0.1
    assert bucket.take(COMMAND_COST) == 0
    assert bucket.take(READ_COST) == pytest.approx(0.05)
    clock.now = 1000
    assert [bucket.take(COMMAND_COST) for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]


RATES = st.floats(0.1, 1e5)
STEPS = st.lists(st.tuples(st.floats(0, 10), st.sampled_from([READ_COST, COMMAND_COST])), max_size=60)


@given(RATES, RATES, STEPS, st.floats(0, 1e7))
def test_never_more_than_burst_and_rate_allow(
    rate: float, burst: float, steps: list[tuple[float, float]], start: float
) -> None:
    clock = Clock(start)
    bucket = TokenBucket(RateSettings(operations_per_s=rate, burst=burst), clock)
    taken = 0.0
    for wait_s, cost in steps:
        clock.now += wait_s
        if bucket.take(cost) == 0:
            taken += min(cost, burst)
        assert taken <= burst + rate * (clock.now - start) + 1e-3


@given(RATES, RATES, STEPS, st.floats(0, 1e5))
def test_who_waits_as_long_as_told_is_served(
    rate: float, burst: float, steps: list[tuple[float, float]], start: float
) -> None:
    clock = Clock(start)
    bucket = TokenBucket(RateSettings(operations_per_s=rate, burst=burst), clock)
    for _, cost in steps:
        wait_s = bucket.take(cost)
        clock.now += wait_s
        if wait_s:
            assert bucket.take(cost) == 0


def test_an_operation_larger_than_the_burst_is_served_at_last() -> None:
    clock = Clock()
    bucket = TokenBucket(RateSettings(operations_per_s=1, burst=0.5), clock)
    assert bucket.take(COMMAND_COST) == 0
    assert bucket.take(COMMAND_COST) == pytest.approx(0.5)
    clock.now = 0.5
    assert bucket.take(COMMAND_COST) == 0


def test_threads_share_one_bucket() -> None:
    bucket = TokenBucket(RateSettings(operations_per_s=1, burst=1000), Clock())
    served: list[float] = []

    def take() -> None:
        served.extend(bucket.take(1.0) for _ in range(400))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served.count(0.0) == 1000
