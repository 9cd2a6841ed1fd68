"""A simulated Keysight N5767A supply, 0 to 60 V and 0 to 25 A: something to try a class of PyMeasure on.

Source: Keysight N5700 user's guide, chapter 5 (SCPI commands).
"""

from typing import Final

from benchwright.instruments.simulation.scpi_supply import ScpiSupplySimulator
from benchwright.instruments.simulation.world import World

LOAD_OHM: Final = 10.0


class SupplySimulator(ScpiSupplySimulator):
    """One output that feeds a resistor."""

    IDENTITY = "Benchwright,Virtual N5767A,SN-0005,1.0"
    MAXIMUM_V = 60.0
    MAXIMUM_A = 25.0
    VOLTAGE_DECIMALS = 3

    def __init__(self, world: World) -> None:
        self._noise = world.random("n5767a")
        super().__init__(world)

    def measured_v(self) -> float:
        return self._output_a() * LOAD_OHM * self._noise.gauss(1, 1e-3)

    def measured_a(self) -> float:
        return self._output_a() * self._noise.gauss(1, 1e-3)

    def _output_a(self) -> float:
        return min(self.voltage_v / LOAD_OHM, self.limit_a) if self.is_on else 0.0


SIMULATOR = SupplySimulator
