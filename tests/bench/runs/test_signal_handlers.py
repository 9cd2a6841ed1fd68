"""Signal handlers and threads of a Python script: what they call is heard while the script waits."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.core.run_states import RunState
from benchwright.instruments.config import Config
from tests.bench.operating import Operator

SILENT = """
[bench]
controller = "board"
[instruments.board]
driver = "controller_board"
link = "sim://"
[instruments.silent]
driver = "generic_scpi"
link = "tcp://127.0.0.1:{port}"
timeout_s = 3600
[instruments.silent.options]
safe_state = []
identify = ""
checks_errors = false
[[instruments.silent.options.commands]]
name = "ask"
kind = "query"
command = "VOLT?"
"""
WAITS = "instruments.get('silent').ask()"
HANDLERS = {
    "of a timer": "signal.signal(signal.SIGALRM, lambda *_: emergency_stop())\nsignal.setitimer(0, 0.3)\n",
    "that Benchwright did not see": "import ctypes\n"
    "@ctypes.CFUNCTYPE(None, ctypes.c_int)\ndef handler(_): emergency_stop()\n"
    "ctypes.CDLL(None).signal(14, handler)\nsignal.setitimer(0, 0.3)\n",
    "that starts a thread": "signal.signal(signal.SIGALRM, lambda *_: "
    "threading.Thread(target=emergency_stop).start())\nsignal.setitimer(0, 0.3)\n",
    "none, but a thread": "threading.Timer(0.3, emergency_stop).start()\n",
    "none, but a bare thread": "_thread.start_new_thread(lambda: (time.sleep(0.3), emergency_stop()), ())\n",
}
IMPORTS = "import signal, threading, _thread, time\n"


@pytest.fixture
def operator(folder: DataFolder, tmp_path: Path) -> Iterator[Operator]:
    """Somebody at a bench with a board and an instrument that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as never_accepts:
        path = tmp_path / "bench.toml"
        path.write_text(SILENT.format(port=never_accepts.getsockname()[1]), encoding="utf-8")
        bench = BenchApplication(folder, Config.from_file(path))
        bench.start()
        try:
            with Operator(bench) as operator:
                yield operator
        finally:
            bench.close()


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_emergency_stop_is_heard_while_the_script_waits_for_an_instrument(
    operator: Operator, allow_logs: Callable[[str], None], handler: str
) -> None:
    allow_logs("emergency stop")
    finished = operator.run(f"{IMPORTS}{HANDLERS[handler]}{WAITS}", "python")
    assert finished.outcome is RunState.EMERGENCY_STOPPED


def test_an_emergency_stop_is_heard_amid_calls_rows_and_lines(
    operator: Operator, allow_logs: Callable[[str], None]
) -> None:
    allow_logs("emergency stop")
    hammers = "while True: device_get_status(); record(a=1); print('x'); log_info('x')"
    handler = "signal.signal(signal.SIGALRM, lambda *_: emergency_stop())\n"
    for number in range(8):
        timer = f"signal.setitimer(signal.ITIMER_REAL, {0.2 + 0.0037 * number})\n"
        finished = operator.run(f"{IMPORTS}{handler}{timer}{hammers}", "python")
        assert finished.outcome is RunState.EMERGENCY_STOPPED, number
        operator.bench.emergency.reset("test")


def test_a_handler_may_use_the_bench_while_the_script_waits_and_end_its_wait(operator: Operator) -> None:
    source = f"""
class Late(Exception): pass
def handler(*_):
    print("late")
    record(connected=device_get_status()["connected"])
    raise Late
before = signal.signal(signal.SIGALRM, handler)
assert (before, signal.getsignal(signal.SIGALRM)) == (signal.SIG_DFL, handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try: {WAITS}
except Late: pass
assert signal.signal(signal.SIGALRM, signal.SIG_IGN) is handler
record(connected=device_get_status()["connected"])
"""
    finished = operator.run(IMPORTS + source, "python", limits={"max_execution_time_s": 8})
    assert finished.error is None
    assert operator.lines() == ["late"]
    assert operator.rows() == [{"connected": True}] * 2


def test_no_signal_tears_what_a_script_tells(operator: Operator) -> None:
    source = """
count = 0
def handler(*_):
    global count
    count += 1
    record(b=count)
    print(count)
    device_get_status()
    raise InterruptedError
signal.signal(signal.SIGALRM, handler)
end, rows = time.monotonic() + 1.5, 0
while time.monotonic() < end:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001 + rows % 7 * 0.0007)
        while True:
            rows += 1
            record(a=rows)
            device_get_status()
    except InterruptedError: pass
result = count
"""
    finished = operator.run(IMPORTS + source, "python", limits={"max_execution_time_s": 15})
    assert finished.error is None
    assert isinstance(finished.result, int)
    assert finished.result > 20
    expected = [*range(1, finished.result + 1)]
    assert operator.lines() == [str(number) for number in expected]
    assert [row["b"] for row in operator.rows() if row.get("b") is not None] == expected
