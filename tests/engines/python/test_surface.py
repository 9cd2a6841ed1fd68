"""What a Python script sees of the bench."""

import inspect
import threading
from typing import Any

import pytest

from benchwright.core.errors import ArgumentError, InstrumentError, PermissionDenied, UnknownNameError
from benchwright.core.results import Boolean, Float, Integer, List, Map, Nothing, Text
from tests.engines.python.harness import Run, kind, make_engine, run_script, value_of


def test_the_example_of_the_manual() -> None:
    run = run_script(
        'motor = instruments.get("esp300")\n'
        'power = instruments.get("newport")\n'
        "motor.move_absolute(45.0)\n"
        "reading = power.read_power()\n"
        'print(f"Power at 45°: {reading:.4g} W")\n'
        "record(angle=45.0, power=reading)\n"
    )
    assert run.error is None
    assert run.calls == [("esp300", "move_absolute", [45.0], {}), ("newport", "read_power", [], {})]
    assert run.lines == [3, 4]
    assert run.stdout == ["Power at 45°: 1.5 W"]
    assert run.rows == [{"angle": 45.0, "power": 1.5}]


def test_instruments_are_listed_and_got_once() -> None:
    assert value_of("instruments.list()") == ["esp300", "newport"]
    assert value_of("instruments.get('esp300') is instruments.get('esp300')") is True


def test_an_unknown_instrument_names_the_known_ones() -> None:
    error = run_script("\ninstruments.get('esp30')").error
    assert kind(error) is UnknownNameError
    assert str(error) == "no instrument 'esp30'; did you mean esp300? (there is: esp300, newport)"
    assert (error.line, error.column) == (2, 1)


def test_an_unknown_method_is_an_attribute_error_too() -> None:
    error = run_script("m = instruments.get('esp300')\nm.move_absolut(3)").error
    assert kind(error) is UnknownNameError
    assert str(error).startswith("no method 'move_absolut' of esp300; did you mean move_absolute?")
    assert error.code == "unknown_name"
    assert value_of("hasattr(instruments.get('esp300'), 'dance')") is False
    assert run_script("instruments.fetch('esp300')").error.message.startswith(
        "no function 'fetch' of instruments"
    )


def test_attributes_of_an_instrument_cannot_be_set() -> None:
    error = run_script("instruments.get('esp300').position = 3").error
    assert str(error).startswith("AttributeError: esp300.position cannot be set")


def test_methods_look_as_if_written_by_hand() -> None:
    run = run_script(
        "import inspect\n"
        "m = instruments.get('esp300')\n"
        "move = m.move_absolute\n"
        "result = [str(inspect.signature(move)), move.__name__, move.__doc__,"
        " dir(m), repr(m), inspect.ismethod(m.get_position), type(m).__doc__]\n"
        "help(m)\n"
    )
    assert run.value == [
        "(position: float, wait: bool = True) -> None",
        "move_absolute",
        "Move to a position.\nposition: a number from 0 to 180 deg; where to\nwait: true or false",
        ["get_position", "move_absolute"],
        "<instrument esp300: Newport ESP300>",
        True,
        "A motion controller.\nmove_absolute: Move to a position.\nget_position: Tell the position.",
    ]
    assert any("move_absolute(self, /, position: float, wait: bool = True)" in line for line in run.stdout)


def test_arguments_by_name() -> None:
    run = run_script("instruments.get('esp300').move_absolute(wait=False, position=3)")
    assert run.calls == [("esp300", "move_absolute", [], {"wait": False, "position": 3})]


def test_errors_of_the_host_keep_their_class_and_can_be_caught() -> None:
    def answer(method: str, *_: Any) -> float:
        raise PermissionDenied("device:control", "esp300.move_absolute")

    error = run_script("m = instruments.get('esp300')\nif True:\n    m.move_absolute(3)", answer).error
    assert kind(error) is PermissionDenied
    assert (error.line, error.column, error.info().line) == (3, 5, 3)
    assert error.traceback.splitlines()[-1].startswith("PermissionDenied: esp300.move_absolute needs")
    caught = (
        "try:\n    instruments.get('esp300').move_absolute(3)\nexcept Exception as e:\n    result = e.code"
    )
    assert run_script(caught, answer).value == "permission_denied"


def test_parameters() -> None:
    params = {"angle": 3.5, "items": "mine", "class": 1}
    assert value_of("params.angle", params=params) == 3.5
    assert value_of("params['class']", params=params) == 1
    assert value_of("params.items", params=params) == "mine"
    assert value_of("[params.get('x', 7), 'angle' in params, len(params), list(params)]", params=params) == [
        7,
        True,
        3,
        ["angle", "items", "class"],
    ]
    assert value_of("{**params}", params=params) == params
    assert value_of("getattr(params, 'x', 4)", params=params) == 4


@pytest.mark.parametrize("read", ["params.angel", "params['angel']"])
def test_an_unknown_parameter(read: str) -> None:
    error = run_script(read, params={"angle": 3.5}).error
    assert kind(error) is UnknownNameError
    assert str(error) == "no parameter 'angel'; did you mean angle? (there is: angle)"


def test_parameters_cannot_be_changed() -> None:
    assert "params.angle cannot be set" in str(run_script("params.angle = 3", params={"angle": 1}).error)
    assert "TypeError" in str(run_script("params['angle'] = 3", params={"angle": 1}).error)


def test_rows() -> None:
    run = run_script("record(a=1, b='x')\nrecord({'c d': None, 'e': True}, f=2.5)\nrecord({})")
    assert run.rows == [{"a": 1, "b": "x"}, {"c d": None, "e": True, "f": 2.5}, {}]


@pytest.mark.parametrize("call", ["record(3)", "record([1])", "record({1: 2})", "record(a=object())"])
def test_what_is_no_row(call: str) -> None:
    run = run_script(f"\n{call}")
    assert kind(run.error) is ArgumentError
    assert run.error.line == 2
    assert run.rows == []


def test_host_functions_by_position_and_by_name() -> None:
    run = run_script(
        "sleep(0.5)\nsleep(seconds=1)\nask('go?', choices=['y', 'n'])\nask(question='go?')\nlog_info('hi')\n"
        "progress(done=1, total=3)\ndevice_set_motor_speed(id=3, speed=-10)\ntelemetry_read(('a.b',))\n"
    )
    assert run.error is None
    assert run.host_calls == [
        ("sleep", 0.5),
        ("sleep", 1.0),
        ("ask", "go?", ["y", "n"]),
        ("ask", "go?", ["ok", "cancel"]),
        ("log_info", "hi"),
        ("progress", 1.0, 3.0),
        ("device_set_motor_speed", 3, -10.0),
        ("telemetry_read", ["a.b"]),
    ]


def test_host_functions_say_what_they_take() -> None:
    assert value_of("sleep.__doc__") == (
        "Wait; ends at once when the run is stopped.\nseconds: a number from 0 to 10 s; how long"
    )
    error = run_script("sleep(second=1)").error
    assert kind(error) is ArgumentError
    assert str(error) == "sleep has no parameter 'second'; it takes seconds"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("None", Nothing()),
        ("True", Boolean(True)),
        ("3", Integer(3)),
        ("3.0", Float(3.0)),
        ("'x'", Text("x")),
        ("(1, [2])", List([1, [2]])),
        ("{'a': 1}", Map({"a": 1})),
    ],
)
def test_results_are_tagged(expression: str, expected: Any) -> None:
    assert run_script(f"result = {expression}").result == expected


def test_a_result_that_cannot_be_kept_fails_no_script() -> None:
    run = run_script("result = object()")
    assert run.result == Nothing()
    assert run.stderr == ["result is no plain value: a value of type object; it is not kept"]
    assert run_script("x = 3").result == Nothing()


def test_the_script_is_the_main_module() -> None:
    run = run_script(
        "import dataclasses, pickle, sys, typing\n"
        "@dataclasses.dataclass\n"
        "class Point:\n"
        "    x: float\n"
        "    kind: typing.ClassVar[str] = 'p'\n"
        "class Local:\n"
        "    pass\n"
        "assert isinstance(pickle.loads(pickle.dumps(Local())), Local)\n"
        "assert typing.get_type_hints(Point) == {'x': float, 'kind': typing.ClassVar[str]}\n"
        "result = [__name__, __file__, Point(2.0) == Point(2.0), sys.argv, Point.__module__]\n"
    )
    assert run.value == ["__main__", "scan.py", True, ["scan.py"], "__main__"]


def test_the_process_is_left_as_it_was() -> None:
    import linecache
    import sys

    before = sys.modules["__main__"], sys.argv, sys.stdout, sys.stderr, list(sys.meta_path)
    cached = set(linecache.cache)
    run_script(
        "import helper\nimport asyncio\nasyncio.run(asyncio.sleep(0))\n1 / 0",
        dependencies={"helper": "x = 1"},
    )
    assert (sys.modules["__main__"], sys.argv, sys.stdout, sys.stderr, list(sys.meta_path)) == before
    assert "helper" not in sys.modules
    assert not {"scan.py", "helper.py"} & (set(linecache.cache) - cached)


def test_the_current_line_follows_the_calls() -> None:
    run = Run()
    seen: list[int] = []
    engine = make_engine(run)
    engine.register_function("sleep", lambda *_: seen.append(engine.current_line))
    engine.register_function("print", lambda *_: seen.append(engine.current_line))
    engine.register_function("record", lambda *_: seen.append(engine.current_line))
    assert engine.current_line == 0
    engine.execute_script(
        "def wait():\n    sleep(1)\nwait()\nrecord(a=1)\nprint('x')\nlist(map(sleep, [1]))\n"
        "instruments.get('esp300').get_position()\n"
    )
    assert seen == [2, 4, 5, 6]
    assert engine.current_line == 7


def test_a_line_is_decoded_once() -> None:
    run = Run()
    engine = make_engine(run)
    engine.execute_script("x = 1\n" * 100 + "for i in range(50):\n    sleep(i)\n")
    assert len(run.host_calls) == 50
    assert len(engine._frames._lines) == 1


def test_threads_of_the_script_end_before_it() -> None:
    run = run_script(
        "import threading, time\n"
        "done = threading.Event()\n"
        "def work():\n"
        "    done.wait(5)\n"
        "    record(a=1)\n"
        "threading.Thread(target=work).start()\n"
        "done.set()\n"
    )
    assert run.rows == [{"a": 1}]
    assert threading.active_count() == 1 or all(t.daemon for t in threading.enumerate()[1:])


def test_idle_executors_do_not_hold_a_script() -> None:
    run = run_script(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(1)\n"
        "result = pool.submit(lambda: 3).result()\n"
    )
    assert run.value == 3


def test_an_instrument_error_in_a_callback_of_the_script() -> None:
    def answer(method: str, *_: Any) -> float:
        raise InstrumentError("esp300", "no answer")

    run = run_script("m = instruments.get('esp300')\nsorted([2, 1], key=lambda x: m.get_position())", answer)
    assert kind(run.error) is InstrumentError
    assert run.error.line == 2


def test_signatures_survive_odd_descriptors() -> None:
    from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
    from benchwright.core.permissions import Permission
    from benchwright.engines.python.signatures import dress

    def function(*args: object) -> None: ...

    odd = MethodDescriptor(
        name="odd",
        kind=MethodKind.QUERY,
        permission=Permission.DEVICE_READ,
        parameters=(ParameterDescriptor(name="a", required=False), ParameterDescriptor(name="b")),
    )
    dress(function, odd)
    assert function.__name__ == "odd"
    assert str(inspect.signature(function)) == "(*args: object) -> None"
