"""How Benchwright starts itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchwright.core.program import WINDOW_SWITCH, become_window, program_command, window_command
from tests.helpers.cli import cli_environment


def test_from_source_it_is_the_same_python() -> None:
    assert program_command("serve") == [sys.executable, "-P", "-m", "benchwright", "serve"]
    assert window_command("a.lua") == [sys.executable, "-P", "-m", "benchwright", WINDOW_SWITCH, "a.lua"]


def test_a_script_beside_it_takes_the_place_of_no_module(tmp_path: Path) -> None:
    for name in (*sys.stdlib_module_names, "msgspec", "serial", "benchwright"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} was imported')")
    done = subprocess.run(
        program_command("instrument", "describe", "esp300", "--json"),
        cwd=tmp_path,
        env=cli_environment(HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("suffix", ["", ".exe"])
@pytest.mark.parametrize("name", ["benchwright", "benchwright-window"])
def test_each_program_of_the_bundle_finds_the_other(
    name: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / f"{name}{suffix}"))
    assert program_command("serve") == [str(tmp_path / f"benchwright{suffix}"), "serve"]
    assert window_command("a.lua") == [str(tmp_path / f"benchwright-window{suffix}"), "a.lua"]


@pytest.mark.skipif(sys.platform == "win32", reason="a program is started there")
def test_the_process_itself_becomes_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("os.execv", lambda program, command: became.append((program, command)))
    monkeypatch.setattr("subprocess.Popen", lambda command: None)
    become_window("a.lua")
    assert became == [(sys.executable, window_command("a.lua"))]
