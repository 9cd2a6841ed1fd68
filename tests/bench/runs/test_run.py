"""The life of a run: its moves, its pause, and how it is asked to stop."""

import threading
from collections.abc import Callable

import pytest

from benchwright.bench.event_bus import EventBus
from benchwright.bench.runs.run import Run
from benchwright.core.errors import CallCancelled
from benchwright.core.events import AnyEvent, RunStateChanged
from benchwright.core.run_states import RunState
from tests.bench.plans import plan


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def run(bus: EventBus) -> Run:
    return Run(plan(), bus)


def running(run: Run) -> Run:
    run.move(RunState.STARTING)
    run.move(RunState.RUNNING)
    return run


def test_moves_of_the_table_are_published_and_others_refused(run: Run, bus: EventBus) -> None:
    seen: list[AnyEvent] = []
    bus.subscribe(seen.append)
    assert run.move(RunState.STARTING)
    assert not run.move(RunState.COMPLETED)
    assert run.move(RunState.STOPPING)
    assert run.move(RunState.CANCELLED)
    assert not run.move(RunState.RUNNING)
    states = [event.state for event in seen if isinstance(event, RunStateChanged)]
    assert states == [RunState.STARTING, RunState.STOPPING, RunState.CANCELLED]
    assert run.over.is_set()


def test_a_stop_request_closes_the_run_in_the_thread_that_asks(run: Run) -> None:
    running(run).request_stop(RunState.CANCELLED)
    assert run.scope.cancelled
    with pytest.raises(CallCancelled):
        run.scope.check()


def test_the_first_request_decides_the_outcome_and_the_second_the_speed(run: Run) -> None:
    running(run).request_stop(RunState.TIMEOUT)
    run.request_stop(RunState.CANCELLED)
    request = run.stop_request
    assert request is not None
    assert (request.outcome, request.at_once) == (RunState.TIMEOUT, True)


def test_whoever_keeps_the_run_learns_of_a_stop_even_of_an_early_one(run: Run) -> None:
    woken: list[int] = []
    run.request_stop(RunState.CANCELLED)
    run.when_stopped(lambda: woken.append(1))
    run.request_stop(RunState.CANCELLED)
    assert woken == [1, 1]


def test_a_pause_takes_hold_at_the_checkpoint_and_resume_goes_on(run: Run, bus: EventBus) -> None:
    running(run)
    paused = threading.Event()
    bus.subscribe(lambda event: paused.set() if getattr(event, "state", "") == "paused" else None)
    run.checkpoint()
    assert run.request_pause()
    thread = threading.Thread(target=run.checkpoint)
    thread.start()
    assert paused.wait(5)
    assert run.resume()
    thread.join(5)
    assert run.state is RunState.RUNNING
    assert not run.resume()


def test_a_stop_frees_a_paused_run(run: Run, bus: EventBus) -> None:
    running(run).request_pause()
    paused = threading.Event()
    bus.subscribe(lambda event: paused.set() if getattr(event, "state", "") == "paused" else None)
    outcome: list[type] = []

    def wait() -> None:
        try:
            run.checkpoint()
        except CallCancelled:
            outcome.append(CallCancelled)

    thread = threading.Thread(target=wait)
    thread.start()
    assert paused.wait(5)
    run.request_stop(RunState.CANCELLED)
    thread.join(5)
    assert outcome == [CallCancelled]


def test_a_listener_that_fails_does_not_keep_events_from_others(
    bus: EventBus, expect_log: Callable[[str], None]
) -> None:
    expect_log("a listener of events failed")
    seen: list[AnyEvent] = []

    def fail(event: AnyEvent) -> None:
        raise ValueError("mistake")

    bus.subscribe(fail)
    bus.subscribe(seen.append)
    Run(plan(), bus).move(RunState.STARTING)
    assert len(seen) == 1
