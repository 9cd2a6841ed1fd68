"""Help: keys from the table of actions, documents with their links, versions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QMessageBox

from benchwright import __version__
from benchwright.core.resource_paths import documents_path
from benchwright.gui.main_window import MainWindow
from benchwright.gui.widgets.text_window import KeyTable, Pages
from tests.gui.shell import shell


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def test_the_keys_are_those_of_the_actions(window: MainWindow) -> None:
    window.actions_by_id["action.keys"].trigger()
    table = window.findChild(KeyTable, "help.keys")
    assert table is not None
    assert not table.isModal()
    table.search.setText("emergency")
    items = [table.table.topLevelItem(index) for index in range(table.table.topLevelItemCount())]
    visible = [item.text(2) for item in items if item is not None and not item.isHidden()]
    assert visible == ["Pause, Ctrl+Shift+Space"]
    table.close()


def test_the_documentation_is_read_in_the_window_and_its_links_lead_on(window: MainWindow) -> None:
    window.actions_by_id["action.documentation"].trigger()
    pages = window.findChild(Pages, "help.pages")
    assert pages is not None
    assert "Documents" in pages.toPlainText()
    pages.anchorClicked.emit(QUrl("window.md"))
    assert "emergency stop" in pages.toPlainText()
    pages.close()


def test_every_local_link_of_the_documentation_leads_somewhere() -> None:
    folder = documents_path()
    for page in folder.glob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (folder / link).exists(), f"{page.name}: {link}"


def test_about_names_the_versions(window: MainWindow) -> None:
    window.actions_by_id["action.about"].trigger()
    box = window.findChild(QMessageBox, "help.about")
    assert box is not None
    assert __version__ in box.text()
    assert "PySide6" in box.informativeText()
    assert not box.isModal()
    box.close()
