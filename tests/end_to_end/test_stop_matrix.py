"""Every attack times every way to stop it, as root and as an ordinary user; the whole of it under `soak`.

`make soak ARGS="-k stop_matrix -s"` prints what was measured.
"""

import time
from collections.abc import Iterator, Sequence

import pytest

from tests.end_to_end.stop_attacks import SUITE, StopAttack, stop_attacks
from tests.end_to_end.stop_matrix import (
    STOPS,
    Leftovers,
    Measured,
    Site,
    leftovers,
    next_run,
    site,
    stop_together,
    table,
    warm_up,
)
from tests.helpers.ordinary_user import can_be_ordinary

needs_root = pytest.mark.skipif(not can_be_ordinary(), reason="only root can be somebody else")
LAST_CALL_MS = 5.0
GONE_MS = 200.0
AT_ONCE = 3
# In the suite, beside other tests on a busy machine, only what is wrong by far shows.
BUSY_LAST_CALL_MS = 1000.0
BUSY_GONE_MS = 3000.0
BUSY_AT_ONCE = 5
AGAIN = 3  # a stop that took too long is tried again, alone: the machine may have been busy
GRACE_S = 5.0


@pytest.fixture(params=["this user", pytest.param("nobody", marks=needs_root)])
def bench_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with site(ordinary=request.param == "nobody") as served:
        warm_up(served)
        yield served


def wait_until_clean(bench_site: Site, before: Leftovers) -> None:
    """Wait for what is on its way out, such as threads of clients that left; links may be closed by now."""
    deadline_s = time.monotonic() + GRACE_S
    while (after := leftovers(bench_site.bench)).exceed(before):
        assert time.monotonic() < deadline_s, (before, after)
        time.sleep(0.02)


def stop_all_in_every_way(bench_site: Site, attacks: Sequence[StopAttack], at_once: int) -> list[Measured]:
    measured = []
    before = leftovers(bench_site.bench)
    for name in STOPS:
        for start in range(0, len(attacks), at_once):
            measured += stop_together(bench_site, name, attacks[start : start + at_once])
        next_run(bench_site)
    wait_until_clean(bench_site, before)
    return measured


def too_late(measured: Sequence[Measured], last_call_ms: float, gone_ms: float) -> list[Measured]:
    return [each for each in measured if each.last_call_ms > last_call_ms or each.gone_ms > gone_ms]


def test_nothing_withstands_a_stop(bench_site: Site) -> None:
    attacks = stop_attacks()[:SUITE]
    if bench_site.is_ordinary:
        attacks = attacks[::3]
    measured = stop_all_in_every_way(bench_site, attacks, BUSY_AT_ONCE)
    assert not [each for each in measured if each.problems]
    assert not too_late(measured, BUSY_LAST_CALL_MS, BUSY_GONE_MS)


@pytest.mark.soak
def test_stop_matrix(bench_site: Site) -> None:
    attacks = {attack.name: attack for attack in stop_attacks()}
    measured = stop_all_in_every_way(bench_site, list(attacks.values()), AT_ONCE)
    print("", table(measured, lambda m: m.stop), "", table(measured, lambda m: m.attack), sep="\n")
    assert not [each for each in measured if each.problems]
    for late in too_late(measured, LAST_CALL_MS, GONE_MS):
        again = [stop_together(bench_site, late.stop, [attacks[late.attack]])[0] for _ in range(AGAIN)]
        print(late, again)
        assert len(too_late(again, LAST_CALL_MS, GONE_MS)) < AGAIN
