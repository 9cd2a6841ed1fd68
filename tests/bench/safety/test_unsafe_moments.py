"""The bench's emergency stop when what surrounds it hangs, fails or comes back at the wrong moment."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety import emergency, safety_line, safety_server, safety_socket
from benchwright.bench.safety.estop import reset
from benchwright.bench.safety.safety_server import SafetyLine
from benchwright.core.errors import BenchwrightError, EmergencyStopActive, StorageError
from benchwright.core.events import AnyEvent, EmergencyChanged
from benchwright.core.run_states import RunState
from benchwright.instruments.config import Config
from tests.bench.operating import Operator
from tests.helpers.instrument_hall import Board
from tests.instruments.fake_server import FakeServer

pytestmark = pytest.mark.usefixtures("stopping_is_logged")

CONFIG = """
[bench]
controller = "board"
[instruments.board]
driver = "controller_board"
link = "tcp://127.0.0.1:{port}"
timeout_s = 0.5
"""


@pytest.fixture
def stopping_is_logged(allow_logs: Any) -> None:
    allow_logs("emergency|safety line")


@pytest.fixture
def board() -> Iterator[FakeServer]:
    with FakeServer(Board("board", "obedient").hear) as server:
        yield server


@pytest.fixture
def bench(folder: DataFolder, board: FakeServer) -> Iterator[BenchApplication]:
    application = BenchApplication(folder, Config.from_text(CONFIG.format(port=board.port)))
    application.start()
    try:
        yield application
    finally:
        application.close()


def outcomes(bench: BenchApplication) -> list[str]:
    return [stopped.outcome for stopped in bench.emergency.press("test")]


LUA = "for i = 1, 60 do pcall(device_get_status) end device_emergency_stop({}) print('after')"
PYTHON = """
for i in range(60):
    try: device_get_status()
    except Exception: pass
emergency_stop({})
print('after')
"""


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("lua", LUA.format("")),
        ("lua", LUA.format("'now', {1, 2}")),
        ("lua", LUA.format("print, coroutine.create(print)")),
        ("lua", "local t = {} t[1] = t emergency_stop(t) print('after')"),
        ("lua", "emergency_stop('\\xff') print('after')"),
        ("lua", "local s = ('x'):rep(9000) emergency_stop(s, s, s, s, s, s, s, s, s, s) print('after')"),
        ("lua", "('x'):gsub('x', emergency_stop) print('after')"),
        ("python", PYTHON.format("'now', [object()]")),
        ("python", PYTHON.format("reason=1")),
    ],
)
def test_a_script_without_rights_and_rate_presses_it_with_whatever_arguments(
    operator: Operator, language: str, source: str
) -> None:
    finished = operator.run(source, language, grant=[], preset="strict")
    assert finished.outcome is RunState.EMERGENCY_STOPPED
    assert operator.lines() == []
    assert operator.bench.emergency.active


THREADS = """
import threading
def press():
    sleep(0.1)
    emergency_stop()
threading.Thread(target=press).start()
instruments.get("board").read_voltage()
"""


CROWD = """
import threading
def wait():
    while True: ask("Is the lid closed?")
for _ in range(12): threading.Thread(target=wait, daemon=True).start()
sleep(0.2)
emergency_stop()
print('after')
"""


def test_it_is_pressed_though_as_many_calls_wait_as_may(operator: Operator) -> None:
    finished = operator.run(CROWD, "python")
    assert finished.outcome is RunState.EMERGENCY_STOPPED
    assert operator.lines() == []


def test_a_second_thread_of_a_script_need_not_wait_for_the_first(folder: DataFolder) -> None:
    """The first one waits for an instrument that hangs, and will for long."""
    with FakeServer(lambda command: b"") as deaf:
        config = Config.from_text(CONFIG.format(port=deaf.port).replace("0.5", "15.0"))
        bench = BenchApplication(folder, config)
        bench.start()
        try:
            with Operator(bench) as operator:
                run_id = operator.submit(THREADS, "python")
                deaf.wait_for(b"READ? VOLTAGE", 10)
                deaf.wait_for(b"!", 10)
                assert operator.finished(run_id).outcome is RunState.EMERGENCY_STOPPED
        finally:
            bench.close()


def test_a_listener_that_hangs_does_not_hold_up_the_instruments(
    bench: BenchApplication, board: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emergency, "_NOTING_TIMEOUT_S", 0.05)
    may_go = threading.Event()

    def hang(event: AnyEvent) -> None:
        if isinstance(event, EmergencyChanged) and not event.instruments:
            may_go.wait(10)

    unsubscribe = bench.bus.subscribe(hang)
    try:
        assert outcomes(bench) == ["safe"]
        assert board.received[-2:] == [b"STOP", b"STATE?"]
    finally:
        may_go.set()
        unsubscribe()


def test_a_disk_that_hangs_does_not_hold_up_the_report(
    bench: BenchApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emergency, "_NOTING_TIMEOUT_S", 0.05)
    may_go = threading.Event()
    monkeypatch.setattr(emergency, "write_atomic", lambda path, data: may_go.wait(10))
    try:
        assert outcomes(bench) == ["safe"]
    finally:
        may_go.set()


def test_runs_that_cannot_be_ended_leave_the_rest_to_be_done(
    bench: BenchApplication, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(bench.supervisor, "end_all", fail)
    assert outcomes(bench) == ["safe"]
    assert emergency.is_latched(folder.path)
    monkeypatch.undo()


def test_an_instrument_that_comes_back_while_latched_is_stopped_again(
    bench: BenchApplication, board: FakeServer
) -> None:
    """Its link was lost; nobody knows what it did meanwhile, or whether it was switched on anew."""
    assert outcomes(bench) == ["safe"]
    with Operator(bench) as operator:
        before = len(board.received)
        board.hang_up()
        with pytest.raises(BenchwrightError):
            bench.instruments.get("board").invoke("read_voltage", [], {})
        while bench.instruments.state("board") != "connected":
            try:
                bench.instruments.get("board").invoke("read_voltage", [], {})
            except BenchwrightError:
                pass  # its back-off says: later
        event = operator.wait_for(EmergencyChanged)
    assert event.latched
    assert [(each.name, each.outcome) for each in event.instruments] == [("board", "safe")]
    assert b"STOP" in board.received[before:]


def test_an_instrument_that_comes_back_after_a_reset_is_left_alone(
    bench: BenchApplication, board: FakeServer, folder: DataFolder
) -> None:
    assert outcomes(bench) == ["safe"]
    reset(folder, "test")
    before = len(board.received)
    bench.instruments.disconnect("board")
    bench.instruments.get("board").invoke("read_voltage", [], {})
    assert b"STOP" not in board.received[before:]


def test_a_bench_that_starts_latched_stops_what_it_reaches(
    bench: BenchApplication, board: FakeServer, folder: DataFolder
) -> None:
    bench.emergency.press("test")
    bench.close()
    before = len(board.received)
    second = BenchApplication(folder, bench.config)
    second.start()
    try:
        with Operator(second) as operator:
            assert second.instruments.get("board").invoke("read_voltage", [], {}) == 1.5
            operator.wait_for(EmergencyChanged)
        assert b"STOP" in board.received[before:]
        with pytest.raises(EmergencyStopActive):
            second.instruments.get("board").invoke("set_motor_speed", [1, 50.0], {})
    finally:
        second.close()


def test_a_reset_that_cannot_be_kept_leaves_it_latched(
    bench: BenchApplication, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.emergency.press("test")

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as read_only:
        read_only.setattr(Path, "unlink", refuse)
        with pytest.raises(EmergencyStopActive, match="Read-only file system"):
            reset(folder, "test")
    assert bench.emergency.active
    reset(folder, "test")
    assert not bench.emergency.active


# --- the safety line by itself ----------------------------------------------------------------------------


class Line:
    """A safety line and what came over it."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.heard: list[str] = []
        self.line = SafetyLine(folder, lambda: self.heard.append("latch"), self._stop, self._reset)

    def _stop(self, source: str) -> list[dict[str, Any]]:
        self.heard.append(source)
        return [{"name": "motor", "outcome": "safe", "duration_s": 0.0, "message": ""}]

    def _reset(self, source: str) -> None:
        raise StorageError("not now")


@pytest.fixture
def line(folder: DataFolder) -> Iterator[Line]:
    line = Line(folder)
    yield line
    line.line.close()


def test_without_a_free_descriptor_the_line_lives_on(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    listen = safety_socket.listen

    class Exhausted:
        """A listening socket whose process has no descriptor left, twice."""

        def __init__(self, listening: socket.socket) -> None:
            self._listening = listening
            self._failures = 2
            self.shutdown, self.close = listening.shutdown, listening.close

        def accept(self) -> Any:
            if self._failures:
                self._failures -= 1
                raise OSError(24, "Too many open files")
            return self._listening.accept()

    monkeypatch.setattr(safety_socket, "listen", lambda folder: Exhausted(listen(folder)))
    line.line.start()
    assert safety_line.press(line.folder, "test").instruments[0]["outcome"] == "safe"


def test_without_a_free_thread_the_line_serves_all_the_same(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "safety command":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    line.line.start()
    for _ in range(2):
        assert safety_line.press(line.folder, "test").instruments[0]["outcome"] == "safe"
    assert line.heard == ["latch", "test"] * 2


def test_a_reset_that_is_refused_says_why(line: Line) -> None:
    line.line.start()
    with pytest.raises(safety_line.ResetRefused, match="not now"):
        safety_line.reset(line.folder, "test")


@pytest.mark.parametrize("command", [b"[]", b"null", b'"stop"', b"\xff", b"[" * 3000, b'{"":' * 900])
def test_what_is_no_command_breaks_nothing(line: Line, command: bytes) -> None:
    line.line.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.connect(line.folder.safety_address())
        nonce = stranger.makefile("rb").readline().decode().strip()
        try:
            proof = safety_line.signature(line.folder.auth_key(), nonce, command.decode())
        except UnicodeDecodeError:
            proof = "0"
        stranger.sendall(proof.encode() + b" " + command + b"\n")
        stranger.settimeout(5)
        assert stranger.recv(100) == b""
    assert line.heard == []
    assert safety_line.press(line.folder, "test").instruments


@pytest.mark.parametrize(
    "source", ["[" * 900 + "]" * 900, '"\\ud800"', "1e999", '"' + "x" * 3000 + '"', "null"]
)
def test_a_stop_is_one_whoever_says_to_have_pressed(line: Line, source: str) -> None:
    line.line.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger, stranger.makefile("rb") as replies:
        stranger.settimeout(5)
        stranger.connect(line.folder.safety_address())
        text = f'{{"command": "stop", "source": {source}}}'
        proof = safety_line.signature(line.folder.auth_key(), replies.readline().decode().strip(), text)
        stranger.sendall(f"{proof} {text}\n".encode())
        assert len([replies.readline(), replies.readline()]) == 2
    assert line.heard[0] == "latch"
    assert line.heard[1].isprintable()
    assert len(line.heard[1]) <= 200


def test_a_stranger_who_says_nothing_holds_up_nobody(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety_server, "_COMMAND_TIMEOUT_S", 1.0)  # also for who presses
    line.line.start()
    strangers = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(50)]
    try:
        for stranger in strangers:
            stranger.connect(line.folder.safety_address())
        assert safety_line.press(line.folder, "test").instruments[0]["outcome"] == "safe"
        assert all(len(stranger.recv(100)) for stranger in strangers)  # a nonce each, and no more
        assert not any(stranger.recv(100) for stranger in strangers)  # it hung up
    finally:
        for stranger in strangers:
            stranger.close()
        for thread in threading.enumerate():
            if thread.name == "safety command":  # it still has to complain in the log
                thread.join(5)
