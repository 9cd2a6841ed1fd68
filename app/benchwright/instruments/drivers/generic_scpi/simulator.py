"""A simulated function generator: something to try declared SCPI commands on."""

from benchwright.instruments.simulation.scpi import ScpiSimulator, boolean, number, scpi
from benchwright.instruments.simulation.world import World


class GeneratorSimulator(ScpiSimulator):
    """Frequency, amplitude, waveform and an output."""

    IDENTITY = "Benchwright,Virtual generator 20MHz,SN-0004,1.0"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.reset()

    def reset(self) -> None:
        self._frequency_hz = 1000.0
        self._amplitude_v = 0.1
        self._is_on = False

    @scpi("[SOURce:]FREQuency")
    def set_frequency(self, parameter: str) -> None:
        self._frequency_hz = number(parameter, 1e-3, 20e6)

    @scpi("[SOURce:]FREQuency?")
    def frequency(self, parameter: str) -> str:
        return f"{self._frequency_hz:+.6E}"

    @scpi("[SOURce:]VOLTage")
    def set_amplitude(self, parameter: str) -> None:
        self._amplitude_v = number(parameter, 0.0, 10.0)

    @scpi("[SOURce:]VOLTage?")
    def amplitude(self, parameter: str) -> str:
        return f"{self._amplitude_v:+.6E}"

    @scpi("OUTPut[:STATe]")
    def set_output(self, parameter: str) -> None:
        self._is_on = boolean(parameter)

    @scpi("OUTPut[:STATe]?")
    def output(self, parameter: str) -> str:
        return str(int(self._is_on))


SIMULATOR = GeneratorSimulator
