"""Files of all kinds in the editor: each opens, or is refused in one sentence; nothing is lost."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("pyside6_scintilla")

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from benchwright.gui.application import make_application
from benchwright.gui.controls import Controls
from benchwright.gui.panels.editor.panel import EditorPanel
from benchwright.gui.panels.editor.validation import MAX_BYTES
from benchwright.gui.session import RunModel
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.instruments.config import Config
from tests.gui.shell import wait_until


class Desk:
    """An editor, and what it said in the status bar."""

    def __init__(self) -> None:
        self.model = RunModel()
        self.model.descriptors = Config.demo().describe()
        controls = Controls(lambda request: None)
        self.said: list[str] = []
        controls.message_wanted.connect(self.said.append)
        self.panel = EditorPanel(self.model, controls)
        self.panel.show()

    def open(self, path: Path, data: bytes | str = "x = 1\n") -> None:
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        assert self.panel.open_file(path) is not None

    @property
    def notice(self) -> str:
        return self.panel._notice.text

    def choose(self, title: str) -> None:
        buttons = self.panel._notice.findChildren(QPushButton)
        next(button for button in buttons if button.text() == title).click()

    @property
    def text(self) -> str:
        buffer = self.panel.current()
        assert buffer is not None
        return buffer.text

    def is_idle(self) -> bool:
        return not any(each._is_busy for each in self.panel._validations.values())


@pytest.fixture
def desk() -> Iterator[Desk]:
    make_application()
    made = Desk()
    yield made
    wait_until(made.is_idle)
    made.panel.hide()
    made.panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()


def make_pipe(path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("has no named pipes in the file system")
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "cannot read"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b"\x7fELF\0\1"), "is not a text file"),
        (lambda path: path.write_bytes("x = 1".encode("utf-16")), "is not a text file"),
        (make_pipe, "is not a regular file"),
    ],
)
def test_what_is_no_script_is_refused_in_a_sentence(
    desk: Desk, tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    make(tmp_path / "a.lua")
    assert desk.panel.open_file(tmp_path / "a.lua") is None
    (line,) = desk.said
    assert says in line
    assert str(tmp_path / "a.lua") in line
    assert desk.panel.buffers() == []


def test_a_file_by_another_name_is_the_same_tab(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "a.lua")
    first = desk.panel.current()
    try:
        (tmp_path / "link.lua").symlink_to(tmp_path / "a.lua")
    except OSError:
        pytest.skip("may not make links here")
    assert desk.panel.open_file(tmp_path / "link.lua") is first
    assert desk.panel.open_file(f"{tmp_path}/../{tmp_path.name}/a.lua") is first


def test_many_files_are_dropped(desk: Desk, tmp_path: Path) -> None:
    names = ["a b.lua", "µ.py", "folder", "c.toml"]
    for name in names:
        path = tmp_path / name
        path.mkdir() if name == "folder" else path.write_text("x = 1\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in names])
    button, modifier = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desk.panel.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, modifier))
    assert [buffer.title for buffer in desk.panel.buffers()] == ["a b.lua", "µ.py", "c.toml"]
    assert [buffer.language for buffer in desk.panel.buffers()] == ["lua", "python", "toml"]
    assert any("is a folder" in line for line in desk.said)


def test_other_texts_are_not_checked_as_scripts(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "notes.txt", "then end then\n")
    buffer = desk.panel.current()
    assert buffer is not None
    assert buffer.language == "text"
    desk.panel.validate_now()
    assert desk.said[-1] == "notes.txt is not checked: it is no Lua or Python script."
    assert desk.is_idle()
    buffer.editor.toggle_comment()
    assert buffer.text == "then end then\n"


def test_a_read_only_file_is_not_written_around(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    desk.open(path)
    path.chmod(0o444)
    buffer = desk.panel.current()
    assert buffer is not None
    buffer.editor.insert("-- mine\n")
    desk.panel.saving.save()
    assert desk.notice == f"a.lua was not saved: {path} is read-only."
    assert path.read_text() == "x = 1\n"
    assert buffer.is_modified
    path.chmod(0o644)
    desk.choose("Try again")
    assert desk.notice == ""
    assert path.read_text() == "-- mine\nx = 1\n"


def test_a_deleted_file_keeps_its_tab(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    desk.open(path)
    path.unlink()
    wait_until(lambda: "moved or deleted" in desk.notice)
    buffer = desk.panel.current()
    assert buffer is not None
    assert buffer.is_modified
    assert desk.text == "x = 1\n"
    desk.choose("Save it there again")
    assert path.read_text() == "x = 1\n"
    assert desk.notice == ""


@pytest.mark.parametrize("text", ["x = 1\n", "x = 2\n"])
def test_a_deleted_file_that_comes_back_is_read(desk: Desk, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.lua"
    desk.open(path)
    path.unlink()
    wait_until(lambda: desk.notice)
    path.write_text(text)
    desk.panel._outside.look_again()  # as when somebody comes back to the window
    assert desk.text == text
    assert desk.notice == ""
    buffer = desk.panel.current()
    assert buffer is not None
    assert not buffer.is_modified


def test_a_script_too_long_to_check_says_so_once(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "long.lua", "x = 1\n" * (MAX_BYTES // 5))
    desk.panel.go_to(tmp_path / "long.lua", 3, 1)
    desk.panel._validations[desk.panel.buffers()[0]].check()
    assert [line for line in desk.said if "only when it runs" in line] == [
        "long.lua is longer than 300 kB: it is checked only when it runs."
    ]
    desk.panel.validate_now()
    assert "only when it runs" in desk.said[-1]
    assert len(desk.said) == 2
    assert desk.is_idle()


def test_ten_megabytes_are_opened_and_edited_without_a_stall(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "warm.lua")
    path = tmp_path / "large.lua"
    path.write_text("local x = 1 -- µ comment\n" * 400_000)
    worst = 0.0
    for step in (
        lambda: desk.panel.open_file(path),
        lambda: desk.panel.go_to(path, 399_000, 3),
        lambda: desk.panel.current().editor.insert("y"),  # type: ignore[union-attr]
        QApplication.processEvents,
    ):
        start = time.process_time()  # of this process alone: others are busy, too
        step()
        QApplication.processEvents()
        worst = max(worst, time.process_time() - start)
    assert worst < 0.2


def test_a_line_of_a_megabyte_is_shown(desk: Desk, tmp_path: Path) -> None:
    start = time.process_time()
    desk.open(tmp_path / "line.lua", f'x = "{"µ" * 500_000}"\n')
    QApplication.processEvents()
    assert time.process_time() - start < 1.0
    buffer = desk.panel.current()
    assert buffer is not None
    assert buffer.editor.code.styleAt(10) in look.LUA.string_styles


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"x = 1\n", "Lua"),
        (b"x = 1\r\n", "Lua · CRLF"),
        (b"\xef\xbb\xbfx = 1\r", "Lua · CR · BOM"),
        (b"x = 1\r\ny = 2\n", "Lua · mixed line ends"),
    ],
)
def test_what_is_unusual_about_a_file_is_told(desk: Desk, tmp_path: Path, data: bytes, kind: str) -> None:
    desk.open(tmp_path / "a.lua", data)
    buffer = desk.panel.current()
    assert buffer is not None
    assert buffer.kind == kind


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("if a then\n\tif b then\n\t\tc()\n\tend\nend\n", "\t"),
        ("if a then\n    if b then\n        c()\n    end\nend\n", "    "),
        ("if a then\n  if b then\n    c()\n  end\nend\n", "  "),
        ("", "  "),
    ],
)
def test_new_lines_are_indented_as_the_file_is(desk: Desk, tmp_path: Path, text: str, line: str) -> None:
    desk.open(tmp_path / "a.lua", text)
    buffer = desk.panel.current()
    assert buffer is not None
    buffer.editor.code.documentEnd()
    QTest.keyClicks(buffer.editor.code, "if x then")
    QTest.keyClick(buffer.editor.code, Qt.Key.Key_Return)
    assert buffer.text.endswith(f"if x then\n{line}")


def test_a_tab_closes_all_others(desk: Desk, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        desk.open(tmp_path / f"{name}.lua")
    kept = desk.panel.buffers()[1]
    menu = desk.panel.tabs.menu_of(kept)
    next(action for action in menu.actions() if action.text() == "Close &others").trigger()
    assert desk.panel.buffers() == [kept]
    next(action for action in menu.actions() if action.text() == "Copy &path").trigger()
    assert QGuiApplication.clipboard().text() == str(tmp_path / "b.lua")
    menu.close()
