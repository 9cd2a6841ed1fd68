"""`benchwright schedule` against a served bench and without one."""

import json
from pathlib import Path

import pytest

from benchwright.core.resource_paths import resource_path
from tests.helpers.cli import run_cli, served_bench

NEVER_BUSY = "\n[schedules]\nmax_cpu_percent = 100\nmax_memory_percent = 100\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "bench.toml"
    file.write_text(resource_path("demo_bench.toml").read_text("utf-8") + NEVER_BUSY)
    return file


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "hello.lua"
    file.write_text('print("hello")\n')
    return file


def test_a_schedule_is_added_listed_switched_run_and_removed(
    tmp_path: Path, config: Path, script: Path
) -> None:
    with served_bench(tmp_path / "data", "--config", config) as bench:
        added = bench.run("schedule", "add", script, "--cron", "0 9 * * *", "--zone", "Asia/Tokyo", "--json")
        assert added.code == 0, added.stderr
        assert added.last["schedule"] == {
            "kind": "cron",
            "expression": "0 9 * * *",
            "time_zone": "Asia/Tokyo",
        }
        assert added.last["next_run"].endswith("T00:00:00Z")
        listed = bench.run("schedule", "list")
        assert "0 9 * * * (Asia/Tokyo)" in listed.stdout
        preview = bench.run("schedule", "preview", "hello", "--count", "3", "--json")
        assert [event["planned"][11:] for event in preview.events] == ["00:00:00Z"] * 3
        assert bench.run("schedule", "disable", "hello").code == 0
        assert bench.run("schedule", "preview").stderr == "nothing is to come\n"
        enabled = bench.run("schedule", "enable", added.last["id"], "--json")
        assert enabled.last["enabled"] is True
        started = bench.run("schedule", "run", "hello", "--json")
        assert started.last["run_id"]
        assert bench.run("schedule", "remove", "hello").stdout == "removed hello\n"
        assert bench.run("schedule", "list").stderr == "no schedules yet\n"


def test_without_a_bench_a_schedule_is_kept_and_the_command_says_when_it_runs(
    tmp_path: Path, script: Path
) -> None:
    data = ("--data-dir", tmp_path / "data")
    added = run_cli("schedule", "add", script, "--every", "15min", "--name", "every quarter", *data)
    assert added.code == 0
    assert added.stdout.startswith("added every quarter (")
    assert added.stderr == "schedules run while the window or `benchwright serve` runs\n"
    listed = run_cli("schedule", "list", "--json", *data)
    assert listed.last["name"] == "every quarter"
    assert listed.last["permissions"] == sorted(listed.last["permissions"])


def test_after_an_emergency_stop_schedules_wait_for_a_person(
    tmp_path: Path, config: Path, script: Path
) -> None:
    with served_bench(tmp_path / "data", "--config", config) as bench:
        bench.run("schedule", "add", script, "--every", "1h")
        assert bench.run("estop").code == 0
        refused = bench.run("schedule", "resume")
        assert refused.code == 6
        assert bench.run("estop", "--reset").code == 0
        assert "suspended by the emergency stop (command line)" in bench.run("schedule", "list").stderr
        assert bench.run("schedule", "resume").stdout == "schedules run again\n"
        assert "suspended" not in bench.run("schedule", "list").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--every", "soon"),
            "an interval is a number and a unit (s, min, h, d), such as 15min, found 'soon'",
        ),
        (("--every", "0.1s"), "an interval must be from 1 s to 10 years, found 0.1 s"),
        (("--cron", "0 9 * *"), "a cron expression has five fields"),
        (("--cron", "0 25 * * *"), "hour: must be a number from 0 to 23, found 25"),
        (("--cron", "0 9 * * *", "--zone", "Mars"), "no time zone 'Mars'"),
        (("--at", "tomorrow"), "a time is a date and a time such as 2026-11-23 09:00, found 'tomorrow'"),
        (("--at", "2026-11-31 09:00"), "there is no time '2026-11-31 09:00': see its month, day and hour"),
        (("--every", "-5s"), "such as 15min, found '-5s'"),
        (("--every", "1h", "--name", " "), "--name must be a text, found none"),
        (("--cron", "0 9 * * *", "--zone", ""), "no time zone ''"),
        (("--every", "1h", "--timeout", "x"), "argument --timeout: must be a number, found 'x'"),
        (("--at", "2020-01-01"), "its time is past: it would never run"),
        (("--manual", "--from", "2026-11-23"), "--from goes with --every"),
        (("--every", "1h", "--param", "x=1"), "no parameter 'x'"),
        (("--every", "1h", "--timeout", "-1"), "the timeout must be a number of seconds above 0, found -1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    tmp_path: Path, script: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = run_cli("schedule", "add", script, *arguments, "--data-dir", tmp_path / "data")
    assert done.code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_name_that_is_neither_a_file_nor_in_the_library_is_said_to_be_unknown(tmp_path: Path) -> None:
    done = run_cli("schedule", "add", "hello", "--every", "1h", "--data-dir", tmp_path / "data")
    assert (done.code, "no script 'hello' in the library" in done.stderr) == (2, True)
    counted = run_cli("schedule", "preview", "--count", "many", "--data-dir", tmp_path / "data")
    assert "argument --count: must be a whole number, found 'many'" in counted.stderr


def test_unknown_names_are_refused_with_a_hint(tmp_path: Path, script: Path) -> None:
    data = ("--data-dir", tmp_path / "data")
    run_cli("schedule", "add", script, "--manual", *data)
    for command in ("enable", "disable", "remove", "run", "preview"):
        done = run_cli("schedule", command, "helo", "--json", *data)
        assert done.code == 2
        assert json.loads(done.stdout)["code"] == "schedule_not_found"
        assert "did you mean hello?" in done.stderr
