"""A link to an instrument of the virtual bench, which is started by need."""

from collections.abc import Mapping
from typing import Any

from benchwright.core.errors import ConfigurationError, did_you_mean, listed
from benchwright.instruments.links.tcp import TcpLink


class SimLink(TcpLink):
    """A TCP link to a simulated instrument of this process.

    Args:
        instrument: its name on the virtual bench, such as ``esp300``.
        faults: what goes wrong with its replies, see `simulation.Faults`.
        name: the instrument's name on this bench, for messages.
        timeout_s: how long opening and a stuck write may take.

    Raises:
        ConfigurationError: there is no such instrument or fault.
    """

    def __init__(
        self,
        instrument: str,
        faults: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        timeout_s: float = 2.0,
    ) -> None:
        from benchwright.instruments.simulation import VIRTUAL_INSTRUMENTS, Faults

        super().__init__("127.0.0.1", 0, name=name, timeout_s=timeout_s, address=f"sim://{instrument}")
        if instrument not in VIRTUAL_INSTRUMENTS:
            hint = did_you_mean(instrument, VIRTUAL_INSTRUMENTS)
            raise ConfigurationError(
                f"no virtual instrument {instrument!r}{hint} (there is: {listed(VIRTUAL_INSTRUMENTS)})"
            )
        self._instrument = instrument
        self._faults = Faults.from_mapping(faults or {})

    def open(self) -> None:
        from benchwright.instruments.simulation import shared_virtual_bench

        server = shared_virtual_bench()
        server.set_faults(self._instrument, self._faults)
        self._host, _, port = server.addresses()[self._instrument].removeprefix("tcp://").partition(":")
        self._port = int(port)
        super().open()
