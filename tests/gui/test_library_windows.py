"""The form of the metadata and the versions of a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from benchwright.bench.library import ScriptManager
from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.library.form_fields import (
    ChecksField,
    LongTextField,
    NumbersField,
    ParametersField,
    PlotsField,
    TextField,
)
from benchwright.gui.panels.library.metadata_window import MetadataWindow
from benchwright.gui.panels.library.panel import LibraryPanel
from benchwright.gui.panels.library.versions_window import VersionsWindow
from tests.gui.shell import shell, wait_until
from tests.gui.test_library_panel import rows

METADATA = """# About this scan
name = "Malus" # mine
tags = ["optics"]
permissions = ["device:read"]

[parameters.start]
default = 0 # dark
unit = "deg"

[[plots]]
y = "power" # one
"""


@pytest.fixture
def library(tmp_path: Path) -> ScriptManager:
    made = ScriptManager(tmp_path / "data" / "library")
    made.create("scan.lua", "a = 1\n", METADATA)
    return made


@pytest.fixture
def window(library: ScriptManager) -> Iterator[MainWindow]:
    with shell(library.folder.parent) as opened:
        wait_until(lambda: rows(opened.library))
        opened.library.view.select(str(library.folder / "scan.lua"))
        opened.library.view.setFocus()
        yield opened


@pytest.fixture
def panel(window: MainWindow) -> LibraryPanel:
    return window.library


def form(panel: LibraryPanel) -> MetadataWindow:
    QTest.keyClick(panel.view, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    wait_until(lambda: panel.findChild(MetadataWindow))
    found = panel.findChild(MetadataWindow)
    assert found is not None
    return found


def field(form: MetadataWindow, key: str) -> object:
    return form.fields[key][1]


def test_the_form_changes_what_is_changed_and_nothing_else(
    panel: LibraryPanel, library: ScriptManager
) -> None:
    opened = form(panel)
    assert opened.changes() == {}
    name, description = field(opened, "name"), field(opened, "description")
    assert isinstance(name, TextField)
    assert isinstance(description, LongTextField)
    name.widget.setText("Polariser")
    description.widget.setPlainText("Two\nlines")
    permissions, limits = field(opened, "permissions"), field(opened, "limits")
    assert isinstance(permissions, ChecksField)
    assert isinstance(limits, NumbersField)
    permissions.boxes["device:control"].setChecked(True)
    limits.lines["max_execution_time_s"].setText("12.5")
    parameters, plots = field(opened, "parameters"), field(opened, "plots")
    assert isinstance(parameters, ParametersField)
    assert isinstance(plots, PlotsField)
    parameters.add_row(["mode", "Mode", "fast", "", "", "", "fast, slow", "text"])
    plots.add_row(["angle", "power, dark", "", "Both", "angle = deg, power = W"])
    opened.save.click()
    wait_until(lambda: library.load("scan.lua").metadata.name == "Polariser")
    wait_until(lambda: panel.findChild(MetadataWindow) is None)
    text = library.text_of("scan.lua").metadata
    assert text is not None
    for line in ("# About this scan", 'name = "Polariser" # mine', "default = 0 # dark", 'y = "power" # one'):
        assert line in text.splitlines(), text
    metadata = library.load("scan.lua").metadata
    assert metadata.description == "Two\nlines"
    assert sorted(metadata.permissions) == ["device:control", "device:read"]
    assert metadata.limits == {"max_execution_time_s": 12.5}
    assert metadata.parameters["mode"].choices == ("fast", "slow")
    assert [plot.y for plot in metadata.plots] == [("power",), ("power", "dark")]
    assert metadata.plots[1].units == {"angle": "deg", "power": "W"}


def test_what_is_not_valid_is_said_in_the_form_and_not_saved(
    panel: LibraryPanel, library: ScriptManager
) -> None:
    opened = form(panel)
    limits = field(opened, "limits")
    assert isinstance(limits, NumbersField)
    limits.lines["max_memory_mb"].setText("plenty")
    wait_until(lambda: "max_memory_mb" in opened.problem.text())
    assert "above 0" in opened.problem.text()
    assert not opened.save.isEnabled()
    limits.lines["max_memory_mb"].setText("20")
    wait_until(lambda: opened.save.isEnabled() and not opened.problem.text())
    parameters = field(opened, "parameters")
    assert isinstance(parameters, ParametersField)
    parameters.add_row(["start", "", "1", "", "", "", "", ""])
    opened._signals.changed.emit()
    wait_until(lambda: "again" in opened.problem.text())
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    wait_until(lambda: panel.findChild(MetadataWindow) is None)
    assert library.text_of("scan.lua").metadata == METADATA


def test_broken_metadata_is_edited_as_text(
    window: MainWindow, panel: LibraryPanel, library: ScriptManager
) -> None:
    (library.folder / "scan.toml").write_text("tags = 3\n")
    panel.commands.edit_metadata()
    wait_until(lambda: "must be a list of texts" in panel.notice.text())
    panel.notice.findChildren(QPushButton)[-1].click()
    current = window.editor.current()
    assert current is not None
    assert current.path == library.folder / "scan.toml"


def test_versions_are_compared_and_restored_and_that_is_undone(
    panel: LibraryPanel, library: ScriptManager
) -> None:
    library.save("scan.lua", "a = 2\n")
    panel.commands.show_versions()
    opened = panel.findChild(VersionsWindow)
    assert opened is not None
    wait_until(lambda: "-a = 1\n+a = 2" in opened.view.toPlainText())
    assert opened.list.count() == 2
    opened.list.setCurrentRow(0)
    wait_until(lambda: opened.view.toPlainText() == "")
    assert not opened.restore.isEnabled()
    opened.list.setCurrentRow(1)
    wait_until(opened.restore.isEnabled)
    opened.restore.click()
    wait_until(lambda: library.text_of("scan.lua").source == "a = 1\n")
    wait_until(lambda: "is what it was" in panel.notice.text())
    panel.notice.findChildren(QPushButton, "library.notice.undo")[-1].click()
    wait_until(lambda: library.text_of("scan.lua").source == "a = 2\n")
    wait_until(lambda: panel.findChild(VersionsWindow) is None)
