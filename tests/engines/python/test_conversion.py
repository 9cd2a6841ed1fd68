"""What of a script's values becomes plain, and what is refused."""

import enum
import subprocess
import sys
from collections import OrderedDict, namedtuple
from typing import Any

import pytest

from benchwright.core.errors import ArgumentError
from benchwright.engines.python.conversion import MAX_BYTES, plain
from tests.engines.python.harness import run_script

np = pytest.importorskip("numpy")
Point = namedtuple("Point", "x y")


class Level(enum.IntEnum):
    HIGH = 3


class Mode(enum.StrEnum):
    FAST = "fast"


class Celsius(float):
    pass


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(1.5), 1.5),
        (np.float32(0.5), 0.5),
        (np.longdouble(0.5), 0.5),
        (np.int32(-3), -3),
        (np.uint64(2**63 - 1), 2**63 - 1),
        (np.bool_(True), True),
        (np.str_("é"), "é"),
        (np.array([1, 2]), [1, 2]),
        (np.array([[1.5], [2.5]]), [[1.5], [2.5]]),
        (np.array(3.5), 3.5),
        (np.array(["a"]), ["a"]),
        (np.ma.masked_array([1, 2], [False, True]), [1, None]),
        ([np.float64(1), (np.int8(2),)], [1.0, [2]]),
        ({"a": np.array([True])}, {"a": [True]}),
        ({np.str_("a"): 1}, {"a": 1}),
        (np.array([np.float64(1), None], dtype=object), [1.0, None]),
        (Level.HIGH, 3),
        (Mode.FAST, "fast"),
        (Celsius(20.5), 20.5),
        (Point(1, 2), [1, 2]),
        (OrderedDict(a=1), {"a": 1}),
        (-0.0, -0.0),
        (float("inf"), float("inf")),
        (-(2**63), -(2**63)),
        ("x" * 65536, "x" * 65536),
    ],
)
def test_values_become_plain(value: Any, expected: Any) -> None:
    converted = plain(value, "x")
    assert converted == expected
    assert repr(converted) == repr(expected)  # types and signs too


CYCLE: list[Any] = []
CYCLE.append(CYCLE)
SHARED: Any = 1
for _ in range(8):
    SHARED = [SHARED] * 50


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (object(), "a value of type object"),
        ({1, 2}, "a value of type set"),
        (b"x", "a value of type bytes"),
        (1j, "a value of type complex"),
        (np.array([1j]), "a value of type complex"),
        (np.datetime64("2024-01-01"), "a value of type date"),
        (2**63, "an integer beyond 64 bits"),
        (-(10**400), "an integer beyond 64 bits"),
        (np.uint64(2**63), "an integer beyond 64 bits"),
        ("\ud800", "a text with half a character (a lone surrogate)"),
        ("é" * 32769, "a text longer than 65536 bytes"),
        ({1: 2}, "a map whose keys are not text"),
        (CYCLE, "nested deeper than 8"),
        (SHARED, ""),
        ([0] * 10**6, ""),
        (np.zeros(10**6), ""),
        ([0.5] * (MAX_BYTES // 8), "larger than 192 KB"),
        (lambda: None, "a value of type function"),
    ],
)
def test_what_is_no_plain_value_is_refused(value: Any, why: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        plain(value, "motor.move: an argument")
    assert str(caught.value).startswith(f"motor.move: an argument is no plain value: {why}")


def test_a_value_that_raises_is_the_scripts_error() -> None:
    run = run_script(
        "class Odd(float):\n    def __float__(self):\n        return 1 / 0\nrecord(a=Odd())\n",
    )
    assert str(run.error) == "ZeroDivisionError: division by zero"


def test_scripts_may_hand_over_numpy_values() -> None:
    run = run_script(
        "import numpy as np\n"
        "m = instruments.get('esp300')\n"
        "for angle in np.linspace(0, 90, 3):\n"
        "    m.move_absolute(angle)\n"
        "    record(angle=angle, power=np.float32(0.5))\n"
        "result = np.arange(3)\n"
    )
    assert run.value == [0, 1, 2]
    assert [call[2] for call in run.calls] == [[0.0], [45.0], [90.0]]
    assert [type(value) for row in run.rows for value in row.values()] == [float] * 6


def test_numpy_is_imported_by_no_one_but_the_script() -> None:
    code = (
        "import sys\n"
        "from benchwright.engines.engine import EngineSettings\n"
        "from benchwright.engines.python.engine import PythonEngine\n"
        "PythonEngine(EngineSettings()).execute_script('result = (1, {2.0: 3})')\n"
        "sys.exit('numpy' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode == 0


def test_too_many_items_are_too_large() -> None:
    with pytest.raises(ArgumentError, match="is no plain value: larger than 192 KB"):
        plain([1] * (MAX_BYTES + 1), "it")
