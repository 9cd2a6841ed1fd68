"""Limits end a run with name, value and line; what stays below passes; a crash ends one run alone."""

from pathlib import Path

import pytest

from tests.end_to_end.attacking import Attack, try_all
from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench, served_bench

STRICT = ("--preset", "strict")
SHORT = ("--timeout", "0.4")
OVER_MEMORY = "max_memory_mb = 50"

MEMORY = [
    Attack("at_once.py", "x = bytearray(10 * 2**30)", "resource_limit", OVER_MEMORY),
    Attack("bit_by_bit.py", "l = []\nwhile True: l.append(bytearray(2**20))", "resource_limit", OVER_MEMORY),
    Attack(
        "past_memory_errors.py",
        "l = []\nwhile True:\n    try: l.append(bytearray(10 * 2**20))\n    except MemoryError: pass",
        "resource_limit",
        OVER_MEMORY,
    ),
    Attack(
        "past_the_allocator.py",
        "import mmap\nl = []\nwhile True:\n    l.append(mmap.mmap(-1, 2**24))\n    l[-1].write(b'x' * 2**24)",
        "resource_limit",
        OVER_MEMORY,
    ),
    Attack("for_a_moment.py", "x = b'x' * (60 * 2**20)\ndel x", "resource_limit", OVER_MEMORY),
    Attack(
        "in_numpy.py", "import numpy\nx = numpy.ones(60 * 2**17)\nsleep(1)", "resource_limit", OVER_MEMORY
    ),
    Attack("numpy_fits.py", "import numpy\nx = numpy.ones(20 * 2**17)\nsleep(0.2)", "completed"),
    Attack(
        "in_a_mapped_file.py",
        "import mmap\nfile = open('a', 'wb+')\nfile.truncate(2**28)\n"
        "m = mmap.mmap(file.fileno(), 2**28)\nfor i in range(0, 2**28, 4096): m[i] = 1",
        "resource_limit",
        OVER_MEMORY,
    ),
    Attack("power.py", "x = 1 << (10**11)", "resource_limit", OVER_MEMORY),
    Attack("below.py", "x = bytearray(30 * 2**20)\nsleep(0.2)", "completed"),
    Attack("repetition.lua", "return #string.rep('x', 1e10)", "resource_limit", OVER_MEMORY),
    Attack("doubling.lua", "local s = 'x' while true do s = s .. s end", "resource_limit", OVER_MEMORY),
    Attack(
        "in_pcall.lua",
        "local t = {} while true do pcall(function() t[#t + 1] = string.rep('x', 1e6) .. #t end) end",
        "resource_limit",
        OVER_MEMORY,
    ),
    Attack(
        "coroutines.lua",
        "local t = {} while true do t[#t + 1] = coroutine.create(print) coroutine.resume(t[#t]) end",
        "resource_limit",
    ),
    Attack("below.lua", "local s = string.rep('x', 20e6) return #s", "completed"),
]
TEXT, LIST = "max_string_length = 10000", "max_array_size = 1000"
LOCALS = "def f():\n" + "".join(f"  v{i} = 1\n" for i in range(1001))
SWALLOWED = "while True:\n    try: record(a='x' * 10001)\n    except BaseException: pass"
COUNTS = [
    Attack("lines_fit.lua", "for i = 1, 10000 do print(i) end", "completed", "", STRICT),
    Attack("lines_fit.py", "for i in range(10000): print(i)", "completed", "", STRICT),
    Attack(
        "lines.lua", "for i = 1, 10001 do print(i) end", "resource_limit", "max_output_lines = 10000", STRICT
    ),
    Attack(
        "lines.py", "for i in range(10001): print(i)", "resource_limit", "max_output_lines = 10000", STRICT
    ),
    Attack(
        "past_print.py",
        "import os\nos.write(1, b'x\\n' * 30000)\nsleep(1)",
        "resource_limit",
        "lines",
        STRICT,
    ),
    Attack("steps.lua", "while true do end", "resource_limit", "max_instructions = 1000000", STRICT),
    Attack("text.lua", "return #string.rep('x', 10001)", "resource_limit", "max_string_length", STRICT),
    Attack("text_fits.lua", "return #string.rep('x', 10000)", "completed", "", STRICT),
    Attack("texts.lua", "local s = 'x' while #s <= 10000 do s = s .. s end", "resource_limit", TEXT, STRICT),
    Attack("list.lua", "local t = {} for i = 1, 1001 do t[i] = i end", "resource_limit", LIST, STRICT),
    Attack("list_fits.lua", "local t = {} for i = 1, 1000 do t[i] = i end", "completed", "", STRICT),
    Attack(
        "variables.lua",
        " ".join(f"v{i} = 1" for i in range(1001)),
        "resource_limit",
        "max_variables = 1000",
        STRICT,
    ),
    Attack(
        "globals.lua", "for i = 1, 1001 do _G['v' .. i] = 1 end", "resource_limit", "max_variables", STRICT
    ),
    Attack("print.py", "print('x' * 10001)", "resource_limit", TEXT, STRICT),
    Attack("print_fits.py", "print('x' * 10000)", "completed", "", STRICT),
    Attack("log.py", "log_info('x' * 10001)", "resource_limit", TEXT, STRICT),
    Attack("argument.py", "ask('x' * 10001, ['a'])", "resource_limit", TEXT, STRICT),
    Attack("swallowed.py", SWALLOWED, "resource_limit", TEXT, STRICT),
    Attack("result.py", "result = {'a': list(range(1001))}", "resource_limit", LIST, STRICT),
    Attack("result_fits.py", "result = {'a': list(range(1000))}", "completed", "", STRICT),
    Attack(
        "variables.py", "\n".join(f"v{i} = 1" for i in range(1001)), "resource_limit", "max_variables", STRICT
    ),
    Attack("variables_fit.py", "\n".join(f"v{i} = 1" for i in range(1000)), "completed", "", STRICT),
    Attack("local.py", LOCALS, "resource_limit", "", STRICT),
]
ENDINGS = [
    Attack("leaves.py", "import os\nrecord(a=1)\nos._exit(0)", "crashed", "exit status 0"),
    Attack("aborts.py", "import os\nos.abort()", "crashed", "signal 6"),
    Attack("reads_nothing.py", "import ctypes\nctypes.string_at(0)", "crashed", "signal 11"),
    Attack("exit.py", "raise SystemExit(3)", "failed", "exit status 3"),
    Attack(
        "exit_in_thread.py", "import threading, sys\nthreading.Thread(target=sys.exit).start()", "completed"
    ),
    Attack(
        "thread_that_stays.py",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()",
        "timeout",
        "",
        SHORT,
    ),
    Attack(
        "endless_text.py",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "timeout",
        "",
        SHORT,
    ),
    Attack("huge_error.py", "raise ValueError('x' * 10**7)", "failed", "bytes cut"),
    Attack("huge_error.lua", "error(string.rep('x', 1e7))", "failed", "xxx"),
    Attack(
        "table_as_error.lua",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        "failed",
        "is a table",
    ),
    Attack("odd_channel.py", "telemetry_read([[1]])", "failed", "a channel is a text"),
    Attack("odd_column.py", "record({'\\ud800': 1})", "failed", "half a character"),
    Attack(
        "forks.py",
        "import os\nfor _ in range(99):\n    try: os.fork()\n    except OSError as e: pass\nraise e",
        "failed",
        "NameError",
    ),
    Attack(
        "own_session.py",
        "import benchwright.worker.session as s\ns.Session.finish = print",
        "crashed",
        "status 0",
    ),
    Attack(
        "no_modules.py",
        "import sys\nsys.modules.clear()\nresult = 1",
        "failed",
        "broke what Python needs to end it: KeyError",
    ),
    Attack("no_streams.py", "import sys\nsys.__stdout__.close(); sys.__stderr__.close()", "completed"),
    Attack(
        "odd_result.py", "class R(int):\n    def __int__(self): raise SystemExit\nresult = R()", "completed"
    ),
    Attack("no_exit.py", "import os\nos._exit = print", "completed"),
    Attack("progress_flood.lua", "for i = 1, 1e5 do progress(i, 1e5) end", "completed"),
]


@pytest.mark.parametrize("attacks", [MEMORY, COUNTS, ENDINGS], ids=["memory", "counts", "endings"])
def test_each_ends_as_it_should(bench: ServedBench, tmp_path: Path, attacks: list[Attack]) -> None:
    try_all(bench, tmp_path, attacks)
    again = bench.run("instrument", "call", "newport", "read_power")
    assert again.code == 0


# Of each script the limit that its metadata asks for, its text, and the line at which the limit ends it.
LINES = {
    "print.lua": ("max_output_lines = 9", "local n = 0\nwhile true do\n  print(n)\nend", 3),
    "print.py": ("max_output_lines = 9", "n = 0\nwhile True:\n    print(n)", 3),
    "rows.lua": ("max_record_rows = 9", "local n = 0\nwhile true do\n  record{ n = n }\nend", 3),
    "rows.py": ("max_record_rows = 9", "n = 0\nwhile True:\n    record(n=n)", 3),
    "time.lua": ("max_execution_time_s = 0.3", "\n\nwhile true do print(1) sleep(0.01) end", 3),
    "time.py": ("max_execution_time_s = 0.3", "\n\nwhile True: pass", 3),
    "memory.lua": ("max_memory_mb = 5", "local t = {}\nwhile true do\n  t[#t + 1] = {}\nend", 3),
    "memory.py": ("max_memory_mb = 5", "t = []\nwhile True:\n    t.append(bytearray(5000)); sleep(0)", 3),
    "steps.lua": ("max_instructions = 5000", "\n\nwhile true do end", 3),
    "text.lua": ("max_string_length = 9", "\n\nlocal s = ('123'):rep(4)", 3),
    "text.py": ("max_string_length = 9", "\n\nprint('123' * 4)", 3),
    "list.lua": ("max_array_size = 9", "\n\nlocal t = {} for i = 1, 10 do t[i] = i end", 3),
    "list.py": ("max_array_size = 9", "\n\nasked = telemetry_read(['esp300.position'] * 10)", 3),
    "variables.lua": ("max_variables = 2", "a = 1\nb = 1\nc = 1", 3),
    "variables.py": ("max_variables = 2", "a = 1\nb = 1\nc = 1", 3),
}


@pytest.mark.parametrize("name", LINES)
def test_each_limit_says_its_name_its_value_and_the_line(
    bench: ServedBench, write: WriteScript, name: str
) -> None:
    limit, source, line = LINES[name]
    done = bench.run("script", "run", write(name, source, f"[limits]\n{limit}"), "--grant", "all", "--json")
    error = done.last["error"]
    is_time = limit.startswith("max_execution")
    assert (done.last["outcome"], done.code) == (("timeout", 3) if is_time else ("resource_limit", 4))
    assert ("within 0.3 s" if is_time else limit) in error["message"]
    assert error["line"] == line


def test_metadata_raises_no_limit(tmp_path: Path, write: WriteScript) -> None:
    config = write("bench.toml", "[limits]\nmax_execution_time_s = 0.4\nmax_memory_mb = 20")
    more = "[limits]\nmax_execution_time_s = 3600\nmax_memory_mb = 500"
    with served_bench(tmp_path / "data", "--config", config) as bench:
        time = bench.run("script", "run", write("time.py", "while True: pass", more), "--json")
        memory = bench.run("script", "run", write("memory.py", "x = b'x' * (25 * 2**20)", more), "--json")
        longer = bench.run("script", "run", write("longer.py", "sleep(0.5)"), "--timeout", "9", "--json")
    assert "within 0.4 s" in time.last["error"]["message"]
    assert "max_memory_mb = 20" in memory.last["error"]["message"]
    assert (time.code, memory.code, longer.code) == (3, 4, 0)


@pytest.mark.parametrize("name", ["rate.lua", "rate.py"])
def test_too_many_operations_are_an_error_that_says_when_to_try_again(
    bench: ServedBench, write: WriteScript, name: str
) -> None:
    lua = """local refused, why = 0, ''
for i = 1, 60 do
  local ok, problem = pcall(device_set_motor_speed, 1, 0)
  if not ok then refused, why = refused + 1, problem end
end
local seconds = tonumber(why:match('try again in ([%d.]+) s'))
sleep(seconds)
device_set_motor_speed(1, 0)
return refused > 0 and refused <= 10"""
    python = """import re
refused, why = 0, ''
for i in range(60):
    try: device_set_motor_speed(1, 0)
    except Exception as problem: refused, why = refused + 1, str(problem)
sleep(float(re.search(r'try again in ([\\d.]+) s', why)[1]))
device_set_motor_speed(1, 0)
result = 0 < refused <= 10"""
    script = write(name, lua if name.endswith("lua") else python)
    done = bench.run("script", "run", script, "--json", *STRICT)
    assert (done.code, done.last["result"]) == (0, True), done.last


@pytest.mark.parametrize("name", ["print.lua", "print.py"])
def test_the_line_of_a_limit_is_that_of_the_script(bench: ServedBench, write: WriteScript, name: str) -> None:
    lua = "local n = 0\nwhile true do\n  n = n + 1\n  print(n)\nend"
    script = write(name, lua if name.endswith("lua") else "n = 0\nwhile True:\n    n = n + 1\n    print(n)")
    done = bench.run("script", "run", script, "--json", *STRICT)
    assert (done.code, done.last["error"]["line"]) == (4, 4)
    assert len(done.of_kind("output")) == 10_000


def test_a_flood_of_rows_is_whole_on_disk(bench: ServedBench, write: WriteScript) -> None:
    script = write("rows.lua", "for i = 1, 50000 do record{ i = i } end")
    done = bench.run("script", "run", script, "--json")
    assert (done.code, done.last["rows"]) == (0, 50_000)
    assert [row["i"] for row in done.fields("row", "values")] == list(range(1, 50_001))
