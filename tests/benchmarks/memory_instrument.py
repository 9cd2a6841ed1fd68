"""An instrument without a link: what a call costs when the instrument costs nothing."""

import time
from collections.abc import Mapping

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.errors import UnknownNameError
from benchwright.instruments.descriptor import command, query
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.port import Port


class UnusedLink:
    """A link that nothing is sent over."""

    address = "memory"

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def write(self, data: bytes) -> None:
        """Nothing takes it."""

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        """Nothing answers."""
        return b""

    def discard_input(self) -> None:
        """Nothing came."""

    def interrupt(self) -> None:
        """Nothing waits."""

    def write_urgent(self, data: bytes) -> None:
        """Nothing takes it."""


class MemoryInstrument(Instrument):
    """Keeps one value in memory."""

    value = 0.0
    arrivals_s: list[float] = []

    @query(unit="V")
    def read(self) -> float:
        """Return the value."""
        self.arrivals_s.append(time.perf_counter())
        return self.value

    @command()
    def write(self, value: float) -> None:
        """Keep a value."""
        self.value = value

    def safe_state(self) -> None:
        """Set the value to zero."""
        self.value = 0.0

    def identify(self) -> str:
        """Say what this is."""
        return "memory"


class MemoryInstruments:
    """Stands in for an `InstrumentSet` with one instrument called ``memory``."""

    def __init__(self) -> None:
        port = Port(UnusedLink(), "memory", write_terminator=b"\n", read_terminator=b"\n")
        self._instruments: Mapping[str, Instrument] = {"memory": MemoryInstrument("memory", port)}

    def descriptors(self) -> dict[str, InstrumentDescriptor]:
        """Describe the instrument."""
        return {name: instrument.descriptor for name, instrument in self._instruments.items()}

    def get(self, name: str) -> Instrument:
        """Return the instrument."""
        if name not in self._instruments:
            raise UnknownNameError("instrument", name, self._instruments)
        return self._instruments[name]
