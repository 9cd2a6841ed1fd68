import pytest

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Severity
from benchwright.core.permissions import Permission
from benchwright.engines.checks import UNKNOWN, Argument, Arguments, Place, StaticChecks
from benchwright.engines.engine import CheckContext
from tests.engines.motor import MOVE

NAME = Place(3, 5, 9)
MOTOR = InstrumentDescriptor(name="esp300", driver="newport_esp300", methods=(MOVE,))
CONTEXT = CheckContext(
    instruments={"esp300": MOTOR}, parameters=frozenset({"start"}), dependencies=frozenset({"optics"})
)


def at(column: int, value: object) -> Argument:
    return Argument(value, Place(3, column, column + 1))


def found(checks: StaticChecks) -> list[tuple[str, int]]:
    return [(d.code, d.column) for d in checks.diagnostics]


def call(*positional: object, complete: bool = True, **named: object) -> list[tuple[str, int]]:
    checks = StaticChecks(CONTEXT)
    arguments = Arguments(
        [at(20 + i, value) for i, value in enumerate(positional)],
        {name: at(40 + i, value) for i, (name, value) in enumerate(named.items())},
        complete,
    )
    checks.method_call(MOTOR, "move_absolute", NAME, arguments)
    return found(checks)


@pytest.mark.parametrize(
    ("positional", "named"),
    [
        ((45,), {}),
        ((45.0, False), {}),
        ((UNKNOWN,), {}),
        ((), {"position": 3, "wait": True}),
        ((1,), {"wait": None}),
    ],
)
def test_fitting_calls_are_left_alone(positional: tuple[object, ...], named: dict[str, object]) -> None:
    assert call(*positional, complete=True, **named) == []


def test_each_bad_value_is_found_at_its_own_place() -> None:
    assert call(181, "yes") == [("argument_range", 20), ("argument_type", 21)]
    assert call(position=-1) == [("argument_range", 40)]
    assert call(UNKNOWN, 3) == [("argument_type", 21)]
    assert call(10**400) == [("argument_range", 20)]
    assert call(float("nan")) == [("argument_range", 20)]


def test_number_and_names_of_the_arguments() -> None:
    assert call() == [("argument_count", 5)]
    assert call(wait=True) == [("argument_count", 5)]
    assert call(1, True, 3) == [("argument_count", 22)]
    assert call(1, speed=2) == [("argument_name", 40)]
    assert call(1, position=2) == [("argument_count", 5)]


def test_an_open_end_hides_what_may_follow() -> None:
    assert call(complete=False) == []
    assert call(500, complete=False) == [("argument_range", 20)]
    assert call(1, True, UNKNOWN, complete=False) == [("argument_count", 22)]


def test_unknown_names_come_with_the_closest_known_one() -> None:
    checks = StaticChecks(CONTEXT)
    assert checks.instrument("esp30", NAME) is None
    assert checks.instrument("esp300", NAME) is MOTOR
    checks.method(MOTOR, "move_absolut", NAME)
    checks.member("instruments", "gett", ("get", "list"), NAME)
    checks.parameter("strat", NAME)
    checks.module("optic", NAME)
    checks.undefined_name("motr", NAME, ["motor"])
    messages = [(d.code, d.message) for d in checks.diagnostics]
    assert [code for code, _ in messages] == [
        "unknown_name",
        "unknown_name",
        "unknown_name",
        "unknown_name",
        "unknown_name",
        "undefined_name",
    ]
    wanted = ["esp300", "move_absolute", "get", "start", "optics", "motor"]
    for name, (_, message) in zip(wanted, messages, strict=True):
        assert f"did you mean {name}?" in message
    assert all(d.severity is Severity.ERROR for d in checks.diagnostics)


def test_names_that_scripts_do_not_get_are_said_so() -> None:
    checks = StaticChecks(CheckContext(), unavailable={"io"})
    checks.undefined_name("io", NAME, ["os"])
    assert checks.diagnostics[0].message == "io is not available to scripts"


def test_permissions_of_methods_and_functions() -> None:
    reader = CheckContext(instruments={"esp300": MOTOR}, permissions=frozenset({Permission.DEVICE_READ}))
    checks = StaticChecks(reader)
    checks.method_call(MOTOR, "move_absolute", NAME, Arguments([at(20, 45)]))
    checks.function_call("system_info", NAME, Arguments())
    checks.function_call("sleep", NAME, Arguments([at(20, 1)]))
    checks.function_call("emergency_stop", NAME, Arguments())
    assert found(checks) == [("permission_denied", 5), ("permission_denied", 5)]
    assert "device:control" in checks.diagnostics[0].message
    assert checks.diagnostics[0].hint == (
        'declare it in the script\'s metadata: permissions = ["device:control"]'
    )


def test_host_functions_are_checked_and_others_left_alone() -> None:
    checks = StaticChecks(CheckContext())
    checks.function_call("sleep", NAME, Arguments([at(20, 11)]))
    checks.function_call("device_set_motor_speed", NAME, Arguments([at(20, 256), at(21, -101)]))
    checks.function_call("record", NAME, Arguments([at(20, 5)]))
    checks.function_call("my_own", NAME, Arguments([at(20, 11)]))
    assert found(checks) == [
        ("argument_range", 20),
        ("argument_range", 20),
        ("argument_type", 20),
        ("argument_range", 21),
    ]


def test_unknown_parameters_are_not_guessed_at() -> None:
    checks = StaticChecks(CheckContext(parameters=None))
    checks.parameter("anything", NAME)
    assert checks.diagnostics == []


def test_diagnostics_come_in_the_order_of_the_text() -> None:
    checks = StaticChecks(CheckContext())
    for line, column in ((9, 1), (2, 7), (2, 3)):
        checks.undefined_name("x", Place(line, column, column + 1), ())
    assert [(d.line, d.column) for d in checks.diagnostics] == [(2, 3), (2, 7), (9, 1)]
