"""Settings: read from a file that people edit, in force at once, written back with everything else in it."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QPlainTextEdit, QPushButton

from benchwright.core.values import Value
from benchwright.gui.main_window import MainWindow
from benchwright.gui.settings.page import SettingsPage
from benchwright.gui.settings.table import SETTINGS, defaults
from benchwright.gui.settings.toml_file import changed_text, read_settings, template
from tests.gui.shell import current_script, run_to_end, shell, wait_until

ROWS = {row.key: row for row in SETTINGS}


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


def open_page(window: MainWindow) -> SettingsPage:
    window.actions_by_id["action.settings"].trigger()
    page = window.findChild(SettingsPage, "settings.page")
    assert page is not None
    return page


def test_the_file_that_explains_everything_sets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(template())
    assert read_settings(path) == (defaults(), [])
    for row in SETTINGS:
        assert f"# {row.value.name} = " in template()
    uncommented = [line.removeprefix("# ") if " = " in line else line for line in template().splitlines()]
    path.write_text("\n".join(uncommented))
    assert read_settings(path) == (defaults(), [])


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[editor]\n\nfont_size = 400", 3, "must be a whole number from 6 to 40 pt, found 400; 10 is used"),
        ('[window]\ntheme = "drak"', 2, "theme: must be one of system, light, dark, found 'drak'"),
        ("[console]\nmax_lines = true", 2, "found true; 10000 is used"),
        ("[editor]\nfontsize = 4", 2, "unknown setting; did you mean font_size?"),
        ("[edtor]\n", 1, "unknown table; did you mean editor?"),
        ("window = 3", 1, "window: must be a table"),
        ("[editor\n", 1, "not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_key_and_the_default_is_used(
    tmp_path: Path, text: str, line: int, told: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text + "\n[run]\nsave_first = true\n" if text != "[editor\n" else text)
    values, problems = read_settings(path)
    assert [(each.line, "\n" in each.text) for each in problems] == [(line, False)]
    assert problems[0].text.startswith(f"{path}:{line}: ")
    assert told in problems[0].text
    assert values == defaults() | ({} if text == "[editor\n" else {"run.save_first": True})


@pytest.mark.parametrize(
    ("key", "value"), [("editor.font_size", 14), ("window.theme", "dark"), ("editor.font_family", 'A "b"')]
)
def test_what_a_person_wrote_stays_when_a_setting_is_changed(key: str, value: Value) -> None:
    text = "# mine\n[editor]\nfont_size = 12 # good eyes\n\n[run]  # last\nsave_first = true\n"
    edited = changed_text(text, ROWS[key], value)
    for kept in ("# mine", "# good eyes", "[run]  # last", "save_first = true"):
        assert kept in edited
    table, name = key.split(".")
    assert tomllib.loads(edited)[table][name] == value
    default = changed_text(edited, ROWS[key], ROWS[key].value.default)
    assert name not in tomllib.loads(default)[table]


def test_a_file_edited_outside_is_in_force_at_once(window: MainWindow) -> None:
    path = window.settings.path
    path.write_text(
        '[window]\ntheme = "dark"\n[editor]\nfont_size = 17\nindent = 3\n[console]\nmax_lines = 123\n'
    )
    wait_until(lambda: window.palette().window().color().lightness() < 128)
    code = current_script(window).editor.code
    assert code.styleSize(0) == 17
    assert code.indent() == 2, "the text shows how it is indented"
    console = window.findChild(QPlainTextEdit, "console.view")
    assert console is not None
    assert console.maximumBlockCount() == 123
    window.editor.new_script("return 1")
    assert current_script(window).editor.code.styleSize(0) == 17
    assert current_script(window).editor.code.indent() == 3
    path.write_text('[window]\ntheme = "light"\n[editor]\nfont_size = "big"\n')
    wait_until(lambda: window.banners.text("settings"))
    assert f"{path}:4: editor.font_size: must be a whole number from 6 to 40 pt" in window.banners.text(
        "settings"
    )
    assert window.palette().window().color().lightness() > 128
    assert current_script(window).editor.code.styleSize(0) < 17
    button = window.findChild(QPushButton, "banner.settings")
    assert button is not None
    button.click()
    assert current_script(window).path == path
    wait_until(lambda: current_script(window).editor.place[0] == 4)
    path.write_text("")
    wait_until(lambda: not window.banners.text("settings"))


def test_the_page_changes_what_is_behind_it_and_the_file(window: MainWindow) -> None:
    page = open_page(window)
    assert not page.isModal()
    theme, first = page.fields["window.theme"].input, page.fields["run.save_first"].input
    assert isinstance(theme, QComboBox)
    assert isinstance(first, QCheckBox)
    theme.setCurrentText("dark")
    first.setChecked(True)
    wait_until(lambda: window.palette().window().color().lightness() < 128)
    path = window.settings.path
    wait_until(lambda: path.exists() and "save_first = true" in path.read_text())
    assert tomllib.loads(path.read_text()) == {"window": {"theme": "dark"}, "editor": {}, "console": {},
                                               "run": {"save_first": True}, "bench": {}}  # fmt: skip
    path.write_text('[window]\ntheme = "light"\n')
    wait_until(lambda: theme.currentText() == "light" and not first.isChecked())
    QTest.keyClick(page, Qt.Key.Key_Escape)
    wait_until(lambda: window.findChild(SettingsPage, "settings.page") is None)
    assert open_page(window).isVisible()


def test_what_does_not_fit_is_told_on_the_page_and_not_set(window: MainWindow) -> None:
    page = open_page(window)
    page.fields["editor.font_size"].set_entry("99")
    page.fields["editor.font_size"].changed.emit()
    page.accept()
    assert window.settings.number("editor.font_size") == 10


def test_a_setting_that_cannot_be_written_is_told(
    window: MainWindow, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("a setting was not written")
    path = window.settings.path
    path.write_text("[editor\n")
    wait_until(lambda: window.settings.problems)
    window.preferences.toggle_theme()
    wait_until(lambda: "Colours was not saved" in window.banners.text("settings"))
    assert path.read_text() == "[editor\n"


def test_a_script_is_saved_before_its_run_on_wish(window: MainWindow, tmp_path: Path) -> None:
    script = tmp_path / "saved.lua"
    script.write_text("return 1")
    window.editor.open_file(script)
    current_script(window).editor.insert("-- new\n")
    window.settings.set("run.save_first", True)
    window.actions_by_id["action.run"].trigger()
    assert script.read_text() == "-- new\nreturn 1"
    wait_until(lambda: window.model.run.finished is not None)


def test_the_configuration_of_the_bench_is_a_setting(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "bench.toml").write_text(
        '[bench]\nname = "Mine"\n[instruments.meter]\ndriver = "newport_1830c"\nlink = "sim://newport"\n'
    )
    (data / "settings.toml").write_text('[bench]\nconfig_file = "bench.toml"\n')
    with shell(data) as window:
        run_to_end(window, "return instruments.list()")
        finished = window.model.run.finished
        assert finished is not None
        assert finished.result == ["meter"]


def test_the_configuration_is_chosen_among_the_files(window: MainWindow, tmp_path: Path) -> None:
    chosen = tmp_path / "table3.toml"
    chosen.write_text("[bench]\n")
    page = open_page(window)
    button = page.findChild(QPushButton, "settings.choose.config_file")
    assert button is not None
    button.click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.selectFile(str(chosen))
    dialog.accept()
    wait_until(lambda: window.settings.value("bench.config_file") == str(chosen))
    page.accept()
