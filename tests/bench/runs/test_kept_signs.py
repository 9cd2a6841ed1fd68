"""What a run keeps so that a problem of its script can be told."""

import json
from collections.abc import Iterator

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.library import RunStatistics, ScriptManager
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.run_record import RunRecord, decode_record, encode_record
from benchwright.core.script_problems import ProblemKind
from benchwright.instruments.config import Config
from tests.bench.operating import Operator

LEAKS = {
    "lua": "local kept = {}\nfor i = 1, 40 do kept[i] = string.rep('x', 500000) .. i sleep(0.02) end",
    "python": "kept = []\nfor i in range(40):\n    kept.append(bytearray(500_000))\n    sleep(0.02)",
}
STUBBORN = 'print("on", flush=True)\nsum(range(10**9))'  # holds the interpreter: it cannot leave
SILENT = """
[instruments.supply]
driver = "generic_supply"
link = "sim://supply"
timeout_s = 0.1
faults = { silence = 1.0 }
"""


def record_of(bench: BenchApplication, run_id: str) -> RunRecord:
    return RunStore(bench.folder.path).load(run_id)


@pytest.mark.parametrize("language", ["lua", "python"])
def test_memory_that_grows_all_the_time_is_kept_as_its_course(
    bench: BenchApplication, operator: Operator, language: str
) -> None:
    finished = operator.run(LEAKS[language], language)
    assert finished.outcome == "completed"
    course = record_of(bench, finished.run_id).memory_course
    assert len(course) == 5
    # How evenly is a matter of how busy the machine is; `test_memory_course` looks at that.
    start, _, middle, _, end = course
    assert sorted(course) == list(course)
    assert start + 2_000_000 < middle < end - 2_000_000
    assert end - start > 12_000_000
    assert course[-1] <= finished.peak_memory_bytes + 2_000_000


def test_a_process_that_does_not_leave_is_told_from_one_that_does(
    bench: BenchApplication, operator: Operator
) -> None:
    for source, was_killed in ((STUBBORN, True), ('print("on", flush=True)\nsleep(10)', False)):
        run_id = operator.submit(source, "python")
        operator.wait_for_line("on")
        bench.supervisor.cancel(run_id)
        assert operator.finished(run_id).outcome == "cancelled"
        assert record_of(bench, run_id).was_killed is was_killed


@pytest.fixture
def silent_bench(folder: DataFolder) -> Iterator[BenchApplication]:
    folder.config_file.write_text(SILENT)
    application = BenchApplication(folder, Config.from_file(folder.config_file))
    application.start()
    try:
        yield application
    finally:
        application.close()


def test_a_silent_instrument_is_a_problem_of_the_script_that_uses_it(silent_bench: BenchApplication) -> None:
    source = 'local s = instruments.get("supply")\npcall(s.set_voltage, 1)\npcall(s.get_voltage)\nsleep(10)'
    with Operator(silent_bench) as operator:
        for _ in range(2):
            run_id = operator.submit(source, path="/s.lua", limits={"max_execution_time_s": 1.0})
            assert operator.finished(run_id).outcome == "timeout"
    record = record_of(silent_bench, run_id)
    assert {name: each.timed_out for name, each in record.calls.items()}["supply.get_voltage"] == 1
    statistics = RunStatistics(RunStore(silent_bench.folder.path), ScriptManager(silent_bench.folder.library))
    found = {each.kind: each for each in statistics.by_file()["/s.lua"].problems}
    assert set(found) == {ProblemKind.NOT_SAFE, ProblemKind.TIMEOUTS}
    assert found[ProblemKind.NOT_SAFE].run_id == run_id
    assert "supply (" in found[ProblemKind.NOT_SAFE].text


def test_a_record_of_before_is_read_without_them(bench: BenchApplication, operator: Operator) -> None:
    record = record_of(bench, operator.run("return 1").run_id)
    old = json.loads(encode_record(record))
    del old["memory_course"], old["was_killed"]
    for statistics in old["calls"].values():
        del statistics["timed_out"]
    read = decode_record(json.dumps(old).encode())
    assert (read.memory_course, read.was_killed) == ((), False)
