"""The model of the current run: what it shows of a run that is cancelled."""

import pytest

from benchwright.core.errors import (
    BenchUnavailable,
    BenchwrightError,
    CompilationError,
    EmergencyStopActive,
)
from benchwright.core.events import RunStateChanged
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.operator_messages import CancelRun, SubmitRun
from benchwright.core.run_states import RunState
from benchwright.gui.application import make_application
from benchwright.gui.engine_thread import Answered
from benchwright.gui.session import RunModel


@pytest.fixture
def model() -> RunModel:
    """A model with a running script."""
    make_application()
    model = RunModel()
    request = SubmitRun(name="scan.lua", language="lua", source="", grant=[])
    model.submitting(request, "scan.lua", ScriptMetadata())
    model.happened(Answered(request, "run-1", None))
    model.happened(RunStateChanged(run_id="run-1", state=RunState.RUNNING))
    return model


def test_a_cancel_shows_once_the_bench_has_answered(model: RunModel) -> None:
    model.happened(Answered(CancelRun(run_id="run-1"), None, None))
    assert str(model.run.state) == "stopping"
    model.happened(RunStateChanged(run_id="run-1", state=RunState.PAUSED))  # it came behind many rows
    assert str(model.run.state) == "stopping"
    model.happened(RunStateChanged(run_id="run-1", state=RunState.CANCELLED))
    assert str(model.run.state) == "cancelled"


def test_a_cancel_of_another_run_changes_nothing(model: RunModel) -> None:
    model.happened(Answered(CancelRun(run_id="run-2"), None, None))
    assert model.run.state is RunState.RUNNING


@pytest.mark.parametrize(
    ("error", "marked"),
    [
        (EmergencyStopActive(), []),
        (BenchUnavailable("the bench ends"), []),
        (CompilationError("'=' expected", 3, 7), [(3, 7)]),
    ],
)
def test_a_refusal_marks_the_script_only_where_the_script_is_at_fault(
    model: RunModel, error: BenchwrightError, marked: list[tuple[int, int]]
) -> None:
    told: list[BenchwrightError] = []
    model.refused.connect(told.append)
    request = SubmitRun(name="scan.lua", language="lua", source="", grant=[])
    model.submitting(request, "scan.lua", ScriptMetadata())
    model.happened(Answered(request, None, error))
    assert model.run.state is RunState.FAILED
    assert told == [error]
    assert [(found.line, found.column) for found in model.findings("scan.lua")] == marked
