"""What a script's text shows of its calls is held against the bench; the rules are `engines.checks`'s."""

import pytest

from benchwright.core.permissions import ALL_PERMISSIONS, Permission
from benchwright.engines.engine import CheckContext
from benchwright.engines.python.validation import validate
from tests.engines.python.harness import INSTRUMENTS

CONTEXT = CheckContext(instruments=INSTRUMENTS, parameters=frozenset({"angle"}))


def findings(source: str, context: CheckContext | None = CONTEXT) -> list[tuple[str, int, int, int]]:
    """Return code, line, column and end column of what is found."""
    return [(d.code, d.line, d.column, d.end_column) for d in validate(source, "scan.py", context)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('instruments.get("esp30")', ("unknown_name", 1, 17, 24)),
        ('é = instruments.get_async("esp30")', ("unknown_name", 1, 27, 34)),
        ('instruments.get(name="esp30")', ("unknown_name", 1, 22, 29)),
        ("instruments.fetch('esp300')", ("unknown_name", 1, 13, 18)),
        ('m = instruments.get("esp300")\nm.move(3)', ("unknown_name", 2, 3, 7)),
        ('m = instruments.get("esp300")\nf = m.move', ("unknown_name", 2, 7, 11)),
        ('instruments.get("esp300").move(3)', ("unknown_name", 1, 27, 31)),
        ('m = instruments.get("esp300")\nm.move_absolute(181)', ("argument_range", 2, 17, 20)),
        ('m = instruments.get("esp300")\nm.move_absolute(-0.5)', ("argument_range", 2, 17, 21)),
        ('m = instruments.get("esp300")\nm.move_absolute(position=181)', ("argument_range", 2, 26, 29)),
        ('m = instruments.get("esp300")\nm.move_absolute("é")', ("argument_type", 2, 17, 20)),
        ('m = instruments.get("esp300")\nm.move_absolute(True)', ("argument_type", 2, 17, 21)),
        ('m = instruments.get("esp300")\nm.move_absolute(1, [2])', ("argument_type", 2, 20, 23)),
        ('m = instruments.get("esp300")\nm.move_absolute()', ("argument_count", 2, 3, 16)),
        ('m = instruments.get("esp300")\nm.move_absolute(1, True, 3)', ("argument_count", 2, 26, 27)),
        ('m = instruments.get("esp300")\nm.move_absolute(1, wiat=False)', ("argument_name", 2, 25, 30)),
        ('m = instruments.get_async("esp300")\nawait m.move_absolute(181)', ("argument_range", 2, 23, 26)),
        ('m = await instruments.get_async("esp300")\nawait m.move()', ("unknown_name", 2, 9, 13)),
        ('def f():\n    m.move()\nm = instruments.get("esp300")\nf()', ("unknown_name", 2, 7, 11)),
        (
            'def f():\n    global m\n    m = instruments.get("esp300")\nf()\nm.move()',
            ("unknown_name", 5, 3, 7),
        ),
        ('m: object = instruments.get("esp300")\nm.move()', ("unknown_name", 2, 3, 7)),
        ('if m := instruments.get("esp300"):\n    m.move()', ("unknown_name", 2, 7, 11)),
        ('m = n = instruments.get("esp300")\nn.move()', ("unknown_name", 2, 3, 7)),
        ('m = instruments.get("esp300")\n[m.move() for i in range(3)]', ("unknown_name", 2, 4, 8)),
        ('m = instruments.get("esp300")\nm.\\\n  move()', ("unknown_name", 3, 3, 7)),
        ("sleep(11)", ("argument_range", 1, 7, 9)),
        ("sleep()", ("argument_count", 1, 1, 6)),
        ("log_info(3)", ("argument_type", 1, 10, 11)),
        ("device_set_motor_speed(256, 0)", ("argument_range", 1, 24, 27)),
        ("record(3)", ("argument_type", 1, 8, 9)),
        ("record({}, {})", ("argument_count", 1, 12, 14)),
        ("params.angel", ("unknown_name", 1, 8, 13)),
        ("x = params['angel']", ("unknown_name", 1, 12, 19)),
        ("from math import *\ninstruments.get('x')", ("unknown_name", 2, 17, 20)),
    ],
)
def test_mistakes_are_found(source: str, expected: tuple[str, int, int, int]) -> None:
    assert findings(source) == [expected]


@pytest.mark.parametrize(
    "source",
    [
        'm = instruments.get("esp300")\nm.move_absolute(45)\nm.move_absolute(position=180.0, wait=False)\n',
        'm = instruments.get("esp300")\nm.move_absolute(*a)\nm.move_absolute(**k)\na = k = ()',
        'm = instruments.get("esp300")\nangle = 500\nm.move_absolute(angle)',
        'm = instruments.get("esp300")\nm.__class__, m.__doc__',
        # variables that may be something else
        'm = instruments.get("esp300")\nm = object()\nm.move()',
        'm = instruments.get("esp300")\nfor m in [1]:\n    m.move()',
        'm = instruments.get("esp300")\ndef f(m):\n    m.move()',
        'm = instruments.get("esp300")\nm = instruments.get("newport")\nm.read_power()',
        'm = instruments.get("esp300")\nclass A:\n    def move(self): pass\n    m = 1\n    m.move()',
        'def f():\n    m = instruments.get("esp300")\n    def g():\n        nonlocal m; m = 1\n    m.move()',
        'with instruments.get("esp300") as m:\n    m.move()',
        'm, n = instruments.get("esp300"), 1\nm.move()',
        # names that the script takes for itself
        "def sleep(x, y): pass\nsleep(1, 2)",
        "from time import sleep\nsleep(100)",
        "from time import *\nsleep(100)",
        "def f(sleep):\n    sleep(100)",
        "instruments = {}\ninstruments.get('x').y(1)",
        "def f(params):\n    return params.angel",
        # any name may be a column
        "record(anything=1)\nrecord(**{'a': 1})\nrecord({'a': 1})",
        "record({})\nrecord(*[{}])\nrecord({'a': 1}, b=2)",
        "params.angle, params['angle'], params.get('x'), params.items()",
        "name = 'x'\ninstruments.get(name)\nparams[name]\ninstruments.list()",
        "telemetry_read(['a', 'b'])\nask('q', ['y', 'n'])\nprogress(1, 2.5)\ncheckpoint()",
    ],
)
def test_no_false_alarm(source: str) -> None:
    assert findings(source) == []


def test_missing_permissions() -> None:
    context = CheckContext(instruments=INSTRUMENTS, permissions=frozenset({Permission.DEVICE_READ}))
    source = (
        'm = instruments.get("esp300")\nm.get_position()\nm.move_absolute(3)\n'
        "system_info()\ndevice_emergency_stop()\nrecord(a=1)"
    )
    assert findings(source, context) == [("permission_denied", 3, 3, 16), ("permission_denied", 4, 1, 12)]
    found = validate(source, "scan.py", context)
    assert found[0].hint is not None
    assert "device:control" in found[0].hint
    assert findings(source, CheckContext(instruments=INSTRUMENTS, permissions=ALL_PERMISSIONS)) == []


def test_what_is_not_known_is_not_checked() -> None:
    assert findings("params.anything", CheckContext()) == []
    source = 'm = instruments.get("any")\nm.thing(1)\nparams.x\nsleep(11)'
    assert findings(source, None) == [("argument_range", 4, 7, 9)]


def test_findings_come_in_the_order_of_the_text() -> None:
    source = 'x = undefined\ninstruments.get("y")\nx is 1\nsleep(99)\nz'
    assert [line for _, line, _, _ in findings(source)] == [1, 2, 3, 4, 5]
