"""A simulated Keysight N5767A supply, 0 to 60 V and 0 to 25 A: something to try a class of PyMeasure on.

Source: Keysight N5700 user's guide, chapter 5 (SCPI commands).
"""

from benchwright.instruments.simulation.scpi import ScpiSimulator, boolean, number, scpi
from benchwright.instruments.simulation.world import World

MAXIMUM_V = 60.0
MAXIMUM_A = 25.0
LOAD_OHM = 10.0


class SupplySimulator(ScpiSimulator):
    """One output that feeds a resistor."""

    IDENTITY = "Benchwright,Virtual N5767A,SN-0005,1.0"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._noise = world.random("n5767a")
        self.reset()

    def reset(self) -> None:
        self._voltage_v = 0.0
        self._limit_a = MAXIMUM_A
        self._is_on = False

    @scpi("[SOURce:]VOLTage[:LEVel]")
    def set_voltage(self, parameter: str) -> None:
        self._voltage_v = number(parameter.upper().removesuffix("V").strip(), 0.0, MAXIMUM_V)

    @scpi("[SOURce:]VOLTage[:LEVel]?")
    def voltage(self, parameter: str) -> str:
        return f"{self._voltage_v:.3f}"

    @scpi("[SOURce:]CURRent[:LEVel]")
    def set_current(self, parameter: str) -> None:
        self._limit_a = number(parameter.upper().removesuffix("A").strip(), 0.0, MAXIMUM_A)

    @scpi("[SOURce:]CURRent[:LEVel]?")
    def current(self, parameter: str) -> str:
        return f"{self._limit_a:.4f}"

    @scpi("OUTPut[:STATe]")
    def set_output(self, parameter: str) -> None:
        self._is_on = boolean(parameter)

    @scpi("OUTPut[:STATe]?")
    def output(self, parameter: str) -> str:
        return str(int(self._is_on))

    @scpi("MEASure[:SCALar]:VOLTage[:DC]?")
    def measure_voltage(self, parameter: str) -> str:
        return f"{self._output_a() * LOAD_OHM * self._noise.gauss(1, 1e-3):.3f}"

    @scpi("MEASure[:SCALar]:CURRent[:DC]?")
    def measure_current(self, parameter: str) -> str:
        return f"{self._output_a() * self._noise.gauss(1, 1e-3):.4f}"

    def _output_a(self) -> float:
        return min(self._voltage_v / LOAD_OHM, self._limit_a) if self._is_on else 0.0


SIMULATOR = SupplySimulator
