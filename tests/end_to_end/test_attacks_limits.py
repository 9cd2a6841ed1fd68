"""Limits end a run with name, value and line; what stays below passes; a crash ends one run alone."""

from pathlib import Path

import pytest

from tests.end_to_end.attacking import Attack, try_all
from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench

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
    Attack("no_exit.py", "import os\nos._exit = print", "completed"),
    Attack("progress_flood.lua", "for i = 1, 1e5 do progress(i, 1e5) end", "completed"),
]


@pytest.mark.parametrize("attacks", [MEMORY, COUNTS, ENDINGS], ids=["memory", "counts", "endings"])
def test_each_ends_as_it_should(bench: ServedBench, tmp_path: Path, attacks: list[Attack]) -> None:
    try_all(bench, tmp_path, attacks)
    again = bench.run("instrument", "call", "newport", "read_power")
    assert again.code == 0


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
