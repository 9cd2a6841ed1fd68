"""The table of moves between the states of a run."""

import pytest

from benchwright.core.run_states import FINAL_STATES, MOVES, RunState

LIVE = [state for state in RunState if state not in FINAL_STATES and state is not RunState.INTERRUPTED]


def test_every_state_is_live_or_final() -> None:
    assert set(MOVES) == set(LIVE)
    assert not FINAL_STATES & set(MOVES)


@pytest.mark.parametrize("state", LIVE)
def test_a_run_can_be_stopped_in_any_state(state: RunState) -> None:
    assert state is RunState.STOPPING or RunState.STOPPING in MOVES[state]


def test_only_stopping_leads_to_an_end() -> None:
    assert MOVES[RunState.STOPPING] == FINAL_STATES
    for state, targets in MOVES.items():
        assert state is RunState.STOPPING or not targets & FINAL_STATES


def test_every_state_can_be_reached() -> None:
    reached = {RunState.QUEUED}
    while grown := {target for state in reached & set(MOVES) for target in MOVES[state]} - reached:
        reached |= grown
    assert reached == {*LIVE, *FINAL_STATES}


def test_a_run_pauses_and_goes_on() -> None:
    assert RunState.PAUSED in MOVES[RunState.RUNNING]
    assert RunState.RUNNING in MOVES[RunState.PAUSED]
