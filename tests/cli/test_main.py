"""The edge of the command line: finding commands, help, and one sentence for every mistake."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchwright import __version__
from benchwright.cli.main import commands_of, main
from tests.helpers.cli import APP, cli_command, cli_environment, run_cli

ROOT = Path(APP).parent
COMMANDS = {
    "script": ["run", "validate", "list", "show", "new", "import", "export", "history"],
    "instrument": ["list", "scan", "describe", "call", "new"],
    "runs": ["list", "show", "export", "compare", "rerun", "space"],
    "bench": ["estop", "safe-state", "serve", "simulate", "doctor", "open"],
}


@pytest.mark.parametrize("noun", COMMANDS)
def test_every_command_is_there_with_help_and_an_example(
    noun: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [] if noun == "bench" else [noun]
    assert list(commands_of(noun)) == COMMANDS[noun]
    for name, command in commands_of(noun).items():
        assert main([*words, name, "--help"]) == 0
        text = capsys.readouterr().out
        prog = " ".join(["benchwright", *words, name])
        assert text.startswith(f"usage: {prog}")
        assert all(f"  {example}" in text and example.startswith(prog) for example in command.examples)
        assert command.examples


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for noun, names in COMMANDS.items():
        for name in names:
            assert f"  {name if noun == 'bench' else f'{noun} {name}'}  " in text


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"benchwright {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["frobnicate"], "no command 'frobnicate'; see: benchwright --help"),
        (["srcipt"], "no command 'srcipt'; did you mean script?; see: benchwright --help"),
        (["script", "rnu"], "no command 'rnu'; did you mean run?; see: benchwright script --help"),
        (["--jsn"], "no command '--jsn'; see: benchwright --help"),
        (["runs", "list", "--frob"], "unrecognized arguments: --frob; see: benchwright runs list --help"),
        (
            ["runs", "list", "--limit", "x"],
            "argument --limit: must be a whole number, found 'x'; see: benchwright runs list --help",
        ),
        (["runs", "list", "--limit", "0"], "--limit must be at least 1, found 0"),
        (["script", "run"], "the following arguments are required: FILE; see: benchwright script run --help"),
        (["script", "run", "a.lua", "--param", "x"], "--param takes NAME=VALUE, found 'x'"),
        (["script", "run", "a.lua", "--param", "x=1", "--param", "x=2"], "--param x is given twice"),
        (["simulate", "--port-base", "65535"], "--port-base must be from 1 to 65531, found 65535"),
    ],
)
def test_a_mistake_in_the_command_line_is_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.err == f"error: {sentence}\n"
    assert output.out == ""


@pytest.mark.parametrize(
    "command",
    [
        ("script", "run", "{}.py"),
        ("script", "run", "{}"),
        ("script", "list", "--data-dir", "{}"),
        ("estop", "--data-dir", "{}"),
        ("open", "{}.lua"),
    ],
)
def test_a_name_that_is_too_long_for_the_system_is_one_sentence(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = [] if "--data-dir" in command or command[0] == "open" else ["--data-dir", str(tmp_path)]
    assert main([*(word.format("x" * 300) for word in command), *folder]) == 2
    text = capsys.readouterr().err
    assert text.startswith("error: ")
    assert "xxx" in text
    assert "mistake" not in text
    assert len(text.splitlines()) == 1


def test_with_json_the_sentence_is_also_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["script", "run", "--json"]) == 2
    output = capsys.readouterr()
    assert output.out.startswith('{"event":"error","code":"usage_error","message":"the following arguments')
    assert output.err.startswith("error: the following arguments are required")


def test_a_noun_without_a_command_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 2
    assert "runs export" in capsys.readouterr().err


def test_main_py_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "main.py", "--version"], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (0, f"benchwright {__version__}\n")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        cli_command("--help"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=cli_environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_a_full_disk_behind_stdout_is_said_and_no_traceback(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stdout:
        command = cli_command("instrument", "describe", "esp300", "--data-dir", tmp_path)
        done = subprocess.run(
            command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=cli_environment(), timeout=30
        )
    assert done.stderr == "cannot write to stdout: No space left on device; the command goes on without it\n"


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_characters_that_the_output_cannot_encode_are_escaped(tmp_path: Path, json: tuple[str, ...]) -> None:
    name = os.fsdecode(b"no\xff\xc2\xb0.lua")
    done = run_cli("script", "run", name, *json, cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.code == 2
    assert done.stderr == "error: there is no file no\\udcff\\xb0.lua\n"
    if json:
        assert done.last["message"] == "there is no file no\udcff°.lua"


def test_the_emergency_stop_imports_nothing_slow() -> None:
    source = (
        "import sys; from benchwright.cli.main import commands_of; commands_of('bench');"
        " import benchwright.bench.safety.estop; print(*sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, env=cli_environment(), check=True
    )
    slow = {
        "msgspec",
        "lupa",
        "psutil",
        "serial",
        "tomlkit",
        "multiprocessing",
        "sqlite3",
        "asyncio",
        "platformdirs",
    }
    assert not slow & set(done.stdout.split())
