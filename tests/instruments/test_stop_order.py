"""Presses and resets of the emergency stop at the same time, with the moments chosen by the test."""

import threading
import time
from collections.abc import Callable

import pytest

from benchwright.core.errors import EmergencyStopActive, StorageError
from benchwright.core.events import InstrumentStopped
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.stop_order import Report, StopOrder

TIMEOUT_S = 5.0


class Stop:
    """A stop that lasts until the test says so."""

    def __init__(self) -> None:
        self.count = 0
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def __call__(self) -> Report:
        self.count += 1
        self.begun.release()
        assert self.may_end.acquire(timeout=TIMEOUT_S)
        return [InstrumentStopped(name="motor", outcome="safe", duration_s=float(self.count))]


def started(target: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=target)
    thread.start()
    return thread


def wait_for_presses(order: StopOrder, count: int) -> None:
    while True:
        with order._counting:
            if order._presses == count:
                return
        time.sleep(0.001)


@pytest.fixture
def latch() -> SafetyLatch:
    return SafetyLatch()


@pytest.fixture
def order(latch: SafetyLatch) -> StopOrder:
    return StopOrder(latch)


def test_presses_during_a_stop_share_its_report(order: StopOrder) -> None:
    stop, reports = Stop(), list[Report]()
    threads = [started(lambda: reports.append(order.press(stop)))]
    assert stop.begun.acquire(timeout=TIMEOUT_S)
    threads += [started(lambda: reports.append(order.press(stop))) for _ in range(5)]
    wait_for_presses(order, 6)
    stop.may_end.release()
    for thread in threads:
        thread.join()
    assert [report[0].duration_s for report in reports] == [1.0] * 6


def test_a_press_after_a_stop_has_all_stopped_anew(order: StopOrder) -> None:
    stop = Stop()
    stop.may_end.release(2)
    assert [order.press(stop)[0].duration_s for _ in range(2)] == [1.0, 2.0]


def test_a_reset_waits_for_the_stop_that_is_carried_out(order: StopOrder, latch: SafetyLatch) -> None:
    stop = Stop()
    press = started(lambda: order.press(stop))
    assert stop.begun.acquire(timeout=TIMEOUT_S)
    seen: list[int] = []
    reset = started(lambda: order.reset(lambda: seen.append(stop.count)))
    reset.join(0.05)
    assert latch.active
    assert not seen
    stop.may_end.release()
    press.join()
    reset.join()
    assert not latch.active
    assert seen == [1]


def test_a_press_after_the_reset_was_asked_for_is_not_undone_by_it(
    order: StopOrder, latch: SafetyLatch
) -> None:
    stop, refusals = Stop(), list[str]()
    press = started(lambda: order.press(stop))
    assert stop.begun.acquire(timeout=TIMEOUT_S)
    asked = threading.Event()

    def ask() -> None:
        asked.set()
        try:
            order.reset()
        except EmergencyStopActive as error:
            refusals.append(error.message)

    reset = started(ask)
    assert asked.wait(TIMEOUT_S)
    reset.join(0.05)  # it waits for the stop by now
    order.latch()
    stop.may_end.release()
    press.join()
    reset.join()
    assert latch.active
    assert refusals == ["the emergency stop was pressed again and stays latched"]


def test_a_press_during_a_reset_latches(order: StopOrder, latch: SafetyLatch) -> None:
    stop = Stop()
    stop.may_end.release(2)
    order.press(stop)
    order.reset(order.latch)  # at the worst moment: released, and not done yet
    assert latch.active
    order.press(stop)
    assert stop.count == 2


def test_a_reset_that_fails_leaves_it_latched(order: StopOrder, latch: SafetyLatch) -> None:
    order.latch()

    def fail() -> None:
        raise StorageError("the disk is read-only")

    with pytest.raises(StorageError):
        order.reset(fail)
    assert latch.active


def test_a_stop_that_fails_is_carried_out_by_the_next_press(order: StopOrder, latch: SafetyLatch) -> None:
    def fail() -> Report:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        order.press(fail)
    assert latch.active
    stop = Stop()
    stop.may_end.release()
    assert order.press(stop)[0].name == "motor"


def test_nothing_is_repeated_after_a_reset(order: StopOrder, latch: SafetyLatch) -> None:
    order.latch()
    order.reset()
    order.repeat(lambda report: pytest.fail("it was reset"))
    assert not latch.active
