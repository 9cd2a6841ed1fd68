"""The instruments of a bench: built together, opened by need, lost, found again and closed."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from benchwright.core.errors import EmergencyStopActive, LinkError, UnknownNameError
from benchwright.instruments.config import Config
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import Port, SafetyLatch
from tests.instruments.fake_instrument import make_motor, motor_answers
from tests.instruments.fake_server import FakeServer

METER = """
[instruments.{name}]
driver = "generic_scpi"
link = "tcp://127.0.0.1:{port}"
min_interval_s = {min_interval_s}
[instruments.{name}.options]
commands = []
safe_state = ["OUTP OFF"]
"""


def config(server: FakeServer, *names: str, min_interval_s: float = 0.0) -> Config:
    text = "".join(METER.format(name=n, port=server.port, min_interval_s=min_interval_s) for n in names)
    return Config.from_text(text)


def identity(command: bytes) -> bytes:
    return b"ACME,METER,1,1.0\n"


def test_a_set_is_built_closed_and_opened_by_need() -> None:
    states: list[tuple[str, str, str]] = []
    with FakeServer(identity) as server:
        instruments = InstrumentSet(
            config(server, "a", "b"),
            on_state=lambda name, state, message: states.append((name, state, message)),
        )
        assert instruments.names == ["a", "b"]
        assert [each.name for each in instruments] == ["a", "b"]
        assert list(instruments.descriptors()) == ["a", "b"]
        assert instruments.descriptors()["a"].driver == "generic_scpi"
        assert instruments.state("a") == "closed"
        assert server.connections == 0
        assert instruments.get("a").invoke("identify", [], {}) == "ACME,METER,1,1.0"
        assert (instruments.state("a"), instruments.state("b")) == ("connected", "closed")
        instruments.connect("b")
        instruments.disconnect("a")
        instruments.close()
    assert states == [
        ("a", "connecting", ""),
        ("a", "connected", ""),
        ("b", "connecting", ""),
        ("b", "connected", ""),
        ("a", "closed", ""),
        ("b", "closed", ""),
    ]


def test_an_unknown_instrument() -> None:
    with FakeServer(identity) as server:
        instruments = InstrumentSet(config(server, "meter"))
        for use in (instruments.get, instruments.state, instruments.connect, instruments.disconnect):
            with pytest.raises(UnknownNameError, match="^no instrument 'metre'; did you mean meter"):
                use("metre")


def test_the_latch_holds_for_all() -> None:
    latch = SafetyLatch()
    with FakeServer(identity) as server:
        instruments = InstrumentSet(config(server, "meter"), latch)
        latch.active = True
        with pytest.raises(EmergencyStopActive):
            instruments.get("meter").port.command("VOLT 3")
        instruments.close()
        assert server.received == []


def test_a_slow_instrument_is_given_its_time() -> None:
    with FakeServer(identity) as server:
        instruments = InstrumentSet(config(server, "meter", min_interval_s=0.05))
        port = instruments.get("meter").port
        started_s = time.monotonic()
        for _ in range(3):
            port.command("VOLT 3")
        assert time.monotonic() - started_s >= 0.1
        instruments.close()


def test_a_port_in_use_is_left_open_and_told(expect_log: Callable[[str], None]) -> None:
    with FakeServer(identity) as server:
        instruments = InstrumentSet(config(server, "meter"))
        meter = instruments.get("meter")
        meter.invoke("identify", [], {})
        expect_log("not closed: meter: the link tcp://127.0.0.1:[0-9]+ is still in use")
        held, release = threading.Event(), threading.Event()

        def hold() -> None:
            with meter.port.transaction():
                held.set()
                release.wait(5)

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(5)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("benchwright.instruments.manager.CLOSE_TIMEOUT_S", 0.05)
            instruments.close()
        release.set()
        thread.join()
        instruments.close()


# --- back-off ---


def test_a_lost_link_is_tried_again_not_more_often_than_the_back_off_allows() -> None:
    now_s = 100.0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    motor = make_motor(number)
    motor.port._clock = lambda: now_s
    attempts = 0
    original = motor.port.link.open

    def count() -> None:
        nonlocal attempts
        attempts += 1
        original()

    motor.port.link.open = count  # type: ignore[method-assign]
    for delay_s in Port.BACKOFF_S:
        before = attempts
        with pytest.raises(LinkError, match="nothing listens"):
            motor.get_position()
        assert attempts == before + 1
        if delay_s:
            now_s += delay_s * 0.99
            with pytest.raises(LinkError, match="is lost; it is tried again soon"):
                motor.get_position()
            assert attempts == before + 1
        now_s += delay_s * 0.02
    assert motor.port.state == "lost"


def test_a_link_that_comes_back_is_used_again() -> None:
    now_s = 100.0
    with FakeServer(motor_answers) as server:
        motor = make_motor(server)
        motor.port._clock = lambda: now_s
        assert motor.get_position() == 45.0
        server.hang_up()
        with pytest.raises(LinkError):
            motor.get_position()
        assert motor.port.state == "lost"
        assert motor.get_position() == 45.0  # the first attempt is free
        assert server.connections == 2
        motor.port.close()
