"""The virtual bench: an optics corner and an electronics corner, simulated and coupled."""

import time
from collections.abc import Callable, Mapping

from benchwright.instruments.drivers.registry import simulator_class
from benchwright.instruments.simulation.server import SimulationServer
from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.world import World

# instrument name -> driver name
VIRTUAL_INSTRUMENTS: Mapping[str, str] = {
    "esp300": "newport_esp300",
    "newport": "newport_1830c",
    "supply": "generic_supply",
    "multimeter": "generic_multimeter",
    "board": "controller_board",
}


class VirtualBench:
    """The instruments of the virtual bench in one world: no sockets, no threads.

    The ESP300's axis 1 turns a polariser in front of the 1830-C; the supply feeds a load that the multimeter
    measures and that heats up; the controller board stands by itself.

    Args:
        seed: of all noise.
        clock: seconds that only grow.
        time_scale: how many seconds pass on the bench for each second of `clock`.
        instruments: driver name by instrument name; the default is the whole bench.
    """

    def __init__(
        self,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
        time_scale: float = 1.0,
        instruments: Mapping[str, str] = VIRTUAL_INSTRUMENTS,
    ) -> None:
        self.world = World(seed, clock, time_scale)
        self.drivers = dict(instruments)
        self.simulators: dict[str, Simulator] = {
            name: simulator_class(driver)(self.world) for name, driver in instruments.items()
        }


def serve_virtual_bench(
    seed: int = 0,
    time_scale: float = 1.0,
    *,
    host: str = "127.0.0.1",
    ports: Mapping[str, int] | None = None,
    ptys: bool = False,
    instruments: Mapping[str, str] = VIRTUAL_INSTRUMENTS,
) -> SimulationServer:
    """Start serving a virtual bench and return its server; the caller closes it.

    Raises:
        LinkError: a port is taken or not allowed.
        ConfigurationError: a driver is unknown or has no simulator.
    """
    bench = VirtualBench(seed, time_scale=time_scale, instruments=instruments)
    server = SimulationServer(bench.simulators, host=host, ports=ports, ptys=ptys)
    server.start()
    return server
