"""A simulated supply, 0 to 30 V and 0 to 3 A, that feeds the virtual bench's load.

Source of the protocol: SCPI-1999 volume 2, chapters 19 (SOURce), 15 (OUTPut) and 3 (MEASure).
"""

from benchwright.instruments.simulation.scpi import ScpiSimulator, boolean, number, scpi
from benchwright.instruments.simulation.world import World

MAXIMUM_V = 30.0
MAXIMUM_A = 3.0


class SupplySimulator(ScpiSimulator):
    """One output with constant voltage and a current limit."""

    IDENTITY = "Benchwright,Virtual supply 30V 3A,SN-0002,1.0"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._random = world.random("supply")
        self.reset()

    def reset(self) -> None:
        self._voltage_v = 0.0
        self._limit_a = MAXIMUM_A
        self._is_on = False
        self._drive()

    def _drive(self) -> None:
        volts, amperes = (self._voltage_v, self._limit_a) if self._is_on else (0.0, 0.0)
        self.world.load.feed(volts, amperes)

    @scpi("[SOURce:]VOLTage[:LEVel]")
    def set_voltage(self, parameter: str) -> None:
        self._voltage_v = number(parameter, 0.0, MAXIMUM_V)
        self._drive()

    @scpi("[SOURce:]VOLTage[:LEVel]?")
    def voltage(self, parameter: str) -> str:
        return f"{self._voltage_v:.4f}"

    @scpi("[SOURce:]CURRent[:LEVel]")
    def set_current(self, parameter: str) -> None:
        self._limit_a = number(parameter, 0.0, MAXIMUM_A)
        self._drive()

    @scpi("[SOURce:]CURRent[:LEVel]?")
    def current(self, parameter: str) -> str:
        return f"{self._limit_a:.4f}"

    @scpi("OUTPut[:STATe]")
    def set_output(self, parameter: str) -> None:
        self._is_on = boolean(parameter)
        self._drive()

    @scpi("OUTPut[:STATe]?")
    def output(self, parameter: str) -> str:
        return str(int(self._is_on))

    @scpi("MEASure[:SCALar]:VOLTage[:DC]?")
    def measure_voltage(self, parameter: str) -> str:
        return f"{self.world.load.voltage_v() + self._random.gauss(0, 1e-3):.4f}"

    @scpi("MEASure[:SCALar]:CURRent[:DC]?")
    def measure_current(self, parameter: str) -> str:
        return f"{self.world.load.current_a() + self._random.gauss(0, 2e-4):.4f}"


SIMULATOR = SupplySimulator
