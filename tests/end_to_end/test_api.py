"""`benchwright.run_script`: what the command line does, from a program."""

from pathlib import Path

import pytest

import benchwright
from benchwright.core.errors import MetadataError, PermissionDenied, ScriptNotFound
from benchwright.core.events import LinesPrinted, RowsRecorded, RunFinished
from benchwright.core.run_states import RunState
from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench

METADATA = '[parameters.count]\ntype = "integer"\ndefault = 2\n'


def test_it_yields_events_to_the_last(bench: ServedBench, write: WriteScript) -> None:
    source = "for i = 1, params.count do record{ i = i } end print('done') return params.count"
    script = write("scan.lua", source, METADATA)
    events = list(benchwright.run_script(script, data_dir=bench.data_dir, parameters={"count": 4}))
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.outcome, finished.result, finished.rows) == (RunState.COMPLETED, 4, 4)
    rows = [value for event in events if isinstance(event, RowsRecorded) for value in event.columns["i"]]
    assert rows == [1, 2, 3, 4]
    assert [event.lines for event in events if isinstance(event, LinesPrinted)] == [["done"]]


def test_grants_timeout_and_preset_are_those_of_the_command_line(
    bench: ServedBench, write: WriteScript
) -> None:
    script = write("scan.py", "system_info()")
    *_, finished = benchwright.run_script(str(script), data_dir=bench.data_dir, grant=[])
    assert isinstance(finished, RunFinished)
    assert finished.error is not None
    assert finished.error.code == PermissionDenied.code
    endless = write("endless.lua", "while true do end")
    *_, finished = benchwright.run_script(endless, data_dir=bench.data_dir, timeout_s=0.2, preset="standard")
    assert isinstance(finished, RunFinished)
    assert finished.outcome is RunState.TIMEOUT


def test_mistakes_are_raised_at_once(write: WriteScript, tmp_path: Path) -> None:
    with pytest.raises(ScriptNotFound):
        benchwright.run_script(tmp_path / "none.lua")
    script = write("scan.lua", "", METADATA)
    with pytest.raises(MetadataError, match="no parameter 'x'"):
        benchwright.run_script(script, parameters={"x": 1})
    with pytest.raises(MetadataError, match="unknown permission"):
        benchwright.run_script(script, grant=["device:fly"])
    with pytest.raises(MetadataError, match="unknown preset"):
        benchwright.run_script(script, preset="lax")


def test_a_generator_that_is_closed_cancels_the_run(bench: ServedBench, write: WriteScript) -> None:
    script = write("closed.lua", "print('here') while true do end")
    events = benchwright.run_script(script, data_dir=bench.data_dir)
    while not isinstance(next(events), LinesPrinted):
        pass
    events.close()
    listed = bench.run("runs", "list", "--script", "closed.lua", "--json").events
    assert [run["outcome"] for run in listed] == ["cancelled"]


def test_nobody_answers_a_question(bench: ServedBench, write: WriteScript) -> None:
    script = write("ask.py", 'result = ask("Go on?", ["yes", "no"])')
    *_, finished = benchwright.run_script(script, data_dir=bench.data_dir)
    assert isinstance(finished, RunFinished)
    assert finished.error is not None
    assert "nobody answered the question 'Go on?'" in finished.error.message
