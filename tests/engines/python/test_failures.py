"""How the end of a failing script is told: class, message, line, column, traceback."""

import asyncio
import warnings
from typing import Any

import pytest

from benchwright.core.errors import (
    BenchwrightError,
    ExecutionError,
    InstrumentError,
    ResourceLimitExceeded,
    UnknownNameError,
)
from benchwright.core.limits import ScriptResourceLimits
from tests.engines.python.harness import kind, run_script, without_carets


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        ("é = 'ü'; 1 / 0", "ZeroDivisionError: division by zero", 1, 10),
        ("x = 1\ny = x +\\\n  'a'", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 2, 5),
        ("def f(a):\n    return a[0]\n\nf({})", "KeyError: 0", 2, 12),
        ("def f():\n\tgo(\n\t\t1)\nf()", "NameError: name 'go' is not defined", 2, 2),
        ("power = 3\nprint(pwer)", "NameError: name 'pwer' is not defined; did you mean power?", 2, 7),
        ("raise ValueError", "ValueError", 1, 1),
        ("raise ValueError('ä' * 3)", "ValueError: äää", 1, 1),
        ("class Odd(Exception):\n    pass\nraise Odd('x')", "Odd: x", 3, 1),
        ("class A:\n  class E(Exception): pass\nraise A.E('x')", "A.E: x", 3, 1),
        (
            "import json\njson.loads('[')",
            "json.decoder.JSONDecodeError: Expecting value: line 1 column 2",
            2,
            1,
        ),
        ("raise BaseException('x')", "BaseException: x", 1, 1),
        ("raise KeyboardInterrupt", "the script was interrupted", 1, 1),
        ("raise GeneratorExit('x')", "GeneratorExit: x", 1, 1),
        ("eval('1 +')", "SyntaxError: invalid syntax (<string>, line 1)", 1, 1),
        ("input()", "EOFError", 1, 1),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'", 1, 1),
        ("import asyncio\nawait asyncio.sleep(0)\n1/0", "ZeroDivisionError: division by zero", 3, 1),
        ("raise ExceptionGroup('g', [ValueError('x')])", "ValueError: x", None, None),
    ],
)
def test_message_line_and_column(
    source: str, message: str, line: int, column: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    error = run_script(source).error
    assert kind(error) is ExecutionError
    assert str(error).startswith(message)
    assert (error.line, error.column) == (line, column)


def test_the_traceback_shows_the_script_alone() -> None:
    error = run_script("import json\n\ndef read(text):\n    return json.loads(text)\n\nread('[')\n").error
    assert without_carets(error.traceback) == [
        "Traceback (most recent call last):",
        '  File "scan.py", line 6, in <module>',
        "    read('[')",
        '  File "scan.py", line 4, in read',
        "    return json.loads(text)",
        "  ... 3 calls in json",
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 2 (char 1)",
    ]


def test_the_traceback_of_a_failing_call_ends_at_the_call() -> None:
    def answer(method: str, *_: Any) -> float:
        raise InstrumentError("esp300", "no answer")

    source = "m = instruments.get('esp300')\nmap_ = list(map(lambda x: m.get_position(), [1]))"
    assert without_carets(run_script(source, answer).error.traceback) == [
        "Traceback (most recent call last):",
        '  File "scan.py", line 2, in <module>',
        "    map_ = list(map(lambda x: m.get_position(), [1]))",
        '  File "scan.py", line 2, in <lambda>',
        "    map_ = list(map(lambda x: m.get_position(), [1]))",
        "InstrumentError: esp300: no answer",
    ]


def test_what_led_to_an_error_is_shown() -> None:
    error = run_script(
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e"
    ).error
    assert error.message == "ValueError: x"
    assert error.line == 4
    assert "ZeroDivisionError: division by zero" in error.traceback
    assert "direct cause" in error.traceback
    assert "benchwright" not in error.traceback


def test_a_deep_recursion_is_told_in_few_lines() -> None:
    error = run_script("def f(n):\n    return f(n + 1)\nf(0)").error
    assert str(error).startswith("RecursionError: maximum recursion depth exceeded")
    assert error.line == 2
    assert len(error.traceback.splitlines()) < 20


def test_a_script_may_leave() -> None:
    for source in ("exit()", "quit(0)", "import sys\nsys.exit(0)", "raise SystemExit"):
        run = run_script(
            f"result = 3\ndef f():\n    {source.splitlines()[0]}\n    {source.splitlines()[-1]}\nf()"
        )
        assert run.value == 3, source
    assert run_script("import asyncio\nresult = 3\nawait asyncio.sleep(0)\nexit()").value == 3


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("3", "the script left with exit status 3"),
        ("True", "the script left with exit status 1"),
        ("'gave up'", "gave up"),
        ("[1, 2]", "[1, 2]"),
        ("10**5000", "the script left with exit status a huge number"),
    ],
)
def test_a_script_may_leave_with_a_failure(argument: str, message: str) -> None:
    error = run_script(f"import sys\ndef f():\n    sys.exit({argument})\nf()").error
    assert kind(error) is ExecutionError
    assert str(error) == message
    assert error.line == 3


def test_memory_that_is_not_there_is_a_limit() -> None:
    limits = ScriptResourceLimits(max_memory_mb=64)
    run = run_script("x = 1\ny = bytearray(2**62)", limits=limits)
    assert kind(run.error) is ResourceLimitExceeded
    assert str(run.error) == "the run went over max_memory_mb = 64"
    assert run.error.line == 2
    assert run.limits == [run.error]


def test_a_limit_of_the_host_is_passed_on() -> None:
    def answer(*_: Any) -> float:
        raise ResourceLimitExceeded("max_record_rows", 10)

    run = run_script("\ninstruments.get('newport').read_power()", answer)
    assert run.limits == [run.error]
    assert (run.error.limit, run.error.value, run.error.line) == ("max_record_rows", 10, 2)


HOSTILE = """
class Odd(Exception):
    def __str__(self):
        {body}
    __repr__ = __str__
raise Odd()
"""


@pytest.mark.parametrize(
    "body", ["raise SystemExit(0)", "raise self", "return 1", "exit(3)", "return self.x"]
)
def test_an_error_that_cannot_be_read(body: str) -> None:
    error = run_script(HOSTILE.format(body=body)).error
    assert str(error) == "Odd: (its text cannot be read)"
    assert error.line == 6
    assert error.traceback is None or "line 6" in error.traceback


def test_a_group_of_errors_that_cannot_be_read() -> None:
    source = HOSTILE.format(body="raise SystemExit(0)").replace(
        "raise Odd()", "raise BaseExceptionGroup('g', [Odd(), KeyError(3)])"
    )
    assert "KeyError: 3" in str(run_script(source).error)


def test_long_texts_are_cut() -> None:
    error = run_script("raise ValueError('é' * 100_000)").error
    assert 4000 < len(str(error).encode()) < 4200
    assert str(error).startswith("ValueError: éé")
    assert len(error.traceback.encode()) < 17_000
    assert run_script("raise ValueError('\\ud800')").error.message == "ValueError: \\ud800"


def test_odd_errors_of_the_host_become_known_ones() -> None:
    source = (
        "from benchwright.core.errors import {name}\n"
        "class Mine({name}):\n"
        "    code = ['x']\n"
        "    def __init__(self): pass\n"
        "    def __str__(self): return 'mine'\n"
        "raise Mine()\n"
    )
    error = run_script(source.format(name="UnknownNameError")).error
    assert (kind(error), str(error), error.line) == (UnknownNameError, "mine", 6)
    assert kind(run_script(source.format(name="BenchwrightError")).error) is BenchwrightError
    huge = "from benchwright.core.errors import InstrumentError\nraise InstrumentError('a', 'x' * 10**6)"
    error = run_script(huge).error
    assert kind(error) is InstrumentError
    assert len(str(error)) < 4200


def test_the_only_error_of_a_task_group_counts() -> None:
    def answer(*_: Any) -> float:
        raise InstrumentError("esp300", "no answer")

    source = (
        "import asyncio\n"
        "m = instruments.get_async('esp300')\n"
        "async def read():\n"
        "    return await m.get_position()\n"
        "async with asyncio.TaskGroup() as group:\n"
        "    group.create_task(read())\n"
    )
    error = run_script(source, answer).error
    assert kind(error) is InstrumentError
    assert error.line == 4
    assert "benchwright" not in error.traceback
    assert "concurrent" not in error.traceback


def test_several_errors_of_a_group_are_named() -> None:
    error = run_script("raise ExceptionGroup('both', [ValueError('a'), KeyError('b')])").error
    assert str(error) == "ExceptionGroup: both (2 sub-exceptions): ValueError: a; KeyError: 'b'"
    assert error.line == 1


def test_an_error_that_was_handled_is_none() -> None:
    run = run_script("try:\n    1/0\nexcept ZeroDivisionError:\n    pass\nresult = 1")
    assert run.value == 1


def test_syntax_warnings_go_to_the_script(recwarn: pytest.WarningsRecorder) -> None:
    run = run_script("import warnings\nwarnings.simplefilter('always')\nwarnings.warn('careful')\n")
    assert run.error is None
    assert any("careful" in line for line in run.stderr) or any("careful" in str(w.message) for w in recwarn)


@pytest.mark.parametrize("method", ["__str__", "__getattribute__", "__repr__"])
def test_an_error_that_defeats_its_reader_is_still_an_error(method: str) -> None:
    source = f"class Evil(Exception):\n    def {method}(self, *_): raise SystemExit\nraise Evil('x')"
    assert kind(run_script(source).error) is ExecutionError


def test_half_a_character_in_a_message_can_be_told() -> None:
    error = run_script("record({'\\ud800': 1.5, 'b': '\\ud800'})").error
    assert error is not None
    str(error).encode()


@pytest.mark.parametrize(
    "body",
    [
        "@property\n    def __class__(self): raise KeyboardInterrupt",
        "def __int__(self): raise SystemExit(3)",
        "def __len__(self): raise MemoryError",
        "def __iter__(self): raise GeneratorExit",
    ],
)
@pytest.mark.parametrize("base", ["object", "int", "list"])
def test_a_result_that_cannot_be_read_is_not_kept(base: str, body: str) -> None:
    run = run_script(f"class Odd({base}):\n    {body}\nresult = Odd()\nrecord(a=1)")
    assert run.error is None
    assert run.value in (None, 0, [])
    assert all(line.startswith("result ") and line.endswith("; it is not kept") for line in run.stderr)


@pytest.mark.parametrize(
    "damage",
    [
        "import warnings\nwarnings.simplefilter = None",
        "import asyncio\nasyncio.set_event_loop_policy = lambda policy: 1 / 0",
    ],
)
def test_a_script_that_breaks_python_fails_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr("warnings.simplefilter", warnings.simplefilter)  # put back afterwards
    monkeypatch.setattr("asyncio.set_event_loop_policy", asyncio.set_event_loop_policy)
    before = asyncio.get_event_loop_policy()
    error = run_script(f"{damage}\nresult = 1").error
    monkeypatch.undo()
    asyncio.set_event_loop_policy(before)
    assert kind(error) is ExecutionError
    assert str(error).startswith("the script broke what Python needs to end it: ")
