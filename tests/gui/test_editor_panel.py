"""Open scripts: files keep their bytes, unsaved work survives, findings arrive by themselves."""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pyside6_scintilla")

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton

from benchwright.gui.controls import Controls
from benchwright.gui.panels.editor import recovery
from benchwright.gui.panels.editor.buffer import ScriptBuffer
from benchwright.gui.panels.editor.panel import EditorPanel
from benchwright.gui.session import RunModel
from benchwright.gui.session_values import FileDiagnostics
from benchwright.gui.widgets.code_editor import CodeEditor
from benchwright.instruments.config import Config


def wait_until(holds: Callable[[], object], timeout_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        QApplication.processEvents()
        time.sleep(0.002)


def _has_text(buffer: ScriptBuffer, text: str) -> bool:
    return buffer.text == text


@pytest.fixture
def app() -> QApplication:
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication([])


@pytest.fixture
def make(app: QApplication) -> Iterator[Callable[[], EditorPanel]]:
    made: list[EditorPanel] = []

    def build() -> EditorPanel:
        model = RunModel()
        model.descriptors = Config.demo().describe()
        panel = EditorPanel(model, Controls(lambda request: None))
        panel.show()
        made.append(panel)
        return panel

    yield build
    wait_until(lambda: not any(each._is_busy for panel in made for each in panel._validations.values()))
    for panel in made:
        panel.hide()
        panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    app.processEvents()


@pytest.fixture
def panel(make: Callable[[], EditorPanel]) -> EditorPanel:
    return make()


def test_many_tabs_keep_titles_that_can_be_read(panel: EditorPanel) -> None:
    panel.resize(400, 300)
    long = "a_scan_of_all_polarisers_along_the_long_arm_of_the_table.lua"
    for number in range(12):
        panel.new_script("", "lua", title=f"scan_{number}.lua")
    panel.new_script("", "lua", title=long)
    bar = panel.tabs.tabBar()
    metrics = bar.fontMetrics()
    widths = [bar.tabRect(index).width() for index in range(panel.tabs.count())]
    assert min(widths) > metrics.horizontalAdvance("scan_0.lua")
    assert max(widths) < metrics.horizontalAdvance(long)


def said(panel: EditorPanel) -> list[str]:
    lines: list[str] = []
    panel._controls.message_wanted.connect(lines.append)
    return lines


def choose(panel: EditorPanel, title: str) -> None:
    """Press a button of the line above the script."""
    next(button for button in panel._notice.findChildren(QPushButton) if button.text() == title).click()


@pytest.mark.parametrize(
    "data",
    [b"", b"a = 1\r\nb = 2\r\n", b"\xef\xbb\xbfprint('\xc2\xb5')\n", b"a\nb\r\nc\r", b"no end"],
)
def test_saving_keeps_line_ends_and_mark(panel: EditorPanel, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.lua"
    path.write_bytes(data)
    buffer = panel.open_file(path)
    assert buffer is not None
    assert not buffer.is_modified
    buffer.editor.insert("x")
    assert buffer.is_modified
    panel.saving.save()
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    assert path.read_bytes() == mark + b"x" + data.removeprefix(mark)
    assert not buffer.is_modified


def test_enter_in_a_file_with_crlf_gives_crlf(panel: EditorPanel, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"if x:\r\n")
    buffer = panel.open_file(path)
    assert buffer is not None
    assert buffer.language == "python"
    buffer.editor.go_to(1, 6)
    QTest.keyClick(buffer.editor.code, Qt.Key.Key_Return)
    assert buffer.text == "if x:\r\n    \r\n"


def test_a_file_is_open_once_and_recent(panel: EditorPanel, tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    path.write_text("print(1)\n")
    first = panel.open_file(path)
    panel.new_script("b = 2")
    assert panel.open_file(path) is first
    assert len(panel.buffers()) == 2
    assert panel.recent == [path]
    assert panel.findChild(CodeEditor, "editor.code") is first.editor  # type: ignore[union-attr]
    assert len(panel.findChildren(CodeEditor, "editor.code")) == 1


def test_what_cannot_be_opened_is_said_in_a_sentence(panel: EditorPanel, tmp_path: Path) -> None:
    lines = said(panel)
    assert panel.open_file(tmp_path / "no.lua") is None
    (tmp_path / "b.lua").write_bytes(b"\0\1")
    assert panel.open_file(tmp_path / "b.lua") is None
    assert len(lines) == 2
    assert "no.lua" in lines[0]


def test_latin_1_is_read_and_becomes_utf_8(panel: EditorPanel, tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    path.write_bytes(b"-- 90\xb0\n")
    buffer = panel.open_file(path)
    assert buffer is not None
    assert buffer.text == "-- 90°\n"
    assert buffer.is_modified
    panel.saving.save()
    assert path.read_bytes() == "-- 90°\n".encode()


def test_findings_come_by_themselves(panel: EditorPanel) -> None:
    buffer = panel.new_script('local m = instruments.get("esp300")\n')
    model = panel._model
    buffer.editor.go_to(2)
    QTest.keyClicks(buffer.editor.code, "m:move_absolut(1)")
    wait_until(lambda: (buffer.file, "check") in model.diagnostics)
    (found,) = model.diagnostics[(buffer.file, "check")].diagnostics
    assert (found.line, found.column, found.end_column) == (2, 3, 15)
    assert buffer.editor.markers.diagnostics == (found,)
    buffer.editor.set_text("x = 1\n")
    wait_until(lambda: (buffer.file, "check") not in model.diagnostics)
    assert not buffer.editor.markers.diagnostics


def test_findings_of_a_run_are_marked_until_the_text_changes(panel: EditorPanel) -> None:
    from tests.gui.test_code_editor import finding

    buffer = panel.new_script("x = 1\ny = 2\n")
    panel._model.set_diagnostics(FileDiagnostics(buffer.file, (finding(2, 1, 2),), "run"))
    assert len(buffer.editor.markers.diagnostics) == 1
    buffer.editor.insert("z = 3\n")
    wait_until(lambda: not buffer.editor.markers.diagnostics)


def test_closing_asks_and_waits_for_nobody(panel: EditorPanel, tmp_path: Path) -> None:
    buffer = panel.new_script("")
    buffer.editor.insert("x")
    panel.closing.close_current()
    box = panel.findChild(QMessageBox)
    assert box is not None
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert panel.buffers() == [buffer]
    wait_until(lambda: panel.findChild(QMessageBox) is None)
    panel.closing.close_current()
    box = panel.findChild(QMessageBox)
    assert box is not None
    box.button(QMessageBox.StandardButton.Save).click()
    wait_until(lambda: panel.findChild(QFileDialog) is not None)
    dialog = panel.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "new.lua"))
    dialog.close()
    assert (tmp_path / "new.lua").read_text() == "x"
    assert panel.buffers() == []


def test_the_window_may_close_when_nothing_is_unsaved(panel: EditorPanel) -> None:
    buffer = panel.new_script("x")
    assert panel.closing.may_close_all()
    buffer.editor.insert("y")
    assert not panel.closing.may_close_all()
    assert not panel.closing.may_close_all()
    boxes = panel.findChildren(QMessageBox)
    assert len(boxes) == 1
    boxes[0].button(QMessageBox.StandardButton.Discard).click()
    wait_until(lambda: not panel.isVisible())  # it is its own window here
    assert panel.closing.may_close_all()


def test_a_file_that_changed_outside_is_read_again(panel: EditorPanel, tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    path.write_text("a = 1\n")
    buffer = panel.open_file(path)
    assert buffer is not None
    for text in ("a = 2\n", "a = 33\n"):  # twice: a replaced file is watched on
        other = tmp_path / "other"
        other.write_text(text)
        other.replace(path)
        wait_until(partial(_has_text, buffer, text))
    assert not buffer.is_modified


def test_a_file_that_changed_here_and_outside_is_a_question(panel: EditorPanel, tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    path.write_text("a = 1\n")
    buffer = panel.open_file(path)
    assert buffer is not None
    buffer.editor.insert("-- mine\n")
    path.write_text("a = 2\n")
    wait_until(panel._notice.isVisible)
    choose(panel, "Keep mine")
    assert not panel._notice.isVisible()
    assert buffer.text == "-- mine\na = 1\n"
    assert buffer.is_modified
    path.write_text("a = 3\n")
    wait_until(panel._notice.isVisible)
    choose(panel, "Read again")
    assert buffer.text == "a = 3\n"


def test_unsaved_work_survives_a_crash(
    make: Callable[[], EditorPanel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.lua"
    path.write_text("a = 1\n")
    folder = tmp_path / "unsaved"
    first = make()
    first.use_folder(folder)
    first.open_file(path)
    first.current().editor.insert("-- °\n")  # type: ignore[union-attr]
    first.new_script("", title="scan.py", language="python", metadata_text="tags = []").editor.insert("y = 2")
    first.back_up()
    wait_until(lambda: len(list(folder.glob("*.unsaved"))) == 2)
    second = make()
    second.use_folder(folder)
    assert second.buffers() == []  # the first is alive
    monkeypatch.setattr(recovery, "_is_alive", lambda unsaved: False)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    second.use_folder(folder)
    monkeypatch.undo()
    found = {buffer.title: buffer for buffer in second.buffers()}
    assert found["a.lua"].text == "-- °\na = 1\n"
    assert found["a.lua"].path == path
    assert found["scan.py"].text == "y = 2"
    assert found["scan.py"].metadata_text == "tags = []"
    assert all(buffer.is_modified for buffer in second.buffers())
    second.saving.save(found["a.lua"])
    assert path.read_text() == "-- °\na = 1\n"
    assert len(list(folder.glob("*.unsaved"))) == 1


def test_open_scripts_are_remembered(make: Callable[[], EditorPanel], tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    path.write_text("a = 1\nb = 2\n")
    first = make()
    first.open_file(path)
    first.go_to(str(path), 2, 3)
    QApplication.processEvents()
    state = first.save_state()
    second = make()
    second.restore_state(state)
    buffer = second.current()
    assert buffer is not None
    assert buffer.path == path
    QApplication.processEvents()
    assert buffer.editor.place == (2, 3)


def test_a_dropped_file_opens(panel: EditorPanel, tmp_path: Path) -> None:
    path = tmp_path / "a b.lua"
    path.write_text("a = 1\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    button, modifier = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, modifier))
    assert [buffer.path for buffer in panel.buffers()] == [path]


def test_titles_of_new_scripts_differ(panel: EditorPanel) -> None:
    titles = [panel.new_script().title for _ in range(3)]
    assert len(set(titles)) == 3


def test_a_process_of_the_same_number_is_not_the_one_that_crashed(
    make: Callable[[], EditorPanel], tmp_path: Path
) -> None:
    text = recovery.UnsavedText(key="k", pid=os.getppid(), title="a.lua", language="lua", text="x = 1")
    kept = recovery.Recovery(tmp_path)
    kept.keep(text)
    assert kept.take_back() == []  # that process is there
    (file,) = tmp_path.glob("*.unsaved")
    file.write_bytes(msgspec.json.encode(text))  # one of that number that was started at another time
    (found,) = kept.take_back()
    assert found.text == "x = 1"
