"""The public asyncio API: calls, cancellation, soft limits, the emergency stop and closing."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import benchwright
from benchwright import Config, InstrumentManager
from benchwright.core.errors import (
    ArgumentError,
    CallCancelled,
    EmergencyStopActive,
    InstrumentError,
    LinkError,
    UnknownNameError,
)
from benchwright.instruments.simulation import close_shared
from tests.instruments.fake_server import FakeServer

GENERATOR = """
[instruments.{name}]
driver = "generic_scpi"
link = "tcp://127.0.0.1:{port}"
timeout_s = {timeout_s}
limits = {{ level = [0.0, 5.0] }}
[instruments.{name}.options]
safe_state = ["OUTP OFF"]
safe_state_check = {{ "OUTP?" = "0" }}
checks_errors = false
[[instruments.{name}.options.commands]]
name = "set_level"
kind = "command"
command = "LEV {{level:.4f}}"
parameters = [{{ name = "level", unit = "V", minimum = 0, maximum = 10 }}]
[[instruments.{name}.options.commands]]
name = "get_level"
kind = "query"
command = "LEV?"
unit = "V"
"""


def generator(server: FakeServer, name: str = "generator", timeout_s: float = 5.0) -> str:
    return GENERATOR.format(name=name, port=server.port, timeout_s=timeout_s)


def answers(command: bytes) -> bytes:
    replies = {b"LEV?": b"1.5", b"OUTP?": b"0", b"*IDN?": b"ACME,G,1,1", b"SYST:ERR?": b'0,"No error"'}
    return replies[command] + b"\n" if command in replies else b""


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(answers) as server:
        yield server


@pytest.fixture
def silent() -> Iterator[FakeServer]:
    with FakeServer(lambda command: b"") as server:
        yield server


@pytest.fixture
def _virtual_bench() -> Iterator[None]:
    yield
    close_shared()


@pytest.mark.usefixtures("_virtual_bench")
def test_the_built_in_bench() -> None:
    async def use() -> None:
        async with InstrumentManager(Config.demo()) as manager:
            assert manager.names == ["esp300", "newport", "supply", "multimeter", "board"]
            motor = manager.get_instrument("esp300")
            position = await motor.get_position()
            await motor.move_absolute(position + 1.0)
            assert abs(await motor.get_position() - position - 1.0) < 0.01
            power = await manager.measure("newport", "read_power")
            assert isinstance(power, benchwright.Scalar)
            assert (power.name, power.unit) == ("newport.read_power", "W")

    asyncio.run(use())


def test_values_names_and_what_an_instrument_says_of_itself(server: FakeServer) -> None:
    async def use() -> None:
        async with InstrumentManager(Config.from_text(generator(server))) as manager:
            meter = manager.get_instrument("generator")
            assert await meter.get_level() == 1.5
            await meter.set_level(level=np.float64(2.0))
            await meter.set_level(np.int64(3))
            await asyncio.to_thread(server.wait_for, b"LEV 3.0000")
            assert server.received[-2:] == [b"LEV 2.0000", b"LEV 3.0000"]
            assert meter.name == "generator"
            assert meter.descriptor.method("get_level").unit == "V"
            assert "get_level" in dir(meter)
            with pytest.raises(
                AttributeError, match="no method 'get_leve' of generator; did you mean get_level"
            ):
                meter.get_leve  # noqa: B018
            with pytest.raises(UnknownNameError, match=r"no instrument 'meter' \(there is: generator\)"):
                manager.get_instrument("meter")
            with pytest.raises(ArgumentError, match=r"generator\.identify gives no number"):
                await manager.measure("generator", "identify")

    asyncio.run(use())


def test_soft_limits_hold(server: FakeServer) -> None:
    async def use() -> None:
        async with InstrumentManager(Config.from_text(generator(server))) as manager:
            with pytest.raises(ArgumentError, match="level must be a number from 0 to 5 V, found 6"):
                await manager.get_instrument("generator").set_level(6.0)

    asyncio.run(use())
    assert not any(command.startswith(b"LEV") for command in server.received)


def test_a_cancelled_task_interrupts_its_call(silent: FakeServer) -> None:
    async def use() -> None:
        async with InstrumentManager(Config.from_text(generator(silent))) as manager:
            task = asyncio.create_task(manager.get_instrument("generator").get_level())
            await asyncio.to_thread(silent.wait_for, b"LEV?")
            started_s = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - started_s < 2

    asyncio.run(use())


def test_a_timeout_interrupts_its_call(silent: FakeServer) -> None:
    async def use() -> None:
        async with InstrumentManager(Config.from_text(generator(silent))) as manager:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await manager.get_instrument("generator").get_level()

    started_s = time.monotonic()
    asyncio.run(use())
    assert time.monotonic() - started_s < 3


def test_an_instrument_that_hangs_holds_up_no_other(server: FakeServer, silent: FakeServer) -> None:
    config = Config.from_text(generator(server) + generator(silent, "deaf"))

    async def use() -> None:
        async with InstrumentManager(config) as manager:
            deaf = manager.get_instrument("deaf")
            tasks = [asyncio.create_task(deaf.get_level()) for _ in range(20)]
            await asyncio.to_thread(silent.wait_for, b"LEV?")
            async with asyncio.timeout(2):
                for _ in range(10):
                    assert await manager.get_instrument("generator").get_level() == 1.5
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    asyncio.run(use())


def test_the_emergency_stop_frees_calls_and_latches(server: FakeServer, silent: FakeServer) -> None:
    config = Config.from_text(generator(server) + generator(silent, "deaf"))

    async def use() -> None:
        async with InstrumentManager(config) as manager:
            deaf = asyncio.create_task(manager.get_instrument("deaf").get_level())
            await asyncio.to_thread(silent.wait_for, b"LEV?")
            report = await manager.emergency_stop(deadline_s=0.3)
            outcomes = {stopped.name: stopped.outcome for stopped in report}
            assert outcomes == {"generator": "safe", "deaf": "unknown"}
            assert b"OUTP OFF" in server.received
            with pytest.raises(CallCancelled):
                await deaf
            with pytest.raises(EmergencyStopActive):
                await manager.get_instrument("generator").set_level(1.0)
            manager.reset_emergency_stop()
            await manager.get_instrument("generator").set_level(1.0)

    asyncio.run(use())


def test_closing_frees_what_is_under_way(silent: FakeServer) -> None:
    async def use() -> None:
        manager = InstrumentManager(Config.from_text(generator(silent)))
        handle = manager.get_instrument("generator")
        task = asyncio.create_task(handle.get_level())
        await asyncio.to_thread(silent.wait_for, b"LEV?")
        await manager.close()
        with pytest.raises(CallCancelled):
            await task
        with pytest.raises(InstrumentError, match="generator: the manager is closed"):
            await handle.get_level()

    asyncio.run(use())


def test_a_dead_instrument_is_one_clear_error(server: FakeServer) -> None:
    config = Config.from_text(generator(server))
    server.close()

    async def use() -> None:
        async with InstrumentManager(config) as manager:
            with pytest.raises(LinkError, match="^generator: nothing listens at tcp://"):
                await manager.get_instrument("generator").get_level()

    asyncio.run(use())


# --- import ---


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, benchwright; print([m for m in sys.modules if m.startswith('benchwright.')])"
    assert run_python(code) == "[]"


def test_the_public_names_need_nothing_heavy() -> None:
    code = (
        "import sys, benchwright; benchwright.Config, benchwright.InstrumentManager, benchwright.Scalar; "
        "print([m for m in ('numpy', 'pyvisa', 'serial', 'h5py', 'PySide6') if m in sys.modules])"
    )
    assert run_python(code) == "[]"


def run_python(code: str) -> str:
    source_root = Path(benchwright.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=source_root, check=True
    )
    return done.stdout.strip()


def test_the_emergency_stop_needs_no_thread_of_the_loop(server: FakeServer) -> None:
    """The program has taken all threads of its loop; and the task that presses is cancelled at once."""

    async def use() -> None:
        may_end = threading.Event()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        blocked = loop.run_in_executor(None, may_end.wait)
        async with InstrumentManager(Config.from_text(generator(server))) as manager:
            pressing = asyncio.create_task(manager.emergency_stop())
            await asyncio.sleep(0)
            pressing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await pressing
            server.wait_for(b"OUTP?")
            with pytest.raises(EmergencyStopActive):
                await manager.get_instrument("generator").set_level(1.0)
            assert [stopped.outcome for stopped in await manager.emergency_stop()] == ["safe"]
            may_end.set()
            await blocked

    asyncio.run(use())


def test_a_reset_waits_for_the_stop_that_is_carried_out(server: FakeServer, silent: FakeServer) -> None:
    config = Config.from_text(generator(server) + generator(silent, "deaf"))

    async def use() -> None:
        async with InstrumentManager(config) as manager:
            pressing = asyncio.create_task(manager.emergency_stop(deadline_s=0.3))
            await asyncio.to_thread(silent.wait_for, b"OUTP OFF")
            manager.reset_emergency_stop()
            outcomes = {stopped.name: stopped.outcome for stopped in await pressing}
            assert outcomes == {"generator": "safe", "deaf": "unknown"}
            await manager.get_instrument("generator").set_level(1.0)

    asyncio.run(use())
