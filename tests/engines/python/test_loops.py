"""Scripts that wait for several things at once."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from benchwright.core.errors import InstrumentError, UnknownNameError
from benchwright.core.script_messages import MAX_OUTSTANDING_CALLS
from tests.engines.python.harness import kind, run_script

READ_ALL = """
import asyncio
motor, meter = instruments.get_async("esp300"), instruments.get_async("newport")
"""


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socketpair", refuse)


def test_await_outside_of_functions() -> None:
    run = run_script(READ_ALL + "await motor.move_absolute(3)\nresult = await meter.read_power()")
    assert run.value == 1.5
    assert run.calls == [("esp300", "move_absolute", [3], {}), ("newport", "read_power", [], {})]
    assert run.lines == [4, 5]
    assert run.concurrent == [True, True]


def test_the_instrument_itself_may_be_awaited() -> None:
    run = run_script(
        "meter = await instruments.get_async('newport')\nassert meter is instruments.get_async('newport')\n"
        "result = await meter.read_power()"
    )
    assert run.value == 1.5
    assert "can't be used in 'await'" in str(run_script("await instruments.get('newport')").error)


def test_calls_overlap() -> None:
    both = threading.Barrier(2)

    def answer(*_: Any) -> float:
        both.wait(10)
        return 1.0

    run = run_script(
        READ_ALL + "result = await asyncio.gather(motor.get_position(), meter.read_power())", answer
    )
    assert run.value == [1.0, 1.0]


def test_no_more_calls_overlap_than_the_channel_takes() -> None:
    lock, state = threading.Lock(), {"now": 0, "most": 0}

    def answer(*_: Any) -> float:
        with lock:
            state["now"] += 1
            state["most"] = max(state["most"], state["now"])
        threading.Event().wait(0.001)
        with lock:
            state["now"] -= 1
        return 1.0

    source = READ_ALL + (
        "got = await asyncio.gather(*[meter.read_power() for _ in range(60)])\nresult = len(got)\n"
    )
    assert run_script(source, answer).value == 60
    assert state["most"] <= MAX_OUTSTANDING_CALLS


def test_asyncio_run_works_more_than_once() -> None:
    source = READ_ALL + (
        "async def main():\n"
        "    return [await meter.read_power(), await asyncio.to_thread(lambda: 2)]\n"
        "result = [asyncio.run(main()), asyncio.run(main())]\n"
    )
    assert run_script(source).value == [[1.5, 2], [1.5, 2]]


def test_a_loop_of_the_scripts_own() -> None:
    source = READ_ALL + (
        "loop = asyncio.new_event_loop()\n"
        "result = loop.run_until_complete(meter.read_power())\n"
        "loop.close()\n"
    )
    assert run_script(source).value == 1.5


def test_async_comprehensions_and_generators() -> None:
    source = READ_ALL + (
        "async def angles():\n"
        "    for angle in range(3):\n"
        "        await motor.move_absolute(angle)\n"
        "        yield angle\n"
        "result = [angle async for angle in angles()]\n"
    )
    run = run_script(source)
    assert run.value == [0, 1, 2]
    assert run.lines == [6, 6, 6]


def test_an_error_of_an_awaited_call() -> None:
    def answer(*_: Any) -> float:
        raise InstrumentError("newport", "no answer")

    source = READ_ALL + "async def read():\n    return await meter.read_power()\nx = 1\nawait read()"
    error = run_script(source, answer).error
    assert kind(error) is InstrumentError
    assert (error.line, error.column) == (5, 12)
    assert error.traceback.splitlines()[0:3] == [
        "Traceback (most recent call last):",
        '  File "scan.py", line 7, in <module>',
        "    await read()",
    ]
    assert error.traceback.splitlines()[-1] == "InstrumentError: newport: no answer"
    assert "asyncio" not in error.traceback


def test_what_is_left_running_is_cancelled() -> None:
    run = run_script(
        "import asyncio\n"
        "async def forever():\n"
        "    try:\n"
        "        await asyncio.sleep(1000)\n"
        "    finally:\n"
        "        record(cancelled=True)\n"
        "task = asyncio.create_task(forever())\n"
        "await asyncio.sleep(0)\n"
    )
    assert run.error is None
    assert run.rows == [{"cancelled": True}]


def test_a_call_left_alone_does_not_hold_the_script() -> None:
    go_on = threading.Event()

    def answer(*_: Any) -> float:
        go_on.wait(10)
        return 1.0

    source = READ_ALL + "task = asyncio.create_task(meter.read_power())\nawait asyncio.sleep(0.01)\n1 / 0"
    error = run_script(source, answer).error
    assert str(error) == "ZeroDivisionError: division by zero"
    go_on.set()


def test_a_call_that_is_never_awaited_is_told(recwarn: pytest.WarningsRecorder) -> None:
    import gc

    run_script("instruments.get_async('newport').read_power()")
    gc.collect()
    assert any("'newport.read_power' was never awaited" in str(warning.message) for warning in recwarn)


def test_names_are_checked_as_ever() -> None:
    error = run_script("instruments.get_async('newprt')").error
    assert kind(error) is UnknownNameError
    assert "did you mean newport" in str(error)
    assert kind(run_script("instruments.get_async('newport').read()").error) is UnknownNameError


def test_the_loop_can_be_woken_from_threads() -> None:
    source = (
        "import asyncio, threading\n"
        "event, loop = asyncio.Event(), asyncio.get_running_loop()\n"
        "threading.Thread(target=lambda: loop.call_soon_threadsafe(event.set)).start()\n"
        "await asyncio.wait_for(event.wait(), 5)\n"
        "result = event.is_set()\n"
    )
    assert run_script(source).value is True


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # policies, since Python 3.14
def test_the_policy_outside_is_untouched() -> None:
    before = asyncio.get_event_loop_policy()
    run_script("import asyncio\nasyncio.run(asyncio.sleep(0))")
    assert asyncio.get_event_loop_policy() is before
