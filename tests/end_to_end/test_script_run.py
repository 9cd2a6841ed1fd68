"""`benchwright script run` to the letter: exit codes, events, files; in both languages on a real bench."""

import csv
import json
import math
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench

ENDINGS = {
    # exit code, outcome, error's words, line, column (None: not known), Lua, Python, further arguments
    "completed": (0, "completed", None, None, "return 7", "result = 7", ()),
    "failed": (
        1,
        "failed",
        "bad value",
        2,
        "x = 1\nerror('bad value')",
        "x = 1\nraise ValueError('bad value')",
        (),
    ),
    "syntax": (1, "failed", "", 2, "x = 1\ny = = 2", "x = 1\ny = = 2", ()),
    "timeout": (3, "timeout", "0.2 s", None, "while true do end", "while True: pass", ("--timeout", "0.2")),
    "limit": (
        4,
        "resource_limit",
        "max_output_lines = 10000",
        1,
        "for i = 1, 20000 do print(i) end",
        "for i in range(20000): print(i)",
        ("--preset", "strict"),
    ),
    "permission": (
        5,
        "failed",
        "device:control",
        2,
        "x = 1\ndevice_set_motor_speed(1, 0)",
        "x = 1\ndevice_set_motor_speed(1, 0)",
        ("--grant", "device:read"),
    ),
}


@pytest.mark.parametrize("language", ["lua", "py"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_exit_code_and_last_event_tell_the_ending(
    bench: ServedBench, write: WriteScript, ending: str, language: str
) -> None:
    code, outcome, words, line, lua, python, arguments = ENDINGS[ending]
    script = write(f"script.{language}", lua if language == "lua" else python)
    done = bench.run("script", "run", script, "--json", *arguments)
    assert done.code == code
    last = done.last
    assert last["event"] == "run_finished"
    assert last["outcome"] == outcome
    assert last["result"] == (7 if ending == "completed" else None)
    assert 0 < last["duration_s"] < 10
    assert last["peak_memory_bytes"] >= 0
    assert Path(last["data_path"]).parent.name == last["run_id"]
    if words is None:
        assert last["error"] is None
        return
    error = last["error"]
    assert {"message", "line", "column", "traceback"} <= set(error)
    assert words in error["message"]
    assert line is None or error["line"] == line
    if ending == "syntax":
        assert error["column"] == 5
        (diagnostic,) = done.of_kind("diagnostic")
        place = {"file": str(script), "line": 2, "column": 5, "severity": "error"}
        assert place.items() <= diagnostic.items()
        assert diagnostic["message"]
        assert diagnostic["code"]


@pytest.mark.parametrize("language", ["lua", "py"])
def test_events_come_in_order_and_rows_are_on_disk(
    bench: ServedBench, write: WriteScript, language: str
) -> None:
    lua = """
    local motor, meter = instruments.get("esp300"), instruments.get("newport")
    print("first")
    for i = 1, 3 do
      motor:move_absolute(i)
      record{ angle = motor:get_position(), power = meter:read_power(), i = i, even = i % 2 == 0 }
      progress(i, 3)
    end
    log_warn("done")
    print("last")
    """
    python = """
motor, meter = instruments.get("esp300"), instruments.get("newport")
print("first")
for i in (1, 2, 3):
    motor.move_absolute(i)
    record({"angle": motor.get_position(), "power": meter.read_power(), "i": i, "even": i % 2 == 0})
    progress(i, 3)
log_warn("done")
print("last")
"""
    script = write(f"scan.{language}", lua if language == "lua" else python)
    done = bench.run("script", "run", script, "--json")
    assert done.code == 0
    kinds = [
        event["event"] for event in done.events if event["event"] in ("output", "row", "log", "run_finished")
    ]
    assert kinds == ["output", "row", "row", "row", "log", "output", "run_finished"]
    assert list(done.of_kind("output")) == [
        {"event": "output", "stream": "stdout", "text": "first"},
        {"event": "output", "stream": "stdout", "text": "last"},
    ]
    states = done.fields("run_state", "state")
    assert states[-4:] == ["starting", "running", "stopping", "completed"]
    assert done.fields("progress", "done")[-1] == 3
    rows = done.fields("row", "values")
    assert [row["i"] for row in rows] == [1, 2, 3]
    assert [row["even"] for row in rows] == [False, True, False]
    for row in rows:
        assert row["angle"] == pytest.approx(row["i"], abs=0.01)
        assert row["power"] == pytest.approx(1e-3 * math.cos(math.radians(row["angle"])) ** 2, rel=0.01)
    assert done.last["rows"] == 3
    assert done.last["calls"]["esp300.move_absolute"]["count"] == 3
    run_id = done.last["run_id"]
    target = script.with_name("rows.json")
    assert bench.run("runs", "export", run_id, "-o", target).code == 0
    assert [row["values"]["i"] for row in json.loads(target.read_text())["rows"]] == [1, 2, 3]


def test_a_python_script_finds_what_lies_beside_it(bench: ServedBench, write: WriteScript) -> None:
    write("gain.txt", "2.5")
    source = "from pathlib import Path\nresult = float(Path(__file__).with_name('gain.txt').read_text())"
    script = write("scan.py", source)
    done = bench.run("script", "run", script.name, "--json", cwd=script.parent)
    assert (done.last["error"], done.last["result"]) == (None, 2.5)


def test_people_get_plain_text_in_a_pipe(bench: ServedBench, write: WriteScript) -> None:
    script = write(
        "scan.lua", 'print("45°")\nrecord{ a = 1 }\nprogress(1, 2)\nlog_info("note")\nreturn "fine"'
    )
    done = bench.run("script", "run", script)
    assert (done.code, done.stdout) == (0, "45°\n")
    note, result, summary = done.stderr.splitlines()
    assert note == "info: note"
    assert result == "result: fine"
    assert summary.startswith("completed in 0.")
    assert summary.endswith("data.sqlite")
    assert ": 1 row in " in summary
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr


def test_people_see_the_line_of_an_error(bench: ServedBench, write: WriteScript) -> None:
    script = write("scan.py", "x = 1\ny = motr.z\n")
    done = bench.run("script", "run", script)
    assert done.code == 1
    lines = done.stderr.splitlines()
    assert lines[:3] == [
        "scan.py:2:5: error: NameError: name 'motr' is not defined",
        "  2 | y = motr.z",
        "    |     ^",
    ]
    assert len(lines) == 4
    assert lines[-1].startswith("failed after ")


def test_people_see_how_a_nested_error_came_about(bench: ServedBench, write: WriteScript) -> None:
    script = write("deep.lua", "local function f(a) return a.b.c end\nlocal x = f(1)\nreturn x")
    done = bench.run("script", "run", script)
    assert "deep.lua:2: in main chunk" in done.stderr
    script = write("deep.py", "def f(a):\n    return a.b\nf(1)\n")
    done = bench.run("script", "run", script)
    assert 'File "deep.py", line 3, in <module>' in done.stderr


# --- parameters, grants, output files ---------------------------------------------------------------------


METADATA = """
permissions = ["device:read"]
[parameters.count]
type = "integer"
default = 2
minimum = 1
"""


def test_parameters_are_converted_to_their_type(bench: ServedBench, write: WriteScript) -> None:
    script = write("scan.lua", "return params.count + 1", METADATA)
    assert bench.run("script", "run", script, "--json").last["result"] == 3
    assert bench.run("script", "run", script, "--json", "--param", "count=41").last["result"] == 42


def test_without_a_grant_the_metadata_decides_and_a_grant_is_the_exact_set(
    bench: ServedBench, write: WriteScript
) -> None:
    script = write("scan.lua", "system_info() return true", METADATA)
    assert bench.run("script", "run", script).code == 5
    assert bench.run("script", "run", script, "--grant", "system:info").code == 0
    assert bench.run("script", "run", script, "--grant", "all").code == 0
    assert bench.run("script", "run", script, "--grant", "none").code == 5
    script.with_suffix(".toml").unlink()
    assert bench.run("script", "run", script).code == 0


@pytest.mark.parametrize("suffix", ["csv", "json", "h5"])
def test_the_rows_are_written_to_a_file_after_the_run(
    bench: ServedBench, write: WriteScript, tmp_path: Path, suffix: str
) -> None:
    script = write("scan.lua", "for i = 1, 3 do record{ i = i } end")
    target = tmp_path / f"rows.{suffix}"
    done = bench.run("script", "run", script, "--output", target)
    assert done.code == 0
    assert f"3 rows written to {target}" in done.stderr
    if suffix == "csv":
        assert [row["i"] for row in csv.DictReader(target.read_text().splitlines())] == ["1", "2", "3"]
    else:
        assert target.stat().st_size > 0
    again = bench.run("script", "run", script, "--output", target, "--json")
    assert again.code == 2
    assert "exists already" in again.last["message"]
    assert again.of_kind("run_state") == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("rows.xls", "its end must be one of .csv, .h5"), ("nowhere/rows.csv", "No such file or directory")],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_run(
    bench: ServedBench, write: WriteScript, tmp_path: Path, name: str, sentence: str
) -> None:
    script = write("scan.lua", "return 1")
    done = bench.run("script", "run", script, "--output", tmp_path / name, "--json")
    assert done.code == 2
    assert [event["event"] for event in done.events] == ["error"]
    assert sentence in done.last["message"]


def test_what_was_recorded_before_a_failure_is_written_too(
    bench: ServedBench, write: WriteScript, tmp_path: Path
) -> None:
    script = write("scan.lua", "record{ i = 1 } error('no')")
    done = bench.run("script", "run", script, "--output", tmp_path / "rows.csv")
    assert done.code == 1
    assert "1 row written to" in done.stderr


# --- bad input --------------------------------------------------------------------------------------------


BAD_INPUT = {
    "missing": (["none.lua"], "script_not_found", "there is no file none.lua"),
    "a folder": (["folder.lua"], "script_not_found", "folder.lua is a folder, not a script"),
    "binary": (["binary.lua"], "script_not_found", "binary.lua is not a text file: byte 3 is zero (line 1)"),
    "too large": (
        ["large.lua"],
        "script_not_found",
        "large.lua is larger than 4 MB, the most a script can be",
    ),
    "latin-1": (["latin.py"], "script_not_found", "latin.py is not UTF-8 text: byte 11 (line 2) is 0xb0"),
    "suffix": (["note.txt"], "script_not_found", "note.txt is no script: its name must end in .lua or .py"),
    "metadata": (["broken.lua"], "metadata_error", "broken.toml:2: permisions: unknown key"),
    "parameter": (["fine.lua", "--param", "x=1"], "metadata_error", "no parameter 'x'"),
    "no value": (["fine.lua", "--param", "x"], "usage_error", "--param takes NAME=VALUE, found 'x'"),
    "timeout": (
        ["fine.lua", "--timeout", "0"],
        "metadata_error",
        "the timeout must be a number of seconds above 0",
    ),
    "grant": (["fine.lua", "--grant", "device:fly"], "metadata_error", "unknown permission 'device:fly'"),
    "config": (["fine.lua", "--config", "gone.toml"], "", "gone.toml"),
}


@pytest.fixture
def bad_files(tmp_path: Path) -> Path:
    """A folder full of what is no script."""
    (tmp_path / "folder.lua").mkdir()
    (tmp_path / "binary.lua").write_bytes(b"abc\x00def")
    (tmp_path / "large.lua").write_bytes(b"--" + b"x" * 10_000_000)
    (tmp_path / "latin.py").write_bytes(b"x = 1\ny = '\xb0'\n")
    (tmp_path / "note.txt").write_text("")
    (tmp_path / "broken.lua").write_text("")
    (tmp_path / "broken.toml").write_text("name = 'x'\npermisions = []\n")
    (tmp_path / "fine.lua").write_text("")
    return tmp_path


@pytest.mark.parametrize("what", BAD_INPUT)
def test_bad_input_is_one_sentence(bench: ServedBench, bad_files: Path, what: str) -> None:
    arguments, code, sentence = BAD_INPUT[what]
    done = bench.run("script", "run", *arguments, "--json", cwd=bad_files)
    assert done.code == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    (error,) = done.events
    assert error["event"] == "error"
    assert sentence in error["message"]
    assert f"error: {error['message']}\n" == done.stderr
    assert code in ("", error["code"])
