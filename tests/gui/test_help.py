"""Help: keys from the table of actions, documents with their links, versions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QMessageBox

from benchwright import __version__
from benchwright.core.resource_paths import documents_path
from benchwright.gui import theme
from benchwright.gui.application import make_application
from benchwright.gui.main_window import MainWindow
from benchwright.gui.widgets.key_table import KeyTable
from benchwright.gui.widgets.pages import Pages
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


@pytest.fixture
def pages(window: MainWindow) -> Iterator[Pages]:
    window.actions_by_id["action.documentation"].trigger()
    found = window.findChild(Pages, "help.pages")
    assert found is not None
    yield found
    found.close()


def shown(pages: Pages) -> list[str]:
    """What the list of contents shows, sections below their pages."""
    found = []
    item = pages.contents.topLevelItem(0)
    while item is not None:
        if not item.isHidden():
            found.append(item.text(0) if item.parent() is None else f"  {item.text(0)}")
        item = pages.contents.itemBelow(item)
    return found


def test_the_documentation_is_read_in_the_window_and_its_links_lead_on(pages: Pages) -> None:
    assert "Documents" in pages.view.toPlainText()
    pages.view.anchorClicked.emit(QUrl("window.md#emergency-stop"))
    assert "The red button" in pages.view.toPlainText()
    assert pages.view.source().fragment() == "emergency-stop"


def test_every_document_is_in_the_contents(pages: Pages) -> None:
    assert len(shown(pages)) == len(list(documents_path().glob("*.md")))


def marked(pages: Pages) -> set[str]:
    """The texts that are marked on the page."""
    return {mark.cursor.selectedText().casefold() for mark in pages.view.extraSelections()}


def test_what_was_searched_is_marked_on_the_page(pages: Pages) -> None:
    pages.search.setText("Policy a")
    pages.search.returnPressed.emit()
    assert marked(pages) == {"policy"}
    pages.restyle()
    assert marked(pages) == {"policy"}
    pages.search.clear()
    assert marked(pages) == set()


def test_words_are_found_in_the_sections(pages: Pages) -> None:
    pages.search.setText("telemetry_read")
    assert {"Functions", "  telemetry_read", "Scripts"} <= set(shown(pages))
    pages.search.returnPressed.emit()  # of all sections that name it, the one that is called so
    assert pages.view.source().fragment() == "telemetry_read"
    pages.search.setText("no such words anywhere in it")
    assert shown(pages) == []
    pages.search.clear()
    assert "Functions" in shown(pages)


def test_a_page_takes_the_colours_of_another_theme(pages: Pages) -> None:
    pages.view.anchorClicked.emit(QUrl("cli.md"))
    before = pages.view.document().defaultStyleSheet()
    theme.apply(make_application(), theme.DARK)
    try:
        assert theme.DARK.text in pages.view.document().defaultStyleSheet() != before
        assert pages.view.source().fileName() == "cli.md"
    finally:
        theme.apply(make_application(), theme.LIGHT)


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
