"""A first hour in the window: the real program on a screen, with real keys and clicks."""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.core.resource_paths import resource_path

if sys.platform != "linux":
    pytest.skip("needs an X server without a screen", allow_module_level=True)

from tests.end_to_end.screen import Place, User, user_at_window

WRONG = 'local motor = instruments.get("esp300")\nmotor:move_absolut(45)\n'
ENDLESS = "while true do sleep(0.1) end\n"


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    """A person in front of the window, on an empty data folder."""
    with user_at_window(tmp_path, tmp_path / "data") as user:
        yield user


def write(user: User, text: str) -> None:
    """Type a script into a new tab."""
    user.press("ctrl+n")
    user.wait_for("window.editor.current().text == ''")
    user.type(text)
    user.wait_for(f"window.editor.current().text.rstrip() == {text.rstrip()!r}")


def state(user: User) -> str:
    return str(user.look("str(window.model.run.state)"))


def open_example(user: User) -> None:
    user.press("ctrl+o")
    user.wait_for("app.activeModalWidget() is not None")
    user.focus()
    user.type(str(resource_path("examples", "malus_scan.lua")))
    user.press("Return")
    user.wait_for("window.editor.current().path is not None")
    user.focus()


def watch_the_curve(user: User, data: Path) -> None:
    user.press("F5")
    user.wait_for("window.model.run.rows >= 5")
    curve = str(user.look("__import__('benchwright.gui.theme').gui.theme.current().curves[0]"))
    user.wait_for(lambda: len(user.columns_with(curve, user.place_of("plots.panel"))) > 20)
    user.wait_for("window.model.run.finished is not None")
    assert state(user) == "completed"
    path = Path(str(user.look("window.model.run.finished.data_path")))
    assert path.is_relative_to(data)
    with sqlite3.connect(path) as database:
        (rows,) = database.execute("select count(*) from rows").fetchone()
    database.close()
    assert rows == user.look("window.model.run.rows") == 19


def see_the_mistake(user: User) -> None:
    write(user, WRONG)
    user.wait_for("[d.line for f in window.model.diagnostics.values() for d in f.diagnostics] == [2]")
    token = squiggled(user, WRONG.index("move_absolut"), len("move_absolut"))
    before = squiggled(user, WRONG.index("motor:"), len("motor"))
    assert len(token) > 20
    assert not before
    assert user.look("[(d.column, d.end_column) for f in window.model.diagnostics.values()"
                     " for d in f.diagnostics]") == [(7, 19)]  # fmt: skip


def squiggled(user: User, start: int, length: int) -> list[int]:
    """Return the columns of pixels below some characters of the shown script that have an error's colour."""
    colour = str(user.look("__import__('benchwright.gui.theme').gui.theme.current().error"))
    area = user.place_of("window.editor.current().editor.code.viewport()")
    left, right, top, height = user.look(
        f"(lambda e: (e.pointXFromPosition({start}), e.pointXFromPosition({start + length}),"
        f" e.pointYFromPosition({start}), e.textHeight(1)))(window.editor.current().editor.code)"
    )
    line = Place(area.left + left, area.top + top + height * 2 // 3, right - left, height // 2)
    return user.columns_with(colour, line)


def cancel_a_run(user: User) -> None:
    write(user, ENDLESS)
    user.press("F5")
    user.wait_for("str(window.model.run.state) == 'running'")
    user.press("shift+F5")
    user.wait_for("window.model.run.finished is not None")
    assert state(user) == "cancelled"


def stop_from_a_dialog(user: User) -> None:
    user.press("F6")
    user.wait_for("str(window.model.run.state) == 'running'")
    user.press("ctrl+w")  # asks whether to save
    user.wait_for("app.activeModalWidget() is not None")
    user.focus()
    user.press("ctrl+shift+space")
    user.wait_for("window.model.emergency.latched and window.model.run.finished is not None")
    assert state(user) == "emergency_stopped"
    user.wait_for("{each.outcome for each in window.model.emergency.instruments} == {'safe'}")
    user.press("Escape")
    user.wait_for("app.activeModalWidget() is None")
    user.focus()


def button(text: str) -> str:
    """Return the expression for a button of the dialog in front."""
    return f"next(b for b in app.activeModalWidget().buttons() if b.text().replace('&', '') == {text!r})"


def reset(user: User) -> None:
    user.click("banner.reset")
    user.wait_for("app.activeModalWidget() is not None")
    user.focus()
    user.click(button("Reset"))
    user.wait_for("not window.model.emergency.latched")
    user.focus()


def stop_by_mouse(user: User) -> None:
    user.click("toolbar.emergency_stop")
    user.wait_for("window.model.emergency.latched and len(window.model.emergency.instruments) > 0")


def leave(user: User) -> int:
    user.press("ctrl+q")
    user.wait_for("app.activeModalWidget() is not None")
    user.focus()
    user.click(button("Discard"))
    return user.process.wait(10)


def test_the_first_hour(user: User, tmp_path: Path) -> None:
    open_example(user)
    watch_the_curve(user, tmp_path / "data")
    see_the_mistake(user)
    cancel_a_run(user)
    stop_from_a_dialog(user)
    reset(user)
    stop_by_mouse(user)
    reset(user)
    assert leave(user) == 0
    assert (tmp_path / "output.txt").read_text() == ""
