"""What a person and what a program see of a run's events."""

import json
from pathlib import Path

import pytest

from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.cli.console import Console
from benchwright.cli.run_display import RunDisplay
from benchwright.cli.run_report import JsonReport
from benchwright.core.errors import ErrorInfo
from benchwright.core.events import (
    AnyEvent,
    EmergencyChanged,
    InstrumentStateChanged,
    InstrumentStopped,
    LinesPrinted,
    LogWritten,
    ProgressMade,
    RowsRecorded,
    RunFinished,
    StopPolicyApplied,
)
from benchwright.core.run_states import RunState

SCRIPT = ScriptFile(path=Path("/x/scan.lua"), language="lua", source="local x = 1\nlocal y = motr.z\n")


def shown(capsys: pytest.CaptureFixture[str], *events: AnyEvent) -> tuple[list[str], list[str]]:
    display = RunDisplay(Console(), SCRIPT)
    for event in events:
        display.show(event)
        display.tick()
    output = capsys.readouterr()
    return output.out.splitlines(), output.err.splitlines()


def test_printed_lines_go_to_their_stream_without_control_codes(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = shown(
        capsys,
        LinesPrinted(stream="stdout", lines=["45°\tok", "\x1b[2J\x07"]),
        LinesPrinted(stream="stderr", lines=["oops"]),
        LogWritten(level="warning", text="warm"),
    )
    assert out == ["45°\tok", "\\x1b[2J\\x07"]
    assert err == ["oops", "warning: warm"]


def test_a_pipe_gets_no_progress_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, ProgressMade(done=1, total=2), RowsRecorded(first=0, times_s=[0.0], columns={})) == (
        [],
        [],
    )


def test_a_failed_run_shows_the_line_with_a_caret(capsys: pytest.CaptureFixture[str]) -> None:
    error = ErrorInfo("execution_error", "attempt to index a nil value (global 'motr')", 2, 11)
    _, err = shown(
        capsys,
        RunFinished(outcome=RunState.FAILED, duration_s=0.5, rows=1, data_path="/d/data.sqlite", error=error),
    )
    assert err == [
        "scan.lua:2:11: error: attempt to index a nil value (global 'motr')",
        "  2 | local y = motr.z",
        "    |           ^",
        "failed after 0.50 s: 1 row in /d/data.sqlite",
    ]


def test_a_traceback_of_several_places_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    error = ErrorInfo(
        "execution_error", "bad", None, None, "scan.lua:2: in function 'f'\nscan.lua:7: in main chunk\n"
    )
    _, err = shown(capsys, RunFinished(outcome=RunState.FAILED, duration_s=0.5, error=error))
    assert err == [
        "scan.lua: error: bad",
        "scan.lua:2: in function 'f'",
        "scan.lua:7: in main chunk",
        "failed after 0.50 s",
    ]


def test_a_completed_run_shows_result_rows_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    finished = RunFinished(
        outcome=RunState.COMPLETED, duration_s=3725.0, rows=2, result={"a": [1]}, data_path="/d"
    )
    assert shown(capsys, finished)[1] == ['result: {"a": [1]}', "completed in 1 h 02 min 05 s: 2 rows in /d"]


def test_what_became_of_the_instruments_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = InstrumentStopped(name="esp300", outcome="failed", duration_s=0.012, message="no answer")
    _, err = shown(
        capsys,
        StopPolicyApplied(policy="safe", instruments=[stopped]),
        EmergencyChanged(latched=True, source="command line"),
        EmergencyChanged(latched=True, source="command line", instruments=[stopped]),
        InstrumentStateChanged(name="esp300", state="connected"),
        InstrumentStateChanged(name="esp300", state="lost", message="unplugged"),
    )
    assert err == [
        "instruments after the stop (on_stop = safe):",
        "  esp300: failed (12 ms) no answer",
        "EMERGENCY STOP (command line)",
        "  esp300: failed (12 ms) no answer",
        "warning: esp300: no link: unplugged",
    ]


def test_json_has_a_line_for_each_row_and_each_printed_line(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    report = JsonReport(Console())
    columns = {"a": [1, 2.5], "name": [None, "°"]}
    report.show(RowsRecorded(run_id="r", first=7, times_s=[0.1, 0.2], columns=columns))  # type: ignore[arg-type]
    report.show(LinesPrinted(run_id="r", stream="stdout", lines=["x", "y"]))
    report.show(RowsRecorded(run_id="r", first=9, times_s=[0.3], columns={}))
    report.show(RunFinished(run_id="r", outcome=RunState.COMPLETED, duration_s=1.0))
    *lines, last = map(json.loads, capsysbinary.readouterr().out.splitlines())
    assert lines == [
        {"event": "row", "index": 7, "time_s": 0.1, "values": {"a": 1}},
        {"event": "row", "index": 8, "time_s": 0.2, "values": {"a": 2.5, "name": "°"}},
        {"event": "output", "stream": "stdout", "text": "x"},
        {"event": "output", "stream": "stdout", "text": "y"},
        {"event": "row", "index": 9, "time_s": 0.3, "values": {}},
    ]
    fields = (
        "event",
        "run_id",
        "outcome",
        "result",
        "duration_s",
        "peak_memory_bytes",
        "rows",
        "data_path",
        "error",
    )
    assert {name: last[name] for name in fields} == {
        "event": "run_finished",
        "run_id": "r",
        "outcome": "completed",
        "result": None,
        "duration_s": 1.0,
        "peak_memory_bytes": 0,
        "rows": 0,
        "data_path": "",
        "error": None,
    }
