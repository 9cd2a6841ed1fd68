"""Writing a script with nothing but the keyboard: the real window, real keys."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("needs an X server without a screen", allow_module_level=True)

from tests.end_to_end.screen import User, user_at_window

EDITOR = "window.editor.current().editor"
CODE = f"{EDITOR}.code"


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    """A person in front of the window, on an empty data folder."""
    with user_at_window(tmp_path, tmp_path / "data") as user:
        yield user


def expect(user: User, text: str) -> None:
    user.wait_for(f"window.editor.current().text == {text!r}")


def write_with_completion(user: User) -> None:
    user.press("ctrl+n")
    user.wait_for("window.editor.current().text == ''")
    user.type('local m = instruments.get("esp')
    user.wait_for(f"{CODE}.autoCActive()")
    user.press("Return")
    user.type('")\nm:move_ab')
    user.wait_for(f"{CODE}.autoCActive()")
    user.press("Tab")
    user.type("(")
    user.wait_for(f"{CODE}.callTipActive()")
    user.type("500)\n")
    expect(user, 'local m = instruments.get("esp300")\nm:move_absolute(500)\n')


def edit_with_keys(user: User) -> None:
    user.press("ctrl+Home")
    user.press("ctrl+slash")
    expect(user, '-- local m = instruments.get("esp300")\nm:move_absolute(500)\n')
    user.press("ctrl+z")
    user.press("alt+Down")
    expect(user, 'm:move_absolute(500)\nlocal m = instruments.get("esp300")\n')
    user.press("alt+Up")
    user.press("ctrl+shift+d")
    expect(user, 'local m = instruments.get("esp300")\n' * 2 + "m:move_absolute(500)\n")
    user.press("ctrl+shift+k")
    user.press("ctrl+Home")
    expect(user, 'local m = instruments.get("esp300")\nm:move_absolute(500)\n')


def find_and_go(user: User) -> None:
    user.press("ctrl+f")
    user.wait_for("app.focusWidget().objectName() == 'editor.find'")
    user.type("500\n")
    user.wait_for(f"({CODE}.selectionStart(), {CODE}.selectionEnd()) == (52, 55)")
    user.press("Escape")
    user.wait_for(f"app.focusWidget() is {CODE}")
    user.type("60x")
    user.wait_for(lambda: user.look(f"len({EDITOR}.markers.diagnostics)") == 1)
    user.press("ctrl+Home")
    user.press("F8")
    user.wait_for(f"{EDITOR}.place[0] == 2")
    user.press("ctrl+g")
    user.type("1:7\n")
    user.wait_for(f"{EDITOR}.place == (1, 7) and app.focusWidget() is {CODE}")


def change_tabs_and_size(user: User) -> None:
    user.press("ctrl+Tab")
    user.wait_for("window.editor.current().title == 'malus_scan.lua'")
    user.press("ctrl+shift+Tab")
    user.wait_for("window.editor.current().title == 'untitled.lua'")
    user.press("ctrl+equal")
    user.wait_for(f"{CODE}.zoom() == 1")
    user.press("ctrl+0")
    user.wait_for(f"{CODE}.zoom() == 0")


def test_a_script_is_written_without_the_mouse(user: User) -> None:
    write_with_completion(user)
    edit_with_keys(user)
    find_and_go(user)
    change_tabs_and_size(user)
