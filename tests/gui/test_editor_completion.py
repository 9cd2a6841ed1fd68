"""What is offered at a place of a script, and what the call there takes."""

from collections.abc import Iterator

import pytest

pytest.importorskip("pyside6_scintilla")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchwright.core.script_parameters import ScriptParameter
from benchwright.engines.engine import EngineSettings
from benchwright.engines.lua.engine import LuaEngine
from benchwright.gui.application import make_application
from benchwright.gui.widgets import lua_library
from benchwright.gui.widgets.code_editor import CodeEditor
from benchwright.gui.widgets.completion import CallTip, Completions, ScriptCompletion, Site
from benchwright.instruments.config import Config

SCRIPT = """-- instruments.get("comment")
local motor, meter = instruments.get("esp300"), instruments.get("newport")
local again = motor
local other = 5
local function measure_all(count) return count end
settings = {}; settings.depth = 1
"""
PARAMETERS = {
    "start_angle": ScriptParameter(name="start_angle", unit="deg", minimum=0, maximum=90),
    "step": ScriptParameter(name="step", type="integer"),
}


@pytest.fixture(scope="module")
def source() -> ScriptCompletion:
    descriptors = Config.demo().describe()
    return ScriptCompletion(lambda: descriptors, lambda: PARAMETERS)


def at(
    source: ScriptCompletion, line: str, text: str = SCRIPT, language: str = "lua", below: str = ""
) -> Completions:
    return source.complete(Site(language, text + line, below))


def tip(source: ScriptCompletion, line: str, text: str = SCRIPT, language: str = "lua") -> CallTip:
    found = source.call_tip(Site(language, text + line))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('instruments.get("es', "esp300"),
        ("instruments.get('", "newport"),
        ("instruments.", "list"),
        ("  motor:move_ab", "move_absolute"),
        ("meter:read_p", "read_power"),
        ("again.move_ab", "move_absolute"),
        ('instruments.get("esp300"):get_p', "get_position"),
        ("params.st", "start_angle"),
        ('params["st', "step"),
        ("math.sq", "sqrt"),
        ("reco", "record"),
        ("instr", "instruments"),
        ("whi", "while"),
        ("mea", "measure_all"),
        ("settings.de", "depth"),
    ],
)
def test_completion_knows(source: ScriptCompletion, line: str, expected: str) -> None:
    found = at(source, line)
    assert expected in found.words
    assert line.endswith(expected[: found.typed])


@pytest.mark.parametrize(
    "line", ['print("mot', "-- mot", "other:move_ab", "x = 12e", 'print("motor:', "--[[ mot", "[[ mot"]
)
def test_nothing_is_offered_where_nothing_fits(source: ScriptCompletion, line: str) -> None:
    assert at(source, line).words == ()


def test_the_last_assignment_before_the_cursor_counts(source: ScriptCompletion) -> None:
    text = 'm = instruments.get("newport")\nm = instruments.get("esp300")\n'
    assert "move_absolute" in at(source, "m:", text, below='\nm = instruments.get("newport")').words
    assert at(source, "m:", text + "m = 3\n").words == ()


def test_python(source: ScriptCompletion) -> None:
    text = 'import math as m\nimport time\nmotor = await instruments.get_async("esp300")\n"""text\n"""\n'
    assert "move_absolute" in at(source, "motor.mo", text, "python").words
    assert "sqrt" in at(source, "m.sq", text, "python").words
    assert "sleep" in at(source, "time.sl", text, "python").words
    assert at(source, "os.sy", text, "python").words == ()
    assert {"yield", "enumerate"} <= {
        *at(source, "yi", text, "python").words,
        *at(source, "enu", text, "python").words,
    }
    assert at(source, "motor.move_absolute(po", text, "python").words[0] == "position="
    assert at(source, 'f"mot', text, "python").words == ()


def test_own_names_come_first_and_say_what_others_are(source: ScriptCompletion) -> None:
    found = at(source, "m").suggestions
    assert [each.word for each in found[:3]] == ["measure_all", "meter", "motor"]
    moves = {each.word: each.help for each in at(source, "motor:").suggestions}
    assert moves["move_absolute"].startswith("(position, wait)")
    assert "90 deg" in {each.word: each.help for each in at(source, "params.").suggestions}["start_angle"]


def test_call_tip_says_parameters_with_units_and_ranges(source: ScriptCompletion) -> None:
    found = tip(source, "motor:move_absolute(")
    assert found.text.startswith("move_absolute(")
    assert "deg" in found.text[found.start : found.end]
    assert found.back == 1
    outer = tip(source, 'device_set_motor_speed(f("a, (b"), ')
    assert outer.text[outer.start : outer.end].startswith("speed")


def test_a_call_may_go_over_several_lines(source: ScriptCompletion) -> None:
    found = tip(source, "device_set_motor_speed(\n  3, -- which, (\n  ")
    assert found.text[found.start : found.end].startswith("speed")


def test_call_tips_of_the_language(source: ScriptCompletion) -> None:
    found = tip(source, "math.atan(1, ")
    assert found.text[found.start : found.end] == "[x]"
    found = tip(source, "string.format('%d', 1, 2, ")
    assert found.text[found.start : found.end] == "..."
    assert tip(source, "print(", "", "python").text.startswith("print(*args")
    assert source.call_tip(Site("lua", "unknown(")) is None
    assert source.call_tip(Site("lua", "-- print(")) is None


def test_what_is_offered_of_lua_is_what_a_script_has() -> None:
    names = [name for name in lua_library.LIBRARY if name not in ("print", "require")]
    checks = [f'if {name} == nil then missing = missing .. " {name}" end' for name in names]
    script = "\n".join(['local missing = ""', *checks, "return missing"])
    result = LuaEngine(EngineSettings()).execute_script(script)
    assert str(result.value).split() == []


@pytest.fixture
def editor(source: ScriptCompletion) -> Iterator[CodeEditor]:
    make_application()
    made = CodeEditor("lua")
    made.set_completion(source)
    made.resize(700, 400)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_typing_offers_and_a_key_takes(editor: CodeEditor, key: Qt.Key) -> None:
    QTest.keyClicks(editor.code, 'instruments.get("esp')
    assert editor.code.autoCActive()
    QTest.keyClick(editor.code, key)
    assert editor.text() == 'instruments.get("esp300'
    QTest.keyClicks(editor.code, '"):move_ab')
    assert editor.code.autoCActive()
    QTest.keyClick(editor.code, key)
    assert editor.text().endswith(":move_absolute")
    QTest.keyClicks(editor.code, "(")
    assert editor.code.callTipActive()
    QTest.keyClick(editor.code, Qt.Key.Key_Escape)
    assert not editor.code.callTipActive()


def test_escape_closes_the_list_and_what_was_typed_stays(editor: CodeEditor) -> None:
    QTest.keyClicks(editor.code, "whi")
    assert editor.code.autoCActive()
    QTest.keyClick(editor.code, Qt.Key.Key_Escape)
    assert not editor.code.autoCActive()
    QTest.keyClick(editor.code, Qt.Key.Key_Return)
    assert editor.text() == "whi\n"


def test_a_word_is_taken_at_every_cursor_in_one_step(editor: CodeEditor) -> None:
    editor.set_text("µ \n  \n")
    editor.code.setSelection(2, 2)
    editor.code.addSelection(5, 5)
    QTest.keyClicks(editor.code, "whi")
    editor.help.complete()
    QTest.keyClick(editor.code, Qt.Key.Key_Return)
    assert editor.text().count("while") == 2
    editor.code.undo()
    assert editor.text().count("whi") == 2
    assert "while" not in editor.text()
