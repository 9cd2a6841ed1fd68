"""Telemetry in the background: what is polled, what is left alone, and what is kept."""

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from benchwright.core.errors import InstrumentError, LinkError, UnknownNameError
from benchwright.core.events import TelemetryRead
from benchwright.instruments.telemetry import TelemetryPoller
from tests.instruments.fake_instrument import FakeMotor, make_motor, motor_answers
from tests.instruments.fake_server import Answer, FakeServer

INTERVAL_S = 0.02


class Setup:
    def __init__(self, undo: ExitStack) -> None:
        self.undo = undo
        self.readings: queue.SimpleQueue[TelemetryRead] = queue.SimpleQueue()

    def motor(
        self, answer: Answer = motor_answers, name: str = "motor", timeout_s: float = 2.0
    ) -> tuple[FakeMotor, FakeServer]:
        server = self.undo.enter_context(FakeServer(answer))
        motor = make_motor(server, name, timeout_s=timeout_s)
        self.undo.callback(motor.port.close)
        return motor, server

    def poll(self, *motors: FakeMotor) -> TelemetryPoller:
        poller = TelemetryPoller(motors, INTERVAL_S, self.readings.put)
        self.undo.callback(poller.close)
        poller.start()
        return poller

    def reading(self) -> TelemetryRead:
        return self.readings.get(timeout=5)


@pytest.fixture
def setup() -> Iterator[Setup]:
    with ExitStack() as undo:
        yield Setup(undo)


def test_channels_of_connected_instruments_are_read(setup: Setup) -> None:
    motor, _ = setup.motor()
    motor.port.open()
    poller = setup.poll(motor)
    for _ in range(2):
        reading = setup.reading()
        assert reading.values == {"motor.position": 45.0}
        assert reading.units == {"motor.position": "deg"}
    assert poller.channels() == {"motor.position": "deg"}
    latest = poller.latest("motor.position")
    assert latest is not None
    assert (latest.channel, latest.value, latest.unit) == ("motor.position", 45.0, "deg")


def test_a_closed_link_stays_closed(setup: Setup) -> None:
    motor, server = setup.motor()
    other, _ = setup.motor(name="other")
    other.port.open()
    poller = setup.poll(motor, other)
    for _ in range(3):
        assert list(setup.reading().values) == ["other.position"]
    assert motor.port.state == "closed"
    assert server.connections == 0
    assert poller.latest("motor.position") is None


def test_a_dead_instrument_does_not_delay_the_others(setup: Setup) -> None:
    dead, server = setup.motor(lambda command: b"", name="dead", timeout_s=5.0)
    dead.port.open()
    alive, _ = setup.motor(name="alive")
    alive.port.open()
    setup.poll(dead, alive)
    server.wait_for(b"POS?")
    for _ in range(3):
        assert list(setup.reading().values) == ["alive.position"]


def test_a_port_in_use_is_passed_over(setup: Setup) -> None:
    motor, server = setup.motor()
    motor.port.open()
    other, _ = setup.motor(name="other")
    other.port.open()
    with motor.port.transaction():
        setup.poll(motor, other)
        for _ in range(5):
            assert list(setup.reading().values) == ["other.position"]
        assert server.received == []
    while setup.reading().values.keys() != {"motor.position"}:
        pass


def test_an_instrument_that_answers_nonsense_gives_no_value(setup: Setup) -> None:
    motor, server = setup.motor(lambda command: b"sync\n" if command == b"SYNC?" else b"~~\n")
    motor.port.open()
    other, _ = setup.motor(name="other")
    other.port.open()
    poller = setup.poll(motor, other)
    values = [setup.reading().values for _ in range(8)]
    assert values.count({"motor.position": None}) == 1  # that there is nothing is said once
    assert server.received.count(b"POS?") > 1
    with pytest.raises(InstrumentError, match="answered '~~' to POS"):
        poller.read("motor.position")


def test_a_lost_link_is_told_once_and_tried_again(setup: Setup) -> None:
    motor, server = setup.motor()
    motor.port.open()
    setup.poll(motor)
    assert setup.reading().values == {"motor.position": 45.0}
    server.hang_up()
    values: list[float | None] = []
    while len(values) < 2 or values[-1] is None:
        values.append(setup.reading().values["motor.position"])
    assert values.count(None) == 1
    assert server.connections == 2


def test_a_stale_value_is_read_anew(setup: Setup) -> None:
    positions = iter([b"1\n", b"2\n", b"3\n"])
    motor, server = setup.motor(lambda command: next(positions))
    poller = TelemetryPoller([motor], 60.0, setup.readings.put)
    assert poller.read("motor.position") == 1.0  # never read: the caller opens the link and asks
    assert poller.read("motor.position") == 1.0  # fresh
    impatient = TelemetryPoller([motor], 0.0, setup.readings.put)
    assert [impatient.read("motor.position"), impatient.read("motor.position")] == [2.0, 3.0]
    assert server.connections == 1


def test_who_asks_for_a_channel_is_told_what_is_wrong(setup: Setup) -> None:
    motor, server = setup.motor()
    poller = TelemetryPoller([motor], 60.0, setup.readings.put)
    server.close()
    with pytest.raises(LinkError, match="nothing listens"):
        poller.read("motor.position")
    with pytest.raises(
        UnknownNameError, match=r"no telemetry channel 'motor\.positon'; did you mean motor\.position"
    ):
        poller.read("motor.positon")


def test_closing_gives_up_what_is_under_way(setup: Setup) -> None:
    motor, server = setup.motor(lambda command: b"", timeout_s=30.0)
    motor.port.open()
    poller = setup.poll(motor)
    server.wait_for(b"POS?")
    closer = threading.Thread(target=poller.close)
    closer.start()
    closer.join(2)
    assert not closer.is_alive()


def test_closing_what_was_never_started(setup: Setup) -> None:
    motor, _ = setup.motor()
    TelemetryPoller([motor], 1.0, setup.readings.put).close()
