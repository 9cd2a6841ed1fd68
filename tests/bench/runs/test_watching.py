"""What is seen of a run from outside: the line that it is at, and what it uses."""

from itertools import takewhile

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.operators.client import BenchClient
from benchwright.core.events import LineReached, ResourcesUsed, RunFinished, RunStateChanged
from benchwright.core.operator_messages import CancelRun, SubmitRun, Subscribe
from tests.bench.operating import Operator

MOVE = {
    "lua": 'local motor = instruments.get("esp300")\n\nmotor:move_absolute(20.0)\n',
    "python": 'motor = instruments.get("esp300")\n\nmotor.move_absolute(20.0)\n',
}
AWAIT = """
motor = instruments.get_async("esp300")
await motor.move_absolute(
    20.0)
"""


def types_until(last: type, client: BenchClient) -> list[type]:
    return [type(event) for event in takewhile(lambda event: not isinstance(event, last), client.events())]


def next_line(operator: Operator) -> int:
    return operator.wait_for(LineReached).line


@pytest.mark.parametrize("language", ["lua", "python"])
@pytest.mark.parametrize("call", ["sleep(5)", 'print("here") sleep(5)', "record{a = 1} sleep(5)"])
def test_the_line_is_told_while_a_script_sleeps(operator: Operator, language: str, call: str) -> None:
    if language == "python":
        call = call.replace(" sleep", "; sleep").replace("record{a = 1}", "record(a=1)")
    run_id = operator.submit(f"\n\n{call}", language)
    assert next_line(operator) == 3
    operator.bench.supervisor.cancel(run_id, kill=True)
    operator.finished(run_id)


@pytest.mark.parametrize("language", ["lua", "python"])
def test_the_line_is_told_during_a_long_call(operator: Operator, language: str) -> None:
    run_id = operator.submit(MOVE[language], language)
    operator.wait_for(LineReached, lambda event: event.line == 3)
    operator.bench.supervisor.cancel(run_id, kill=True)
    operator.finished(run_id)


def test_the_line_is_told_during_an_awaited_call(operator: Operator) -> None:
    run_id = operator.submit(AWAIT, "python")
    operator.wait_for(LineReached, lambda event: event.line == 3)
    operator.bench.supervisor.cancel(run_id, kill=True)
    operator.finished(run_id)


def test_python_tells_its_line_also_while_it_computes(operator: Operator) -> None:
    run_id = operator.submit("x = 0\nwhile True:\n    x += 1\n", "python")
    assert next_line(operator) in (2, 3)
    operator.bench.supervisor.cancel(run_id, kill=True)
    operator.finished(run_id)


def test_a_paused_run_stays_at_its_checkpoint(operator: Operator) -> None:
    run_id = operator.submit("sleep(0.1)\ncheckpoint()\nsleep(5)")
    operator.bench.supervisor.get(run_id).request_pause()
    operator.wait_for(LineReached, lambda event: event.line == 2)
    operator.bench.supervisor.cancel(run_id)
    operator.finished(run_id)
    assert 3 not in [event.line for event in operator.seen if isinstance(event, LineReached)]


@pytest.mark.parametrize("language", ["lua", "python"])
def test_a_fast_script_does_not_flood_with_lines(operator: Operator, language: str) -> None:
    source = {
        "lua": "for i = 1, 100000 do\nrecord{a = i}\nrecord{b = i}\nend",
        "python": "for i in range(100000):\n    record(a=i)\n    record(b=i)\n",
    }[language]
    finished = operator.run(source, language)
    told = [event for event in operator.seen if isinstance(event, LineReached)]
    assert len(told) <= finished.duration_s / 0.04 + 2


def test_what_is_used_is_told_by_run(bench: BenchApplication, operator: Operator) -> None:
    run_id = operator.submit(
        'local power = instruments.get("newport")\nfor i = 1, 3 do record{p = power:read_power()} end\n'
        'print("done") while true do end'
    )
    operator.wait_for_line("done")
    bench.usage.measure()
    run_of = bench.supervisor.get(run_id)
    while run_of.usage().cpu_s < 0.1:  # it computes all the time
        run_of.stopped.wait(0.02)
    used = bench.usage.measure()
    bench.supervisor.cancel(run_id, kill=True)
    operator.finished(run_id)
    run = used.runs[run_id]
    assert run.calls["newport.read_power"].count == 3
    assert run.calls["newport.read_power"].failed == 0
    assert run.rows == 3
    assert 0.1 < run.cpu_s < 10
    assert used.cpu_percent > 1
    assert 20e6 < used.memory_bytes < 1e9
    assert bench.usage.measure().runs == {}


def test_it_is_told_only_to_those_who_watch(bench: BenchApplication) -> None:
    with BenchClient.connect(bench.folder) as watcher, BenchClient.connect(bench.folder) as other:
        other.request(Subscribe(telemetry=True))
        assert not bench._server.is_watched
        watcher.request(Subscribe(watches=True))
        assert bench._server.is_watched
        run_id = str(other.request(SubmitRun(name="a", language="lua", source="sleep(2)", grant=[])))
        told = [
            type(event) for event in takewhile(lambda e: not isinstance(e, ResourcesUsed), watcher.events())
        ]
        assert LineReached in told
        other.request(CancelRun(run_id=run_id))
        told = types_until(RunFinished, other)
        assert RunStateChanged in told
        assert not {LineReached, ResourcesUsed} & set(told)
