"""Scripts that are opened from outside the window: a command, a double-click."""

import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("needs an X server without a screen", allow_module_level=True)

from benchwright.cli.main import main
from benchwright.core import program
from benchwright.core.program import WINDOW_SWITCH
from tests.end_to_end.screen import user_at_window
from tests.helpers.cli import run_cli

SCRIPTS = {"a scän.lua": "print('it ran')\n", "b.py": "print('it ran')\n"}


def test_scripts_are_shown_and_not_run(tmp_path: Path) -> None:
    for name, source in SCRIPTS.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    files = [str(tmp_path / name) for name in SCRIPTS]
    with user_at_window(tmp_path, tmp_path / "data", WINDOW_SWITCH, *files) as user:
        assert user.look("[str(each.path) for each in window.editor.buffers() if each.path]") == files
        assert user.look("window.editor.current().path.name") == "b.py"
        assert user.look("window.model.run.run_id") == ""
    assert not [*(tmp_path / "data").rglob("data.sqlite")]
    assert (tmp_path / "output.txt").read_text("utf-8") == ""


def test_the_command_becomes_the_window_with_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.lua").touch()
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []

    def become_window(*files: str) -> int:
        opened.extend(files)
        return 0

    monkeypatch.setattr(program, "become_window", become_window)
    assert main(["open", "a.lua"]) == 0
    assert opened == [str(tmp_path / "a.lua")]


@pytest.mark.parametrize("name", ["missing.lua", "."])
def test_what_is_no_file_is_said_before_a_window_comes(name: str, tmp_path: Path) -> None:
    done = run_cli("open", str(tmp_path / name))
    assert done.code == 2
    assert done.stderr == f"error: there is no file {str(tmp_path / name)!r}\n"
