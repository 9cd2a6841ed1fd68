"""A simulated multimeter on the virtual bench's load: voltage across it, current through it, resistance.

Source of the protocol: SCPI-1999 volume 2, chapters 3 (MEASure, CONFigure, READ) and 18 (SENSe). As with any
ohmmeter, a resistor that carries an outside current cannot be measured: the reading is an overload.
"""

from benchwright.instruments.simulation.scpi import OVERLOAD, ScpiSimulator, number, scpi
from benchwright.instruments.simulation.world import World


class MultimeterSimulator(ScpiSimulator):
    """One input that is switched between three functions."""

    IDENTITY = "Benchwright,Virtual multimeter 6.5,SN-0003,1.0"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._random = world.random("multimeter")
        self.reset()

    def reset(self) -> None:
        self._function = "VOLT"
        self._cycles = 1.0

    def _reading(self) -> str:
        load = self.world.load
        if self._function == "VOLT":
            return self._noisy(load.voltage_v(), 2e-5)
        if self._function == "CURR":
            return self._noisy(load.current_a(), 2e-6)
        if load.is_powered:
            return f"{OVERLOAD:+.8E}"
        return self._noisy(load.resistance_ohm(), 1e-3)

    def _noisy(self, value: float, deviation: float) -> str:
        return f"{value + self._random.gauss(0, deviation / self._cycles**0.5):+.8E}"

    @scpi("CONFigure[:VOLTage][:DC]")
    def configure_voltage(self, parameter: str) -> None:
        self._function = "VOLT"

    @scpi("CONFigure:CURRent[:DC]")
    def configure_current(self, parameter: str) -> None:
        self._function = "CURR"

    @scpi("CONFigure:RESistance")
    def configure_resistance(self, parameter: str) -> None:
        self._function = "RES"

    @scpi("CONFigure?")
    def configuration(self, parameter: str) -> str:
        return f'"{self._function} +1.000000E+01,+1.000000E-05"'

    @scpi("[SENSe:]VOLTage[:DC]:NPLCycles")
    def set_cycles(self, parameter: str) -> None:
        self._cycles = number(parameter, 0.02, 100.0)

    @scpi("[SENSe:]VOLTage[:DC]:NPLCycles?")
    def cycles(self, parameter: str) -> str:
        return f"{self._cycles:+.8E}"

    @scpi("READ?")
    def read(self, parameter: str) -> str:
        return self._reading()

    @scpi("MEASure:VOLTage[:DC]?")
    def measure_voltage(self, parameter: str) -> str:
        self._function = "VOLT"
        return self._reading()

    @scpi("MEASure:CURRent[:DC]?")
    def measure_current(self, parameter: str) -> str:
        self._function = "CURR"
        return self._reading()

    @scpi("MEASure:RESistance?")
    def measure_resistance(self, parameter: str) -> str:
        self._function = "RES"
        return self._reading()


SIMULATOR = MultimeterSimulator
