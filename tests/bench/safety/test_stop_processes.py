"""The emergency stop with real processes: benches that hang, die, start or restart, desks that are gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchwright import run_script
from benchwright.bench.data_folder import LATCH_FILE, DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.bench.operators.launch import start_child
from benchwright.bench.safety import safety_line
from benchwright.bench.safety.estop import emergency_stop, reset
from benchwright.core.errors import BenchwrightError, EmergencyStopActive
from benchwright.core.events import RunFinished
from benchwright.core.operator_messages import (
    AddSchedule,
    BenchStatus,
    CallInstrument,
    MakeSafe,
    RunScheduleNow,
    SendRaw,
    SubmitRun,
    Subscribe,
)
from benchwright.core.permissions import ALL_PERMISSIONS
from benchwright.core.scheduled_execution import ScheduledExecution
from benchwright.core.schedules import Manual
from tests.helpers.cli import run_cli, started_cli
from tests.helpers.instrument_hall import Hall, instrument_hall

pytestmark = pytest.mark.usefixtures("stopping_is_logged")

BOARDS = {f"board{number}": "obedient" for number in range(7)}
BAD_BOARDS = {"deaf": "deaf", "garbled": "garbled"}
SAFE = dict.fromkeys(BOARDS, "safe")
UNKNOWN = dict.fromkeys(BAD_BOARDS, "unknown")
ACT = CallInstrument(name="a", method="set_motor_speed", args=[1, 50.0])
HAMMER = """
local boards, i = instruments.list(), 0
print("here")
while true do
  i = i + 1
  pcall(function() instruments.get("board" .. i % 7):set_motor_speed(1, 50) end)
  record{ i = i }
end
"""


@pytest.fixture
def stopping_is_logged(allow_logs: Any) -> None:
    allow_logs("emergency stop|safety line")


@pytest.fixture
def hall() -> Iterator[Hall]:
    with instrument_hall(**BOARDS, **BAD_BOARDS) as hall:
        yield hall


@pytest.fixture
def good_hall() -> Iterator[Hall]:
    with instrument_hall(a="obedient", b="obedient") as hall:
        yield hall


@contextmanager
def serving(folder: DataFolder, config: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a bench process with this configuration."""
    file = folder.path / "hall.toml"
    file.write_text(config)
    process = start_child(folder, file)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def outcomes(reply: safety_line.SafetyReply) -> dict[str, str]:
    return {stopped["name"]: stopped["outcome"] for stopped in reply.instruments}


def press(folder: DataFolder) -> safety_line.SafetyReply:
    return emergency_stop(folder, None, "test", lambda: None)


def submit(client: BenchClient, source: str, **changes: Any) -> str:
    request: dict[str, Any] = {"name": "hammer", "language": "lua", "source": source}
    return str(client.request(SubmitRun(**(request | {"grant": sorted(ALL_PERMISSIONS)} | changes))))


def finished(client: BenchClient, count: int) -> list[RunFinished]:
    found: list[RunFinished] = []
    deadline_s = time.monotonic() + 20
    while len(found) < count:
        assert time.monotonic() < deadline_s, found
        event = client.next_event(1)
        found += [event] if isinstance(event, RunFinished) else []
    return found


# --- everything at once -----------------------------------------------------------------------------------


def test_a_hall_under_ten_hammers_with_a_desk_that_hangs(folder: DataFolder, hall: Hall) -> None:
    script = folder.path / "hammer.lua"
    script.write_text(HAMMER)
    with ExitStack() as stack:
        stack.enter_context(serving(folder, hall.config()))
        hanging = ("script", "run", script, "--data-dir", folder.path, "--json")
        hanging_desk = stack.enter_context(started_cli(*hanging))
        desk = stack.enter_context(BenchClient.connect(folder))
        desk.request(Subscribe())
        for _ in range(9):
            submit(desk, HAMMER)
        hall.wait_until(True, *BOARDS)
        assert hanging_desk.stdout is not None
        while '"here"' not in hanging_desk.stdout.readline():
            pass
        os.kill(hanging_desk.pid, signal.SIGSTOP)  # what it is told piles up
        began_s = time.monotonic()
        reply = press(folder)
        took_s = time.monotonic() - began_s
        assert outcomes(reply) == SAFE | UNKNOWN
        hall.wait_until(False, *BOARDS)
        durations = {each["name"]: each["duration_s"] for each in reply.instruments}
        assert max(durations[name] for name in BOARDS) < durations["deaf"]
        assert durations["deaf"] < 2.5
        assert took_s < 5
        assert [run.outcome for run in finished(desk, 10)] == ["emergency_stopped"] * 10
        hall.wait_until(False)  # nothing was started after it


# --- latched on every path --------------------------------------------------------------------------------


def refusal(request: Callable[[], object]) -> str:
    with pytest.raises(BenchwrightError) as caught:
        request()
    return caught.value.code


def test_it_is_latched_on_every_path_until_it_is_reset(folder: DataFolder, good_hall: Hall) -> None:

    script = folder.path / "act.lua"
    script.write_text('instruments.get("a"):set_motor_speed(1, 50)')
    on_bench = ("--data-dir", folder.path)
    with serving(folder, good_hall.config()), BenchClient.connect(folder) as desk:
        execution = ScheduledExecution(name="act", script=str(script), schedule=Manual())
        schedule = str(desk.request(AddSchedule(execution=execution)))
        assert outcomes(press(folder)) == {"a": "safe", "b": "safe"}
        code = EmergencyStopActive.code
        assert refusal(lambda: submit(desk, script.read_text())) == code
        assert refusal(lambda: desk.request(ACT)) == code
        assert refusal(lambda: desk.request(SendRaw(name="a", text="MOTOR 1 50"))) == code
        assert refusal(lambda: desk.request(SendRaw(name="a", text="ID?"))) == code
        assert refusal(lambda: desk.request(RunScheduleNow(schedule_id=schedule))) == code
        assert refusal(lambda: list(run_script(script, data_dir=folder.path))) == code
        call = run_cli("instrument", "call", "a", "set_motor_speed", "1", "50", *on_bench)
        assert (call.code, "emergency stop is active" in call.stderr) == (6, True)
        run = run_cli("script", "run", script, *on_bench)
        assert (run.code, "emergency stop is active" in run.stderr) == (6, True)
        assert desk.request(CallInstrument(name="a", method="read_voltage")) == 1.5  # looking is allowed
        assert desk.request(MakeSafe(name="a"))
        assert not good_hall.changed_s  # no motor has ever run
        assert run_cli("estop", "--reset", *on_bench).code == 0
        desk.request(ACT)
        good_hall.wait_until(True, "a")


# --- a bench that does not do it --------------------------------------------------------------------------


def test_a_bench_that_freezes_is_replaced_in_its_own_configuration(
    folder: DataFolder, good_hall: Hall
) -> None:
    """Its file is broken by then, so what counts is what the bench ran with."""
    with serving(folder, good_hall.config()) as bench:
        good_hall.start_all()
        (folder.path / "hall.toml").write_text("[instruments.a\n")
        os.kill(bench.pid, signal.SIGSTOP)
        reply = press(folder)
        assert (outcomes(reply), reply.by_bench) == ({"a": "safe", "b": "safe"}, False)
        assert bench.wait(5) == -signal.SIGKILL
        good_hall.wait_until(False)


def test_other_instruments_that_are_asked_for_are_stopped_beside_those_of_the_bench(
    folder: DataFolder, good_hall: Hall, tmp_path: Path
) -> None:
    both = good_hall.config()
    only_b = tmp_path / "b.toml"
    only_b.write_text(both[both.index("[instruments.b]") :])
    with serving(folder, both[: both.index("[instruments.b]")]) as bench:
        good_hall.start_all()
        bench.kill()
        bench.wait(10)
        reply = emergency_stop(folder, only_b, "test", lambda: None)
    assert outcomes(reply) == {"a": "safe", "b": "safe"}


def test_instruments_that_share_a_link_are_all_stopped(folder: DataFolder, good_hall: Hall) -> None:
    """Such as two axes of a controller, or process variables, which all have the same link."""
    config = good_hall.config()
    first = config[: config.index("[instruments.b]")]
    second = first.replace("instruments.a", "instruments.c") + "options = {}\n"
    (folder.path / "bench.toml").write_text(config + second)
    assert outcomes(press(folder)) == {"a": "safe", "b": "safe", "c": "safe"}


def test_a_bench_that_is_killed_is_replaced(folder: DataFolder, good_hall: Hall) -> None:
    with serving(folder, good_hall.config()) as bench:
        good_hall.start_all()
        bench.kill()
        assert outcomes(press(folder)) == {"a": "safe", "b": "safe"}
        good_hall.wait_until(False)
        assert (folder.path / LATCH_FILE).exists()


def test_a_bench_without_its_line_is_killed_and_replaced(folder: DataFolder, good_hall: Hall) -> None:
    with serving(folder, good_hall.config()) as bench:
        good_hall.start_all()
        Path(folder.safety_address()).unlink()
        assert outcomes(press(folder)) == {"a": "safe", "b": "safe"}
        assert bench.wait(5) == -signal.SIGKILL


def test_a_key_that_cannot_be_used_is_no_obstacle(folder: DataFolder, good_hall: Hall) -> None:
    with serving(folder, good_hall.config()):
        good_hall.start_all()
        (folder.path / "auth.key").chmod(0o644)  # refused, as others can read it
        assert outcomes(press(folder)) == {"a": "safe", "b": "safe"}
        (folder.path / "auth.key").chmod(0o600)


@pytest.mark.parametrize("after", ["nothing", "half a report", "silence", "hanging up"])
def test_a_bench_that_acknowledges_and_then_fails_is_replaced(
    folder: DataFolder, good_hall: Hall, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one hangs up before it has heard the command."""
    monkeypatch.setattr(safety_line, "REPORT_TIMEOUT_S", 0.2)
    (folder.path / "bench.toml").write_text(good_hall.config())
    folder.auth_key()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(folder.safety_address())
    listener.listen()
    may_go = threading.Event()

    def bench() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"0123\n")
            stream.flush()
            if after == "hanging up":
                connection.shutdown(socket.SHUT_RDWR)
                return
            stream.readline()
            stream.write(b'{"acknowledged": true}\n' + b'{"instr' * (after == "half a report"))
            stream.flush()
            if after == "silence":
                may_go.wait(10)

    thread = threading.Thread(target=bench)
    thread.start()
    good_hall.start_all()
    with listener:
        reply = press(folder)
        may_go.set()
        thread.join(10)
    assert (outcomes(reply), reply.by_bench) == ({"a": "safe", "b": "safe"}, False)


@pytest.mark.parametrize("delay_s", [0.0, 0.15, 0.3, 0.45])
def test_a_stop_while_a_bench_starts_leaves_none_that_acts(
    folder: DataFolder, good_hall: Hall, delay_s: float
) -> None:
    file = folder.path / "hall.toml"
    file.write_text(good_hall.config())
    good_hall.start_all()
    with ExitStack() as stack:
        serve = ("serve", "--data-dir", folder.path, "--config", file)
        bench = stack.enter_context(started_cli(*serve))
        threading.Event().wait(delay_s)  # any moment must do; these are some of them
        assert outcomes(emergency_stop(folder, file, "test", lambda: None)) == {"a": "safe", "b": "safe"}
        assert (folder.path / LATCH_FILE).exists()
        while bench.poll() is None:  # it was ended, or comes up latched
            try:
                with BenchClient.connect(folder) as client:
                    status = client.request(BenchStatus())
                    assert isinstance(status, dict)
                    assert status["emergency"] is True
                    with pytest.raises(EmergencyStopActive):
                        client.request(ACT)
                break
            except BenchwrightError:
                time.sleep(0.01)  # it does not listen yet
        good_hall.wait_until(False)


def test_a_stop_while_the_desk_restarts_the_bench(folder: DataFolder, good_hall: Hall) -> None:
    """As it does when an instrument is added: the old bench ends, and a new one starts."""
    file = folder.path / "hall.toml"
    with serving(folder, good_hall.config()) as old:
        good_hall.start_all()
        old.terminate()
        starting = threading.Thread(target=lambda: started.append(start_or_why(folder, file)))
        started: list[Any] = []
        starting.start()
        assert outcomes(emergency_stop(folder, file, "test", lambda: None)) == {"a": "safe", "b": "safe"}
        starting.join(30)
        for bench in started:
            if bench is not None and bench.poll() is None:
                with BenchClient.connect(folder) as client:
                    status = client.request(BenchStatus())
                assert isinstance(status, dict)
                assert status["emergency"] is True
                bench.kill()
                bench.wait(10)
        good_hall.wait_until(False)


def start_or_why(folder: DataFolder, file: Path) -> "subprocess.Popen[bytes] | None":
    try:
        return start_child(folder, file)
    except BenchwrightError:
        return None  # the emergency stop ended it


# --- desks ------------------------------------------------------------------------------------------------


def test_a_desk_that_is_killed_leaves_everything_safe(
    folder: DataFolder, good_hall: Hall, tmp_path: Path
) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(good_hall.config())
    script = tmp_path / "run.lua"
    script.write_text(
        'instruments.get("a"):set_motor_speed(1, 50) instruments.get("b"):set_motor_speed(1, 9) sleep(10)'
    )
    run = ("script", "run", script, "--config", file, "--data-dir", folder.path, "--json")
    with started_cli(*run) as desk:
        good_hall.wait_until(True)
        desk.kill()
        good_hall.wait_until(False, timeout_s=10)
    while folder.bench_pid() is not None:
        time.sleep(0.01)


def test_a_desk_whose_bench_is_killed_puts_everything_safe(
    folder: DataFolder, good_hall: Hall, tmp_path: Path
) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(good_hall.config())
    script = tmp_path / "run.lua"
    script.write_text('instruments.get("a"):set_motor_speed(1, 50) sleep(10)')
    run = ("script", "run", script, "--config", file, "--data-dir", folder.path, "--json")
    with started_cli(*run) as desk:
        good_hall.wait_until(True, "a")
        pid = folder.bench_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        last = json.loads(desk.communicate(timeout=30)[0].splitlines()[-1])
        good_hall.wait_until(False)
    assert last["outcome"] == "interrupted"
    assert {each["name"]: each["outcome"] for each in last["instruments"]} == {"a": "safe", "b": "safe"}


def test_who_pressed_may_be_gone_before_the_acknowledgement(folder: DataFolder, good_hall: Hall) -> None:
    with serving(folder, good_hall.config()):
        good_hall.start_all()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(folder.safety_address())
            nonce = line.makefile("rb").readline().decode().strip()
            text = json.dumps({"command": "stop", "source": "gone"})
            line.sendall(f"{safety_line.signature(folder.auth_key(), nonce, text)} {text}\n".encode())
        good_hall.wait_until(False)


# --- often, and against a reset ---------------------------------------------------------------------------

PRESS_OFTEN = """
import sys
from pathlib import Path
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety.estop import emergency_stop
folder = DataFolder.at(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    reply = emergency_stop(folder, None, "many", lambda: None)
    assert {each["outcome"] for each in reply.instruments} == {"safe"}, reply
"""


def press_from_processes(folder: DataFolder, processes: int, presses: int) -> None:
    command = [sys.executable, "-c", PRESS_OFTEN, str(folder.path), str(presses)]
    with ExitStack() as stack:
        pressing = [
            stack.enter_context(subprocess.Popen(command, stderr=subprocess.PIPE)) for _ in range(processes)
        ]
        for process in pressing:
            _, complaint = process.communicate(timeout=300)
            assert (process.returncode, complaint) == (0, b"")


def test_presses_of_several_processes_are_the_same_as_one(folder: DataFolder, good_hall: Hall) -> None:
    with serving(folder, good_hall.config()):
        good_hall.start_all()
        press_from_processes(folder, processes=4, presses=25)
        good_hall.wait_until(False)
        reset(folder, "test")
        with BenchClient.connect(folder) as client:
            client.request(ACT)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_hundred_processes_at_once(folder: DataFolder, good_hall: Hall) -> None:
    """The bench may be too slow for some of them, and is replaced: that must do as well."""
    with serving(folder, good_hall.config()):
        good_hall.start_all()
        press_from_processes(folder, processes=100, presses=3)
        good_hall.wait_until(False)


def test_presses_of_several_processes_on_a_frozen_bench(folder: DataFolder, good_hall: Hall) -> None:
    command = ("estop", "--data-dir", folder.path, "--json")
    with serving(folder, good_hall.config()) as bench, ExitStack() as stack:
        good_hall.start_all()
        os.kill(bench.pid, signal.SIGSTOP)
        pressing = [stack.enter_context(started_cli(*command)) for _ in range(4)]
        for process in pressing:
            output, complaint = process.communicate(timeout=30)
            assert (process.returncode, complaint) == (0, "")
            assert {each["outcome"] for each in json.loads(output)["instruments"]} == {"safe"}
        good_hall.wait_until(False)


def test_resets_and_presses_in_any_order_end_safe(folder: DataFolder, hall: Hall) -> None:
    """The deaf board lets each stop last, so that resets come in its midst; the last act is a press."""
    with serving(folder, hall.config()):
        hall.start_all()
        over = threading.Event()

        def reset_on() -> None:
            while not over.is_set():
                try:
                    reset(folder, "test")
                except EmergencyStopActive:
                    pass  # it was pressed again meanwhile

        resetting = threading.Thread(target=reset_on)
        resetting.start()
        replies = [press(folder) for _ in range(2)]
        over.set()
        resetting.join(10)
        replies.append(press(folder))
        assert [outcomes(reply) for reply in replies] == [SAFE | UNKNOWN] * 3
        with BenchClient.connect(folder) as client, pytest.raises(EmergencyStopActive):
            client.request(msgspec.structs.replace(ACT, name="board1"))
        hall.wait_until(False)
