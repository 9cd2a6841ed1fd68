"""Records the drivers' exchanges with their simulators: ``python -m tests.conformance.record_exchanges``."""

import json
from importlib.resources import files
from pathlib import Path

from benchwright.instruments import drivers
from benchwright.instruments.drivers.registry import driver_names
from tests.conformance.scenario import look_at_everything
from tests.instruments.virtual import virtual

HEADER = """\
# Recorded from the simulated instrument: all questions without arguments, then the safe state.
"""


def exchanges_file(driver: str) -> Path:
    """Where the recorded exchanges of a driver are."""
    return Path(str(files(drivers).joinpath(driver, "exchanges.toml")))


def record(driver: str) -> str:
    """Return the exchanges of a driver with its simulator as the text of a replay file."""
    lines: list[tuple[str, str]] = []

    def listen(way: str, data: bytes, at_s: float) -> None:
        text = data.decode("latin-1").rstrip("\r\n")
        if way == "out":
            lines.append((text, ""))
        else:
            lines[-1] = (lines[-1][0], text)

    with virtual(driver) as (instrument, _):
        instrument.port.listeners.append(listen)
        look_at_everything(instrument)
    return HEADER + "".join(_table(send, reply) for send, reply in lines)


def _table(send: str, reply: str) -> str:
    answer = f"reply = {json.dumps(reply)}\n" if reply else ""
    return f"\n[[exchange]]\nsend = {json.dumps(send)}\n{answer}"


if __name__ == "__main__":
    for name in driver_names():
        exchanges_file(name).write_text(record(name), "utf-8")
