"""What simulated SCPI supplies share: the setpoints of one output, and what is measured there.

Source: SCPI-1999 volume 2, chapters 19 (SOURce), 15 (OUTPut) and 3 (MEASure).
"""

from abc import abstractmethod
from typing import ClassVar

from benchwright.instruments.simulation.scpi import ScpiSimulator, boolean, number, scpi
from benchwright.instruments.simulation.world import World


class ScpiSupplySimulator(ScpiSimulator):
    """One output with constant voltage and a current limit; a subclass says what it feeds."""

    MAXIMUM_V: ClassVar[float]
    MAXIMUM_A: ClassVar[float]
    VOLTAGE_DECIMALS: ClassVar[int] = 4  # of a reply; a current has four

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.reset()

    @abstractmethod
    def measured_v(self) -> float:
        """Return the voltage at the output, with its noise."""

    @abstractmethod
    def measured_a(self) -> float:
        """Return the current through the output, with its noise."""

    def drive(self) -> None:
        """Take up new setpoints."""

    def reset(self) -> None:
        self.voltage_v = 0.0
        self.limit_a = self.MAXIMUM_A
        self.is_on = False
        self.drive()

    @scpi("[SOURce:]VOLTage[:LEVel]")
    def set_voltage(self, parameter: str) -> None:
        self.voltage_v = _quantity(parameter, "V", self.MAXIMUM_V)
        self.drive()

    @scpi("[SOURce:]VOLTage[:LEVel]?")
    def voltage(self, parameter: str) -> str:
        return f"{self.voltage_v:.{self.VOLTAGE_DECIMALS}f}"

    @scpi("[SOURce:]CURRent[:LEVel]")
    def set_current(self, parameter: str) -> None:
        self.limit_a = _quantity(parameter, "A", self.MAXIMUM_A)
        self.drive()

    @scpi("[SOURce:]CURRent[:LEVel]?")
    def current(self, parameter: str) -> str:
        return f"{self.limit_a:.4f}"

    @scpi("OUTPut[:STATe]")
    def set_output(self, parameter: str) -> None:
        self.is_on = boolean(parameter)
        self.drive()

    @scpi("OUTPut[:STATe]?")
    def output(self, parameter: str) -> str:
        return str(int(self.is_on))

    @scpi("MEASure[:SCALar]:VOLTage[:DC]?")
    def measure_voltage(self, parameter: str) -> str:
        return f"{self.measured_v():.{self.VOLTAGE_DECIMALS}f}"

    @scpi("MEASure[:SCALar]:CURRent[:DC]?")
    def measure_current(self, parameter: str) -> str:
        return f"{self.measured_a():.4f}"


def _quantity(parameter: str, unit: str, maximum: float) -> float:
    """Read a number from 0 to `maximum`, its unit behind it or not."""
    return number(parameter.upper().removesuffix(unit).strip(), 0.0, maximum)
