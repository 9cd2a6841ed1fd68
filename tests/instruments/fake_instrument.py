"""A driver for tests: it moves to positions, and stops when it is told."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from benchwright.core.errors import InstrumentError
from benchwright.core.values import Value
from benchwright.instruments.descriptor import Quantity, command, query
from benchwright.instruments.instrument import Instrument, SoftLimits
from benchwright.instruments.links.tcp import TcpLink
from benchwright.instruments.port import Port, SafetyLatch
from tests.instruments.fake_server import FakeServer


class FakeMotor(Instrument):
    """A motor that answers each line: `POS?`, `STATE?`, `MOVE x` (ok), `STOP` (ok)."""

    STOP_BYTES = b"!\n"
    SYNC: ClassVar[tuple[str, str] | None] = ("SYNC?", "sync")

    @query(unit="deg", telemetry="position")
    def get_position(self) -> float:
        """Return the position."""
        return self.parse_float(self.port.query("POS?"), "POS?")

    @query()
    def ask(self, question: str) -> str:
        """Return what the motor answers."""
        return self.port.query(question)

    @command(waits=True)
    def move(self, position: Annotated[float, Quantity("deg", -360, 360)]) -> None:
        """Move."""
        self.port.command_with_reply(f"MOVE {position:g}")

    @command(waits=True)
    def dwell(self, seconds: float) -> None:
        """Do nothing for a while."""
        self.wait(seconds)

    def identify(self) -> str:
        return self.port.query("*IDN?")

    def safe_state(self) -> None:
        self.port.command_with_reply("STOP")
        state = self.port.query("STATE?")
        if state != "idle":
            raise InstrumentError(self.name, f"still {state}")

    def hold(self) -> None:
        self.port.command_with_reply("STOP")

    def snapshot(self) -> dict[str, Value]:
        return {"position": self.get_position()}

    def restore(self, snapshot: Mapping[str, Value]) -> None:
        self.invoke("move", [snapshot["position"]], {})


def motor_answers(command: bytes) -> bytes:
    """Answer as a healthy motor does."""
    name = command.split()[0]
    answers = {b"POS?": b"45.0", b"STATE?": b"idle", b"SYNC?": b"sync", b"!": b""}
    return answers.get(name, b"ok") + b"\n" if name != b"!" else b""


def make_motor(
    server: FakeServer | int,
    name: str = "motor",
    *,
    latch: SafetyLatch | None = None,
    limits: SoftLimits | None = None,
    timeout_s: float = 2.0,
) -> FakeMotor:
    """Return a closed motor that is reached at a server, or at a port number."""
    port_number = server.port if isinstance(server, FakeServer) else server
    link = TcpLink("127.0.0.1", port_number, name=name, timeout_s=timeout_s)
    port = Port(link, name, write_terminator=b"\n", read_terminator=b"\n", timeout_s=timeout_s, latch=latch)
    return FakeMotor(name, port, limits=limits)
