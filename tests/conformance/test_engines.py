"""What holds for every script language: the same things happen, whatever they are written in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchwright.core.errors import (
    ArgumentError,
    BenchwrightError,
    CompilationError,
    ExecutionError,
    InstrumentTimeout,
    PermissionDenied,
    ScriptError,
    UnknownNameError,
)
from benchwright.core.permissions import Permission
from benchwright.core.results import Boolean, Float, Integer, List, Map, Nothing, Text
from benchwright.core.values import Value
from benchwright.engines.engine import CheckContext, EngineSettings
from benchwright.engines.registry import engine_class, engine_infos, engine_languages, validate
from tests.engines.motor import MOTOR, FakeInstrument

LANGUAGES = ("lua", "python")


@dataclass
class Bench(FakeInstrument):
    """The instrument, and host functions that note what they are told."""

    told: list[tuple[Any, ...]] = field(default_factory=list)

    def run(self, language: str, sources: dict[str, str], **settings: Any) -> Any:
        """Run the script of a language; returns its result or raises."""
        engine = engine_class(language)(EngineSettings(script_name="script", **settings))
        engine.register_instrument("motor", self)
        for name in ("print", "record", "sleep", "log_warn", "progress", "checkpoint", "ask"):
            engine.register_function(name, self._function(name))
        source = sources[language]
        engine.prepare(source)
        return engine.execute_script(source)

    def _function(self, name: str) -> Callable[..., Value]:
        def function(*args: Value) -> Value:
            self.told.append((name, *args))
            return "ok" if name == "ask" else None

        return function


def test_the_languages() -> None:
    assert tuple(engine_languages()) == LANGUAGES
    assert {info.suffix for info in engine_infos().values()} == {".lua", ".py"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("lua", "python", "result"),
    [
        ("local x = 1", "x = 1", Nothing()),
        ("return nil", "result = None", Nothing()),
        ("return true", "result = True", Boolean(True)),
        ("return 3", "result = 3", Integer(3)),
        ("return -2^53 // 1 | 0", "result = -2**53", Integer(-(2**53))),
        ("return 3.0", "result = 3.0", Float(3.0)),
        ("return math.huge", "result = float('inf')", Float(float("inf"))),
        ("return 'µ'", "result = 'µ'", Text("µ")),
        ("return {}", "result = []", List([])),
        ("return {1, 2.5, {'x'}}", "result = [1, 2.5, ['x']]", List([1, 2.5, ["x"]])),
        ("return {a = 1, b = {2}}", "result = {'a': 1, 'b': [2]}", Map({"a": 1, "b": [2]})),
    ],
)
def test_results(language: str, lua: str, python: str, result: object) -> None:
    found = Bench().run(language, {"lua": lua, "python": python})
    assert found == result
    assert type(found.value) is type(result.value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
def test_calls_by_position_and_by_name(language: str) -> None:
    bench = Bench(reply={"x": [1, 2.5]})
    sources = {
        "lua": 'local m = instruments.get("motor")\nm:move_absolute(45)\n'
        "m:move_absolute(45.5, {wait = false})\nm:move_absolute{position = 1, wait = true}\n"
        "return m:read().x",
        "python": 'm = instruments.get("motor")\nm.move_absolute(45)\nm.move_absolute(45.5, wait=False)\n'
        'm.move_absolute(position=1, wait=True)\nresult = m.read()["x"]',
    }
    assert bench.run(language, sources) == List([1, 2.5])
    assert bench.calls == [
        ("move_absolute", [45], {}, 2),
        ("move_absolute", [45.5], {"wait": False}, 3),
        ("move_absolute", [], {"position": 1, "wait": True}, 4),
        ("read", [], {}, 5),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_host_functions(language: str) -> None:
    bench = Bench()
    sources = {
        "lua": "print('a', 1)\nrecord{ angle = 45, power = 1.5 }\nsleep(0)\nprogress(1, 2)\n"
        "log_warn('careful')\ncheckpoint()\nreturn ask('ready?', {'yes', 'no'})",
        "python": "print('a', 1)\nrecord(angle=45, power=1.5)\nsleep(0)\nprogress(1, 2)\n"
        "log_warn('careful')\ncheckpoint()\nresult = ask('ready?', ['yes', 'no'])",
    }
    assert bench.run(language, sources) == Text("ok")
    told = [
        (name, *(list(a.items()) if isinstance(a, dict) else a for a in args)) for name, *args in bench.told
    ]
    separator = "\t" if language == "lua" else " "
    assert told == [
        ("print", "stdout", f"a{separator}1"),
        ("record", [("angle", 45), ("power", 1.5)]),
        ("sleep", 0),
        ("progress", 1, 2),
        ("log_warn", "careful"),
        ("checkpoint",),
        ("ask", "ready?", ["yes", "no"]),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_parameters_instruments_and_modules(language: str) -> None:
    sources = {
        "lua": "return { params.start, instruments.list(), require('lib').double(4) }",
        "python": "import lib\nresult = [params.start, instruments.list(), lib.double(4)]",
    }
    modules = {
        "lua": {"lib": "return { double = function(x) return 2 * x end }"},
        "python": {"lib": "def double(x):\n    return 2 * x"},
    }
    result = Bench().run(language, sources, params={"start": 7}, dependencies=modules[language])
    assert result == List([7, ["motor"], 8])


NESTED: dict[str, dict[str, str]] = {
    "lua": {
        "fit": 'local peak = require("peak")\nreturn { value = function() return peak.value() + 1 end }',
        "peak": "return { value = function() return 1 end }",
    },
    "python": {
        "fit": "import peak\ndef value():\n    return peak.value() + 1",
        "peak": "def value():\n    return 1",
    },
}
USES_FIT = {
    "lua": 'return require("fit").value()',
    "python": "import fit\nresult = fit.value()",
}
USES_PEAK = {
    "lua": 'local fit = require("fit")\nreturn require("peak").value()',
    "python": "import fit\nfrom peak import value\nresult = value()",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_library_script_reaches_what_it_declares_itself(language: str) -> None:
    requires: dict[str, tuple[str, ...]] = {"": ("fit",), "fit": ("peak",), "peak": ()}
    run = Bench().run(language, USES_FIT, dependencies=NESTED[language], requires=requires)
    assert run == Integer(2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_another_script_declares_is_not_there(language: str) -> None:
    requires: dict[str, tuple[str, ...]] = {"": ("fit",), "fit": ("peak",), "peak": ()}
    with pytest.raises(ScriptError, match=r"'peak'.*declared in script\.toml") as raised:
        Bench().run(language, USES_PEAK, dependencies=NESTED[language], requires=requires)
    assert getattr(raised.value, "line", None) == 2
    requires = {"": ("fit", "peak"), "fit": (), "peak": ()}
    with pytest.raises(ScriptError, match=r"'peak'.*declared in fit\.toml"):
        Bench().run(language, USES_FIT, dependencies=NESTED[language], requires=requires)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_in_a_library_script_names_its_file_and_line(language: str) -> None:
    sources = {"lua": '\nrequire("fit")', "python": "\nimport fit"}
    suffix = {"lua": ".lua", "python": ".py"}[language]
    for text, words in (
        {
            "lua": ("local x = 1\nx()", "attempt to call"),
            "python": ("x = 1\nx()", "TypeError"),
        }[language],
        ("x = 1\ninstruments.get('moto')", "no instrument 'moto'"),
    ):
        with pytest.raises(ScriptError, match=rf"^fit{suffix}:2: .*{words}") as raised:
            Bench().run(language, sources, dependencies={"fit": text})
        assert getattr(raised.value, "line", None) == 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("lua", "python", "words"),
    [
        ('instruments.get("moto")', 'instruments.get("moto")', "did you mean motor?"),
        ('instruments.get("motor"):rea()', 'instruments.get("motor").rea()', "did you mean read?"),
    ],
)
def test_unknown_names_say_what_was_meant(language: str, lua: str, python: str, words: str) -> None:
    bench = Bench()
    with pytest.raises(UnknownNameError) as caught:
        bench.run(language, {"lua": "\n" + lua, "python": "\n" + python})
    assert words in str(caught.value)
    assert getattr(caught.value, "line", None) == 2
    assert bench.calls == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "error",
    [
        PermissionDenied("device:read", "motor.read"),
        InstrumentTimeout("motor", "no answer"),
        ArgumentError("odd"),
    ],
)
def test_an_error_of_the_host_keeps_its_class(language: str, error: BenchwrightError) -> None:
    sources = {
        "lua": 'local m = instruments.get("motor")\nlocal function f()\n  m:read()\nend\nf()',
        "python": 'm = instruments.get("motor")\ndef f():\n  m.read()\n\nf()',
    }
    with pytest.raises(type(error)) as caught:
        Bench(error=error).run(language, sources)
    assert str(caught.value) == str(error)
    assert getattr(caught.value, "line", None) == 3
    traceback = str(getattr(caught.value, "traceback", None))
    assert "script" in traceback
    assert "benchwright" not in traceback


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_of_the_host_can_be_handled(language: str) -> None:
    sources = {
        "lua": 'local ok, why = pcall(instruments.get("motor").read) return { ok, why:match("no answer") }',
        "python": 'try:\n    instruments.get("motor").read()\n'
        'except Exception as error:\n    result = [False, "no answer" if "no answer" in str(error) else ""]',
    }
    bench = Bench(error=InstrumentTimeout("motor", "no answer"))
    assert bench.run(language, sources) == List([False, "no answer"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mistake_of_the_script_has_its_line_and_column(language: str) -> None:
    sources = {"lua": "local x = 1\n\nprint(x + missing)", "python": "x = 1\n\nprint(x + missing)"}
    bench = Bench()
    with pytest.raises(ExecutionError) as caught:
        bench.run(language, sources)
    assert (caught.value.line, caught.value.column) == (3, 11)
    assert "missing" in str(caught.value)
    assert bench.told == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("start", ["", "\ufeff", "#!/usr/bin/env x\n", "\ufeff#!x\r\n"])
def test_a_text_that_is_not_valid(language: str, start: str) -> None:
    sources = dict.fromkeys(LANGUAGES, f"{start}x = 1\ny = = 2\n")
    line = 2 + start.count("\n")
    [found] = validate(language, sources[language], "script")
    assert (found.line, found.column, found.severity) == (line, 5, "error")
    assert found.code.startswith("syntax")
    with pytest.raises(CompilationError) as caught:
        Bench().run(language, sources)
    assert (caught.value.line, caught.value.column) == (line, 5)


GET = {"lua": 'local m = instruments.get("motor")\n', "python": 'm = instruments.get("motor")\n'}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("lua", "python", "codes"),
    [
        ("m:move_absolute(45)", "m.move_absolute(45)", []),
        ("m:move_absolute(181)", "m.move_absolute(181)", ["argument_range"]),
        ("m:move_absolute('x')", "m.move_absolute('x')", ["argument_type"]),
        ("m:move_absolute(1, true, 3)", "m.move_absolute(1, True, 3)", ["argument_count"]),
        (
            "m:move_absolute{speed = 1, position = 2}",
            "m.move_absolute(speed=1, position=2)",
            ["argument_name"],
        ),
        ("m:moveabsolute(45)", "m.moveabsolute(45)", ["unknown_name"]),
        ('instruments.get("moto")', 'instruments.get("moto")', ["unknown_name"]),
        ("instruments.gett('x')", "instruments.gett('x')", ["unknown_name"]),
        ("system_info()", "system_info()", ["permission_denied"]),
        ("sleep(11)", "sleep(11)", ["argument_range"]),
        ("print(params.strat)", "print(params.strat)", ["unknown_name"]),
        ("print(missing)", "print(missing)", ["undefined_name"]),
    ],
)
def test_static_checks_find_the_same(language: str, lua: str, python: str, codes: list[str]) -> None:
    granted = frozenset(Permission) - {Permission.SYSTEM_INFO}
    context = CheckContext({"motor": MOTOR}, granted, frozenset({"start"}))
    source = GET[language] + {"lua": lua, "python": python}[language]
    found = validate(language, source, "script", context)
    assert [(each.code, each.line) for each in found] == [(code, 2) for code in codes]
    assert all(each.end_column > each.column >= 1 for each in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_check_without_a_context_but_syntax(language: str) -> None:
    assert validate(language, 'instruments.get("x")', "script") == []
