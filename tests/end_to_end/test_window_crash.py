"""What a crash of the window costs: nothing that was typed, and no open script."""

import signal
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("needs an X server without a screen", allow_module_level=True)

from tests.end_to_end.screen import User, user_at_window


def unsaved(data: Path) -> int:
    """Return how many scripts have a copy of their unsaved text."""
    return len(list(data.rglob("*.unsaved")))


def test_work_survives_kill_9(tmp_path: Path) -> None:
    data, script = tmp_path / "data", tmp_path / "saved.lua"
    script.write_text("-- saved\nx = 1\n")
    with user_at_window(tmp_path, data) as user:
        user.look(f"window.editor.open_file({str(script)!r}) is not None")
        user.press("ctrl+End")
        user.type("y = 2")
        user.press("ctrl+n")
        user.wait_for("window.editor.current().path is None")
        user.type("z = 3 ")
        given = "'', 'python', 'idea.py', metadata_text='tags = [1]'"
        user.look(f"window.editor.new_script({given}).editor.insert('i = 4')")
        user.wait_for(lambda: unsaved(data) == 3 and list(data.rglob("desk.json")))
        user.process.send_signal(signal.SIGKILL)
        user.process.wait(10)
    assert script.read_text() == "-- saved\nx = 1\n"
    (tmp_path / "again").mkdir()
    with user_at_window(tmp_path / "again", data) as user:
        check_all_is_back(user)
        user.look("[buffer.editor.mark_saved() for buffer in window.editor.buffers()] and None")


def check_all_is_back(user: User) -> None:
    found = user.look(
        "{buffer.title: (buffer.text, buffer.is_modified, buffer.language, buffer.metadata_text)"
        " for buffer in window.editor.buffers()}"
    )
    assert found["saved.lua"] == ("-- saved\nx = 1\ny = 2", True, "lua", None)
    assert found["idea.py"] == ("i = 4", True, "python", "tags = [1]")
    assert ("z = 3 ", True, "lua", None) in found.values()
