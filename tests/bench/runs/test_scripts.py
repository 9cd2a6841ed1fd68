"""Scripts on a whole bench: real workers, real sockets to the virtual instruments, rows on disk."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from benchwright.bench.runs.keeper import Keeper
from benchwright.core.events import LogWritten, ProgressMade, QuestionAsked, RunStateChanged
from benchwright.core.permissions import Permission
from benchwright.core.run_states import RunState
from benchwright.core.script_messages import Start
from benchwright.worker.launching import WorkerProcess
from tests.bench.operating import Operator

FIRST_SCRIPT = {
    "lua": """
local motor = instruments.get("esp300")
local power = instruments.get("newport")
motor:move_absolute(4.5)
local reading = power:read_power()
print(string.format("Power: %.4g W", reading))
record{ angle = motor:get_position(), power = reading }
return reading
""",
    "python": """
motor = instruments.get("esp300")
power = instruments.get("newport")
motor.move_absolute(4.5)
reading = power.read_power()
print(f"Power: {reading:.4g} W")
record(angle=motor.get_position(), power=reading)
result = reading
""",
}


@pytest.mark.parametrize("language", ["lua", "python"])
def test_a_script_moves_a_motor_reads_power_and_leaves_its_row_on_disk(
    operator: Operator, language: str
) -> None:
    finished = operator.run(FIRST_SCRIPT[language], language)
    assert finished.error is None
    assert finished.outcome is RunState.COMPLETED
    assert isinstance(finished.result, float)
    assert finished.result > 0
    assert finished.rows == 1
    (row,) = operator.rows()
    assert row["angle"] == pytest.approx(4.5, abs=0.01)
    assert operator.lines()[0].startswith("Power: ")
    with sqlite3.connect(finished.data_path) as data:
        (angle, power) = data.execute("SELECT angle, power FROM rows").fetchone()
    data.close()
    assert (angle, power) == (row["angle"], row["power"])
    assert set(finished.calls) == {"esp300.move_absolute", "newport.read_power", "esp300.get_position"}
    assert finished.calls["esp300.move_absolute"].count == 1


def test_a_mistake_of_ours_ends_the_run_and_its_instruments_are_seen_to(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("could not be carried out")
    run_id = operator.submit('device_set_motor_speed(1, 50) print("here") while true do sleep(1) end')
    operator.wait_for_line("here")
    monkeypatch.setattr(Keeper, "_watch_time", None)
    finished = operator.finished(run_id)
    assert finished.error is not None
    assert (finished.outcome, finished.error.code) == (RunState.CRASHED, "internal_error")
    assert [(each.name, each.outcome) for each in finished.instruments] == [("board", "safe")]


def test_states_come_in_order(operator: Operator) -> None:
    run_id = operator.submit("return 1")
    operator.finished(run_id)
    states = [event.state for event in operator.seen if isinstance(event, RunStateChanged)]
    assert states == [RunState.STARTING, RunState.RUNNING, RunState.STOPPING, RunState.COMPLETED]


@pytest.mark.parametrize(
    ("language", "source"),
    [("lua", 'local x = 1\nerror("bad value")'), ("python", 'x = 1\nraise ValueError("bad value")')],
)
def test_an_error_ends_the_run_as_failed_at_its_line(operator: Operator, language: str, source: str) -> None:
    finished = operator.run(source, language)
    assert finished.outcome is RunState.FAILED
    assert finished.error is not None
    assert finished.error.line == 2
    assert "bad value" in finished.error.message


@pytest.mark.parametrize(("language", "source"), [("lua", "local x = = 1"), ("python", "x = = 1")])
def test_a_syntax_error_ends_the_run_before_anything_of_it_ran(
    operator: Operator, language: str, source: str
) -> None:
    finished = operator.run(f'print("no")\n{source}', language)
    assert finished.error is not None
    assert (finished.error.code, finished.error.line) == ("compilation_error", 2)
    assert operator.lines() == []


def test_a_call_without_its_permission_is_refused_by_name_and_line(operator: Operator) -> None:
    source = 'local m = instruments.get("esp300")\nm:get_position()\nm:move_absolute(1)'
    finished = operator.run(source, grant=[Permission.DEVICE_READ])
    assert finished.error is not None
    assert finished.error.code == "permission_denied"
    assert finished.error.line == 3
    assert "device:control" in finished.error.message


def test_an_argument_out_of_range_is_refused_and_can_be_caught(operator: Operator) -> None:
    source = """
local board = instruments.get("board")
local ok, message = pcall(function() board:set_motor_speed(1, 101) end)
print(tostring(ok), message)
"""
    finished = operator.run(source)
    assert finished.outcome is RunState.COMPLETED
    assert "from -100 to 100" in operator.lines()[0]


def test_cancel_ends_a_loop_that_catches_everything(operator: Operator) -> None:
    source = 'print("here") while true do pcall(function() while true do end end) end'
    run_id = operator.submit(source)
    operator.wait_for_line("here")
    operator.bench.supervisor.cancel(run_id)
    finished = operator.finished(run_id)
    assert finished.outcome is RunState.CANCELLED


def test_rows_before_a_cancel_are_on_disk(operator: Operator) -> None:
    source = 'for i = 1, 100 do record{ i = i } end print("here") while true do end'
    run_id = operator.submit(source)
    operator.wait_for_line("here")
    operator.bench.supervisor.cancel(run_id)
    assert operator.finished(run_id).rows == 100


def test_a_move_that_waits_ends_at_once_when_cancelled(operator: Operator) -> None:
    source = """
local motor = instruments.get("esp300")
motor:get_position()
print("here")
motor:move_absolute(170)
"""
    run_id = operator.submit(source)
    operator.wait_for_line("here")
    operator.bench.supervisor.cancel(run_id)
    finished = operator.finished(run_id)
    assert finished.outcome is RunState.CANCELLED
    assert [stopped.outcome for stopped in finished.instruments] in ([], ["safe"])
    motor = operator.bench.instruments.get("esp300")
    assert motor.invoke("is_moving", [], {}) is False


def test_the_time_limit_ends_a_run(operator: Operator) -> None:
    finished = operator.run("while true do end", limits={"max_execution_time_s": 0.2})
    assert finished.outcome is RunState.TIMEOUT
    assert finished.error is not None
    assert "0.2 s" in finished.error.message
    assert 0.2 <= finished.duration_s < 5


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("local t = {} for i = 1, 1e9 do t[i] = i end", "max_memory_mb"),
        ("for i = 1, 1e9 do record{ i = i } end", "max_record_rows"),
        ("for i = 1, 1e9 do print(i) end", "max_output_lines"),
    ],
)
def test_a_limit_ends_a_run_and_is_named(operator: Operator, source: str, limit: str) -> None:
    limits = {"max_record_rows": 1000, "max_output_lines": 1000, "max_memory_mb": 20}
    finished = operator.run(source, limits=limits)
    assert finished.outcome is RunState.RESOURCE_LIMIT
    assert finished.error is not None
    assert f"{limit} = {limits[limit]}" in finished.error.message
    assert finished.error.line == 1


def test_pause_takes_hold_at_a_checkpoint_and_resume_goes_on(operator: Operator) -> None:
    source = 'print("here") for i = 1, 1000 do sleep(0.005) checkpoint() end print("end")'
    run_id = operator.submit(source)
    operator.wait_for_line("here")
    run = operator.bench.supervisor.get(run_id)
    assert run.request_pause()
    operator.wait_for(RunStateChanged, lambda event: event.state is RunState.PAUSED)
    assert run.resume()
    operator.wait_for(RunStateChanged, lambda event: event.state is RunState.RUNNING)
    operator.bench.supervisor.cancel(run_id)
    assert operator.finished(run_id).outcome is RunState.CANCELLED


def test_a_worker_that_dies_is_a_crash_and_the_next_run_works(operator: Operator) -> None:
    finished = operator.run("import os\nos._exit(3)", "python")
    assert finished.outcome is RunState.CRASHED
    assert finished.error is not None
    assert "exit status 3" in finished.error.message
    assert operator.run("return 7").result == 7


def test_more_runs_than_places_wait_and_all_finish(operator: Operator) -> None:
    expected = {operator.submit(f"return {i} * 2"): i * 2 for i in range(15)}
    results = {run_id: operator.finished_among(run_id).result for run_id in expected}
    assert results == expected


def test_two_runs_that_need_an_instrument_exclusively_follow_each_other(operator: Operator) -> None:
    metadata = 'exclusive = ["supply"]'
    source = 'print("here") sleep(0.05)'
    first = operator.submit(source, metadata=metadata)
    second = operator.submit(source, metadata=metadata)
    operator.finished_among(second)
    states = [
        (event.run_id, event.state)
        for event in operator.seen
        if isinstance(event, RunStateChanged) and event.state in (RunState.STARTING, RunState.COMPLETED)
    ]
    assert states == [
        (first, RunState.STARTING),
        (first, RunState.COMPLETED),
        (second, RunState.STARTING),
        (second, RunState.COMPLETED),
    ]


def test_an_instrument_held_exclusively_refuses_others(operator: Operator) -> None:
    holder = operator.submit('print("here") while true do sleep(1) end', metadata='exclusive = ["supply"]')
    operator.wait_for_line("here")
    finished = operator.run('instruments.get("supply"):measure_voltage()')
    assert finished.error is not None
    assert "used exclusively by run" in finished.error.message
    operator.bench.supervisor.cancel(holder)
    operator.finished_among(holder)


def test_a_run_that_is_cancelled_while_it_waits_for_an_instrument_leaves_it_to_its_holder(
    operator: Operator,
) -> None:
    metadata = 'exclusive = ["supply"]'
    source = """
print("here")
while true do
    instruments.get("supply"):measure_voltage()
    sleep(0.001)
end
"""
    holder = operator.submit(source, metadata=metadata)
    operator.wait_for_line("here")
    for _ in range(3):
        waiting = operator.submit("return 1", metadata=metadata)
        operator.bench.supervisor.cancel(waiting)
        assert operator.finished_among(waiting).outcome is RunState.CANCELLED
    refused = operator.run('instruments.get("supply"):measure_voltage()')
    assert refused.error is not None
    assert f"used exclusively by run {holder}" in refused.error.message
    operator.bench.supervisor.cancel(holder)
    assert operator.finished_among(holder).outcome is RunState.CANCELLED


def test_the_whole_surface_is_there(operator: Operator) -> None:
    source = """
log_info("info") log_warn("warn") log_error("error")
progress(1, 2)
sleep(0.01)
checkpoint()
assert(#instruments.list() == 5)
assert(system_info().python)
device_set_motor_speed(3, -50)
device_set_digital_output(7, true)
local status = device_get_status()
assert(status.connected == true and status.device_type and status.firmware_version)
assert(params.gain == 2.5)
return telemetry_read{"esp300.position"}
"""
    finished = operator.run(source, metadata='[parameters.gain]\ntype = "float"\ndefault = 2.5')
    assert finished.error is None
    assert isinstance(finished.result, dict)
    assert list(finished.result) == ["esp300.position"]
    assert any(isinstance(event, ProgressMade) for event in operator.seen)


def test_a_question_waits_for_its_answer(operator: Operator) -> None:
    run_id = operator.submit('return ask("Is the lid closed?", {"yes", "no"})')
    asked = operator.wait_for(QuestionAsked)
    assert asked.choices == ["yes", "no"]
    operator.bench.questions.answer(run_id, asked.question_id, "yes")
    assert operator.finished(run_id).result == "yes"


@pytest.mark.parametrize("choices", ['{""}', '{"yes", ""}', '{" "}', "{}", "{1}"])
def test_no_choice_looks_like_no_answer(operator: Operator, choices: str) -> None:
    finished = operator.run(f'return ask("Is the lid closed?", {choices})')
    assert finished.error is not None
    assert finished.error.message == "ask: choices must be a list of 1 to 20 texts that are not empty"


def test_concurrent_calls_of_a_python_script_overlap(operator: Operator) -> None:
    source = """
import asyncio, time
motor = instruments.get_async("esp300")
board = instruments.get_async("board")
await motor.move_absolute(0)
began = time.monotonic()
move = asyncio.ensure_future(motor.move_absolute(3))
await asyncio.sleep(0)
for i in range(5):
    await board.get_status()
overlapped = not move.done()
await move
result = overlapped
"""
    finished = operator.run(source, "python")
    assert finished.error is None, finished.error
    assert finished.result is True


def open_descriptors() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_no_descriptor_is_left_of_many_runs(operator: Operator) -> None:
    operator.run("return 1")
    before = open_descriptors()
    for _ in range(10):
        operator.run("return 1")
    assert open_descriptors() <= before + 2


def warnings_of(operator: Operator, run_id: str) -> list[str]:
    events = [event for event in operator.seen if isinstance(event, LogWritten) and event.run_id == run_id]
    return [event.text for event in events if event.level == "warning"]


def test_who_commands_what_another_run_commands_is_told_once(operator: Operator) -> None:
    commands = 'device_set_motor_speed(1, 5) instruments.get("supply"):set_voltage(1) '
    first = operator.submit(f'{commands} print("here") while true do sleep(1) end', name="first.lua")
    operator.wait_for_line("here")
    asks = operator.run('instruments.get("supply"):get_voltage() instruments.get("esp300"):move_absolute(1)')
    second = operator.run(f"{commands} {commands}", limits={"max_output_lines": 1})
    operator.bench.supervisor.cancel(first)
    operator.finished(first)
    alone = operator.run(commands)
    assert [each.error for each in (asks, second, alone)] == [None, None, None]
    warning = (
        f"board is also commanded by run {first} (first.lua); "
        'for one after the other, put exclusive = ["board"] in the metadata of both'
    )
    assert warnings_of(operator, second.run_id) == [warning]
    assert not any(warnings_of(operator, each) for each in (first, asks.run_id, alone.run_id))


def test_a_run_that_is_stopped_while_its_worker_starts_is_over_when_that_is_gone(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers: list[WorkerProcess] = []
    launch = Keeper.launch

    def launch_and_stop(keeper: Keeper, start: Start) -> None:
        launch(keeper, start)
        assert keeper._worker is not None
        workers.append(keeper._worker)
        keeper._run.request_stop(RunState.CANCELLED)

    monkeypatch.setattr(Keeper, "launch", launch_and_stop)
    finished = operator.run("return 1")
    assert finished.outcome is RunState.CANCELLED
    assert workers[0].wait(0) is not None
