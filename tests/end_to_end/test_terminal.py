"""A person at a terminal: grants, questions, colours, the progress line."""

import signal
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.end_to_end.terminal import person_at
from tests.helpers.cli import ServedBench

METADATA = 'permissions = ["device:read", "system:info"]\n'


def run_arguments(bench: ServedBench, script: Path) -> tuple[str | Path, ...]:
    return "script", "run", script, "--data-dir", bench.data_dir


def test_grants_are_asked_for_once_per_content(bench: ServedBench, write: WriteScript) -> None:
    script = write("scan.lua", "return system_info().system ~= nil", METADATA)
    with person_at(*run_arguments(bench, script)) as person:
        person.wait_for("[y/N] ")
        assert "scan.lua asks for:" in person.lines
        assert "  system:info       see this computer's name and versions" in person.lines
        person.type("y\n")
        assert person.leave() == 0
    with person_at(*run_arguments(bench, script)) as person:
        assert person.leave() == 0
        assert "asks for" not in person.seen
    script.write_text(script.read_text() + " -- changed")
    with person_at(*run_arguments(bench, script)) as person:
        person.wait_for("[y/N] ")
        person.type("\n")
        assert person.leave() == 5
        assert "not granted" in person.seen


def test_more_permissions_are_asked_for_again(bench: ServedBench, write: WriteScript) -> None:
    script = write("more.lua", "return 1", 'permissions = ["device:read"]\n')
    with person_at(*run_arguments(bench, script)) as person:
        person.wait_for("[y/N] ")
        person.type("yes\n")
        assert person.leave() == 0
    script.with_suffix(".toml").write_text(METADATA)
    with person_at(*run_arguments(bench, script)) as person:
        person.wait_for("[y/N] ")
        person.type("no\n")
        assert person.leave() == 5


def test_a_question_of_the_script_is_answered(bench: ServedBench, write: WriteScript) -> None:
    script = write("ask.lua", 'return ask("Go on?", {"yes", "no"})')
    with person_at(*run_arguments(bench, script), "--grant", "none") as person:
        person.wait_for("Your choice: ")
        person.type("perhaps\n")
        person.wait_for("Please type one of the choices")
        person.wait_for("Your choice: ")
        person.type("n\n")
        assert person.leave() == 0
        assert "result: no" in person.lines


def test_a_run_that_ends_while_it_asks_does_not_wait_for_the_person(
    bench: ServedBench, write: WriteScript
) -> None:
    script = write("ask.lua", 'return ask("Go on?", {"yes", "no"})')
    with person_at(*run_arguments(bench, script), "--grant", "none", "--timeout", "0.3") as person:
        person.wait_for("Your choice: ")
        assert person.leave() == 3


def test_progress_is_shown_and_replaced(bench: ServedBench, write: WriteScript) -> None:
    source = "for i = 1, 10 do record{ i = i } progress(i, 10) sleep(0.08) end"
    script = write("scan.lua", source)
    with person_at(*run_arguments(bench, script), "--grant", "none", NO_COLOR="1") as person:
        assert person.leave() == 0
    assert "\x1b" not in person.seen
    assert "] " in person.seen
    assert " of 10" in person.seen
    assert " rows" in person.seen
    (summary,) = [line for line in person.lines if line]
    assert summary.startswith("completed in ")


@pytest.mark.parametrize("colors", [True, False])
def test_colours_are_for_those_who_want_them(bench: ServedBench, write: WriteScript, colors: bool) -> None:
    script = write("bad.py", "x = 1\nraise ValueError('no')")
    environment = {} if colors else {"NO_COLOR": "1"}
    with person_at(*run_arguments(bench, script), "--grant", "none", **environment) as person:
        assert person.leave() == 1
    assert ("\x1b[31m" in person.seen) is colors
    assert "  2 | raise ValueError('no')" in person.lines
    assert "    | ^" in person.lines


def test_ctrl_c_cancels(bench: ServedBench, write: WriteScript) -> None:
    script = write("endless.lua", 'print("here") while true do end')
    with person_at(*run_arguments(bench, script), "--grant", "none") as person:
        person.wait_for("here")
        person.process.send_signal(signal.SIGINT)
        assert person.leave() == 130
        assert "cancelling; Ctrl-C again kills the run" in person.lines


def test_validate_shows_the_place(write: WriteScript, tmp_path: Path) -> None:
    script = write("bad.lua", "local x = 1\nlocal y = = 2\n")
    with person_at("script", "validate", script) as person:
        assert person.leave() == 1
    assert "  2 | local y = = 2" in person.lines
    assert "    |           ^" in person.lines
