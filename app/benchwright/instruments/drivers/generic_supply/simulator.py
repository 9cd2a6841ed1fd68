"""A simulated supply, 0 to 30 V and 0 to 3 A, that feeds the virtual bench's load."""

from benchwright.instruments.simulation.scpi_supply import ScpiSupplySimulator
from benchwright.instruments.simulation.world import World


class SupplySimulator(ScpiSupplySimulator):
    """A supply whose load is measured by the multimeter, too."""

    IDENTITY = "Benchwright,Virtual supply 30V 3A,SN-0002,1.0"
    MAXIMUM_V = 30.0
    MAXIMUM_A = 3.0

    def __init__(self, world: World) -> None:
        self._random = world.random("supply")
        super().__init__(world)

    def drive(self) -> None:
        volts, amperes = (self.voltage_v, self.limit_a) if self.is_on else (0.0, 0.0)
        self.world.load.feed(volts, amperes)

    def measured_v(self) -> float:
        return self.world.load.voltage_v() + self._random.gauss(0, 1e-3)

    def measured_a(self) -> float:
        return self.world.load.current_a() + self._random.gauss(0, 2e-4)


SIMULATOR = SupplySimulator
