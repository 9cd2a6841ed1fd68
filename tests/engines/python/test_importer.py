"""Library scripts that a script imports."""

import importlib
import sys

import pytest

from benchwright.core.errors import ExecutionError
from tests.engines.python.harness import kind, run_script, without_carets

FIT = {
    "fit": (
        "scale = 2\n\ndef measure():\n    x = instruments.get('newport').read_power()\n"
        "    record(x=x)\n    return x * scale\n"
    )
}


def test_a_declared_module_sees_the_bench() -> None:
    run = run_script(
        "import fit\nfrom fit import measure\nresult = [measure(), fit.__name__, fit.__file__]",
        dependencies=FIT,
    )
    assert run.value == [3.0, "fit", "fit.py"]
    assert run.rows == [{"x": 1.5}]
    assert run.lines == [3]  # of the script, not of the module
    assert "fit" not in sys.modules


def test_modules_may_import_each_other() -> None:
    run = run_script(
        "import a\nresult = a.value()",
        dependencies={"a": "from b import one\ndef value(): return one + 1", "b": "one = 1"},
    )
    assert run.value == 2


def test_an_error_in_a_module_shows_both_files() -> None:
    modules = {"fit": "def measure():\n    return 1 / 0\n"}
    error = run_script("x = 1\nimport fit\nfit.measure()", dependencies=modules).error
    assert (error.line, error.column) == (3, 1)
    assert str(error) == "fit.py:2: ZeroDivisionError: division by zero"
    assert without_carets(error.traceback)[1:] == [
        '  File "scan.py", line 3, in <module>',
        "    fit.measure()",
        '  File "fit.py", line 2, in measure',
        "    return 1 / 0",
        "ZeroDivisionError: division by zero",
    ]


def test_an_error_while_importing_hides_the_machinery() -> None:
    error = run_script("import fit", dependencies={"fit": "\ufeffx = 1\n1 / 0\n"}).error
    assert error.line == 1
    assert "importlib" not in error.traceback
    assert 'File "fit.py", line 2' in error.traceback


def test_a_syntax_error_in_a_module() -> None:
    error = run_script("\nimport fit", dependencies={"fit": "def f(:\n"}).error
    assert kind(error) is ExecutionError
    assert str(error) == "SyntaxError: invalid syntax (fit.py, line 1)"
    assert error.line == 2


def test_what_is_not_declared_is_not_there() -> None:
    assert "No module named 'fit'" in str(run_script("import fit").error)


@pytest.mark.parametrize("name", ["json", "hypothesis", "sched"])  # two are loaded, one is not
def test_no_module_of_python_is_replaced(name: str) -> None:
    before = sys.modules.get(name)
    error = run_script(f"x = 1\nimport {name}", dependencies={name: "x = 1"}).error
    assert f"{name}.py has the name of a module of Python: rename the script" in str(error)
    assert error.line == 2
    assert sys.modules.get(name) is before
    assert (
        run_script("import json\nresult = hasattr(json, 'loads')", dependencies={"other": ""}).value is True
    )


WAYS = [
    "import b",
    "from b import found",
    "__import__('b')",
    "import importlib\nimportlib.import_module('b')",
    "from importlib import import_module\nimport_module('b')",
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("importer", ["", "a"])
def test_each_way_of_importing_reaches_what_the_importer_declares(way: str, importer: str) -> None:
    texts = {"": "import a", "a": "", "b": "found = True"}
    texts[importer] += f"\n{way}"
    main = texts.pop("")
    others = {"": ("a",), "a": (), "b": ()}
    declared = others | {importer: (*others[importer], "b")}
    by_another = others | ({"a": ("b",)} if importer == "" else {"": ("a", "b")})
    assert run_script(main, dependencies=texts, requires=declared).error is None
    refused = run_script(main, dependencies=texts, requires=by_another)
    assert "No module named 'b'" in str(refused.error)
    file = f"{importer or 'scan'}.toml"
    assert f'a script of the library is declared in {file}: dependencies = ["b"]' in str(refused.error)


def test_modules_of_python_are_imported_as_ever() -> None:
    before = importlib.import_module
    source = "import importlib\nresult = importlib.import_module('.abc', 'collections').__name__"
    assert run_script(source, dependencies={"a": ""}).value == "collections.abc"
    error = run_script("import importlib\nimportlib.import_module('none')").error
    assert str(error) == "ModuleNotFoundError: No module named 'none'"
    assert importlib.import_module is before
