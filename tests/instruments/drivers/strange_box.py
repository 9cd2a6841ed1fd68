"""What the strange classes talk to, and instruments of PyMeasure for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchwright.instruments.drivers.registry import driver_class
from benchwright.instruments.links.link import Link
from benchwright.instruments.links.replay import ReplayLink
from benchwright.instruments.links.tcp import TcpLink
from benchwright.instruments.port import Port
from tests.instruments.fake_server import FakeServer

STRANGE = "tests.instruments.drivers.strange_classes.Strange"
STRANGE_OPTIONS: dict[str, Any] = {"safe_state": [["first_on", False], ["second_on", False]]}


def make(model: str, link: Link, options: dict[str, Any] | None = None, **more: Any) -> Any:
    """Return an instrument of a class over a link; it is called as `it`."""
    limits, port = (
        more.pop("limits", None),
        Port(link, "it", write_terminator=b"\n", read_terminator=b"\n", **more),
    )
    return driver_class(f"pymeasure:{model}")("it", port, {"safe_state": [], **(options or {})}, limits)


def recorded(*pairs: tuple[str, str] | str) -> ReplayLink:
    """Return a link that answers from these pairs of what is sent and the reply."""
    tables = [(pair, "") if isinstance(pair, str) else pair for pair in pairs]
    lines = [
        f"[[exchange]]\nsend = '{send}'\n" + (f"reply = '{reply}'\n" if reply else "")
        for send, reply in tables
    ]
    return ReplayLink("".join(lines), "recorded.toml", name="it")


class Box:
    """What a `Strange` talks to: levels, outputs and whatever else a test wants it to say."""

    def __init__(self, **answers: bytes | None) -> None:
        self.answers = {"READY?": b"1\n", "MODEL?": b"X1\n", **answers}
        self.state = {b"OUT1": b"0", b"OUT2": b"0", b"LEV1": b"0", b"LEV2": b"0"}

    def __call__(self, command: bytes) -> bytes | None:
        name, _, value = command.partition(b" ")
        if command.decode() in self.answers:
            return self.answers[command.decode()]
        if name.endswith(b"?"):
            return self.state.get(name[:-1], b"?") + b"\n"
        self.state[name] = value
        return b""


@contextmanager
def strange(box: Box | None = None, model: str = STRANGE, **more: Any) -> Iterator[tuple[Any, FakeServer]]:
    with FakeServer(box or Box()) as server:
        link = TcpLink("127.0.0.1", server.port, name="it")
        instrument = make(model, link, {**STRANGE_OPTIONS, **more.pop("options", {})}, **more)
        try:
            yield instrument, server
        finally:
            instrument.port.close()
