"""What is done from the library panel: each change is told in a line, and undone from there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton

from benchwright.bench.library import ScriptManager
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.editor.panel import EditorPanel
from benchwright.gui.panels.library.panel import LibraryPanel
from tests.gui.shell import current_script, shell, wait_until
from tests.gui.test_library_panel import rows


@pytest.fixture
def library(tmp_path: Path) -> ScriptManager:
    made = ScriptManager(tmp_path / "data" / "library")
    made.create("optics/scan.lua", "return 7\n", 'name = "Malus" # mine\npermissions = ["device:control"]\n')
    made.create("warmup.py", "result = 1\n")
    return made


@pytest.fixture
def window(library: ScriptManager) -> Iterator[MainWindow]:
    with shell(library.folder.parent) as opened:
        wait_until(lambda: rows(opened.library))
        yield opened


@pytest.fixture
def panel(window: MainWindow, library: ScriptManager) -> LibraryPanel:
    panel = window.library
    panel.view.select(str(library.folder / "optics" / "scan.lua"))
    assert key(panel) == "optics/scan.lua"
    panel.view.setFocus()
    return panel


def key(panel: LibraryPanel) -> str:
    item = panel.view.item()
    return item.entry.key if item is not None else ""


def do(panel: LibraryPanel, name: str) -> None:
    """Choose an entry of the menu."""
    menu = panel.menu.make()
    found = {action.objectName(): action for action in menu.actions()}
    menu.deleteLater()
    found[f"library.{name}"].trigger()


def press(panel: LibraryPanel, name: str = "library.notice.undo") -> None:
    panel.notice.findChildren(QPushButton, name)[-1].click()  # those of before are on their way out


def keys(library: ScriptManager) -> list[str]:
    return [entry.key for entry in library.list()]


def test_deleted_scripts_come_back(panel: LibraryPanel, library: ScriptManager) -> None:
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    wait_until(lambda: "optics/scan.lua is in the trash" in panel.notice.text())
    wait_until(lambda: "  scan.lua" not in rows(panel))
    press(panel)
    wait_until(lambda: "is back" in panel.notice.text())
    wait_until(lambda: key(panel) == "optics/scan.lua")
    do(panel, "delete")
    wait_until(library.trash)
    do(panel, "restore_last")
    wait_until(lambda: keys(library) == ["optics/scan.lua", "warmup.py"])


def test_a_script_is_renamed_in_the_tree_and_its_tab_follows(
    window: MainWindow, panel: LibraryPanel, library: ScriptManager
) -> None:
    panel.commands.open()
    buffer = current_script(window)
    buffer.editor.insert("-- unsaved\n")
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_F2)
    field = panel.view.findChild(QLineEdit)
    assert field is not None
    assert field.text() == "optics/scan.lua"
    field.setText("power/sweep")
    QTest.keyClick(field, Qt.Key.Key_Return)
    wait_until(lambda: "power/sweep.lua now" in panel.notice.text())
    wait_until(lambda: "power" in rows(panel))
    assert buffer.path == library.folder / "power" / "sweep.lua"
    assert buffer.is_modified
    press(panel)
    wait_until(lambda: keys(library) == ["optics/scan.lua", "warmup.py"])


def test_a_name_that_is_no_name_is_told(panel: LibraryPanel, library: ScriptManager) -> None:
    item = panel.view.item()
    assert item is not None
    panel.commands.rename_to(item, "../evil")
    wait_until(lambda: "cannot be the name of a script" in panel.notice.text())
    panel.commands.rename_to(item, "warmup.py")
    wait_until(lambda: "must end in" in panel.notice.text() or "already" in panel.notice.text())
    assert keys(library) == ["optics/scan.lua", "warmup.py"]


def test_new_and_copied_scripts_are_opened(
    window: MainWindow, panel: LibraryPanel, library: ScriptManager
) -> None:
    do(panel, "new_lua")
    wait_until(lambda: current_script(window).path == library.folder / "optics" / "untitled.lua")
    do(panel, "duplicate")
    wait_until(lambda: "optics/scan-2.lua" in keys(library) or "optics/untitled-2.lua" in keys(library))
    example = next(item for item in panel._contents.items if item.entry.key == "malus_scan.py")
    panel.view.select(str(example.path))
    do(panel, "copy_example")
    wait_until(lambda: current_script(window).path == library.folder / "malus_scan.py")
    assert library.load("malus_scan.py").metadata.name == "Malus scan"


def test_examples_cannot_be_changed(panel: LibraryPanel) -> None:
    example = next(item for item in panel._contents.items if item.is_example)
    panel.view.select(str(example.path))
    menu = panel.menu.make()
    names = {action.objectName() for action in menu.actions()}
    menu.deleteLater()
    assert {"library.open", "library.run", "library.copy_example"} <= names
    assert not {"library.delete", "library.rename", "library.edit_metadata"} & names


def test_what_the_editor_shows_goes_into_the_library(window: MainWindow, library: ScriptManager) -> None:
    action = window.findChild(QAction, "action.add_to_library")
    assert action is not None
    action.trigger()  # the example of the first start, which has no file
    wait_until(lambda: current_script(window).path == library.folder / "malus_scan.lua")
    assert library.load("malus_scan.lua").metadata.tags == ("example", "optics", "scan")
    wait_until(lambda: library.versions("malus_scan.lua"))
    current_script(window).editor.insert("-- mine\n")
    window.editor.saving.save()
    wait_until(lambda: len(library.versions("malus_scan.lua")) == 2)


def test_a_file_from_elsewhere_is_copied_to_the_library(
    window: MainWindow, library: ScriptManager, tmp_path: Path
) -> None:
    file = tmp_path / "mine.lua"
    file.write_text("return 1")
    window.editor.open_file(file)
    window.scripts.add_to_library()
    wait_until(lambda: current_script(window).path == library.folder / "mine.lua")
    assert file.exists()


def drop(panel: LibraryPanel | EditorPanel | MainWindow, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, key)
    panel.dropEvent(event)


def test_a_dropped_file_says_what_it_wants_and_is_taken_on_wish(
    panel: LibraryPanel, library: ScriptManager, tmp_path: Path
) -> None:
    file = tmp_path / "scan.toml"
    file.write_bytes(library.sharing.export(library.path_of("optics/scan.lua")))
    drop(panel, file)
    wait_until(lambda: "ask to move things and switch outputs" in panel.notice.text())
    assert keys(library) == ["optics/scan.lua", "warmup.py"]
    press(panel, "library.import.take")
    wait_until(lambda: panel.notice.text() == "scan.lua is in the library.")
    assert "scan.lua" in keys(library)
    drop(panel, file)
    wait_until(lambda: "already, exactly" in panel.notice.text())
    library.save("scan.lua", "other")
    drop(panel, file)
    wait_until(lambda: "has another scan.lua" in panel.notice.text())
    press(panel, "library.import.replace")
    wait_until(lambda: "scan.lua is replaced" in panel.notice.text())
    assert library.text_of("scan.lua").source == "return 7\n"
    press(panel)
    wait_until(lambda: "what it was" in panel.notice.text())
    assert library.text_of("scan.lua").source == "other"
    file.write_bytes(file.read_bytes().replace(b"return 7", b"return 8"))
    drop(panel, file)
    wait_until(lambda: "changed or damaged" in panel.notice.text())


def test_an_export_dropped_anywhere_on_the_window_is_offered(
    window: MainWindow, panel: LibraryPanel, library: ScriptManager, tmp_path: Path
) -> None:
    file = tmp_path / "scan.toml"
    file.write_bytes(library.sharing.export(library.path_of("optics/scan.lua")))
    for target in (window.editor, window):
        drop(target, file)
        wait_until(lambda: "Importing grants nothing" in panel.notice.text())
        panel.notice.tell("", [])
    drop(window.editor, library.folder / "optics" / "scan.toml")
    assert current_script(window).path == library.folder / "optics" / "scan.toml"


def test_a_dropped_script_is_copied(panel: LibraryPanel, library: ScriptManager, tmp_path: Path) -> None:
    file = tmp_path / "warmup.py"
    file.write_text("result = 2")
    drop(panel, file)
    wait_until(lambda: "warmup-2.py" in keys(library))
    assert library.text_of("warmup-2.py").source == "result = 2"


def test_export_asks_for_a_file(window: MainWindow, library: ScriptManager, tmp_path: Path) -> None:
    window.editor.open_file(library.folder / "optics" / "scan.lua")
    action = window.findChild(QAction, "action.export")
    assert action is not None
    action.trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "out.toml"))
    dialog.close()
    wait_until(lambda: "out.toml" in window.library.notice.text())
    other = ScriptManager(tmp_path / "other")
    assert other.sharing.take((tmp_path / "out.toml").read_bytes(), "out.toml") == "scan.lua"
    assert other.text_of("scan.lua") == library.text_of("optics/scan.lua")


def test_what_a_script_needs_is_exported_on_wish(
    panel: LibraryPanel, library: ScriptManager, tmp_path: Path
) -> None:
    library.create("lib.lua", "return {}")
    library.create("main.lua", "require('lib')", 'dependencies = ["lib"]')
    file = tmp_path / "main.toml"
    panel.sharing._export(library.path_of("main.lua"), file)
    wait_until(lambda: "without lib, which it needs" in panel.notice.text())
    press(panel)
    wait_until(lambda: panel.notice.text() == f"main.lua is in {file}.")
    other = ScriptManager(tmp_path / "other")
    other.sharing.take(file.read_bytes(), "main.toml")
    assert [entry.key for entry in other.list() if not entry.problem] == ["lib.lua", "main.lua"]


def test_what_was_replaced_together_comes_back_together(
    panel: LibraryPanel, library: ScriptManager, tmp_path: Path
) -> None:
    other = ScriptManager(tmp_path / "other")
    for made, text in ((other, "theirs"), (library, "mine")):
        made.create("main.lua", f"-- {text}", 'dependencies = ["lib"]')
        made.create("lib.lua", f"-- {text}")
    file = tmp_path / "main.toml"
    file.write_bytes(other.sharing.export(other.path_of("main.lua"), with_dependencies=True))
    drop(panel, file)
    wait_until(lambda: "has another main.lua and lib.lua" in panel.notice.text())
    for said, text in (
        ("main.lua and lib.lua are replaced", "-- theirs"),
        ("main.lua and lib.lua are what they were", "-- mine"),
        ("main.lua and lib.lua are what they were", "-- theirs"),
    ):
        press(panel, "library.import.replace" if said.endswith("replaced") else "library.notice.undo")
        wait_until(lambda: {library.text_of(key).source for key in ("main.lua", "lib.lua")} == {text})  # noqa: B023
        wait_until(lambda: said in panel.notice.text())  # noqa: B023


def test_what_a_script_needs_and_is_not_there_is_among_the_problems(
    window: MainWindow, library: ScriptManager
) -> None:
    library.create("main.lua", 'return require("fit")\n', 'name = "x"\ndependencies = ["fit >= 2"]\n')
    window.editor.open_file(library.folder / "main.lua")
    toml = str(library.folder / "main.toml")
    wait_until(lambda: window.model.findings(toml))
    (found,) = window.model.findings(toml)
    assert (found.line, found.code) == (2, "metadata_error")
    assert found.message == (
        "dependencies[0]: main.lua needs fit: there is no fit.lua beside main.lua or in the library"
    )
    assert window.docks.docks["problems"].windowTitle() == "Problems 1"
    told: list[str] = []
    window.runner.refused.connect(told.append)
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: told)
    assert told[0].startswith(f"{toml}:2: dependencies[0]: main.lua needs fit")
    assert window.model.run.run_id == ""
    library.create("far/fit.lua", "return 7", 'version = "1.0"')
    window.actions_by_id["action.validate"].trigger()
    wait_until(lambda: "fit.lua is version 1.0" in "".join(e.message for e in window.model.findings(toml)))
    library.edit_metadata("far/fit.lua", {"version": "2.1"})
    window.editor.open_file(library.folder / "warmup.py")
    window.editor.open_file(library.folder / "main.lua")  # it is looked at anew
    wait_until(lambda: not window.model.findings(toml))
    window.actions_by_id["action.run"].trigger()
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.finished is not None
    assert window.model.run.finished.result == 7
