"""The other commands, each as a new user would type it."""

import csv
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench, run_cli

DEMO = ["esp300", "newport", "supply", "multimeter", "board"]


# --- instruments ------------------------------------------------------------------------------------------


def test_list_shows_names_drivers_links_and_states(bench: ServedBench, tmp_path: Path) -> None:
    bench.run("instrument", "call", "newport", "read_power")
    instruments = {each["name"]: each for each in bench.run("instrument", "list", "--json").events}
    assert list(instruments) == DEMO
    expected = {
        "event": "instrument",
        "driver": "newport_1830c",
        "link": "sim://newport",
        "state": "connected",
    }
    assert expected.items() <= instruments["newport"].items()
    alone = run_cli("instrument", "list", "--data-dir", tmp_path)
    assert alone.code == 0
    heading, *lines = alone.stdout.splitlines()
    assert heading.split() == ["Name", "Driver", "Link", "State"]
    assert lines[1].split() == ["newport", "newport_1830c", "sim://newport", "closed"]


def test_describe_needs_no_bench(tmp_path: Path) -> None:
    done = run_cli("instrument", "describe", "esp300", "--data-dir", tmp_path, "--json")
    (description,) = done.events
    assert description["event"] == "instrument_description"
    methods = {method["name"]: method for method in description["methods"]}
    assert methods["move_absolute"]["parameters"][0]["unit"] == "deg"
    text = run_cli("instrument", "describe", "board", "--data-dir", tmp_path).stdout
    assert "  set_motor_speed(id, speed)" in text
    assert "speed: a number from -100 to 100 %" in text
    wrong = run_cli("instrument", "describe", "ep300", "--data-dir", tmp_path)
    assert wrong.code == 2
    assert "no instrument 'ep300'; did you mean esp300?" in wrong.stderr


def test_call_calls(bench: ServedBench) -> None:
    assert bench.run("instrument", "call", "esp300", "move_absolute", "1.5", "wait=true").stdout == ""
    value = bench.run("instrument", "call", "esp300", "get_position")
    assert float(value.stdout) == pytest.approx(1.5, abs=0.01)
    (event,) = bench.run("instrument", "call", "board", "get_status", "--json").events
    assert (event["event"], event["name"], event["method"]) == ("value", "board", "get_status")
    assert event["value"]["connected"] is True
    bench.run("instrument", "call", "esp300", "move_relative", "-5e-1")
    value = bench.run("instrument", "call", "esp300", "get_position")
    assert float(value.stdout) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ep300", "get_position"], "no instrument 'ep300'; did you mean esp300?"),
        (["esp300", "get_positon"], "no method 'get_positon' of esp300; did you mean get_position?"),
        (["board", "set_motor_speed", "1", "101"], "speed must be a number from -100 to 100 %, found 101"),
        (["board", "set_motor_speed", "1"], "speed is missing"),
        (["board", "set_motor_speed", "1", "spd=1"], "has no parameter 'spd'"),
    ],
)
def test_a_call_that_does_not_fit_is_one_sentence(
    bench: ServedBench, arguments: list[str], sentence: str
) -> None:
    done = bench.run("instrument", "call", *arguments)
    assert done.code == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_dead_host_is_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "bench.toml"
    config.write_text('[instruments.meter]\ndriver = "newport_1830c"\nlink = "tcp://127.0.0.1:9"\n')
    done = run_cli(
        "instrument", "call", "meter", "read_power", "--config", config, "--data-dir", tmp_path / "data"
    )
    assert done.code == 1
    assert done.stderr.startswith("error: meter: ")
    assert done.stderr.count("\n") == 1


def test_scan_finds_what_there_is() -> None:
    done = run_cli("instrument", "scan", "--no-visa", "--json")
    assert done.code == 0
    assert all(event["link"].startswith("serial://") for event in done.events)


def test_a_visa_library_that_is_not_there_is_one_sentence() -> None:
    done = run_cli("instrument", "scan", "--visa-library", "/nowhere/libvisa.so")
    assert done.code == 2
    assert "the VISA library '/nowhere/libvisa.so' cannot be used" in done.stderr


# --- configuration ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[bench\n", "bench.toml:1: not valid TOML"),
        ('[instruments.x]\ndriver = "newport_esp30"\nlink = "sim://esp300"\n', "did you mean newport_esp300"),
        ('[bench]\nnmae = "x"\n', "bench.toml:2: bench.nmae: unknown key"),
    ],
)
def test_a_broken_config_is_one_sentence_wherever_it_is_read(
    tmp_path: Path, write: WriteScript, text: str, sentence: str
) -> None:
    config = tmp_path / "bench.toml"
    config.write_text(text)
    script = write("scan.lua", "return 1")
    data_dir = ("--data-dir", tmp_path / "data")
    for command in (
        ("script", "run", script, *data_dir),
        ("script", "validate", script),
        ("instrument", "list", *data_dir),
        ("instrument", "call", "x", "identify", *data_dir),
        ("serve", *data_dir),
        ("safe-state", *data_dir),
    ):
        done = run_cli(*command, "--config", config, "--json")
        assert done.code == 2, command
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
        assert sentence in done.last["message"]


def test_another_config_than_the_running_bench_has_is_refused(
    bench: ServedBench, write: WriteScript, tmp_path: Path
) -> None:
    config = tmp_path / "bench.toml"
    config.write_text('[instruments.meter]\ndriver = "newport_1830c"\nlink = "sim://newport"\n')
    done = bench.run("script", "run", write("scan.lua", "return 1"), "--config", config)
    assert done.code == 2
    assert "a bench with another configuration" in done.stderr


def test_a_config_is_taken_by_the_bench_that_it_starts(tmp_path: Path, write: WriteScript) -> None:
    config = tmp_path / "bench.toml"
    config.write_text('[instruments.meter]\ndriver = "newport_1830c"\nlink = "sim://newport"\n')
    script = write("scan.lua", "return instruments.list()[1]")
    done = run_cli("script", "run", script, "--config", config, "--data-dir", tmp_path / "data", "--json")
    assert (done.code, done.last["result"]) == (0, "meter")


# --- runs -------------------------------------------------------------------------------------------------


def test_runs_are_listed_shown_and_exported(bench: ServedBench, write: WriteScript, tmp_path: Path) -> None:
    script = write("history.lua", 'print("hello") for i = 1, 4 do record{ i = i, half = i / 2 } end return 5')
    run_id = bench.run("script", "run", script, "--json").last["run_id"]
    listed = bench.run("runs", "list", "--script", "history.lua", "--json").events
    assert [(run["event"], run["run_id"], run["outcome"], run["rows"]) for run in listed] == [
        ("run", run_id, "completed", 4)
    ]
    assert run_id in bench.run("runs", "list").stdout
    shown = bench.run("runs", "show", run_id, "--json").last
    assert (shown["event"], shown["result"], shown["language"]) == ("run", 5, "lua")
    assert Path(shown["data_path"]).exists()
    text = bench.run("runs", "show", run_id).stdout
    assert "result:       5" in text
    assert "stdout   hello" in text
    exported = bench.run("runs", "export", run_id, "--format", "csv", cwd=tmp_path)
    assert exported.stdout == f"4 rows in {run_id}.csv\n"
    lines = (tmp_path / f"{run_id}.csv").read_text().splitlines()
    assert [row["half"] for row in csv.DictReader(lines)] == ["0.5", "1.0", "1.5", "2.0"]
    (event,) = bench.run("runs", "export", run_id, "-o", tmp_path / "x.h5", "--json").events
    assert (event["event"], event["rows"]) == ("exported", 4)
    assert (tmp_path / "x.h5").exists()


@pytest.mark.parametrize("command", [("show",), ("export",)])
def test_a_run_that_is_not_there_is_one_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run_cli("runs", *command, "20240101-000000-abcdef", "--data-dir", tmp_path, "--json")
    assert done.code == 2
    assert done.last["code"] == "run_not_found"


def test_no_runs_is_no_error(tmp_path: Path) -> None:
    assert run_cli("runs", "list", "--data-dir", tmp_path).stderr == "no runs yet\n"


# --- the bench as a whole ---------------------------------------------------------------------------------


def test_two_benches_on_one_folder(bench: ServedBench) -> None:
    done = bench.run("serve", "--json")
    assert done.code == 2
    assert f"another bench (process {bench.pid}) uses the data folder" in done.last["message"]


def test_a_data_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (("serve",), ("runs", "list"), ("estop",), ("instrument", "call", "x", "y")):
        done = run_cli(*command, "--data-dir", tmp_path / "file", "--json")
        assert done.code == 2
        assert done.last["code"] == "storage_error"
        assert "is a file" in done.stderr


def test_the_emergency_stop_works_without_a_bench_and_stays(tmp_path: Path, write: WriteScript) -> None:
    stopped = run_cli("estop", "--data-dir", tmp_path, "--json")
    assert stopped.code == 0
    assert (stopped.last["event"], stopped.last["latched"]) == ("emergency", True)
    assert sorted(each["name"] for each in stopped.last["instruments"]) == sorted(DEMO)
    refused = run_cli("script", "run", write("scan.lua", "return 1"), "--data-dir", tmp_path)
    assert refused.code == 6
    assert run_cli("estop", "--reset", "--data-dir", tmp_path).code == 0
    assert run_cli("script", "run", write("scan.lua", "return 1"), "--data-dir", tmp_path).code == 0


def test_safe_state_reports_each_instrument(tmp_path: Path) -> None:
    done = run_cli("safe-state", "--data-dir", tmp_path, "--json")
    assert done.code == 0
    assert (done.last["event"], done.last["latched"]) == ("safe_state", False)
    assert {each["outcome"] for each in done.last["instruments"]} == {"safe"}
    text = run_cli("safe-state", "--data-dir", tmp_path).stdout
    assert [line.split()[:2] for line in text.splitlines()] == [
        [each["name"], "safe"] for each in done.last["instruments"]
    ]


def test_safe_state_beside_a_bench_names_the_bench(bench: ServedBench) -> None:
    done = bench.run("safe-state")
    assert done.code == 0
    assert f"a bench (process {bench.pid}) runs here; what it holds open is stopped by" in done.stderr


def test_safe_state_of_a_dead_instrument_is_not_safe(tmp_path: Path) -> None:
    config = tmp_path / "bench.toml"
    config.write_text('[instruments.supply]\ndriver = "generic_supply"\nlink = "tcp://127.0.0.1:9"\n')
    done = run_cli("safe-state", "--data-dir", tmp_path, "--config", config, "--json")
    assert done.code == 1
    assert [each["outcome"] for each in done.last["instruments"]] == ["unknown"]


def test_doctor_looks_everything_over(bench: ServedBench, tmp_path: Path) -> None:
    done = bench.run("doctor", "--json")
    checks = {event["name"]: event for event in done.events}
    assert all(
        check["event"] == "check" and check["status"] in ("ok", "warn", "fail") for check in checks.values()
    )
    assert {"packages", "lua fences", "python fences", "data folder", "disk space", "bench"} <= set(checks)
    assert f"process {bench.pid}" in checks["bench"]["message"]
    assert done.code == (1 if any(check["status"] == "fail" for check in checks.values()) else 0)


def test_doctor_says_what_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = tmp_path / "bench.toml"
    config.write_text("[bench\n")
    done = run_cli("doctor", "--data-dir", tmp_path / "file", "--config", config)
    assert done.code == 1
    assert "fail  data folder" in done.stdout
    assert "-> name another one: --data-dir D" in done.stdout
    assert "fail  configuration" in done.stdout
