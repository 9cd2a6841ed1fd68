"""The form of a script's parameters, and what of it reaches the run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QToolButton

from benchwright.gui.main_window import MainWindow
from benchwright.gui.parameters import ParameterForm
from benchwright.gui.parameters.number_box import NumberBox
from benchwright.gui.run_memory import RunChoices, RunMemory
from tests.gui.shell import shell, wait_until

METADATA = """
permissions = ["device:read"]
[parameters.angle]
default = 45.0
minimum = 0.0
maximum = 180.0
unit = "deg"
label = "Angle"
[parameters.points]
type = "integer"
default = 3
[parameters.mode]
choices = ["fast", "slow"]
default = "slow"
[parameters.is_dark]
default = false
[parameters.note]
default = ""
"""
SCRIPT = "return params"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    with shell(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "takes.lua"
    path.write_text(SCRIPT)
    path.with_suffix(".toml").write_text(METADATA)
    return path


def number(form: ParameterForm, name: str) -> QLineEdit:
    box = form.fields[name].input
    assert isinstance(box, NumberBox)
    return box.lineEdit()


def run(window: MainWindow, action: str = "action.run") -> object:
    before = window.model.run
    window.actions_by_id[action].trigger()
    wait_until(lambda: window.model.run is not before and window.model.run.finished is not None)
    finished = window.model.run.finished
    assert finished is not None
    assert finished.error is None
    return finished.result


def test_a_script_without_parameters_has_no_form(window: MainWindow) -> None:
    assert window.parameters.isVisible()  # of the example
    window.editor.new_script("return 1")
    assert not window.parameters.isVisible()


def test_each_type_has_its_field_and_its_value_reaches_the_run(window: MainWindow, script: Path) -> None:
    window.editor.open_file(script)
    form = window.parameters
    assert run(window) == {"angle": 45.0, "points": 3, "mode": "slow", "is_dark": False, "note": ""}
    number(form, "angle").setText("12.5")
    number(form, "points").setText("7")
    combo, tick, note = (form.fields[name].input for name in ("mode", "is_dark", "note"))
    assert isinstance(combo, QComboBox)
    assert isinstance(tick, QCheckBox)
    assert isinstance(note, QLineEdit)
    combo.setCurrentText("fast")
    tick.setChecked(True)
    note.setText("7")
    chosen = {"angle": 12.5, "points": 7, "mode": "fast", "is_dark": True, "note": "7"}
    assert run(window) == chosen
    form.defaults.click()
    assert form.values()["angle"] == 45.0
    assert not form.defaults.isEnabled()
    assert run(window, "action.run_last") == chosen  # F6: as it was


def test_a_wrong_value_is_told_in_line_and_nothing_is_started(window: MainWindow, script: Path) -> None:
    window.editor.open_file(script)
    problem = window.parameters.findChild(QLabel, "parameters.problem")
    assert problem is not None
    for text in ("200", "-1", "twelve", "nan", "1e999"):
        number(window.parameters, "angle").setText(text)
        assert "Angle must be a number from 0 to 180 deg" in problem.text(), text
        window.actions_by_id["action.run"].trigger()
        assert problem.text().startswith("takes.lua was not started: Angle must be"), text
        assert not window.model.is_busy
        number(window.parameters, "angle").setText("")
        assert not problem.isVisible()
        assert window.parameters.values()["angle"] == 45.0  # an empty field is the default


def test_a_parameter_without_default_needs_a_value(window: MainWindow) -> None:
    window.editor.new_script(SCRIPT, title="needs.lua", metadata_text='[parameters.x]\ntype = "float"\n')
    assert "needs a value" in window.parameters.problem()
    number(window.parameters, "x").setText("1")
    assert run(window) == {"x": 1.0}


def test_arrow_keys_step_within_the_range(window: MainWindow, script: Path) -> None:
    window.editor.open_file(script)
    line = number(window.parameters, "angle")
    line.setText("179.5")
    box = window.parameters.fields["angle"].input
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert line.text() == "180"
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert line.text() == "170"
    QTest.keyClick(window.parameters.fields["points"].input, Qt.Key.Key_Down)
    assert number(window.parameters, "points").text() == "2"


def test_values_and_run_controls_are_remembered_per_script(tmp_path: Path, script: Path) -> None:
    with shell(tmp_path / "data") as window:
        window.editor.open_file(script)
        number(window.parameters, "angle").setText("10")
        window.run_controls.preset.setCurrentText("strict")
        window.run_controls.on_stop.setCurrentText("hold")
        window.editor.new_script("return 1")
        assert window.run_controls.preset.currentText() == "standard"
    with shell(tmp_path / "data") as window:
        window.editor.open_file(script)
        assert window.parameters.values()["angle"] == 10.0
        assert window.run_controls.preset.currentText() == "strict"
        assert window.run_controls.on_stop.currentText() == "hold"
        result = run(window)
        assert isinstance(result, dict)
        assert result["angle"] == 10.0


def test_the_form_follows_metadata_that_is_edited_outside(window: MainWindow, script: Path) -> None:
    window.editor.open_file(script)
    number(window.parameters, "points").setText("9")
    number(window.parameters, "angle").setText("170")
    replaced = script.with_suffix(".new")
    replaced.write_text(
        METADATA.replace("180.0", "90.0").replace("45.0", "5.0").replace('label = "Angle"', 'label = "Turn"')
    )
    replaced.replace(script.with_suffix(".toml"))
    wait_until(lambda: window.parameters.fields["angle"].title == "Turn")
    assert "Turn must be a number from 0 to 90 deg" in window.parameters.problem()
    assert number(window.parameters, "points").text() == "9"
    script.with_suffix(".toml").unlink()
    wait_until(lambda: not window.parameters.isVisible())


def test_broken_metadata_is_one_line_that_leads_to_its_place(window: MainWindow, script: Path) -> None:
    beside = script.with_suffix(".toml")
    beside.write_text(METADATA.replace("maximum = 180.0", 'maximum = "high"'))
    window.editor.open_file(script)
    problem = window.run_setup.problem()
    assert problem.startswith(f"{beside}:6: parameters.angle.maximum: ")
    assert "\n" not in problem
    window.actions_by_id["action.run"].trigger()
    assert not window.model.is_busy
    show = window.findChild(QToolButton, "parameters.show")
    assert show is not None
    show.click()
    shown = window.editor.current()
    assert shown is not None
    assert shown.path == beside
    wait_until(lambda: shown.editor.place[0] == 6)
    beside.write_text(METADATA)
    window.editor.open_file(script)
    wait_until(lambda: window.parameters.fields and not window.run_setup.problem())


def test_only_the_latest_scripts_are_remembered_and_nonsense_is_left_out() -> None:
    memory = RunMemory()
    for number_ in range(300):
        memory.keep(f"{number_}.lua", RunChoices(timeout_s=1.0))
    state = memory.save_state()
    assert len(state) == 200
    other = RunMemory()
    other.restore_state({**state, "bad": {"timeout_s": "soon"}, "worse": 3})
    assert other.of("299.lua").timeout_s == 1.0
    assert other.of("bad") == other.of("worse") == RunChoices()
