"""A multimeter that speaks SCPI.

Source: SCPI-1999 volume 2, chapters 3 (MEASure, CONFigure, READ) and 18 (SENSe); the commands are the ones
that the common bench meters share (Keysight 34461A, Rigol DM3068, Siglent SDM3065). Lines end in LF.
"""

from typing import Annotated

from benchwright.core.permissions import Permission
from benchwright.instruments.descriptor import Quantity, command, query
from benchwright.instruments.scpi_instrument import ScpiInstrument

_FUNCTIONS = {"voltage": "VOLT:DC", "current": "CURR:DC", "resistance": "RES"}

Function = Annotated[str, Quantity(choices=tuple(_FUNCTIONS))]
Cycles = Annotated[float, Quantity("power line cycles", 0.02, 100)]


class GenericMultimeter(ScpiInstrument):
    """Measures voltage, current and resistance with a SCPI multimeter."""

    MODEL = "SCPI multimeter"

    @query(unit="V", telemetry="voltage")
    def measure_voltage(self) -> float:
        """Measure the DC voltage."""
        return self.measure("MEAS:VOLT:DC?")

    @query(unit="A")
    def measure_current(self) -> float:
        """Measure the DC current."""
        return self.measure("MEAS:CURR:DC?")

    @query(unit="ohm")
    def measure_resistance(self) -> float:
        """Measure the resistance; nothing else may drive a current through it."""
        return self.measure("MEAS:RES?")

    @command(permission=Permission.DEVICE_WRITE)
    def configure(self, function: Function) -> None:
        """Choose what `read` measures.

        Args:
            function: voltage, current or resistance
        """
        self.act(f"CONF:{_FUNCTIONS[function]}")

    @command(permission=Permission.DEVICE_WRITE)
    def set_integration(self, cycles: Cycles) -> None:
        """Set how long voltage readings are integrated: longer is slower and less noisy."""
        self.act(f"VOLT:DC:NPLC {cycles:g}")

    @query()
    def read(self) -> float:
        """Take a reading as configured, in V, A or ohm."""
        return self.measure("READ?")

    def safe_state(self) -> None:
        """Do nothing: a meter emits nothing and moves nothing, so each of its states is safe."""


DRIVER = GenericMultimeter
