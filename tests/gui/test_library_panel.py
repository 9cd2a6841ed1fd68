"""The library panel in the window: what is in the folder is shown, opened and run from there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from benchwright.bench.library import ScriptManager
from benchwright.core.run_states import RunState
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.library.panel import LibraryPanel
from tests.gui.shell import current_script, shell, wait_until
from tests.helpers.records import keep_runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "library"
    (path / "optics").mkdir(parents=True)
    (path / "optics" / "scan.lua").write_text("return 7\n")
    (path / "optics" / "scan.toml").write_text('name = "Malus"\ntags = ["demo"]\ndescription = "Turns."\n')
    (path / "warmup.py").write_text("result = 1\n")
    return path


@pytest.fixture
def window(folder: Path) -> Iterator[MainWindow]:
    with shell(folder.parent) as opened:
        wait_until(lambda: rows(opened.library))
        yield opened


@pytest.fixture
def panel(window: MainWindow) -> LibraryPanel:
    found: LibraryPanel = window.library
    return found


def rows(panel: LibraryPanel) -> list[str]:
    """Return all that the tree shows, indented by depth."""
    lines: list[str] = []

    def walk(parent: QModelIndex, depth: int) -> None:
        for row in range(panel.tree.rowCount(parent)):
            index = panel.tree.index(row, 0, parent)
            lines.append("  " * depth + str(panel.tree.data(index)))
            walk(index, depth + 1)

    walk(QModelIndex(), 0)
    return lines


def sign(panel: LibraryPanel, path: Path) -> str:
    return str(panel.tree.data(panel.tree.index_of(str(path)).siblingAtColumn(1)))


def test_folders_and_examples_are_shown(window: MainWindow, panel: LibraryPanel) -> None:
    for name in ("library.panel", "library.view", "library.search"):
        found = window.findChild(QWidget, name)
        assert found is not None, name
        assert found.accessibleName(), name
    shown = rows(panel)
    assert shown[:4] == ["optics", "  scan.lua", "warmup.py", "Examples"]
    assert "  malus_scan.lua" in shown


def test_enter_opens_a_script(window: MainWindow, panel: LibraryPanel, folder: Path) -> None:
    panel.view.select(str(folder / "optics" / "scan.lua"))
    assert "Turns." in panel.details.text()
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert current_script(window).path == folder / "optics" / "scan.lua"


def test_a_script_runs_without_being_open_and_shows_how_it_went(
    window: MainWindow, panel: LibraryPanel, folder: Path
) -> None:
    script = folder / "optics" / "scan.lua"
    assert sign(panel, script) == ""
    panel.view.select(str(script))
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait_until(lambda: window.model.run.finished is not None)
    assert window.model.run.state is RunState.COMPLETED
    assert window.model.run.file == str(script)
    assert current_script(window).path is None, "it need not be opened"
    wait_until(lambda: sign(panel, script) == "✔")
    wait_until(lambda: "1 run, 100% completed" in panel.details.text())


def test_a_script_that_its_runs_show_to_be_bad_is_flagged(panel: LibraryPanel, folder: Path) -> None:
    script = folder / "optics" / "scan.lua"
    keep_runs(folder.parent, script, 2, was_killed=True)
    panel.refresh()
    wait_until(lambda: sign(panel, script) == "⚠")
    panel.view.select(str(script))
    sentence = "It did not leave when asked and was killed, in 2 of the last 2 runs"
    assert sentence in panel.details.text()
    index = panel.tree.index_of(str(script))
    assert sentence in str(panel.tree.data(index, Qt.ItemDataRole.AccessibleTextRole))
    assert sentence in str(panel.tree.data(index, Qt.ItemDataRole.ToolTipRole))


def test_search_narrows_the_tree(window: MainWindow, panel: LibraryPanel, folder: Path) -> None:
    field = panel.findChild(QLineEdit, "library.search")
    assert field is not None
    field.setText("#demo malus return")
    wait_until(lambda: rows(panel) == ["optics", "  scan.lua"])
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert current_script(window).path == folder / "optics" / "scan.lua"
    field.setText("no such thing")
    wait_until(lambda: rows(panel) == [])
    field.clear()
    wait_until(lambda: "warmup.py" in rows(panel))


def test_tags_are_branches_on_wish(panel: LibraryPanel) -> None:
    panel.grouping.setCurrentText("Tags")
    assert rows(panel)[:3] == ["demo", "  scan.lua", "Examples"]
    assert "without tag" in rows(panel)
    assert panel.save_state() == {"grouping": "tag"}


def test_changes_from_outside_appear(panel: LibraryPanel, folder: Path) -> None:
    (folder / "new.lua").write_text("return 1")
    panel.refresh()
    wait_until(lambda: "new.lua" in rows(panel))
    (folder / "new.lua").write_text("return 'changed'")
    panel.refresh()
    library = ScriptManager(folder)
    wait_until(lambda: len(library.versions("new.lua")) == 2)
    (folder / "warmup.py").unlink()
    panel.refresh()
    wait_until(lambda: "warmup.py" not in rows(panel))


def test_a_syntax_error_found_while_typing_is_shown(
    window: MainWindow, panel: LibraryPanel, folder: Path
) -> None:
    script = folder / "warmup.py"
    window.editor.open_file(script)
    current_script(window).editor.insert("def (:\n")
    wait_until(lambda: sign(panel, script) == "✗")
    assert "syntax" in str(panel.tree.data(panel.tree.index_of(str(script)), Qt.ItemDataRole.ToolTipRole))


def test_a_description_is_text_whatever_is_in_it(panel: LibraryPanel, folder: Path) -> None:
    (folder / "warmup.toml").write_text(f'description = "<b>bold</b> {"long " * 200}"\n')
    panel.refresh()
    path = str(folder / "warmup.py")

    def tip() -> str:
        return str(panel.tree.data(panel.tree.index_of(path), Qt.ItemDataRole.ToolTipRole))

    wait_until(lambda: "&lt;b&gt;bold" in tip())
    assert len(tip()) < 500
    panel.view.select(path)
    assert "&lt;b&gt;bold" in panel.details.text()
    assert len(panel.details.text()) < 1000
